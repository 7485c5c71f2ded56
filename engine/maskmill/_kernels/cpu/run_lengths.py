"""Run-length masks: from pixels and boxes, and every measure that the runs alone can give.

Format: the counts of an H x W mask are int32 runs of background and foreground in turn, in column-major
order, background first. Canonical counts have no zero but perhaps the first and sum to H * W < 2**31; an
empty mask is [H * W]. A batch of N masks is its counts end to end with int64 offsets (N + 1,): mask i is
``counts[offsets[i]:offsets[i + 1]]``. Faces trust the sum and, but for `canonical`, the form of counts.

State: kernels that make counts first write *changes*, the increasing positions where the colour changes.
Changes at one position cancel in pairs, so counts made from them are canonical without a second pass.

Why it is fast: `encode` walks a C-order mask by rows, never by columns. Both of its passes compare each row
with the row above, many pixels an instruction; only blocks that hold a change are looked at pixel by pixel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._jit import kernel
from ..steps.run_lengths import advance, first_nearest, nearest, toggle

Counts = NDArray[np.int32]
Offsets = NDArray[np.int64]
_Pixels = NDArray[np.bool_]
_Integers = NDArray[np.int64]
_Spanned = tuple[Counts, Offsets, _Integers]

_BLOCK = 128  # pixels compared at once; with 64 LLVM leaves the comparison scalar, five times as slow


def frozen(array: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Return `array` as the one kind of input that kernels are compiled for: C-contiguous and read-only."""
    view = np.ascontiguousarray(array, dtype).view()
    view.flags.writeable = False
    return view


def encode(mask: NDArray[np.bool_] | NDArray[np.uint8]) -> Counts:
    """Counts of a mask of any layout; every value but 0 is foreground.

    >>> encode(np.array([[0, 1, 1], [0, 0, 1]], bool))
    array([2, 1, 1, 2], dtype=int32)
    """
    pixels: _Pixels = mask.astype(np.bool_, copy=False)
    if pixels.flags.f_contiguous:
        changes = np.flatnonzero(np.diff(pixels.T.reshape(-1), prepend=False))
        return close(np.append(changes, 0).astype(np.int32), changes.size, pixels.size)
    rows = frozen(pixels, np.bool_)
    per_column = np.empty(rows.shape[1], np.int32)
    _count_changes(rows, per_column)
    ends = np.cumsum(per_column, dtype=np.int64)
    out = np.empty(ends[-1] + 1, np.int32)
    _place_changes(rows, ends - per_column, out)
    return close(out, int(ends[-1]), rows.size)


@kernel
def _count_changes(mask: _Pixels, per_column: Counts) -> None:
    """Count the changes of colour in each column; above its first pixel is the last of the column before."""
    height, width = mask.shape
    per_column[0] = mask[0, 0]
    for column in range(1, width):
        per_column[column] = mask[0, column] != mask[height - 1, column - 1]
    for row in range(1, height):
        for column in range(width):
            per_column[column] += mask[row, column] != mask[row - 1, column]


@kernel
def _place_changes(mask: _Pixels, cursors: _Integers, out: Counts) -> None:
    """Write the position of each change to the next free place of its column."""
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


def close(changes: Counts, n: int, total: int) -> Counts:
    """Counts from the first `n` of `changes`, an array with room for one more; it is overwritten."""
    return changes[: close_in_place(changes, n, total)]


@kernel
def close_in_place(changes: Counts, n: int, total: int) -> int:
    """Turn the first `n` changes into counts, where they stand; return the number of counts."""
    previous = 0
    for i in range(n):
        position = int(changes[i])
        changes[i] = position - previous
        previous = position
    if previous == total:
        return n
    changes[n] = total - previous
    return n + 1


def canonical(counts: NDArray[np.int64]) -> Counts:
    """Canonical counts of runs among which any may be zero.

    >>> canonical(np.array([0, 0, 2, 0, 3, 1, 0]))
    array([5, 1], dtype=int32)
    """
    out = np.zeros(max(1, counts.size), np.int32)
    return out[: _canonical(frozen(counts, np.int64), out)]


@kernel
def _canonical(counts: _Integers, out: Counts) -> int:
    last = 0
    for k in range(counts.size):
        if counts[k]:
            last += (k ^ last) & 1  # the other colour: the next run
            out[last] += counts[k]
    return last + 1


