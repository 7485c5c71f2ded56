"""Label maps from run-length masks: each mask paints its value, the later over the earlier.

Format: batches of counts as in `runs`; the map is C-order int32.

State: masks are painted into bytes, 255 at a time, in an image that is stored by columns as runs are, so that a run is
one stretch of memory. `words` holds 8 rows of a column in each uint64. Bands of 8 rows are then turned to C-order,
8 x 8 bytes at a time in registers, and the bytes looked up in the values.

Why it is fast: no mask is drawn by itself. Tried and slower: each mask drawn as pixels and blended in by rows (twice
as long); turning byte by byte in tiles (five times); painting int32 (four times).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel, step
from ..steps.run_lengths import advance
from .run_lengths import Counts, Offsets, frozen

_LAYERS = 255  # masks that a byte can tell apart, and 0 for none
_SIDE = 8  # pixels of a word, and words that are turned at once

_Bytes = NDArray[np.uint8]
_Words = NDArray[np.uint64]
_Integers = NDArray[np.int64]
_Values = NDArray[np.int32]

_BYTE, _PAIR, _FOUR = np.uint64(8), np.uint64(16), np.uint64(32)
_BYTES, _PAIRS, _FOURS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF), np.uint64(0x00000000FFFFFFFF)


def instance_map(
    counts: Counts, offsets: Offsets, order: _Integers, values: _Values, height: int, width: int
) -> _Values:
    """Image in which each mask has painted its value, int32 (H, W), 0 where none has.

    >>> both = np.array([0, 2, 1, 1, 2], np.int32), np.array([0, 3, 5])
    >>> instance_map(*both, np.array([0, 1]), np.array([7, 8], np.int32), 1, 3)
    array([[7, 8, 8]], dtype=int32)

    `order` holds rows from the bottom to the top; `values` belongs to the rows.
    """
    out = np.zeros((height, width), np.int32)
    tall, wide = -(-height // _SIDE) * _SIDE, -(-width // _SIDE) * _SIDE
    band = np.empty((_SIDE, wide // _SIDE), np.uint64)
    for first in range(0, len(order), _LAYERS):
        rows = frozen(order[first : first + _LAYERS], np.int64)
        layers = np.zeros((wide, tall), np.uint8)
        _paint(frozen(counts, np.int32), frozen(offsets, np.int64), rows, height, tall, layers.reshape(-1))
        painted = frozen(np.append(0, values[rows]), np.int32)
        _translate(layers.view(np.uint64), band, band.view(np.uint8), painted, out)
    return out


@kernel
def _paint(counts: Counts, offsets: Offsets, order: _Integers, height: int, tall: int, layers: _Bytes) -> None:
    """Paint the place of each mask in the order, from 1, into columns that are `tall` bytes apart."""
    for layer in range(order.size):
        column, row = 0, 0
        for k in range(offsets[order[layer]], offsets[order[layer] + 1] - 1, 2):
            column, row = advance(column, row, int(counts[k]), height)
            left = int(counts[k + 1])
            while left:
                piece = min(left, height - row)
                left -= piece
                layers[column * tall + row : column * tall + row + piece] = layer + 1
                column, row = advance(column, row, piece, height)


@kernel
def _translate(words: _Words, band: _Words, pixels: _Bytes, values: _Values, out: _Values) -> None:
    """Write the value of each pixel that has one; `pixels` are the bytes of `band`."""
    height, width = out.shape
    for group in range(words.shape[1]):
        _turn(words, group, band)
        for row in range(min(_SIDE, height - group * _SIDE)):
            line, to = pixels[row], out[group * _SIDE + row]
            for x in range(width):  # always a store: with a branch the loop stays scalar
                to[x] = values[line[x]] if line[x] else to[x]


@kernel
def _turn(words: _Words, group: int, band: _Words) -> None:
    """Turn 8 rows of all columns to rows: halves of the 8 x 8 bytes change places, then quarters, then bytes."""
    for i in range(band.shape[1]):
        at = i * _SIDE
        a, b, c, d = words[at, group], words[at + 1, group], words[at + 2, group], words[at + 3, group]
        e, f, g, h = words[at + 4, group], words[at + 5, group], words[at + 6, group], words[at + 7, group]
        a, e = _exchanged(a, e, _FOUR, _FOURS)
        b, f = _exchanged(b, f, _FOUR, _FOURS)
        c, g = _exchanged(c, g, _FOUR, _FOURS)
        d, h = _exchanged(d, h, _FOUR, _FOURS)
        a, c = _exchanged(a, c, _PAIR, _PAIRS)
        b, d = _exchanged(b, d, _PAIR, _PAIRS)
        e, g = _exchanged(e, g, _PAIR, _PAIRS)
        f, h = _exchanged(f, h, _PAIR, _PAIRS)
        band[0, i], band[1, i] = _exchanged(a, b, _BYTE, _BYTES)
        band[2, i], band[3, i] = _exchanged(c, d, _BYTE, _BYTES)
        band[4, i], band[5, i] = _exchanged(e, f, _BYTE, _BYTES)
        band[6, i], band[7, i] = _exchanged(g, h, _BYTE, _BYTES)


@step
def _exchanged(upper: np.uint64, lower: np.uint64, shift: np.uint64, mask: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Return both words after the high part of the first and the low part of the second have changed places."""
    both = ((upper >> shift) ^ lower) & mask
    return upper ^ (both << shift), lower ^ both
