"""Label Studio's brush masks: run lengths of an RGBA image, packed bit by bit.

The format is described where it is read, in `maskmill._forms.run_lengths.brush`. The sizes of a length are 3, 4, 8 and
16 bits here, as label-studio-sdk has them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from maskmill._forms.run_lengths.brush import WORD_BITS, Ranges, unpack_brush

__all__ = ["Ranges", "pack_brush", "unpack_brush"]

_SIZES: Final = (3, 4, 8, 16)
_LONGEST: Final = 1 << _SIZES[-1]
_HEADER_BITS: Final = 32 + 5 + 4 * 4


def pack_brush(ranges: Ranges, pixels: int) -> NDArray[np.uint8]:
    """Return the bytes of a mask, as label-studio-sdk's ``mask2rle`` packs it with values 0 and 255.

    >>> pack_brush(np.array([[1, 3]]), pixels=4).tolist()
    [0, 0, 0, 16, 57, 27, 252, 96, 19, 255, 198, 0]

    Parameters
    ----------
    ranges : NDArray[np.int64]
        (N, 2): the first pixel of each run of the mask and the one after its last, row-major, ascending and apart.
    pixels : int
        Width times height of the image.
    """
    lengths = np.diff(ranges.reshape(-1), prepend=0, append=pixels) * 4
    words = np.arange(len(lengths)) % 2 * 255
    codes, bits = _tokens(*_split(words[lengths > 0], lengths[lengths > 0]))
    header = _header(pixels * 4)
    places = np.arange(bits.max(initial=1) - 1, -1, -1)
    packed = (codes[:, None] >> places & 1)[places < bits[:, None]]
    padding = np.zeros(8 - (len(packed) + _HEADER_BITS) % 8)  # a full byte where none is needed, as rle-pack pads
    return np.packbits(np.concatenate([header, packed, padding]).astype(np.uint8))


def _header(words: int) -> NDArray[np.uint8]:
    """Return the bits of the header."""
    value = words << 5 | WORD_BITS - 1
    for size in _SIZES:
        value = value << 4 | size - 1
    return np.frombuffer(f"{value:0{_HEADER_BITS}b}".encode(), np.uint8) - ord("0")


def _split(words: Ranges, lengths: Ranges) -> tuple[Ranges, Ranges]:
    """Split runs into runs that a token can hold, the longest first."""
    pieces = -(-lengths // _LONGEST)
    split = np.full(pieces.sum(), _LONGEST)
    split[np.cumsum(pieces) - 1] = lengths - (pieces - 1) * _LONGEST
    return np.repeat(words, pieces), split


def _tokens(words: Ranges, lengths: Ranges) -> tuple[Ranges, Ranges]:
    """Return the code of each run, and its number of bits."""
    which = np.searchsorted(1 << np.array(_SIZES), lengths)
    sizes = np.array(_SIZES)[which]
    return ((4 | which) << sizes | lengths - 1) << WORD_BITS | words, 3 + sizes + WORD_BITS