def areas(counts: Counts, offsets: Offsets) -> NDArray[np.int64]:
    """Foreground pixels of each mask, int64 (N,).

    >>> areas(np.array([1, 2, 3], np.int32), np.array([0, 3]))
    array([2])
    """
    out = np.empty(offsets.size - 1, np.int64)
    _areas(frozen(counts, np.int32), frozen(offsets, np.int64), out)
    return out


@kernel
def _areas(counts: Counts, offsets: Offsets, out: _Integers) -> None:
    for i in range(out.size):
        area = 0
        for k in range(offsets[i] + 1, offsets[i + 1], 2):
            area += int(counts[k])
        out[i] = area


def boxes(counts: Counts, offsets: Offsets, height: int) -> NDArray[np.int64]:
    """Tight box x0, y0, x1, y1 of each mask in pixels, ends exclusive, int64 (N, 4); zeros for an empty mask.

    >>> boxes(np.array([1, 2, 3], np.int32), np.array([0, 3]), height=3)
    array([[0, 1, 1, 3]])
    """
    out = np.zeros((offsets.size - 1, 4), np.int64)
    _boxes(frozen(counts, np.int32), frozen(offsets, np.int64), height, out)
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
            if last > column:  # past a border of columns: both the last row and the first
                top, bottom = 0, height
            top, bottom = min(top, row), max(bottom, end + 1)
            out[i, 1], out[i, 2], out[i, 3] = top, last + 1, bottom
            column, row = advance(last, end, 1, height)


def intersections(counts_a: Counts, offsets_a: Offsets, counts_b: Counts, offsets_b: Offsets) -> NDArray[np.int64]:
    """Pixels that mask i of one batch and mask j of another have in common, int64 (N, M); one image size.

    >>> intersections(*[np.array([1, 2, 3], np.int32), np.array([0, 3])] * 2)
    array([[2]])
    """
    out = np.zeros((offsets_a.size - 1, offsets_b.size - 1), np.int64)
    _intersections(_spanned(counts_a, offsets_a), _spanned(counts_b, offsets_b), out)
    return out


def _spanned(counts: Counts, offsets: Offsets) -> _Spanned:
    runs, bounds = frozen(counts, np.int32), frozen(offsets, np.int64)
    spans = np.empty((bounds.size - 1, 2), np.int64)
    _fill_spans(runs, bounds, spans)
    return runs, bounds, spans


@kernel
def _fill_spans(counts: Counts, offsets: Offsets, spans: _Integers) -> None:
    """Write the first foreground position of each mask, and the one after its last, 0 if there is none."""
    for i in range(spans.shape[0]):
        position, end = 0, 0
        for k in range(offsets[i], offsets[i + 1]):
            position += int(counts[k])
            if (k - offsets[i]) & 1:
                end = position
        spans[i, 0], spans[i, 1] = counts[offsets[i]], end


@kernel
def _intersections(batch_a: _Spanned, batch_b: _Spanned, out: _Integers) -> None:
    (a, offsets_a, spans_a), (b, offsets_b, spans_b) = batch_a, batch_b
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            end = min(spans_a[i, 1], spans_b[j, 1])
            if max(spans_a[i, 0], spans_b[j, 0]) < end:
                out[i, j] = _common(a, offsets_a[i], b, offsets_b[j], end)


@kernel
def _common(a: Counts, first_a: int, b: Counts, first_b: int, end: int) -> int:
    """Merge the runs of two masks up to the position `end`, behind which one of them has no foreground."""
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


def rectangle(x0: int, y0: int, x1: int, y1: int, width: int, height: int) -> Counts:
    """Counts of a box in pixels, ends exclusive, clipped to the image.

    >>> rectangle(-5, 1, 2, 3, width=4, height=3)
    array([1, 2, 1, 2, 6], dtype=int32)
    """
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    if x0 >= x1 or y0 >= y1:
        return np.array([height * width], np.int32)
    changes = (np.arange(x0, x1)[:, None] * height + [y0, y1]).ravel()
    if y1 - y0 == height:
        changes = changes[[0, -1]]
    return close(np.append(changes, 0).astype(np.int32), changes.size, height * width)


