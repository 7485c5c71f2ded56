"""Run-length masks to pixels: stacks and crops; and the union of a batch, which needs no pixels.

Format: batches of counts as in `run_lengths`; images are C-order. Each mask is drawn inside its box only.

State: a mask is drawn in two passes over its box. The first marks both ends of each piece of a run within a column; the
second goes down row by row, where a pixel is its own mark xor the pixel above.

Why it is fast: column-major runs drawn directly into a C-order image touch a new cache line with every pixel. Marks are
few, and the second pass runs along pixel rows, many pixels per instruction.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.run_lengths import advance
from .run_lengths import Counts, Offsets, as_kernel_input, counts_from_changes
from .run_lengths import boxes as tight_boxes

_Bytes = NDArray[np.uint8]
_Integers = NDArray[np.int64]


def dense(counts: Counts, offsets: Offsets, *, height: int, width: int) -> NDArray[np.bool_]:
    """Return the pixels of all masks.

    >>> dense(np.array([2, 1, 1, 2], np.int32), np.array([0, 4]), height=2, width=3)[0].astype(int)
    array([[0, 1, 1],
           [0, 0, 1]])

    Parameters
    ----------
    counts, offsets
        The batch, N masks.
    height, width : int
        Of the image in pixels.

    Returns
    -------
    NDArray[np.bool_]
        (N, height, width).
    """
    boxes = tight_boxes(counts, offsets, height=height)
    out = np.zeros((len(boxes), height, width), np.uint8)
    starts = np.arange(len(boxes)) * (height * width) + boxes[:, 1] * width + boxes[:, 0]
    _draw_all(*_kernel_inputs(counts, offsets, boxes), height, out.reshape(-1), starts, np.full(len(boxes), width))
    return out.view(np.bool_)


def crops(counts: Counts, offsets: Offsets, boxes: _Integers, *, height: int) -> list[NDArray[np.bool_]]:
    """Return the pixels of each mask inside its box.

    >>> [crop] = crops(np.array([1, 2, 3], np.int32), np.array([0, 3]), np.array([[0, 1, 1, 3]]), height=3)
    >>> crop.shape
    (2, 1)

    Parameters
    ----------
    counts, offsets
        The batch, N masks.
    boxes : NDArray[np.int64]
        (N, 4): the smallest boxes, as `run_lengths.boxes` returns them.
    height : int
        Of the image in pixels.

    Returns
    -------
    list of NDArray[np.bool_]
        (y1 - y0, x1 - x0) each; views of one buffer.
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    ends = np.cumsum(sides[:, 0] * sides[:, 1])
    starts = ends - sides[:, 0] * sides[:, 1]
    out = np.zeros(ends[-1] if len(ends) else 0, np.uint8)
    _draw_all(*_kernel_inputs(counts, offsets, boxes), height, out, starts, sides[:, 0].copy())
    pixels = out.view(np.bool_)
    parts = zip(starts.tolist(), ends.tolist(), sides.tolist(), strict=True)
    return [pixels[start:end].reshape(h, w) for start, end, (w, h) in parts]


def _kernel_inputs(counts: Counts, offsets: Offsets, boxes: _Integers) -> tuple[Counts, Offsets, _Integers]:
    return as_kernel_input(counts, np.int32), as_kernel_input(offsets, np.int64), as_kernel_input(boxes, np.int64)


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
    """Draw each mask into zeros at its start; `strides` are the pixels from one row to the next."""
    for i in range(boxes.shape[0]):
        start, stride = starts[i], strides[i]
        _mark_run_ends(counts, offsets[i], offsets[i + 1], boxes[i], height, out, start, stride)
        width = boxes[i, 2] - boxes[i, 0]
        for row in range(1, boxes[i, 3] - boxes[i, 1]):
            _xor_above(out, start + row * stride, stride, width)


@kernel
def _mark_run_ends(
    counts: Counts, first: int, last: int, box: _Integers, height: int, out: _Bytes, start: int, stride: int
) -> None:
    """Set the first pixel of each piece of a run within a column, and the pixel below its last."""
    bottom = box[3]
    origin = start - box[0] - box[1] * stride
    column, row = 0, 0
    for k in range(first, last - 1, 2):
        column, row = advance(column, row, int(counts[k]), height)
        remaining = int(counts[k + 1])
        while remaining:
            piece = min(remaining, height - row)
            remaining -= piece
            out[origin + row * stride + column] = 1
            if row + piece < bottom:
                out[origin + (row + piece) * stride + column] = 1
            column, row = advance(column, row, piece, height)


@kernel
def _xor_above(out: _Bytes, start: int, stride: int, width: int) -> None:
    """Flip each of the `width` pixels from `start` on whose pixel above is set.

    With indices into all of `out` LLVM leaves the loop scalar, thirty times as slow.
    """
    pixels = out[start : start + width]
    pixels ^= out[start - stride : start - stride + width]


def union(counts: Counts, offsets: Offsets, total: int) -> Counts:
    """Return the counts of the union of all masks.

    >>> union(np.array([0, 2, 4, 1, 3, 2], np.int32), np.array([0, 3, 6]), total=6)
    array([0, 4, 2], dtype=int32)

    Parameters
    ----------
    counts, offsets
        The batch.
    total : int
        Pixels of the image.
    """
    keys = np.empty(counts.size // 2, np.int64)
    n = _collect_runs(as_kernel_input(counts, np.int32), as_kernel_input(offsets, np.int64), keys)
    out = np.empty(2 * n + 1, np.int32)
    return counts_from_changes(out, _merge_runs(np.sort(keys[:n]), out), total)


@kernel
def _collect_runs(counts: Counts, offsets: Offsets, keys: _Integers) -> int:
    """Write each foreground run as start << 32 | end; return their number."""
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
def _merge_runs(keys: _Integers, out: Counts) -> int:
    """Write the changes of the union of runs, sorted by start; return their number."""
    n, end = 0, -1
    for i in range(keys.size):
        start, stop = keys[i] >> 32, keys[i] & 0xFFFFFFFF
        if start > end:
            out[n] = start
            n += 2
        end = max(end, stop)
        out[n - 1] = end
    return n
