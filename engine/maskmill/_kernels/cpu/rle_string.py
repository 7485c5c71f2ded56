"""COCO strings: run-length counts as printable ASCII, byte for byte those of pycocotools.

Format: from the fourth count on, a count stands as its difference to the count two before. Each value is cut
into groups of five bits, lowest first; a group, plus 32 when another follows, plus 48, is a character from
``0`` to ``o``. The sign is bit 4 of the last group.

State of the reader: the value read so far and its number of groups, and the pixels that are left. No value
has more than seven groups (35 bits) and no count exceeds the pixels left, so nothing can overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.run_lengths import signed
from .run_lengths import Counts, Offsets, frozen

_Bytes = NDArray[np.uint8]

_MOST_GROUPS = 7  # a difference of counts below 2**31 has 31 bits and a sign


class FaultCode(IntEnum):
    """What is wrong with a COCO string."""

    CHARACTER = 1
    UNFINISHED = 2
    LONG = 3
    NEGATIVE = 4
    EXCESS = 5
    SHORT = 6


_CHARACTER, _UNFINISHED, _LONG, _NEGATIVE, _EXCESS, _SHORT = (int(code) for code in FaultCode)

_PHRASES = {
    FaultCode.CHARACTER: "a character outside 0 to o",
    FaultCode.UNFINISHED: "an end within a value",
    FaultCode.LONG: "a value of more than seven characters",
    FaultCode.NEGATIVE: "a negative count",
    FaultCode.EXCESS: "counts beyond the last pixel",
    FaultCode.SHORT: "an end before the last pixel",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """The first fault of a string; `index` is the character that shows it, or the length where the end does."""

    code: FaultCode
    index: int

    @property
    def message(self) -> str:
        """The fault in words."""
        return f"{_PHRASES[self.code]} at character {self.index}"


def to_string(counts: Counts) -> bytes:
    """COCO string of one mask.

    >>> to_string(np.array([1, 2, 3, 40, 5], np.int32))
    b'123V12'
    """
    return to_strings(counts, np.array([0, counts.size]))[0]


def to_strings(counts: Counts, offsets: Offsets) -> list[bytes]:
    """COCO string of each mask of a batch."""
    characters, ends = to_text(counts, offsets)
    text = characters.tobytes()
    return [text[start:end] for start, end in pairwise(ends.tolist())]


def to_text(counts: Counts, offsets: Offsets) -> tuple[NDArray[np.uint8], Offsets]:
    """COCO strings of a batch end to end, and where each ends, int64 (N + 1,), after a 0.

    >>> characters, ends = to_text(np.array([1, 2, 3, 6], np.int32), np.array([0, 3, 4]))
    >>> characters.tobytes(), ends.tolist()
    (b'1236', [0, 3, 4])
    """
    out = np.empty(_MOST_GROUPS * counts.size, np.uint8)
    ends = np.zeros(offsets.size, np.int64)
    _write(frozen(counts, np.int32), frozen(offsets, np.int64), out, ends)
    return out[: ends[-1]], ends


@kernel
def _write(counts: Counts, offsets: Offsets, out: _Bytes, ends: Offsets) -> None:
    n = 0
    for i in range(offsets.size - 1):
        for k in range(offsets[i], offsets[i + 1]):
            value = int(counts[k])
            if k - offsets[i] > 2:
                value -= int(counts[k - 2])
            while not -16 <= value < 16:
                out[n] = (value & 31) + 80
                value >>= 5
                n += 1
            out[n] = (value & 31) + 48
            n += 1
        ends[i + 1] = n


def from_string(data: bytes, total: int) -> NDArray[np.int64] | Fault:
    """Counts of an untrusted COCO string for an image of `total` pixels (below 2**31), or its first fault.

    >>> from_string(b"123V12", 51)
    array([ 1,  2,  3, 40,  5])
    >>> from_string(b"123V12", 50)
    Fault(code=<FaultCode.EXCESS: 5>, index=5)

    The counts sum to `total` but need not be canonical. A value may take more characters than it needs, up
    to seven.
    """
    characters = frozen(np.frombuffer(data, np.uint8), np.uint8)
    out = np.empty(np.count_nonzero(characters < 80), np.int64)
    code, index = _read(characters, total, out)
    return Fault(FaultCode(code), index) if code else out


@kernel
def _read(characters: _Bytes, total: int, out: NDArray[np.int64]) -> tuple[int, int]:
    """Write the counts; return the number of a fault, 0 for none, and its index."""
    n, value, groups, left = 0, 0, 0, total
    for i in range(characters.size):
        group = int(characters[i]) - 48
        if group < 0 or group > 63:
            return _CHARACTER, i
        if groups == _MOST_GROUPS:
            return _LONG, i
        value |= (group & 31) << (5 * groups)
        groups += 1
        if group < 32:
            count = signed(value, groups)
            if n > 2:
                count += int(out[n - 2])
            if count < 0:
                return _NEGATIVE, i
            if count > left:
                return _EXCESS, i
            out[n] = count
            left -= count
            n, value, groups = n + 1, 0, 0
    if groups:
        return _UNFINISHED, characters.size
    return (_SHORT, characters.size) if left else (0, characters.size)