def scale(counts: Counts, source: tuple[int, int], target: tuple[int, int]) -> Counts:
    """Counts of a mask of (height, width) `source` at the size `target`, nearest neighbour.

    >>> scale(np.array([1, 1], np.int32), (2, 1), (4, 1))
    array([2, 2], dtype=int32)

    Target row r takes source row floor((2 * r + 1) * source height / (2 * target height)), columns alike.
    """
    if source == target:
        return counts
    runs = frozen(counts, np.int32)
    n = _scale(runs, *source, *target, np.empty(0, np.int32))
    out = np.empty(n + 1, np.int32)
    _scale(runs, *source, *target, out)
    return close(out, n, target[0] * target[1])


@kernel
def _scale(counts: Counts, height: int, width: int, tall: int, wide: int, out: Counts) -> int:
    """Write the changes of the scaled mask as far as `out` reaches; return their number.

    Run k holds the first pixel of the current source column; k moves only forward. Where rows fall out, the
    ends of a run meet and cancel; so do the ends of its pieces in neighbouring columns.
    """
    n, last, k, end = 0, -1, 0, int(counts[0])
    for column in range(wide):
        top = nearest(column, width, wide) * height
        while end <= top:
            k += 1
            end += int(counts[k])
        if k & 1:
            n, last = toggle(out, n, last, column * tall)
        m, stop = k, end
        while stop < top + height:
            n, last = toggle(out, n, last, column * tall + first_nearest(stop - top, height, tall))
            m += 1
            stop += int(counts[m])
        if m & 1:
            n, last = toggle(out, n, last, (column + 1) * tall)
    return n


def window(counts: Counts, height: int, target: tuple[int, int], origin: tuple[int, int] = (0, 0)) -> Counts:
    """Counts of a (height, width) `target` whose first pixel is the (row, column) `origin` of a mask.

    >>> window(np.array([1, 2, 3], np.int32), 3, (2, 1))
    array([1, 1], dtype=int32)

    The columns of the mask are `height` pixels. What of the target lies outside it, as with a negative origin, is
    background.
    """
    runs = frozen(counts, np.int32)
    n = _window(runs, height, *origin, *target, np.empty(0, np.int32))
    out = np.empty(n + 1, np.int32)
    _window(runs, height, *origin, *target, out)
    return close(out, n, target[0] * target[1])


@kernel
def _window(counts: Counts, height: int, top: int, left: int, tall: int, wide: int, out: Counts) -> int:
    """Write the changes of the window as far as `out` reaches; return their number."""
    n, last, column, row = 0, -1, 0, 0
    for k in range(0, counts.size - 1, 2):
        column, row = advance(column, row, int(counts[k]), height)
        pixels = int(counts[k + 1])
        while pixels and column < left + wide:
            piece = min(pixels, height - row)
            pixels -= piece
            start, end = max(row - top, 0), min(row + piece - top, tall)
            if column >= left and start < end:
                n, last = toggle(out, n, last, (column - left) * tall + start)
                n, last = toggle(out, n, last, (column - left) * tall + end)
            column, row = advance(column, row, piece, height)
    return n


def separate(numbers: NDArray[np.integer[Any]]) -> tuple[NDArray[Any], list[Counts]]:
    """Each number but 0 in (H, W), ascending, and the counts of the pixels that have it.

    >>> separate(np.array([[7, 0], [7, 2]]))
    (array([2, 7]), [array([3, 1], dtype=int32), array([0, 2, 2], dtype=int32)])
    """
    flat = np.ascontiguousarray(numbers.T).reshape(-1)
    ends = np.append(np.flatnonzero(flat[1:] != flat[:-1]) + 1, flat.size)
    starts = np.append(0, ends[:-1])
    order = np.argsort(flat[starts], kind="stable")
    values, firsts = np.unique(flat[starts][order], return_index=True)
    groups = zip(values, np.split(order, firsts[1:]), strict=True)
    kept = [(value, np.stack([starts[rows], ends[rows]], 1).ravel()) for value, rows in groups if value]
    made = [close(np.append(changes, 0).astype(np.int32), changes.size, flat.size) for _, changes in kept]
    return np.array([value for value, _ in kept], flat.dtype), made
