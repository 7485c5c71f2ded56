"""Run-length masks from boxes and label maps, scaled, and cut to a window.

Format: counts as in `run_lengths`. Shapes are (height, width), as of arrays. Kernels write changes and are called
twice: with an empty array to count them, then with an array of that size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.run_lengths import advance, append_change, first_target, nearest_source
from .run_lengths import Counts, as_kernel_input, counts_from_changes


def rectangle(x0: int, y0: int, x1: int, y1: int, *, width: int, height: int) -> Counts:
    """Return the counts of a filled box, clipped to the image.

    >>> rectangle(-5, 1, 2, 3, width=4, height=3)
    array([1, 2, 1, 2, 6], dtype=int32)

    Parameters
    ----------
    x0, y0, x1, y1 : int
        The box in pixels, ends exclusive.
    width, height : int
        Of the image in pixels.
    """
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if x0 >= x1 or y0 >= y1:
        return np.array([height * width], np.int32)
    changes = (np.arange(x0, x1)[:, None] * height + [y0, y1]).ravel()
    if y1 - y0 == height:
        changes = changes[[0, -1]]
    return counts_from_changes(np.append(changes, 0).astype(np.int32), changes.size, height * width)


def scale(counts: Counts, *, source_shape: tuple[int, int], target_shape: tuple[int, int]) -> Counts:
    """Return the counts of a mask scaled to another size by nearest neighbour.

    >>> scale(np.array([1, 1], np.int32), source_shape=(2, 1), target_shape=(4, 1))
    array([2, 2], dtype=int32)

    Target row r takes source row floor((2 * r + 1) * source height / (2 * target height)), columns likewise.

    Parameters
    ----------
    counts : NDArray[np.int32]
        The mask.
    source_shape, target_shape : tuple of int
        (height, width) of the mask and of the result.
    """
    if source_shape == target_shape:
        return counts
    runs = as_kernel_input(counts, np.int32)
    n = _scale(runs, *source_shape, *target_shape, np.empty(0, np.int32))
    out = np.empty(n + 1, np.int32)
    _scale(runs, *source_shape, *target_shape, out)
    return counts_from_changes(out, n, target_shape[0] * target_shape[1])


@kernel
def _scale(counts: Counts, height: int, width: int, target_height: int, target_width: int, out: Counts) -> int:
    """Write the changes of the scaled mask as far as `out` reaches; return their number.

    Run k holds the first pixel of the current source column; k only moves forward. Where rows are dropped, the two ends
    of a run meet and cancel each other; so do the ends of its pieces in neighbouring columns.
    """
    n, last, k, end = 0, -1, 0, int(counts[0])
    for column in range(target_width):
        top = nearest_source(column, width, target_width) * height
        while end <= top:
            k += 1
            end += int(counts[k])
        start = column * target_height
        if k & 1:
            n, last = append_change(out, n, last, start)
        m, stop = k, end
        while stop < top + height:
            n, last = append_change(out, n, last, start + first_target(stop - top, height, target_height))
            m += 1
            stop += int(counts[m])
        if m & 1:
            n, last = append_change(out, n, last, start + target_height)
    return n


def cut_window(counts: Counts, *, height: int, shape: tuple[int, int], origin: tuple[int, int] = (0, 0)) -> Counts:
    """Return the counts of a window of a mask.

    >>> cut_window(np.array([1, 2, 3], np.int32), height=3, shape=(2, 1))
    array([1, 1], dtype=int32)

    Parameters
    ----------
    counts : NDArray[np.int32]
        The mask.
    height : int
        Of the mask in pixels.
    shape : tuple of int
        (height, width) of the window. Where it lies outside the mask, it is background.
    origin : tuple of int
        (row, column) of the mask at which the window starts; may be negative.
    """
    runs = as_kernel_input(counts, np.int32)
    n = _cut_window(runs, height, *origin, *shape, np.empty(0, np.int32))
    out = np.empty(n + 1, np.int32)
    _cut_window(runs, height, *origin, *shape, out)
    return counts_from_changes(out, n, shape[0] * shape[1])


@kernel
def _cut_window(
    counts: Counts, height: int, top: int, left: int, window_height: int, window_width: int, out: Counts
) -> int:
    """Write the changes of the window as far as `out` reaches; return their number."""
    n, last, column, row = 0, -1, 0, 0
    for k in range(0, counts.size - 1, 2):
        column, row = advance(column, row, int(counts[k]), height)
        pixels = int(counts[k + 1])
        while pixels and column < left + window_width:
            piece = min(pixels, height - row)
            pixels -= piece
            start, end = max(row - top, 0), min(row + piece - top, window_height)
            if column >= left and start < end:
                n, last = append_change(out, n, last, (column - left) * window_height + start)
                n, last = append_change(out, n, last, (column - left) * window_height + end)
            column, row = advance(column, row, piece, height)
    return n


def encode_label_map(labels: NDArray[np.integer[Any]]) -> tuple[NDArray[Any], list[Counts]]:
    """Return the labels of a map (H, W) in ascending order without 0, and the counts of each label's pixels.

    >>> encode_label_map(np.array([[7, 0], [7, 2]]))
    (array([2, 7]), [array([3, 1], dtype=int32), array([0, 2, 2], dtype=int32)])
    """
    flat = np.ascontiguousarray(labels.T).reshape(-1)
    ends = np.append(np.flatnonzero(flat[1:] != flat[:-1]) + 1, flat.size)
    starts = np.append(0, ends[:-1])
    order = np.argsort(flat[starts], kind="stable")
    values, firsts = np.unique(flat[starts][order], return_index=True)
    groups = zip(values, np.split(order, firsts[1:]), strict=True)
    kept = [(value, np.stack([starts[runs], ends[runs]], 1).ravel()) for value, runs in groups if value]
    counts = [counts_from_changes(np.append(c, 0).astype(np.int32), c.size, flat.size) for _, c in kept]
    return np.array([value for value, _ in kept], flat.dtype), counts
