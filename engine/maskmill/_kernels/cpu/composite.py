"""Pixels from run-length masks: stacks and crops, and the union that needs no pixels.

Format: batches of counts as in `runs`; images are C-order. Every mask is drawn within its box only.

State: a mask is drawn in two passes over its box. The first marks both ends of each piece of a run within one
column; the second goes down row by row, where a pixel is its mark, xor the pixel above.

Why it is fast: column-major runs drawn straight into a C-order image touch a new cache line with every pixel.
Marks are few, and the second pass runs along rows, many pixels an instruction.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.run_lengths import advance
from .run_lengths import Counts, Offsets, close, frozen
from .run_lengths import boxes as tight_boxes

_Bytes = NDArray[np.uint8]
_Integers = NDArray[np.int64]


def dense(counts: Counts, offsets: Offsets, height: int, width: int) -> NDArray[np.bool_]:
    """Every mask as pixels, bool (N, H, W).

    >>> dense(np.array([2, 1, 1, 2], np.int32), np.array([0, 4]), 2, 3)[0].astype(int)
    array([[0, 1, 1],
           [0, 0, 1]])
    """
    boxes = tight_boxes(counts, offsets, height)
    out = np.zeros((len(boxes), height, width), np.uint8)
    starts = np.arange(len(boxes)) * (height * width) + boxes[:, 1] * width + boxes[:, 0]
    _draw_all(*_inputs(counts, offsets, boxes), height, out.reshape(-1), starts, np.full(len(boxes), width))
    return out.view(np.bool_)


def crops(counts: Counts, offsets: Offsets, boxes: _Integers, height: int) -> list[NDArray[np.bool_]]:
    """Every mask as the pixels of its tight box, bool (y1 - y0, x1 - x0); views of one buffer.

    >>> [crop] = crops(np.array([1, 2, 3], np.int32), np.array([0, 3]), np.array([[0, 1, 1, 3]]), 3)
    >>> crop.shape
    (2, 1)
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    ends = np.cumsum(sides[:, 0] * sides[:, 1])
    starts = ends - sides[:, 0] * sides[:, 1]
    out = np.zeros(ends[-1] if len(ends) else 0, np.uint8)
    _draw_all(*_inputs(counts, offsets, boxes), height, out, starts, sides[:, 0].copy())
    pixels = out.view(np.bool_)
    parts = zip(starts.tolist(), ends.tolist(), sides.tolist(), strict=True)
    return [pixels[start:end].reshape(h, w) for start, end, (w, h) in parts]


def _inputs(counts: Counts, offsets: Offsets, boxes: _Integers) -> tuple[Counts, Offsets, _Integers]:
    return frozen(counts, np.int32), frozen(offsets, np.int64), frozen(boxes, np.int64)


@kernel
def _draw_all(
    counts: Counts,
    offsets: Offsets,
    boxes: _Integers,
    height: int,
    out: _Bytes,
    starts: _Integers,
    strides: _Integers,
) -> None:
    """Draw each mask into zeros at its start; `strides` are the pixels from row to row."""
    for i in range(boxes.shape[0]):
        start, stride = starts[i], strides[i]
        _mark(counts, offsets[i], offsets[i + 1], boxes[i], height, out, start, stride)
        wide = boxes[i, 2] - boxes[i, 0]
        for row in range(1, boxes[i, 3] - boxes[i, 1]):
            _xor_above(out, start + row * stride, stride, wide)


@kernel
def _mark(
    counts: Counts, first: int, last: int, box: _Integers, height: int, out: _Bytes, start: int, stride: int
) -> None:
    """Set the first pixel of each piece of a run within one column, and the pixel below its last."""
    bottom = box[3]
    origin = start - box[0] - box[1] * stride
    column, row = 0, 0
    for k in range(first, last - 1, 2):
        column, row = advance(column, row, int(counts[k]), height)
        left = int(counts[k + 1])
        while left:
            piece = min(left, height - row)
            left -= piece
            out[origin + row * stride + column] = 1
            if row + piece < bottom:
                out[origin + (row + piece) * stride + column] = 1
            column, row = advance(column, row, piece, height)


@kernel
def _xor_above(out: _Bytes, at: int, stride: int, wide: int) -> None:
    """Flip each of `wide` pixels from `at` on whose pixel above is set.

    With indices into the whole of `out` LLVM leaves the loop scalar, thirty times as slow.
    """
    pixels = out[at : at + wide]
    pixels ^= out[at - stride : at - stride + wide]


def union(counts: Counts, offsets: Offsets, total: int) -> Counts:
    """Counts of the union of all masks of a batch, images of `total` pixels.

    >>> union(np.array([0, 2, 4, 1, 3, 2], np.int32), np.array([0, 3, 6]), 6)
    array([0, 4, 2], dtype=int32)
    """
    keys = np.empty(counts.size // 2, np.int64)
    n = _gather(frozen(counts, np.int32), frozen(offsets, np.int64), keys)
    out = np.empty(2 * n + 1, np.int32)
    return close(out, _merge(np.sort(keys[:n]), out), total)


@kernel
def _gather(counts: Counts, offsets: Offsets, keys: _Integers) -> int:
    """Write every foreground run as start << 32 | end; return their number."""
    n = 0
    for i in range(offsets.size - 1):
        position = 0
        for k in range(offsets[i], offsets[i + 1] - 1, 2):
            start = position + int(counts[k])
            position = start + int(counts[k + 1])
            keys[n] = start << 32 | position
            n += 1
    return n


@kernel
def _merge(keys: _Integers, out: Counts) -> int:
    """Write the changes of the union of runs sorted by their start; return their number."""
    n, end = 0, -1
    for i in range(keys.size):
        start, stop = keys[i] >> 32, keys[i] & 0xFFFFFFFF
        if start > end:
            out[n] = start
            n += 2
        end = max(end, stop)
        out[n - 1] = end
    return n
