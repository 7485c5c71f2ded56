"""Run-length masks: encode pixels, and measure areas, boxes and intersections without pixels.

Format: the *counts* of an H x W mask are int32 lengths of background and foreground runs in turn, in column-major
order, background first. Canonical counts have no zero, except perhaps the first, and sum to H * W < 2**31; an empty
mask is [H * W]. A batch of N masks is their counts end to end with int64 *offsets* (N + 1,): mask i is
``counts[offsets[i]:offsets[i + 1]]``. The functions trust the sum and, except for `to_canonical`, the form of counts.

State: kernels that produce counts first write *changes*, the increasing positions where the colour changes. Two changes
at one position cancel each other, so counts computed from them are canonical without a second pass.

Why it is fast: `encode` reads a C-order mask row by row, never by columns. Both of its passes compare each row with the
row above, many pixels per instruction; only blocks that contain a change are examined pixel by pixel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._jit import kernel
from ..steps.run_lengths import advance

Counts = NDArray[np.int32]
Offsets = NDArray[np.int64]
_Pixels = NDArray[np.bool_]
_Integers = NDArray[np.int64]
_BatchWithSpans = tuple[Counts, Offsets, _Integers]

_BLOCK = 128  # pixels compared at once; with 64 LLVM leaves the comparison scalar, five times as slow


def as_kernel_input(array: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Return `array` C-contiguous and read-only, so that each kernel is compiled for one kind of input."""
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


def encode(mask: NDArray[np.bool_] | NDArray[np.uint8]) -> Counts:
    """Return the counts of a mask (H, W) in any memory layout; every non-zero value is foreground.

    >>> encode(np.array([[0, 1, 1], [0, 0, 1]], bool))
    array([2, 1, 1, 2], dtype=int32)
    """
    pixels: _Pixels = mask.astype(np.bool_, copy=False)
    if pixels.flags.f_contiguous:
        changes = np.flatnonzero(np.diff(pixels.T.reshape(-1), prepend=False))
        return counts_from_changes(np.append(changes, 0).astype(np.int32), changes.size, pixels.size)
    rows = as_kernel_input(pixels, np.bool_)
    per_column = np.empty(rows.shape[1], np.int32)
    _count_changes(rows, per_column)
    ends = np.cumsum(per_column, dtype=np.int64)
    out = np.empty(ends[-1] + 1, np.int32)
    _write_changes(rows, ends - per_column, out)
    return counts_from_changes(out, int(ends[-1]), rows.size)


@kernel
def _count_changes(mask: _Pixels, per_column: Counts) -> None:
    """Count the changes in each column; the pixel before its first one is the last of the column before."""
    height, width = mask.shape
    per_column[0] = mask[0, 0]
    for column in range(1, width):
        per_column[column] = mask[0, column] != mask[height - 1, column - 1]
    for row in range(1, height):
        for column in range(width):
            per_column[column] += mask[row, column] != mask[row - 1, column]


@kernel
def _write_changes(mask: _Pixels, cursors: _Integers, out: Counts) -> None:
    """Write the position of each change; `cursors` holds the next index to write for each column."""
    height, width = mask.shape
    for column in range(width):
        before = mask[height - 1, column - 1] if column else False
        if mask[0, column] != before:
            out[cursors[column]] = column * height
            cursors[column] += 1
    for row in range(1, height):
        for block in range(0, width, _BLOCK):
            stop = min(block + _BLOCK, width)
            changed = False
            for column in range(block, stop):
                changed |= mask[row, column] != mask[row - 1, column]
            if not changed:
                continue
            for column in range(block, stop):
                if mask[row, column] != mask[row - 1, column]:
                    out[cursors[column]] = column * height + row
                    cursors[column] += 1


def counts_from_changes(changes: Counts, n: int, total: int) -> Counts:
    """Return the counts of a mask from its changes.

    Parameters
    ----------
    changes : NDArray[np.int32]
        Positions in increasing order, with space for at least one more; overwritten.
    n : int
        How many of `changes` are used.
    total : int
        Pixels of the image.

    Returns
    -------
    NDArray[np.int32]
        A view of `changes`.
    """
    return changes[: changes_to_counts(changes, n, total)]


@kernel
def changes_to_counts(changes: Counts, n: int, total: int) -> int:
    """Turn the first `n` changes into counts in place and return the number of counts.

    Parameters
    ----------
    changes : NDArray[np.int32]
        Positions in increasing order, with space for at least one more; overwritten.
    n : int
        How many of `changes` are used.
    total : int
        Pixels of the image.
    """
    previous = 0
    for i in range(n):
        position = int(changes[i])
        changes[i] = position - previous
        previous = position
    if previous == total:
        return n
    changes[n] = total - previous
    return n + 1


def to_canonical(counts: NDArray[np.int64]) -> Counts:
    """Return canonical counts for counts that may contain zeros anywhere.

    >>> to_canonical(np.array([0, 0, 2, 0, 3, 1, 0]))
    array([5, 1], dtype=int32)
    """
    out = np.zeros(max(1, counts.size), np.int32)
    return out[: _merge_zero_counts(as_kernel_input(counts, np.int64), out)]


