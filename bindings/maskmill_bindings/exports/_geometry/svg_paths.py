"""Path data of SVG: rings as text, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import told

_NUMBER: Final = re.compile(r"[+-]?(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?")
_STEP: Final = re.compile(rf"\s*([MLHVZz])((?:[\s,]*{_NUMBER.pattern})*+)\s*")
_TAKES: Final = {"M": 2, "L": 2, "H": 1, "V": 1, "Z": 0}
"""How many numbers a step takes."""


def path_of(rings: Iterable[NDArray[np.int32]]) -> str:
    """Path data of rings along the edges of pixels.

    >>> path_of([np.array([[0, 1], [2, 1], [2, 3], [0, 3]])])
    'M0 1H2V3H0Z'

    Parameters
    ----------
    rings
        (V, 2) x, y each; neighbours differ in one of both.
    """
    return "".join(_text_of(ring.tolist()) for ring in rings)


def _text_of(points: list[list[int]]) -> str:
    (x, y), *_ = points
    steps = (f"V{b[1]}" if a[0] == b[0] else f"H{b[0]}" for a, b in pairwise(points))
    return f"M{x} {y}{''.join(steps)}Z"


def rings_of(data: str, at: str) -> list[NDArray[np.float64]]:
    """Rings of path data that has nothing but absolute straight lines: M, L, H, V and Z.

    >>> [ring.tolist() for ring in rings_of("M 0,1 2,1 L2 3 H0 z", "d")]
    [[[0.0, 1.0], [2.0, 1.0], [2.0, 3.0], [0.0, 3.0]]]

    Raises
    ------
    maskmill.errors.ArgumentError
        There is something else.
    """
    rings: list[list[tuple[float, float]]] = []
    before = "Z"
    for command, numbers in _steps(data, at):
        if command == "M":
            rings.append([])
        elif before == "Z":
            raise told("path data whose rings begin with M", command, at)
        _extend(rings[-1], command, numbers)
        before = command
    return [np.array(ring, np.float64) for ring in rings if len(ring) > 2]


def _extend(ring: list[tuple[float, float]], command: str, numbers: list[float]) -> None:
    if command in ("M", "L"):
        ring.extend(zip(numbers[::2], numbers[1::2], strict=True))
    for number in numbers if command in ("H", "V") else ():
        x, y = ring[-1]
        ring.append((number, y) if command == "H" else (x, number))


def _steps(data: str, at: str) -> Iterator[tuple[str, list[float]]]:
    """Each letter with the numbers after it."""
    place = 0
    while place < len(data):
        found = _STEP.match(data, place)
        if found is None:
            raise told("path data of absolute M, L, H, V and Z", repr(data[place : place + 20]), at)
        numbers, takes = [float(number) for number in _NUMBER.findall(found[2])], _TAKES[found[1].upper()]
        if (len(numbers) % takes or not numbers) if takes else numbers:
            raise told(f"{takes} numbers for {found[1]}", f"{len(numbers)}", at)
        yield found[1].upper(), numbers
        place = found.end()
