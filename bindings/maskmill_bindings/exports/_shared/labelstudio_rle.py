"""Label Studio's brush masks: the runs of an image of four bytes a pixel, packed bit by bit.

Format, as the rle-pack package of thi.ng/umbrella writes it and label-studio-sdk's ``converter/brush.py`` reads it: 32
bits number of words; 5 bits size of a word less one; four times 4 bits, sizes of a length less one; then tokens until
all words are there. A token is a bit that tells a run from single words, 2 bits that choose one of the four sizes, a
length less one, and one word for a run, or as many words as its length. All numbers have their highest bit first. Words
are the bytes of RGBA pixels in row-major order, of which a mask is the last; sizes are 3, 4, 8 and 16 bits.

State: the reader keeps the place of a bit and looks at the 8 bytes around it, so that a token costs the same wherever
it stands; single words are read all at once. Nothing of the size of the image exists: the mask is a list of ranges.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import told

Ranges = NDArray[np.int64]

_WORD: Final = 8
_SIZES: Final = (3, 4, 8, 16)
_LONGEST: Final = 1 << _SIZES[-1]
_HEADER_BITS: Final = 32 + 5 + 4 * 4


def pack(ranges: Ranges, pixels: int) -> NDArray[np.uint8]:
    """The bytes of a mask, the same as label-studio-sdk's ``mask2rle`` makes of one of 0 and 255.

    >>> pack(np.array([[1, 3]]), pixels=4).tolist()
    [0, 0, 0, 16, 57, 27, 252, 96, 19, 255, 198, 0]

    Parameters
    ----------
    ranges
        (N, 2): first pixel and the one after the last of each run of the mask, in row-major order, ascending, apart.
    pixels
        Width times height of the image.
    """
    lengths = np.diff(ranges.reshape(-1), prepend=0, append=pixels) * 4
    words = np.arange(len(lengths)) % 2 * 255
    codes, bits = _tokens(*_split(words[lengths > 0], lengths[lengths > 0]))
    header = _header(pixels * 4)
    shown = np.arange(bits.max(initial=1) - 1, -1, -1)
    packed = (codes[:, None] >> shown & 1)[shown < bits[:, None]]
    ending = np.zeros(8 - (len(packed) + _HEADER_BITS) % 8)  # a whole byte where none is needed, as the original has it
    return np.packbits(np.concatenate([header, packed, ending]).astype(np.uint8))


def _header(words: int) -> NDArray[np.uint8]:
    value = words << 5 | _WORD - 1
    for size in _SIZES:
        value = value << 4 | size - 1
    return np.frombuffer(f"{value:0{_HEADER_BITS}b}".encode(), np.uint8) - ord("0")


def _split(words: Ranges, lengths: Ranges) -> tuple[Ranges, Ranges]:
    """Runs of at most the longest that a token holds, the full ones first."""
    pieces = -(-lengths // _LONGEST)
    split = np.full(pieces.sum(), _LONGEST)
    split[np.cumsum(pieces) - 1] = lengths - (pieces - 1) * _LONGEST
    return np.repeat(words, pieces), split


def _tokens(words: Ranges, lengths: Ranges) -> tuple[Ranges, Ranges]:
    """The code of each run, and its number of bits."""
    which = np.searchsorted(1 << np.array(_SIZES), lengths)
    sizes = np.array(_SIZES)[which]
    return ((4 | which) << sizes | lengths - 1) << _WORD | words, 3 + sizes + _WORD


def unpack(data: bytes, pixels: int) -> Ranges:
    """The ranges (N, 2) of a mask: pixels whose fourth byte is not 0, as `pack` takes them but perhaps touching.

    >>> unpack(bytes([0, 0, 0, 16, 57, 27, 252, 96, 19, 255, 198, 0]), pixels=4).tolist()
    [[1, 3]]

    Raises
    ------
    maskmill.errors.ArgumentError
        The bytes end too early, or are of another image.
    """
    bits = _Bits(data)
    total, word, sizes = bits.take(32), bits.take(5) + 1, [bits.take(4) + 1 for _ in range(4)]
    if (total, word) != (4 * pixels, _WORD):
        raise told(f"{4 * pixels} words of 8 bits", f"{total} of {word}", "rle")
    found: list[Ranges] = [np.empty((0, 2), np.int64)]
    place = 0
    while place < total:
        is_run = bits.take(1)
        length = min(bits.take(sizes[bits.take(2)]) + 1, total - place)
        if not is_run:
            found.append(_of_words(bits.take_words(length), place))
        elif bits.take(_WORD):
            found.append(np.array([[place // 4, (place + length) // 4]]))
        place += length
    ranges = np.concatenate(found)
    return ranges[ranges[:, 0] < ranges[:, 1]]


def _of_words(words: NDArray[np.uint8], place: int) -> Ranges:
    """The pixels among single words, of which the first has this place."""
    pixels = np.flatnonzero(words[3 - place % 4 :: 4]) + place // 4
    return np.stack([pixels, pixels + 1], 1)


class _Bits:
    """Bytes read bit by bit, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, bits: int) -> int:
        """The next number of at most 32 bits."""
        first, skipped = divmod(self._place, 8)
        self._move(bits)
        seen = int.from_bytes(self._data[first : first + 8].ljust(8, b"\0"), "big")
        return seen >> 64 - skipped - bits & (1 << bits) - 1

    def take_words(self, count: int) -> NDArray[np.uint8]:
        """The next numbers of 8 bits."""
        first, skipped = divmod(self._place, 8)
        self._move(8 * count)
        seen = np.frombuffer(self._data + b"\0", np.uint8, count + 1, first).astype(np.uint16)
        return ((seen[:-1] << 8 | seen[1:]) >> 8 - skipped & 255).astype(np.uint8)

    def _move(self, bits: int) -> None:
        self._place += bits
        if self._place > 8 * len(self._data):
            raise told("a whole mask", f"{len(self._data)} bytes that end within it", "rle")
