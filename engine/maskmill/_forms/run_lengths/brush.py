"""Unpack Label Studio's brush masks: run lengths of an RGBA image, packed bit by bit.

Format, as the rle-pack package of thi.ng/umbrella writes it and label-studio-sdk's ``converter/brush.py`` reads it: 32
bits number of words; 5 bits size of a word less one; four times 4 bits, sizes of a length less one; then tokens until
all words are there. A token is one bit that is set for a run and clear for single words, 2 bits that choose one of the
four sizes, a length less one, and one word for a run, or as many words as its length. All numbers have their highest
bit first. Words are the bytes of RGBA pixels in row-major order; the mask is the alpha channel.

State: the reader keeps the position of a bit and reads the 8 bytes around it, so that the cost of a token does not
depend on its position; single words are read all at once. No array is as large as the image: the mask is a list of
ranges.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ArgumentError

Ranges = NDArray[np.int64]

WORD_BITS: Final = 8
"""Bits of a word: one byte of a pixel."""


def brush_pixels(data: bytes) -> int | None:
    """Return the number of pixels that the header of a brush mask gives; None if it is no such header.

    >>> brush_pixels(bytes([0, 0, 0, 16, 57, 27, 252, 96, 19, 255, 198, 0]))
    4
    """
    if len(data) < 7:
        return None
    bits = _Bits(data)
    words, word = bits.take(32), bits.take(5) + 1
    return words // 4 if word == WORD_BITS and words and words % 4 == 0 else None


def unpack_brush(data: bytes, pixels: int) -> Ranges:
    """Return the ranges (N, 2) of pixels whose alpha is not 0: row-major, ascending; they may touch.

    >>> unpack_brush(bytes([0, 0, 0, 16, 57, 27, 252, 96, 19, 255, 198, 0]), pixels=4).tolist()
    [[1, 3]]

    Raises
    ------
    maskmill.errors.ArgumentError
        The bytes end too early, or belong to an image of another size.
    """
    bits = _Bits(data)
    total, word, sizes = bits.take(32), bits.take(5) + 1, [bits.take(4) + 1 for _ in range(4)]
    if (total, word) != (4 * pixels, WORD_BITS):
        raise ArgumentError(f"{4 * pixels} words of 8 bits", f"{total} of {word}", "rle")
    pieces: list[Ranges] = [np.empty((0, 2), np.int64)]
    place = 0
    while place < total:
        is_run = bits.take(1)
        length = min(bits.take(sizes[bits.take(2)]) + 1, total - place)
        if not is_run:
            pieces.append(_words_to_ranges(bits.take_words(length), place))
        elif bits.take(WORD_BITS):
            pieces.append(np.array([[place // 4, (place + length) // 4]]))
        place += length
    ranges = np.concatenate(pieces)
    return ranges[ranges[:, 0] < ranges[:, 1]]


def _words_to_ranges(words: NDArray[np.uint8], place: int) -> Ranges:
    """Return the pixels of the mask among single words, of which the first stands at a place."""
    pixels = np.flatnonzero(words[3 - place % 4 :: 4]) + place // 4
    return np.stack([pixels, pixels + 1], 1)


class _Bits:
    """Bytes read bit by bit, the highest first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, bits: int) -> int:
        """Read the next number of at most 32 bits."""
        first, skipped = divmod(self._place, 8)
        self._move(bits)
        window = int.from_bytes(self._data[first : first + 8].ljust(8, b"\0"), "big")
        return window >> 64 - skipped - bits & (1 << bits) - 1

    def take_words(self, count: int) -> NDArray[np.uint8]:
        """Read the next `count` numbers of 8 bits."""
        first, skipped = divmod(self._place, 8)
        self._move(8 * count)
        octets = np.frombuffer(self._data + b"\0", np.uint8, count + 1, first).astype(np.uint16)
        return ((octets[:-1] << 8 | octets[1:]) >> 8 - skipped & 255).astype(np.uint8)

    def _move(self, bits: int) -> None:
        """Move past some bits; fail where the data ends."""
        self._place += bits
        if self._place > 8 * len(self._data):
            raise ArgumentError("a complete mask", f"{len(self._data)} bytes that end within it", "rle")
