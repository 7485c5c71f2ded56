"""A zlib stream of a binary map, the same bytes on every machine.

Builds of zlib differ in what they write (zlib-ng takes its place in some), and a workload that is to be the same
everywhere cannot hang on that. This one finds what repeats along a row and over the rows, as zlib does, and writes one
block with its own Huffman codes, as the models' libraries do: its streams are within some percent of zlib's best.
"""

from __future__ import annotations

import heapq
import struct
import zlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_LONGEST: Final = 258
_SHORTEST: Final = 4
_SLANTS: Final = range(-4, 5)
"""How far from straight above a row is looked for what it repeats."""

_LENGTH_EXTRA: Final = [0] * 8 + [i // 4 for i in range(4, 24)] + [0]
_LENGTH_BASE: Final = [3 + sum(1 << n for n in _LENGTH_EXTRA[:i]) for i in range(28)] + [258]
_DISTANCE_EXTRA: Final = [0, 0] + [i // 2 for i in range(28)]
_DISTANCE_BASE: Final = [1 + sum(1 << n for n in _DISTANCE_EXTRA[:i]) for i in range(30)]
_END: Final = 256
_ORDER: Final = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_ZEROS: Final = {17: (3, 10, 3), 18: (11, 138, 7)}
"""Symbols for runs of absent codes: the shortest, the longest, extra bits."""


class _Step(NamedTuple):
    """A symbol with its extra bits, as (value, count)."""

    symbol: int
    extra: tuple[int, int] = (0, 0)


def pack(rows: NDArray[np.uint8]) -> bytes:
    """The stream of an (H, W) array of 0 and 255.

    >>> rows = np.zeros((16, 33), np.uint8)
    >>> rows[4:12, 8:20] = 255
    >>> zlib.decompress(pack(rows)) == rows.tobytes(), len(pack(rows)) < 60
    (True, True)
    """
    data = rows.tobytes()
    steps = [*_steps(rows), (_Step(_END), None)]
    bits = _Bits()
    bits.add(1, 1)
    bits.add(2, 2)
    literals = _code_lengths(Counter(step.symbol for step, _ in steps), 15)
    distances = _code_lengths(Counter(far.symbol for _, far in steps if far), 15) or {0: 1}
    _write_codes(bits, literals, distances)
    codes, far_codes = _codes(literals), _codes(distances)
    for step, far in steps:
        bits.add_step(step, codes)
        if far:
            bits.add_step(far, far_codes)
    return b"\x78\xda" + bits.bytes() + struct.pack(">I", zlib.adler32(data))


def _steps(rows: NDArray[np.uint8]) -> Iterator[tuple[_Step, _Step | None]]:
    """Literals and matches in turn: the longest match, unless the next byte has a longer one."""
    data = rows.ravel()
    longest, distances = _matches(data, rows.shape[1])
    at = 0
    while at < data.size:
        length = int(longest[at])
        if length < _SHORTEST or length < min(int(longest[at + 1]), _LONGEST - 1):
            yield _Step(int(data[at])), None
            at += 1
        else:
            yield _length(length), _distance(int(distances[at]))
            at += length


def _matches(data: NDArray[np.uint8], stride: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The longest match from each byte on, with a zero behind the last, and its distance."""
    places = np.arange(data.size + 1, dtype=np.int32)
    longest, distances = np.zeros(data.size + 1, np.int32), np.zeros(data.size + 1, np.int32)
    above = (stride + slant for slant in _SLANTS)
    for distance in (1, *(distance for distance in above if 0 < distance < data.size)):
        reach = _ends(data, distance, places) - places
        longer = reach > longest
        longest[longer], distances[longer] = reach[longer], distance
    return longest, distances


def _ends(data: NDArray[np.uint8], distance: int, places: NDArray[np.int32]) -> NDArray[np.int32]:
    """Where what equals the bytes so far before ends, from each byte on, and at most the longest match behind it."""
    differs = np.ones(data.size + 1, bool)
    differs[distance:-1] = data[distance:] != data[: data.size - distance]
    stops = np.flatnonzero(differs).astype(np.int32)
    ends = np.repeat(stops, np.diff(stops, prepend=-1))
    nearest: NDArray[np.int32] = np.minimum(ends, places + np.int32(_LONGEST))
    return nearest


def _length(length: int) -> _Step:
    index = bisect_right(_LENGTH_BASE, length) - 1
    return _Step(257 + index, (length - _LENGTH_BASE[index], _LENGTH_EXTRA[index]))


def _distance(distance: int) -> _Step:
    index = bisect_right(_DISTANCE_BASE, distance) - 1
    return _Step(index, (distance - _DISTANCE_BASE[index], _DISTANCE_EXTRA[index]))


# Codes.


def _code_lengths(counts: Counter[int], most: int) -> dict[int, int]:
    """Bits of each symbol's code after Huffman; where one is longer than `most`, from counts made more alike."""
    if len(counts) < 2:
        return dict.fromkeys(counts, 1)
    trees: list[Any] = [(count, symbol, [symbol]) for symbol, count in sorted(counts.items())]
    lengths = dict.fromkeys(counts, 0)
    heapq.heapify(trees)
    while len(trees) > 1:
        (a, first, left), (b, second, right) = heapq.heappop(trees), heapq.heappop(trees)
        for symbol in (*left, *right):
            lengths[symbol] += 1
        heapq.heappush(trees, (a + b, min(first, second), left + right))
    if max(lengths.values()) > most:
        return _code_lengths(Counter({symbol: (count + 1) // 2 for symbol, count in counts.items()}), most)
    return lengths


def _codes(lengths: dict[int, int]) -> dict[int, tuple[int, int]]:
    """The canonical code of each symbol with its bits turned around, and its length."""
    codes, code, last = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in lengths.items()):
        code <<= length - last
        codes[symbol] = int(f"{code:0{length}b}"[::-1], 2), length
        code, last = code + 1, length
    return codes


def _write_codes(bits: _Bits, literals: dict[int, int], distances: dict[int, int]) -> None:
    """The header of a block: the lengths of its codes, themselves in a code."""
    counts = max(literals) + 1, max(distances) + 1
    listed = [literals.get(i, 0) for i in range(counts[0])] + [distances.get(i, 0) for i in range(counts[1])]
    steps = list(_listed(listed))
    lengths = _code_lengths(Counter(step.symbol for step in steps), 7)
    sent = max(place for place, symbol in enumerate(_ORDER) if symbol in lengths) + 1
    for value, width in ((counts[0] - 257, 5), (counts[1] - 1, 5), (sent - 4, 4)):
        bits.add(value, width)
    for symbol in _ORDER[:sent]:
        bits.add(lengths.get(symbol, 0), 3)
    codes = _codes(lengths)
    for step in steps:
        bits.add_step(step, codes)


def _listed(lengths: Sequence[int]) -> Iterator[_Step]:
    """The lengths with runs of zeros put together."""
    at = 0
    while at < len(lengths):
        zeros = next((i for i, length in enumerate(lengths[at:]) if length), len(lengths) - at)
        fitting = [(symbol, *run) for symbol, run in _ZEROS.items() if zeros >= run[0]]
        if not fitting:
            yield _Step(lengths[at])
            at += 1
            continue
        symbol, shortest, longest, width = fitting[-1]
        run = min(zeros, longest)
        yield _Step(symbol, (run - shortest, width))
        at += run


class _Bits:
    """Bits in the order of deflate, the lowest first."""

    def __init__(self) -> None:
        self._value, self._count = 0, 0

    def add(self, value: int, width: int) -> None:
        self._value |= value << self._count
        self._count += width

    def add_step(self, step: _Step, codes: dict[int, tuple[int, int]]) -> None:
        self.add(*codes[step.symbol])
        self.add(*step.extra)

    def bytes(self) -> bytes:
        return self._value.to_bytes(-(-self._count // 8), "little")
