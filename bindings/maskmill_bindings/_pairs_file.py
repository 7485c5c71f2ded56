"""Pairs of mask tokens and PNG maps, a row of JSON each.

``{"tokens": [16 numbers] or "<seg_4><seg_20>…", "png": "base64 or a data URI", "weight": 1.0, "key": "any"}``; weight
and key may be missing. A row that is no pair is told with its line, and left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maskmill._forms import png_text, tokens
from maskmill._forms.results import Map
from maskmill.errors import MaskmillError, excerpt, told
from maskmill.limits import Limits

from ._sources.byte_streams import unreadable
from ._sources.row_json import parse

_LONGEST: Final = 2**24


class Fault(NamedTuple):
    """A line that is no pair, and why."""

    line: int
    message: str


class Pairs(NamedTuple):
    """Pairs as `maskmill.codebooks.fit` takes them, and the lines that were none."""

    tokens: NDArray[np.int64]
    maps: NDArray[np.uint8]
    weights: NDArray[np.float64]
    faults: list[Fault]


class _Pair(NamedTuple):
    tokens: list[int]
    pixels: NDArray[np.uint8]
    weight: float


def read_pairs(path: Path, at: str) -> Pairs:
    """Read a file of pairs; the first good map says which size all have.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read, or holds no pair at all; `at` is what the caller calls it.
    """
    found, faults = _Kept(), []
    try:
        with open(path, "rb") as file:
            for line, raw in enumerate(file, 1):
                if raw.strip():
                    try:
                        found.add(_pair(raw))
                    except MaskmillError as error:
                        faults.append(Fault(line, str(error)))
    except OSError as error:
        raise unreadable(str(path), error) from None
    if not found.rows:
        first = f", first line {faults[0].line}: {faults[0].message}" if faults else ""
        raise told("a row of JSON with tokens and png", f"none in {path}{first}", at)
    return Pairs(np.array(found.rows), found.maps(), np.array(found.weights), faults)


class _Kept:
    """Pairs so far; maps as bytes of PNG rows would be smaller, but a map of 64 kB is what `fit` is given."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.weights: list[float] = []
        self._room = np.empty((0, 0, 0), np.uint8)

    def add(self, pair: _Pair) -> None:
        n = len(self.rows)
        if not n:
            self._room = np.empty((256, *pair.pixels.shape), np.uint8)
        if pair.pixels.shape != self._room.shape[1:]:
            raise told(f"a map of {_size(self._room[0])} as in rows before", _size(pair.pixels), "png")
        if n == len(self._room):
            self._room.resize((2 * n, *self._room.shape[1:]), refcheck=False)
        self._room[n] = pair.pixels
        self.rows.append(pair.tokens)
        self.weights.append(pair.weight)

    def maps(self) -> NDArray[np.uint8]:
        return self._room[: len(self.rows)]


def _size(pixels: NDArray[np.uint8]) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]}"


def _pair(raw: bytes) -> _Pair:
    if len(raw) > _LONGEST:
        raise told(f"a row of at most {_LONGEST} bytes", str(len(raw)), "row")
    row, failure = parse(raw)
    if failure:
        raise told("a row of JSON", failure, "row")
    if not isinstance(row, dict):
        raise told("an object with tokens and png", excerpt(row), "row")
    return _Pair(_tokens(row.get("tokens")), _pixels(row.get("png")), _weight(row.get("weight", 1.0)))


def _tokens(value: Any) -> list[int]:
    numbers = tokens.numbers(value)[0] if isinstance(value, str) else value
    whole = isinstance(numbers, list) and all(type(n) is int for n in numbers)
    if not whole or len(numbers) != tokens.COUNT or not all(0 <= n <= tokens.LARGEST for n in numbers):
        given = f"{len(numbers)} of them" if whole and len(numbers) != tokens.COUNT else excerpt(value)
        raise told(f"{tokens.COUNT} tokens from 0 to {tokens.LARGEST}", given, "tokens")
    kept: list[int] = numbers
    return kept


def _pixels(value: Any) -> NDArray[np.uint8]:
    if not isinstance(value, str):
        raise told("a PNG as base64 text", excerpt(value), "png")
    found = png_text.read(value, False, Limits()).payload
    if not isinstance(found, Map):
        raise told("a PNG as base64 text", getattr(found, "message", "none"), "png")
    return found.pixels


def _weight(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise told("a weight above 0", excerpt(value), "weight")
    return float(value)
