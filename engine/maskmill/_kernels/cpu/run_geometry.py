"""Run-length masks from boxes, label maps and row-major runs, scaled, and cut to a window.

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


def from_row_major(counts: Counts, *, width: int, height: int) -> Counts:
    """Return the counts of a mask whose run lengths were written row by row.

    >>> from_row_major(np.array([1, 2, 3], np.int32), width=3, height=2)
    array([2, 1, 1, 1, 1], dtype=int32)

    Parameters
    ----------
    counts : NDArray[np.int32]
        Run lengths in row-major order, background first, that sum to `width` times `height`.
    width, height : int
        Of the image in pixels.
    """
    runs = as_kernel_input(counts, np.int32)
    top = _top_changes(runs, width, height)
    per_column = _changes_per_column(runs, top, height)
    ends = np.cumsum(per_column, dtype=np.int64)
    out = np.empty(ends[-1] + 1, np.int32)
    _compare_rows(runs, top, height, ends - per_column, out)
    return counts_from_changes(out, int(ends[-1]), width * height)


def row_major_changes(counts: Counts, *, width: int, height: int) -> int:
    """Return how many changes `from_row_major` writes, without the memory for them.

    >>> row_major_changes(np.array([1, 2, 3], np.int32), width=3, height=2)
    4

    Parameters
    ----------
    counts : NDArray[np.int32]
        Run lengths in row-major order, background first, that sum to `width` times `height`.
    width, height : int
        Of the image in pixels.
    """
    runs = as_kernel_input(counts, np.int32)
    return int(_changes_per_column(runs, _top_changes(runs, width, height), height).sum())


def _top_changes(runs: Counts, width: int, height: int) -> NDArray[np.bool_]:
    """Tell which pixels of the first row differ from the one before: the last of the column to their left."""
    own, before = np.zeros(width, np.bool_), np.zeros(width + 1, np.bool_)
    _fill_row(runs, 0, own)
    _fill_row(runs, (height - 1) * width, before[1:])
    return as_kernel_input(own != before[:-1], np.bool_)


def _changes_per_column(runs: Counts, top: NDArray[np.bool_], height: int) -> NDArray[np.int64]:
    steps = np.zeros(top.size + 1, np.int64)
    _compare_rows(runs, top, height, steps, np.empty(0, np.int32))
    return np.cumsum(steps[:-1])


@kernel
def _fill_row(counts: Counts, first: int, out: NDArray[np.bool_]) -> None:
    """Fill a row, whose first pixel is at the position `first`."""
    end = 0
    for k in range(counts.size):
        start, end = end, end + int(counts[k])
        if k & 1:
            out[min(max(start - first, 0), out.size) : min(max(end - first, 0), out.size)] = True


@kernel
def _compare_rows(counts: Counts, top: NDArray[np.bool_], height: int, cursors: NDArray[np.int64], out: Counts) -> None:
    """Write the change of each pixel that differs from the one above it; `cursors` holds each column's next index.

    The runs are compared with themselves, `width` pixels later; `top` holds the changes of the first row. With an empty
    `out`, `cursors` receives by how much the number of changes of each column differs from that of the column before.
    """
    width = top.size
    for column in range(width):
        if top[column]:
            _append_stretch(column, column + 1, 0, height, cursors, out)
    total, position, differs = width * height, 0, False
    k, end, m, end_above = 0, int(counts[0]), 0, int(counts[0]) + width
    while position < total:
        stop = min(end, end_above, total)
        position = max(position, width)
        while differs and position < stop:
            row, column = position // width, position % width
            last = min(stop - position + column, width)
            _append_stretch(column, last, row, height, cursors, out)
            position += last - column
        position = stop
        if position == end and position < total:
            k += 1
            end += int(counts[k])
            differs = not differs
        if position == end_above and position < total:
            m += 1
            end_above += int(counts[m])
            differs = not differs


@kernel
def _append_stretch(first: int, end: int, row: int, height: int, cursors: NDArray[np.int64], out: Counts) -> None:
    """Append a change in each column from `first` to `end`, in one row."""
    if not out.size:
        cursors[first] += 1
        cursors[end] -= 1
        return
    for column in range(first, end):
        out[cursors[column]] = column * height + row
        cursors[column] += 1


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
