"""Sweep over the columns of polygons: edges to run-length counts, with no pixel and no image in memory.

Format: the counts are COCO's: run lengths down the columns, background first. They are canonical: no run is
empty but a leading background, and runs join across the border of two columns.

State: an edge that spans a column centre is a row of `edges` (its ends, left to right, and its line) and a
column of `lists` (one past its last column, its ring, its direction). `QUEUE` holds the edges by first
column, `ACTIVE` those that span the current column in order of their rows there, each as row << 32 | edge. A
row of `rings` is a ring: its winding number and, in the first ring of each part, the part's cover: 1 for the
outer ring if it is around the point, less 1 for every hole that is, so 1 is inside.

Invariants: rows are clipped to 0..height and no crossing is left out, so winding numbers and covers are back
at 0 at the end of a column. A run that reaches the bottom is toggled off at the index where the next column
starts; when that column starts inside, the two toggles meet and cancel.

Why it is fast: a crossing costs one multiplication; only one within about 2**-37 row of a row centre is computed
exactly, and calls for that stay out of the inner loop. The keys of one column are the active list of the next, nearly
in order. Columns that no edge spans are skipped.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ...steps import crossing, ordering
from .spans import (
    ACTIVE,
    AX,
    AY,
    BASE,
    BX,
    BY,
    DIRECTION,
    EDGE,
    MAX_SPAN_EDGES,
    QUEUE,
    RING,
    SLACK,
    SLOPE,
    SPARE,
    STOP,
    fill_span,
    find_exact_row,
    row_bounds,
)

END, HOLE, PART, FIRST, WINDING, COVER = range(6)  # columns of `rings`

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Counts = NDArray[np.int32]
_Frame = tuple[int, int, int]  # width, height, and the scale of the integer grid or 0


@kernel
def rasterize_into(
    vertices: _Reals,
    rings: _Integers,
    size: tuple[int, int],
    edges: _Reals,
    lists: _Integers,
    digits: _Integers,
    terms: _Reals,
    counts: _Counts,
) -> int:
    """Write at most ``counts.size`` runs and return how many there are.

    Parameters
    ----------
    vertices : NDArray[np.float64]
        (V, 2) x and y in thousandths.
    rings : NDArray[np.int64]
        (R, 6) `END`, `HOLE` and `PART` of each ring; the other columns are 0.
    size : tuple[int, int]
        Width and height of the image.
    edges, lists, digits, terms : NDArray
        Scratch: float64 (V, 7), int64 (6, V), int64 (256,), float64 (`steps.crossing.TERMS`,).
    counts : NDArray[np.int32]
        Receives the runs.
    """
    frame = (size[0], size[1], grid_scale(vertices, max(size[0], size[1])))
    find_first_rings(rings)
    total = _fill_edges(vertices, rings, frame, edges, lists)
    _counting_sort(lists[QUEUE], total, lists[SPARE], digits)
    return _sweep(total, frame, edges, lists, rings, digits, terms, counts)


@kernel
def grid_scale(vertices: _Reals, side: int) -> int:
    """Return the smallest power of two that makes every coordinate an integer, or 0 where there is none."""
    largest = 1.0  # no less, so that the scale is bounded
    for i in range(vertices.shape[0]):
        largest = max(largest, abs(vertices[i, 0]), abs(vertices[i, 1]))
    scale = 1
    for i in range(vertices.shape[0]):
        scale = crossing.grid_doubled(vertices[i, 0], scale, largest * side)
        scale = crossing.grid_doubled(vertices[i, 1], scale, largest * side)
    return scale


@kernel
def find_first_rings(rings: _Integers) -> None:
    """Fill the number of the first ring of each ring's part."""
    first = 0
    for ring in range(rings.shape[0]):
        if rings[ring, PART] != rings[first, PART]:
            first = ring
        rings[ring, FIRST] = first


@kernel
def _fill_edges(vertices: _Reals, rings: _Integers, frame: _Frame, edges: _Reals, lists: _Integers) -> int:
    """Store and queue every edge that spans a column centre, and return their number."""
    total = start = 0
    for ring in range(rings.shape[0]):
        end = rings[ring, END]
        if end > start:
            x, y, column = _vertex(vertices, end - 1, frame)
        for i in range(start, end):
            next_x, next_y, next_column = _vertex(vertices, i, frame)
            if column < next_column:
                _store_line(edges, total, x, y, next_x, next_y, frame)
                _store_span(lists, total, column, next_column, ring, 1)
                total += 1
            elif next_column < column:
                _store_line(edges, total, next_x, next_y, x, y, frame)
                _store_span(lists, total, next_column, column, ring, -1)
                total += 1
            x, y, column = next_x, next_y, next_column
        start = end
    return total


@step
def _vertex(vertices: _Reals, i: int, frame: _Frame) -> tuple[float, float, int]:
    """Return x, y and the first column at or right of a vertex."""
    x = crossing.flushed(vertices[i, 0])
    return x, crossing.flushed(vertices[i, 1]), crossing.first_column(x, frame[0])


