"""Read a file of pairs of mask tokens and PNG maps, one JSON row each.

``{"tokens": [16 numbers] or "<seg_4><seg_20>…", "png": "base64 or a data URI", "weight": 1.0, "key": "any"}``; weight
and key are optional. A row that is no pair is left out and reported with its line number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maskmill._forms import png_text, tokens
from maskmill._forms.results import ProbabilityMap
from maskmill.errors import ArgumentError, MaskmillError, excerpt
from maskmill.limits import Limits

from ._sources.byte_streams import unreadable_error
from ._sources.row_json import parse_row

_MAX_LINE_BYTES: Final = 2**24


class UnusableLine(NamedTuple):
    """The number of a line that holds no usable pair, and the reason."""

    line: int
    message: str


class PairsFile(NamedTuple):
    """Pairs as `maskmill.codebooks.fit` takes them, and the lines that could not be used."""

    tokens: NDArray[np.int64]
    maps: NDArray[np.uint8]
    weights: NDArray[np.float64]
    unusable_lines: list[UnusableLine]


class _Pair(NamedTuple):
    tokens: list[int]
    pixels: NDArray[np.uint8]
    weight: float


def read_pairs_file(path: Path, at: str) -> PairsFile:
    """Read a file of pairs; all maps must have the size of the first.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read, or holds no pair; the message calls it `at`.
    """
    pairs, faults = _PairsBuffer(), []
    try:
        with open(path, "rb") as file:
            for line, raw in enumerate(file, 1):
                if raw.strip():
                    try:
                        pairs.add(_parse_pair(raw))
                    except MaskmillError as error:
                        faults.append(UnusableLine(line, str(error)))
    except OSError as error:
        raise unreadable_error(str(path), error) from None
    if not pairs.rows:
        first = f", first line {faults[0].line}: {faults[0].message}" if faults else ""
        raise ArgumentError("a row of JSON with tokens and png", f"none in {path}{first}", at)
    return PairsFile(np.array(pairs.rows), pairs.maps(), np.array(pairs.weights), faults)


class _PairsBuffer:
    """The pairs read so far; the maps are in one growing array, as `fit` needs them."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.weights: list[float] = []
        self._buffer = np.empty((0, 0, 0), np.uint8)

    def add(self, pair: _Pair) -> None:
        n = len(self.rows)
        if not n:
            self._buffer = np.empty((256, *pair.pixels.shape), np.uint8)
        if pair.pixels.shape != self._buffer.shape[1:]:
            raise ArgumentError(
                f"a map of {_format_size(self._buffer[0])} as in rows before", _format_size(pair.pixels), "png"
            )
        if n == len(self._buffer):
            self._buffer.resize((2 * n, *self._buffer.shape[1:]), refcheck=False)
        self._buffer[n] = pair.pixels
        self.rows.append(pair.tokens)
        self.weights.append(pair.weight)

    def maps(self) -> NDArray[np.uint8]:
        return self._buffer[: len(self.rows)]


def _format_size(pixels: NDArray[np.uint8]) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]}"


def _parse_pair(raw: bytes) -> _Pair:
    if len(raw) > _MAX_LINE_BYTES:
        raise ArgumentError(f"a row of at most {_MAX_LINE_BYTES} bytes", str(len(raw)), "row")
    row, failure = parse_row(raw)
    if failure:
        raise ArgumentError("a row of JSON", failure, "row")
    if not isinstance(row, dict):
        raise ArgumentError("an object with tokens and png", excerpt(row), "row")
    return _Pair(_parse_tokens(row.get("tokens")), _parse_pixels(row.get("png")), _parse_weight(row.get("weight", 1.0)))


def _parse_tokens(value: Any) -> list[int]:
    numbers = tokens.parse_tokens(value)[0] if isinstance(value, str) else value
    are_integers = isinstance(numbers, list) and all(type(n) is int for n in numbers)
    if not are_integers or len(numbers) != tokens.COUNT or not all(0 <= n <= tokens.MAX_NUMBER for n in numbers):
        got = f"{len(numbers)} of them" if are_integers and len(numbers) != tokens.COUNT else excerpt(value)
        raise ArgumentError(f"{tokens.COUNT} tokens from 0 to {tokens.MAX_NUMBER}", got, "tokens")
    kept: list[int] = numbers
    return kept


def _parse_pixels(value: Any) -> NDArray[np.uint8]:
    if not isinstance(value, str):
        raise ArgumentError("a PNG as base64 text", excerpt(value), "png")
    parsed = png_text.read(value, False, Limits()).payload
    if not isinstance(parsed, ProbabilityMap):
        raise ArgumentError("a PNG as base64 text", getattr(parsed, "message", "none"), "png")
    return parsed.pixels


def _parse_weight(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
        raise ArgumentError("a weight above 0", excerpt(value), "weight")
    return float(value)
