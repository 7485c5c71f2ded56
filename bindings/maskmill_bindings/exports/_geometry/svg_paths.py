"""Write rings as SVG path data, and read them back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError

_NUMBER: Final = re.compile(r"[+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?")
_STEP: Final = re.compile(rf"\s*([MLHVZz])((?:[\s,]*{_NUMBER.pattern})*+)\s*")
_NUMBERS_PER_STEP: Final = {"M": 2, "L": 2, "H": 1, "V": 1, "Z": 0}
"""How many numbers follow each letter."""


def to_path_data(rings: Iterable[NDArray[np.int32]]) -> str:
    """Return path data of rings (V, 2) of x, y along the edges of pixels.

    >>> to_path_data([np.array([[0, 1], [2, 1], [2, 3], [0, 3]])])
    'M0 1H2V3H0Z'
    """
    return "".join(_ring_to_text(ring.tolist()) for ring in rings)


def _ring_to_text(points: list[list[int]]) -> str:
    """Return the path data of one ring."""
    (x, y), *_ = points
    steps = (f"V{b[1]}" if a[0] == b[0] else f"H{b[0]}" for a, b in pairwise(points))
    return f"M{x} {y}{''.join(steps)}Z"


def parse_path_data(data: str, at: str) -> list[NDArray[np.float64]]:
    """Return the rings (V, 2) of path data with absolute straight lines only: M, L, H, V and Z.

    >>> [ring.tolist() for ring in parse_path_data("M 0,1 2,1 L2 3 H0 z", "d")]
    [[[0.0, 1.0], [2.0, 1.0], [2.0, 3.0], [0.0, 3.0]]]

    Raises
    ------
    maskmill.errors.ArgumentError
        It holds anything else; the message names `at`.
    """
    rings: list[list[tuple[float, float]]] = []
    before = "Z"
    for command, numbers in _steps(data, at):
        if command == "M":
            rings.append([])
        elif before == "Z":
            raise ArgumentError("path data whose rings begin with M", command, at)
        _extend(rings[-1], command, numbers)
        before = command
    return [np.array(ring, np.float64) for ring in rings if len(ring) > 2]


def _extend(ring: list[tuple[float, float]], command: str, numbers: list[float]) -> None:
    """Append the points that one step draws to."""
    if command in ("M", "L"):
        ring.extend(zip(numbers[::2], numbers[1::2], strict=True))
    for number in numbers if command in ("H", "V") else ():
        x, y = ring[-1]
        ring.append((number, y) if command == "H" else (x, number))


def _steps(data: str, at: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each letter with the numbers after it."""
    place = 0
    while place < len(data):
        step = _STEP.match(data, place)
        if step is None:
            raise ArgumentError("path data of absolute M, L, H, V and Z", repr(data[place : place + 20]), at)
        letter, numbers = step[1], [float(number) for number in _NUMBER.findall(step[2])]
        count = _NUMBERS_PER_STEP[letter.upper()]
        if (len(numbers) % count or not numbers) if count else numbers:
            raise ArgumentError(f"{count} numbers for {letter}", f"{len(numbers)}", at)
        yield letter.upper(), numbers
        place = step.end()
