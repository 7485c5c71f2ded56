"""Polygons to run lengths by the rule of COCO's own tools, count for count: outlines on a grid of fifths of a pixel.

Format: rings are float64 (V, 2) in pixels, finite, below 2**24 in magnitude, so that fifths and their products with a
number of columns stay exact. `rings` is the table of `sweep`: a ring is filled by the even-odd rule (`WINDING` is its
parity), and `COVER` counts as there. The counts are canonical.

State: the crossings of a column lie side by side in `keys`, as row << 32 | ring. `ends` holds how many there are per
column; then the place of the next one; then where those of a column end. The counts begin as changes,
ascending positions where the colour changes: two at one position cancel, which joins runs across columns as well.

Why it is fast: the reference makes a point of every fifth along the outline and sorts all crossings of the image. Here
an edge costs one evaluation for each column whose middle it crosses, many columns per instruction, and a column sorts
its own crossings, mostly two.

Failed: rows computed where their keys are written, which is scalar, cost 2.5 times as much as in a loop before.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ...steps import fifths, ordering
from ...steps.run_lengths import count_change
from ..run_lengths import Counts, as_kernel_input, changes_to_counts
from .sweep import COVER, END, FIRST, HOLE, WINDING, find_first_rings

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Size = tuple[int, int]  # width, height

_RING = 2**32 - 1
"""Masks the ring in a key."""


def fill_fifths(
    rings: list[NDArray[np.float64]], parts: list[int], holes: list[bool], *, width: int, height: int
) -> Counts:
    """Return the run lengths of polygons as pycocotools fills them.

    >>> triangle = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0]])
    >>> fill_fifths([triangle], [0], [False], width=4, height=3).tolist()
    [3, 1, 2, 2, 1, 3]

    Parameters
    ----------
    rings : list[NDArray[np.float64]]
        (V, 2) x and y in pixels, finite, below 2**24 in magnitude, which is not checked. A ring closes itself.
    parts : list[int]
        The part of each ring, ascending.
    holes : list[bool]
        True for a hole, false for the one outer ring of a part.
    width, height : int
        The image in pixels, each 1..65535, their product below 2**31.
    """
    vertices = as_kernel_input(rings[0] if len(rings) == 1 else np.concatenate(rings), np.float64)
    stops = accumulate(map(len, rings))
    table = np.array([(*row, 0, 0, 0) for row in zip(stops, holes, parts, strict=True)], np.int64)
    corners, ends = np.empty((len(vertices), 2), np.int64), np.empty(width + 1, np.int64)
    digits, rows = np.empty(256, np.int64), np.empty(width)
    room, needed = 0, 4 * width  # mostly enough: a convex ring needs half of it
    while room < needed:
        room = needed
        lists, counts = np.empty((2, room), np.int64), np.empty(room + 1, np.int32)
        runs, needed = _fill_into(vertices, table, (width, height), corners, ends, digits, rows, lists, counts)
    return counts[:runs].copy()


@kernel
def _fill_into(
    vertices: _Reals,
    rings: _Integers,
    size: _Size,
    corners: _Integers,
    ends: _Integers,
    digits: _Integers,
    rows: _Reals,
    lists: _Integers,
    counts: Counts,
) -> tuple[int, int]:
    """Write the counts; return their number, and that of crossings, for which `lists` must have room."""
    find_first_rings(rings)
    first, stop = _find_corners(vertices, size[0], corners)
    crossings = _count_crossings(corners, rings, size[0], ends[first : stop + 1], first)
    if crossings > lists.shape[1]:
        return 0, crossings
    start = 0
    for ring in range(rings.shape[0]):
        _write_crossings(corners[start : rings[ring, END]], ring, size, ends, lists[0], rows)
        start = max(start, rings[ring, END])
    _sort_columns(lists, ends[first:stop], digits)
    is_single = rings.shape[0] == 1 and rings[0, HOLE] == 0
    if is_single:
        changes = _fill_single(lists[0], ends, first, stop, size[1], counts)
    else:
        changes = _fill_parts(lists[0], ends, first, stop, size[1], rings, counts)
    return changes_to_counts(counts, changes, size[0] * size[1]), crossings


@kernel
def _find_corners(vertices: _Reals, width: int, corners: _Integers) -> tuple[int, int]:
    """Fill the vertices in fifths; return the first column that the rings may cross, and one past the last."""
    first, stop = width, 0
    for i in range(vertices.shape[0]):
        corners[i, 0], corners[i, 1] = fifths.to_fifths(vertices[i, 0]), fifths.to_fifths(vertices[i, 1])
        column = fifths.pixel_of(corners[i, 0], width)
        first, stop = min(first, column), max(stop, column)
    return min(first, stop), stop


@kernel
def _count_crossings(corners: _Integers, rings: _Integers, width: int, ends: _Integers, first: int) -> int:
    """Fill where the crossings of each column from `first` on begin; return the number of all crossings."""
    for i in range(ends.size):
        ends[i] = 0
    start = 0
    for ring in range(rings.shape[0]):
        before = fifths.pixel_of(corners[rings[ring, END] - 1, 0], width) - first
        for i in range(start, rings[ring, END]):
            column = fifths.pixel_of(corners[i, 0], width) - first
            ends[min(before, column)] += 1
            ends[max(before, column)] -= 1
            before = column
        start = rings[ring, END]
    place = edges = 0
    for i in range(ends.size):
        edges += ends[i]
        ends[i] = place
        place += edges
    return place


@kernel
def _write_crossings(
    corners: _Integers, ring: int, size: _Size, ends: _Integers, keys: _Integers, rows: _Reals
) -> None:
    """Write the key of every crossing of a ring into its column."""
    x0, y0, before = corners[-1, 0], corners[-1, 1], fifths.pixel_of(corners[-1, 0], size[0])
    for i in range(corners.shape[0]):
        x1, y1, column = corners[i, 0], corners[i, 1], fifths.pixel_of(corners[i, 0], size[0])
        if column != before:
            first, count = min(before, column), abs(column - before)
            _find_rows((x0, y0, x1, y1), first, size[1], rows[:count])
            for k in range(count):
                keys[ends[first + k]] = (int(rows[k]) << 32) | ring
                ends[first + k] += 1
        x0, y0, before = x1, y1, column


@kernel
def _find_rows(edge: tuple[int, int, int, int], first: int, height: int, rows: _Reals) -> None:
    """Find the rows at which an edge crosses ``rows.size`` columns, without a branch."""
    x0, y0, x1, y1 = edge
    wide, high = abs(x1 - x0), abs(y1 - y0)
    if wide >= high:
        x, y = (x0, y0) if x0 < x1 else (x1, y1)
        slope = (y0 + y1 - y - y) / wide
        for k in range(rows.size):
            rows[k] = fifths.row_of(fifths.y_on_flat_edge(float(first + k), float(x), float(y), slope), height)
    else:
        x, y = (x0, y0) if y0 < y1 else (x1, y1)
        across = x0 + x1 - x - x
        slope, inverse = across / high, high / across
        for k in range(rows.size):
            rows[k] = fifths.row_of(
                fifths.y_on_steep_edge(float(first + k), float(x), float(y), slope, inverse), height
            )


@kernel
def _sort_columns(lists: _Integers, ends: _Integers, digits: _Integers) -> None:
    """Order the keys of each column by their rows."""
    start = 0
    for i in range(ends.size):
        count = ends[i] - start
        if count > 2:
            keys = lists[0, start : ends[i]]
            if not ordering.insertion_sorted(keys, count):
                ordering.counting_pass(keys, count, ordering.LOW_BYTE, digits, lists[1])
                ordering.counting_pass(lists[1], count, ordering.HIGH_BYTE, digits, keys)
        elif count == 2 and lists[0, start] > lists[0, start + 1]:
            lists[0, start], lists[0, start + 1] = lists[0, start + 1], lists[0, start]
        start = ends[i]


@kernel
def _fill_single(keys: _Integers, ends: _Integers, first: int, stop: int, height: int, counts: Counts) -> int:
    """Write the changes of a ring, one for each crossing; return their number."""
    n, last, i = 0, -1, 0
    for column in range(first, stop):
        while i < ends[column]:
            counts[n] = position = column * height + (keys[i] >> 32)
            n, last = count_change(n, last, position)
            i += 1
    return n


@kernel
def _fill_parts(
    keys: _Integers, ends: _Integers, first: int, stop: int, height: int, rings: _Integers, counts: Counts
) -> int:
    """Write the changes of parts, where the number of parts around a pixel becomes 0 or more; return their number."""
    n, last, i, inside = 0, -1, 0, 0
    for column in range(first, stop):
        while i < ends[column]:
            was_inside = inside
            inside += _cross(keys[i] & _RING, rings)
            if (was_inside > 0) != (inside > 0):
                counts[n] = position = column * height + (keys[i] >> 32)
                n, last = count_change(n, last, position)
            i += 1
    return n


@step
def _cross(ring: int, rings: _Integers) -> int:
    """Cross an edge of a ring; return 1 if that enters a part, -1 if it leaves one, else 0."""
    rings[ring, WINDING] ^= 1
    change, first = 2 * rings[ring, WINDING] - 1, rings[ring, FIRST]
    cover = rings[first, COVER]
    rings[first, COVER] = cover + change * (1 - 2 * rings[ring, HOLE])
    return int(rings[first, COVER] > 0) - int(cover > 0)
