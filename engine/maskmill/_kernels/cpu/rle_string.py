"""COCO strings: run-length counts as printable ASCII, byte for byte as pycocotools writes them.

Format: from the fourth count on, a count is written as its difference to the count two before. Each value is split into
groups of five bits, lowest first. A group, plus 32 if another follows, plus 48, is a character from ``0`` to ``o``. The
sign is bit 4 of the last group.

State of the reader: the value read so far, its number of groups, and the pixels that no count covers yet. No value has
more than seven groups (35 bits) and no count exceeds the remaining pixels, so nothing can overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.run_lengths import sign_extended
from .run_lengths import Counts, Offsets, as_kernel_input

_Bytes = NDArray[np.uint8]

_MAX_GROUPS = 7  # a difference of counts below 2**31 has 31 bits and a sign


class RleFaultCode(IntEnum):
    """Kinds of faults in a COCO string."""

    CHARACTER = 1
    UNFINISHED = 2
    LONG = 3
    NEGATIVE = 4
    EXCESS = 5
    SHORT = 6


_CHARACTER, _UNFINISHED, _LONG, _NEGATIVE, _EXCESS, _SHORT = (int(code) for code in RleFaultCode)

_PHRASES = {
    RleFaultCode.CHARACTER: "a character outside 0 to o",
    RleFaultCode.UNFINISHED: "an end within a value",
    RleFaultCode.LONG: "a value of more than seven characters",
    RleFaultCode.NEGATIVE: "a negative count",
    RleFaultCode.EXCESS: "counts beyond the last pixel",
    RleFaultCode.SHORT: "an end before the last pixel",
}


@dataclass(frozen=True, slots=True)
class RleFault:
    """The first fault in a COCO string.

    Attributes
    ----------
    code : RleFaultCode
        The kind of fault.
    index : int
        The character at which it shows, or the length of the string if its end is the fault.
    """

    code: RleFaultCode
    index: int

    @property
    def message(self) -> str:
        """A phrase for error messages."""
        return f"{_PHRASES[self.code]} at character {self.index}"


def to_string(counts: Counts) -> bytes:
    """Return the COCO string of one mask.

    >>> to_string(np.array([1, 2, 3, 40, 5], np.int32))
    b'123V12'
    """
    return to_strings(counts, np.array([0, counts.size]))[0]


def to_strings(counts: Counts, offsets: Offsets) -> list[bytes]:
    """Return the COCO string of each mask of a batch."""
    characters, ends = to_string_buffer(counts, offsets)
    text = characters.tobytes()
    return [text[start:end] for start, end in pairwise(ends.tolist())]


def to_string_buffer(counts: Counts, offsets: Offsets) -> tuple[NDArray[np.uint8], Offsets]:
    """Return the COCO strings of a batch end to end, uint8, and their offsets, int64 (N + 1,).

    >>> text, starts = to_string_buffer(np.array([1, 2, 3, 6], np.int32), np.array([0, 3, 4]))
    >>> text.tobytes(), starts.tolist()
    (b'1236', [0, 3, 4])
    """
    out = np.empty(_MAX_GROUPS * counts.size, np.uint8)
    ends = np.zeros(offsets.size, np.int64)
    _write(as_kernel_input(counts, np.int32), as_kernel_input(offsets, np.int64), out, ends)
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


def from_string(data: bytes, total: int) -> NDArray[np.int64] | RleFault:
    """Read a COCO string that need not be valid.

    >>> from_string(b"123V12", 51)
    array([ 1,  2,  3, 40,  5])
    >>> from_string(b"123V12", 50)
    RleFault(code=<RleFaultCode.EXCESS: 5>, index=5)

    A value may take more characters than it needs, up to seven.

    Parameters
    ----------
    data : bytes
        The string.
    total : int
        Pixels of the image, below 2**31.

    Returns
    -------
    NDArray[np.int64] or RleFault
        Counts that sum to `total`, not necessarily canonical; or the first fault.
    """
    characters = as_kernel_input(np.frombuffer(data, np.uint8), np.uint8)
    out = np.empty(np.count_nonzero(characters < 80), np.int64)
    code, index = _read(characters, total, out)
    return RleFault(RleFaultCode(code), index) if code else out


@kernel
def _read(characters: _Bytes, total: int, out: NDArray[np.int64]) -> tuple[int, int]:
    """Write the counts; return the code of the first fault, 0 for none, and its index."""
    n, value, groups, remaining = 0, 0, 0, total
    for i in range(characters.size):
        group = int(characters[i]) - 48
        if group < 0 or group > 63:
            return _CHARACTER, i
        if groups == _MAX_GROUPS:
            return _LONG, i
        value |= (group & 31) << (5 * groups)
        groups += 1
        if group < 32:
            count = sign_extended(value, groups)
            if n > 2:
                count += int(out[n - 2])
            if count < 0:
                return _NEGATIVE, i
            if count > remaining:
                return _EXCESS, i
            out[n] = count
            remaining -= count
            n, value, groups = n + 1, 0, 0
    if groups:
        return _UNFINISHED, characters.size
    return (_SHORT, characters.size) if remaining else (0, characters.size)