@step
def _store_line(edges: _Reals, edge: int, ax: float, ay: float, bx: float, by: float, frame: _Frame) -> None:
    """Store the ends and the line of an edge."""
    edges[edge, AX], edges[edge, AY], edges[edge, BX], edges[edge, BY] = ax, ay, bx, by
    base, slope, slack = crossing.edge_line(ax, ay, bx, by, frame[1])
    edges[edge, BASE], edges[edge, SLOPE], edges[edge, SLACK] = base, slope, slack


@step
def _store_span(lists: _Integers, edge: int, first: int, stop: int, ring: int, direction: int) -> None:
    """Store where an edge ends, its ring and direction, and queue it."""
    lists[QUEUE, edge] = (first << 32) | edge
    lists[STOP, edge], lists[RING, edge], lists[DIRECTION, edge] = stop, ring, direction


@kernel
def _counting_sort(keys: _Integers, count: int, spare: _Integers, digits: _Integers) -> None:
    """Order keys by their values in linear time."""
    ordering.counting_pass(keys, count, ordering.LOW_BYTE, digits, spare)
    ordering.counting_pass(spare, count, ordering.HIGH_BYTE, digits, keys)


@kernel
def _sweep(
    total: int,
    frame: _Frame,
    edges: _Reals,
    lists: _Integers,
    rings: _Integers,
    digits: _Integers,
    terms: _Reals,
    counts: _Counts,
) -> int:
    """Visit the columns that edges span, write the runs between the toggles, and return their number."""
    queue, keys, spare = lists[QUEUE], lists[ACTIVE], lists[SPARE]
    area = frame[0] * frame[1]
    column = active = started = 0
    runs, run_start, toggle = 0, 0, -1  # a toggle waits for the next one, which may cancel it
    while active > 0 or started < total:
        if active == 0:
            column = queue[started] >> 32
        while started < total and queue[started] >> 32 == column:
            keys[active] = queue[started] & EDGE
            started += 1
            active += 1
        if active <= MAX_SPAN_EDGES and rings.shape[0] == 1 and rings[0, HOLE] == 0:
            stop = queue[started] >> 32 if started < total else frame[0]
            for i in range(active):
                stop = min(stop, lists[STOP, keys[i] & EDGE])
            if stop > column:
                runs, run_start, toggle = fill_span(
                    (column, stop), active, frame, edges, lists, (digits, terms), counts, (runs, run_start, toggle)
                )
                column = stop
                continue
        active, undecided = _find_rows(keys, active, column, frame, edges, lists)
        if undecided > 0:
            _find_exact_rows(keys, active, column, frame, edges, terms)
        if not ordering.insertion_sorted(keys, active):
            _counting_sort(keys, active, spare, digits)
        i = parts_inside = 0
        while i < active:
            row, was_inside = keys[i] >> 32, parts_inside > 0
            while i < active and keys[i] >> 32 == row:
                parts_inside += _cross_edge(keys[i] & EDGE, lists, rings)
                i += 1
            if was_inside != (parts_inside > 0):
                place = column * frame[1] + row
                if toggle >= 0 and toggle != place:
                    runs, run_start = _end_run(counts, runs, run_start, toggle)
                toggle = place if toggle != place else -1
        column += 1
    if 0 <= toggle < area:
        runs, run_start = _end_run(counts, runs, run_start, toggle)
    return _end_run(counts, runs, run_start, area)[0]


@step
def _find_rows(
    keys: _Integers, active: int, column: int, frame: _Frame, edges: _Reals, lists: _Integers
) -> tuple[int, int]:
    """Drop the edges that ended, find the rows of the others; return how many stay, and how many are undecided."""
    kept = undecided = 0
    for i in range(active):
        edge = keys[i] & EDGE
        if lists[STOP, edge] > column:
            low, high = row_bounds(edge, column, frame, edges)
            keys[kept] = (low << 32) | edge
            kept += 1
            undecided += int(low < high)
    return kept, undecided


@kernel
def _find_exact_rows(keys: _Integers, active: int, column: int, frame: _Frame, edges: _Reals, terms: _Reals) -> None:
    """Replace the rows of undecided edges by exact ones."""
    for i in range(active):
        edge = keys[i] & EDGE
        low, high = row_bounds(edge, column, frame, edges)
        if low < high:
            keys[i] = (find_exact_row(edge, column, low, high, frame, edges, terms) << 32) | edge


@step
def _cross_edge(edge: int, lists: _Integers, rings: _Integers) -> int:
    """Cross an edge; return 1 if that enters a part, -1 if it leaves one, else 0."""
    ring = lists[RING, edge]
    winding = rings[ring, WINDING]
    rings[ring, WINDING] = winding + lists[DIRECTION, edge]
    change = int(rings[ring, WINDING] != 0) - int(winding != 0)
    first = rings[ring, FIRST]
    cover = rings[first, COVER]
    rings[first, COVER] = cover + change * (1 - 2 * rings[ring, HOLE])
    return int(rings[first, COVER] > 0) - int(cover > 0)


@step
def _end_run(counts: _Counts, runs: int, start: int, end: int) -> tuple[int, int]:
    """Write a run if it fits, count it anyway; return the number and the start of the next one."""
    if runs < counts.size:
        counts[runs] = end - start
    return runs + 1, end
