"""Run-length masks to a label map: each mask paints its value, later masks over earlier ones.

Format: batches of counts as in `run_lengths`; the map is C-order int32.

State: masks are painted 255 at a time into an image of bytes, which is stored by columns as runs are, so that a run is
one stretch of memory. Each uint64 of `words` holds 8 rows of a column. Bands of 8 rows are then transposed to C-order,
8 x 8 bytes at a time in registers, and each byte is replaced by the value of its mask.

Why it is fast: no mask is drawn on its own. Tried and slower: drawing each mask as pixels and blending it in by rows
(twice as long); transposing byte by byte in tiles (five times); painting int32 (four times).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel, step
from ..steps.run_lengths import advance
from .run_lengths import Counts, Offsets, as_kernel_input

_MAX_LAYERS = 255  # masks that a byte can distinguish, with 0 for none
_SIDE = 8  # pixels in a word, and words transposed at once

_Bytes = NDArray[np.uint8]
_Words = NDArray[np.uint64]
_Integers = NDArray[np.int64]
_Values = NDArray[np.int32]

_BYTE, _PAIR, _FOUR = np.uint64(8), np.uint64(16), np.uint64(32)
_BYTES, _PAIRS, _FOURS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF), np.uint64(0x00000000FFFFFFFF)


def instance_map(
    counts: Counts, offsets: Offsets, order: _Integers, values: _Values, *, height: int, width: int
) -> _Values:
    """Return an image in which each mask has painted its value.

    >>> both = np.array([0, 2, 1, 1, 2], np.int32), np.array([0, 3, 5])
    >>> instance_map(*both, np.array([0, 1]), np.array([7, 8], np.int32), height=1, width=3)
    array([[7, 8, 8]], dtype=int32)

    Parameters
    ----------
    counts, offsets
        The batch, N masks.
    order : NDArray[np.int64]
        The masks to paint, from bottom to top.
    values : NDArray[np.int32]
        (N,): the value of each mask.
    height, width : int
        Of the image in pixels.

    Returns
    -------
    NDArray[np.int32]
        (height, width), 0 where no mask is.
    """
    out = np.zeros((height, width), np.int32)
    padded_height, padded_width = -(-height // _SIDE) * _SIDE, -(-width // _SIDE) * _SIDE
    band = np.empty((_SIDE, padded_width // _SIDE), np.uint64)
    for first in range(0, len(order), _MAX_LAYERS):
        rows = as_kernel_input(order[first : first + _MAX_LAYERS], np.int64)
        layers = np.zeros((padded_width, padded_height), np.uint8)
        _paint(
            as_kernel_input(counts, np.int32),
            as_kernel_input(offsets, np.int64),
            rows,
            height,
            padded_height,
            layers.reshape(-1),
        )
        painted = as_kernel_input(np.append(0, values[rows]), np.int32)
        _write_values(layers.view(np.uint64), band, band.view(np.uint8), painted, out)
    return out


@kernel
def _paint(counts: Counts, offsets: Offsets, order: _Integers, height: int, stride: int, layers: _Bytes) -> None:
    """Paint 1 + its index in `order` for each mask, into columns that are `stride` bytes apart."""
    for layer in range(order.size):
        column, row = 0, 0
        for k in range(offsets[order[layer]], offsets[order[layer] + 1] - 1, 2):
            column, row = advance(column, row, int(counts[k]), height)
            remaining = int(counts[k + 1])
            while remaining:
                piece = min(remaining, height - row)
                remaining -= piece
                layers[column * stride + row : column * stride + row + piece] = layer + 1
                column, row = advance(column, row, piece, height)


@kernel
def _write_values(words: _Words, band: _Words, pixels: _Bytes, values: _Values, out: _Values) -> None:
    """Write the value of each painted pixel; `pixels` are the bytes of `band`."""
    height, width = out.shape
    for group in range(words.shape[1]):
        _transpose_band(words, group, band)
        for row in range(min(_SIDE, height - group * _SIDE)):
            layers, target = pixels[row], out[group * _SIDE + row]
            for x in range(width):  # always a store: with a branch the loop stays scalar
                target[x] = values[layers[x]] if layers[x] else target[x]


@kernel
def _transpose_band(words: _Words, group: int, band: _Words) -> None:
    """Transpose 8 rows of all columns: exchange halves of each 8 x 8 bytes, then quarters, then bytes."""
    for i in range(band.shape[1]):
        first = i * _SIDE
        a, b, c, d = words[first, group], words[first + 1, group], words[first + 2, group], words[first + 3, group]
        e, f, g, h = words[first + 4, group], words[first + 5, group], words[first + 6, group], words[first + 7, group]
        a, e = _exchange(a, e, _FOUR, _FOURS)
        b, f = _exchange(b, f, _FOUR, _FOURS)
        c, g = _exchange(c, g, _FOUR, _FOURS)
        d, h = _exchange(d, h, _FOUR, _FOURS)
        a, c = _exchange(a, c, _PAIR, _PAIRS)
        b, d = _exchange(b, d, _PAIR, _PAIRS)
        e, g = _exchange(e, g, _PAIR, _PAIRS)
        f, h = _exchange(f, h, _PAIR, _PAIRS)
        band[0, i], band[1, i] = _exchange(a, b, _BYTE, _BYTES)
        band[2, i], band[3, i] = _exchange(c, d, _BYTE, _BYTES)
        band[4, i], band[5, i] = _exchange(e, f, _BYTE, _BYTES)
        band[6, i], band[7, i] = _exchange(g, h, _BYTE, _BYTES)


@step
def _exchange(upper: np.uint64, lower: np.uint64, shift: np.uint64, mask: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Exchange the high parts of `upper` with the low parts of `lower`; return both words."""
    both = ((upper >> shift) ^ lower) & mask
    return upper ^ (both << shift), lower ^ both