@kernel
def _merge_zero_counts(counts: _Integers, out: Counts) -> int:
    last = 0
    for k in range(counts.size):
        if counts[k]:
            last += (k ^ last) & 1  # another colour: the next run
            out[last] += counts[k]
    return last + 1


def areas(counts: Counts, offsets: Offsets) -> NDArray[np.int64]:
    """Return the number of foreground pixels of each mask, int64 (N,).

    >>> areas(np.array([1, 2, 3], np.int32), np.array([0, 3]))
    array([2])
    """
    out = np.empty(offsets.size - 1, np.int64)
    _areas(as_kernel_input(counts, np.int32), as_kernel_input(offsets, np.int64), out)
    return out


@kernel
def _areas(counts: Counts, offsets: Offsets, out: _Integers) -> None:
    for i in range(out.size):
        area = 0
        for k in range(offsets[i] + 1, offsets[i + 1], 2):
            area += int(counts[k])
        out[i] = area


def boxes(counts: Counts, offsets: Offsets, *, height: int) -> NDArray[np.int64]:
    """Return the smallest box around each mask.

    >>> boxes(np.array([1, 2, 3], np.int32), np.array([0, 3]), height=3)
    array([[0, 1, 1, 3]])

    Parameters
    ----------
    counts, offsets
        The batch, N masks.
    height : int
        Of the image in pixels.

    Returns
    -------
    NDArray[np.int64]
        (N, 4): x0, y0, x1, y1 in pixels, ends exclusive; zeros for an empty mask.
    """
    out = np.zeros((offsets.size - 1, 4), np.int64)
    _boxes(as_kernel_input(counts, np.int32), as_kernel_input(offsets, np.int64), height, out)
    return out


@kernel
def _boxes(counts: Counts, offsets: Offsets, height: int, out: _Integers) -> None:
    for i in range(out.shape[0]):
        column, row, top, bottom = 0, 0, height, 0
        for k in range(offsets[i], offsets[i + 1] - 1, 2):
            column, row = advance(column, row, int(counts[k]), height)
            if k == offsets[i]:
                out[i, 0] = column
            last, end = advance(column, row, int(counts[k + 1]) - 1, height)
            if last > column:  # a run over two columns covers both the last row and the first
                top, bottom = 0, height
            top, bottom = min(top, row), max(bottom, end + 1)
            out[i, 1], out[i, 2], out[i, 3] = top, last + 1, bottom
            column, row = advance(last, end, 1, height)


def intersections(counts_a: Counts, offsets_a: Offsets, counts_b: Counts, offsets_b: Offsets) -> NDArray[np.int64]:
    """Return how many pixels each mask of one batch shares with each mask of another.

    >>> intersections(*[np.array([1, 2, 3], np.int32), np.array([0, 3])] * 2)
    array([[2]])

    Parameters
    ----------
    counts_a, offsets_a
        A batch of N masks.
    counts_b, offsets_b
        A batch of M masks of the same image size.

    Returns
    -------
    NDArray[np.int64]
        (N, M).
    """
    out = np.zeros((offsets_a.size - 1, offsets_b.size - 1), np.int64)
    _intersections(_with_spans(counts_a, offsets_a), _with_spans(counts_b, offsets_b), out)
    return out


def _with_spans(counts: Counts, offsets: Offsets) -> _BatchWithSpans:
    runs, bounds = as_kernel_input(counts, np.int32), as_kernel_input(offsets, np.int64)
    spans = np.empty((bounds.size - 1, 2), np.int64)
    _fill_spans(runs, bounds, spans)
    return runs, bounds, spans


@kernel
def _fill_spans(counts: Counts, offsets: Offsets, spans: _Integers) -> None:
    """Write the first foreground position of each mask and the end of its last run, 0 for an empty mask."""
    for i in range(spans.shape[0]):
        position, end = 0, 0
        for k in range(offsets[i], offsets[i + 1]):
            position += int(counts[k])
            if (k - offsets[i]) & 1:
                end = position
        spans[i, 0], spans[i, 1] = counts[offsets[i]], end


@kernel
def _intersections(batch_a: _BatchWithSpans, batch_b: _BatchWithSpans, out: _Integers) -> None:
    (a, offsets_a, spans_a), (b, offsets_b, spans_b) = batch_a, batch_b
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            end = min(spans_a[i, 1], spans_b[j, 1])
            if max(spans_a[i, 0], spans_b[j, 0]) < end:
                out[i, j] = _intersection(a, offsets_a[i], b, offsets_b[j], end)


@kernel
def _intersection(a: Counts, first_a: int, b: Counts, first_b: int, end: int) -> int:
    """Merge the runs of two masks up to the position `end`, after which one of them has no foreground."""
    k, m = first_a, first_b
    stop_a, stop_b = int(a[k]), int(b[m])
    position, common = 0, 0
    while position < end:
        if stop_a == position:
            k += 1
            stop_a += int(a[k])
        if stop_b == position:
            m += 1
            stop_b += int(b[m])
        stop = min(stop_a, stop_b)
        if (k - first_a) & (m - first_b) & 1:
            common += stop - position
        position = stop
    return common
