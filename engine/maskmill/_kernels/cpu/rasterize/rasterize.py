"""Rings to run-length counts, column by column, with no pixel and no image in memory.

Format. The counts are COCO's: run lengths down the columns, background first. They are canonical: no run is
empty but a leading background, and runs join across the border of two columns.

State. An edge that spans a column centre is a row of `edges` (its ends, left to right, and its line) and a
column of `lists` (one past its last column, its ring, its direction). `QUEUE` holds the edges by first
column, `ACTIVE` those that span the current column in order of their rows there, each as row << 32 | edge. A
row of `rings` is a ring: its winding number and, in the first ring of each part, the part's cover: 1 for the
outer ring if it is around the point, less 1 for every hole that is, so 1 is inside.

Invariants. Rows are clipped to 0..height and no crossing is left out, so winding numbers and covers are back
at 0 at the end of a column. A run that reaches the bottom is toggled off at the index where the next column
starts; when that column starts inside, the two toggles meet and cancel.

Why it is fast. A crossing costs one multiplication; only one that lies about 2**-37 row from a row centre
takes the exact way, and calls for it stay out of the inner loop. The keys of one column are the active list
of the next, nearly in order. Columns that no edge spans are skipped.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ...steps import crossing, ordering
from ..run_lengths import window
from .spans import (
    ACTIVE,
    AX,
    AY,
    BASE,
    BX,
    BY,
    EDGE,
    FEW,
    QUEUE,
    RING,
    SLACK,
    SLOPE,
    SPARE,
    STOP,
    TURN,
    exact_row,
    fill_between,
    row_bounds,
)

END, HOLE, PART, FIRST, WINDING, COVER = range(6)  # columns of `rings`

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Counts = NDArray[np.int32]
_Frame = tuple[int, int, int]  # width, height, and the scale of the integer grid or 0


def rasterize(
    vertices: NDArray[np.float64],
    ring_stops: NDArray[np.int64],
    ring_parts: NDArray[np.int64],
    ring_holes: NDArray[np.bool_],
    width: int,
    height: int,
) -> NDArray[np.int32]:
    """Return the pixels whose centre is in the rings, as COCO's run lengths.

    >>> square = np.array([[0, 0], [500, 0], [500, 500], [0, 500]])
    >>> rasterize(square, np.array([4]), np.array([0]), np.array([False]), 4, 4).tolist()
    [0, 2, 2, 2, 10]

    A centre is in a ring when the ring's winding number around it is not 0; one on an edge is in at the top
    and the left, out at the bottom and the right. A part is its outer ring without its holes; parts unite.

    Parameters
    ----------
    vertices
        (V, 2) x and y in thousandths of the image, finite, their magnitude times the longer side below 2**30,
        those below 2**-300 read as 0. A ring closes itself, and may repeat its first vertex at its end.
    ring_stops
        (R,) one past the last vertex of each ring, ascending.
    ring_parts
        (R,) the part of each ring, ascending.
    ring_holes
        (R,) true for a hole, false for the one outer ring of a part.
    width, height
        The image in pixels, each 1..65535, their product below 2**31. None of these bounds is checked here.

    Returns
    -------
    NDArray[np.int32]
        Run lengths in column-major order, background first; their sum is width * height.
    """
    points = np.array(vertices, dtype=np.float64, order="C").reshape(-1, 2)
    rings = np.zeros((len(ring_stops), 6), dtype=np.int64)
    rings[:, END], rings[:, HOLE], rings[:, PART] = ring_stops, ring_holes, ring_parts
    edges = np.empty((len(points), 7))
    lists = np.empty((6, len(points)), dtype=np.int64)
    digits, terms = np.empty(256, dtype=np.int64), np.empty(crossing.TERMS)
    counts = np.empty(2 * width + 1, dtype=np.int32)  # enough for a convex ring
    needed = rasterize_into(points, rings, (width, height), edges, lists, digits, terms, counts)
    if needed > len(counts):
        counts = np.empty(needed, dtype=np.int32)
        rasterize_into(points, rings, (width, height), edges, lists, digits, terms, counts)
    return counts[:needed].copy()


def rasterize_pixels(
    rings: list[NDArray[np.float64]], parts: list[int], holes: list[bool], width: int, height: int
) -> NDArray[np.int32]:
    """Return the pixels whose centre is in rings (V, 2) of x, y in pixels, each at least 3 vertices, as `rasterize`.

    >>> rasterize_pixels([np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])], [0], [False], 4, 4).tolist()
    [0, 2, 2, 2, 10]

    Thousandths of a canvas of 1000 * 2**n pixels are pixels over 2**n, which no rounding can touch; the image is the
    upper left window of the canvas that holds it.
    """
    wide, tall = _canvas(width), _canvas(height)
    vertices = np.concatenate(rings) * (1000 / wide, 1000 / tall)
    stops = np.cumsum([len(ring) for ring in rings], dtype=np.int64)
    counts = rasterize(vertices, stops, np.array(parts, np.int64), np.array(holes, np.bool_), wide, tall)
    return window(counts, tall, (height, width))


def _canvas(side: int) -> int:
    """Return the least 1000 * 2**n that is no less than `side`."""
    canvas = 1000
    while canvas < side:
        canvas *= 2
    return canvas


@kernel
def columns_crossed(ring: _Reals, width: int) -> int:
    """Return how many columns of the image the edges of a ring cross, all together: what the ring costs.

    >>> columns_crossed(np.array([[0.0, 0.0], [500.0, 0.0], [500.0, 500.0]]), 640)
    640

    Each edge crosses at most `width`, and rounding does not change that.
    """
    crossed, before = 0.0, _column(ring[ring.shape[0] - 1, 0], width)
    for i in range(ring.shape[0]):
        column = _column(ring[i, 0], width)
        crossed += abs(column - before)
        before = column
    return math.ceil(crossed)


@step
def _column(x: float, width: int) -> float:
    return min(max(x, 0.0), 1000.0) * width / 1000.0


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
    """Write at most ``counts.size`` runs and return how many there are."""
    frame = (size[0], size[1], grid_scale(vertices, max(size[0], size[1])))
    _find_first_rings(rings)
    total = _fill_edges(vertices, rings, frame, edges, lists)
    _counting_sort(lists[QUEUE], total, lists[SPARE], digits)
    return _sweep(total, frame, edges, lists, rings, digits, terms, counts)


@kernel
def grid_scale(vertices: _Reals, side: int) -> int:
    """Return the least power of two that makes every coordinate an integer, or 0 when there is none."""
    largest = 1.0  # no less, so that the scale is bounded
    for i in range(vertices.shape[0]):
        largest = max(largest, abs(vertices[i, 0]), abs(vertices[i, 1]))
    scale = 1
    for i in range(vertices.shape[0]):
        scale = crossing.grid_doubled(vertices[i, 0], scale, largest * side)
        scale = crossing.grid_doubled(vertices[i, 1], scale, largest * side)
    return scale


@kernel
def _find_first_rings(rings: _Integers) -> None:
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
    x = crossing.settled(vertices[i, 0])
    return x, crossing.settled(vertices[i, 1]), crossing.first_column(x, frame[0])


@step
def _store_line(edges: _Reals, edge: int, ax: float, ay: float, bx: float, by: float, frame: _Frame) -> None:
    edges[edge, AX], edges[edge, AY], edges[edge, BX], edges[edge, BY] = ax, ay, bx, by
    base, slope, slack = crossing.edge_line(ax, ay, bx, by, frame[1])
    edges[edge, BASE], edges[edge, SLOPE], edges[edge, SLACK] = base, slope, slack


@step
def _store_span(lists: _Integers, edge: int, first: int, stop: int, ring: int, turn: int) -> None:
    lists[QUEUE, edge] = (first << 32) | edge
    lists[STOP, edge], lists[RING, edge], lists[TURN, edge] = stop, ring, turn


@kernel
def _counting_sort(keys: _Integers, count: int, spare: _Integers, digits: _Integers) -> None:
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
    column = active = taken = 0
    runs, run_start, toggle = 0, 0, -1  # a toggle waits for the next one, which may cancel it
    while active > 0 or taken < total:
        if active == 0:
            column = queue[taken] >> 32
        while taken < total and queue[taken] >> 32 == column:
            keys[active] = queue[taken] & EDGE
            taken += 1
            active += 1
        if active <= FEW and rings.shape[0] == 1 and rings[0, HOLE] == 0:
            stop = queue[taken] >> 32 if taken < total else frame[0]
            for i in range(active):
                stop = min(stop, lists[STOP, keys[i] & EDGE])
            if stop > column:
                runs, run_start, toggle = fill_between(
                    (column, stop), active, frame, edges, lists, (digits, terms), counts, (runs, run_start, toggle)
                )
                column = stop
                continue
        active, undecided = _find_rows(keys, active, column, frame, edges, lists)
        if undecided > 0:
            _settle_rows(keys, active, column, frame, edges, terms)
        if not ordering.insertion_sorted(keys, active):
            _counting_sort(keys, active, spare, digits)
        i = parts_inside = 0
        while i < active:
            row, was_inside = keys[i] >> 32, parts_inside > 0
            while i < active and keys[i] >> 32 == row:
                parts_inside += _cross(keys[i] & EDGE, lists, rings)
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
    """Drop the edges that ended, give the others their row, and return how many stay and are undecided."""
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
def _settle_rows(keys: _Integers, active: int, column: int, frame: _Frame, edges: _Reals, terms: _Reals) -> None:
    """Give the undecided edges their exact rows."""
    for i in range(active):
        edge = keys[i] & EDGE
        low, high = row_bounds(edge, column, frame, edges)
        if low < high:
            keys[i] = (exact_row(edge, column, low, high, frame, edges, terms) << 32) | edge


@step
def _cross(edge: int, lists: _Integers, rings: _Integers) -> int:
    """Step over `edge`, and return 1 when that enters a part, -1 when it leaves one, else 0."""
    ring = lists[RING, edge]
    winding = rings[ring, WINDING]
    rings[ring, WINDING] = winding + lists[TURN, edge]
    change = int(rings[ring, WINDING] != 0) - int(winding != 0)
    first = rings[ring, FIRST]
    cover = rings[first, COVER]
    rings[first, COVER] = cover + change * (1 - 2 * rings[ring, HOLE])
    return int(rings[first, COVER] > 0) - int(cover > 0)


@step
def _end_run(counts: _Counts, runs: int, start: int, end: int) -> tuple[int, int]:
    """Write the run if there is room, count it anyway, and return the next one's number and start."""
    if runs < counts.size:
        counts[runs] = end - start
    return runs + 1, end
