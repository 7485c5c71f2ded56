"""The columns between two vertices of a polygon, which the same few edges span.

Format and state: as in `sweep`. The rows of every edge are found for `_CHUNK` columns at a time, in `digits`.

Why it is fast: no edge begins or ends there, so finding rows is a vectorised loop, two edges need no order, and more of
them keep theirs from column to column. Tried and slower: a step that writes a run, for the array among its arguments
(half as long again).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ...steps import crossing

QUEUE, ACTIVE, SPARE, STOP, RING, DIRECTION = range(6)  # rows of `lists`
AX, AY, BX, BY, BASE, SLOPE, SLACK = range(7)  # columns of `edges`
EDGE = 2**32 - 1
MAX_SPAN_EDGES, _CHUNK = 8, 32  # edges, and columns for which their rows are found at a time

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Counts = NDArray[np.int32]
_Frame = tuple[int, int, int]  # width, height, and the scale of the integer grid or 0


@kernel
def fill_span(
    columns: tuple[int, int],
    active: int,
    frame: _Frame,
    edges: _Reals,
    lists: _Integers,
    scratch: tuple[_Integers, _Reals],
    counts: _Counts,
    state: tuple[int, int, int],
) -> tuple[int, int, int]:
    """Write the runs of columns that the same few edges of the only ring span; return the new state.

    Parameters
    ----------
    columns : tuple[int, int]
        The first column, and one past the last.
    active : int
        Edges in the active list, at most `MAX_SPAN_EDGES`.
    frame : tuple[int, int, int]
        Width and height of the image, and the scale of the integer grid or 0.
    edges, lists : NDArray
        See `sweep`.
    scratch : tuple
        `digits` and `terms` of `sweep.rasterize_into`.
    counts : NDArray[np.int32]
        Receives the runs that fit.
    state : tuple[int, int, int]
        The number of runs, the start of the current one, and the pending toggle or -1.
    """
    digits, terms = scratch
    keys, order = lists[ACTIVE], lists[SPARE]
    for slot in range(active):
        order[slot] = slot
    for start in range(columns[0], columns[1], _CHUNK):
        n = min(_CHUNK, columns[1] - start)
        for slot in range(active):
            _find_rows_along(keys[slot] & EDGE, start, frame, edges, terms, digits[slot * _CHUNK : slot * _CHUNK + n])
        place = start * frame[1]
        if active == 2:
            state = _fill_pair(digits, n, place, frame[1], counts, state)
        else:
            state = _fill_few(digits, n, active, place, frame[1], lists, counts, state)
    return state


@kernel
def _fill_pair(
    rows: _Integers, n: int, place: int, height: int, counts: _Counts, state: tuple[int, int, int]
) -> tuple[int, int, int]:
    """Write the runs of columns that two edges span: of opposite directions, so all between them is inside."""
    runs, run_start, toggle = state
    max_runs = counts.size
    for i in range(n):
        top, bottom = min(rows[i], rows[_CHUNK + i]), max(rows[i], rows[_CHUNK + i])
        if top != bottom:
            start = place + top
            if toggle != start:
                if toggle >= 0:
                    if runs < max_runs:
                        counts[runs] = toggle - run_start
                    runs, run_start = runs + 1, toggle
                if runs < max_runs:
                    counts[runs] = start - run_start
                runs, run_start = runs + 1, start
            toggle = place + bottom
        place += height
    return runs, run_start, toggle


@kernel
def _fill_few(
    rows: _Integers,
    n: int,
    active: int,
    place: int,
    height: int,
    lists: _Integers,
    counts: _Counts,
    state: tuple[int, int, int],
) -> tuple[int, int, int]:
    """Write the runs of columns that a few edges span, in an order that hardly changes from column to column."""
    keys, order, directions = lists[ACTIVE], lists[SPARE], lists[DIRECTION]
    runs, run_start, toggle = state
    for i in range(n):
        for j in range(active):
            slot = order[j] & (MAX_SPAN_EDGES - 1)
            key, k = rows[slot * _CHUNK + i] * MAX_SPAN_EDGES + slot, j
            while k > 0 and order[k - 1] > key:
                order[k] = order[k - 1]
                k -= 1
            order[k] = key
        winding = 0
        for j in range(active):
            was_inside, row = winding != 0, order[j] // MAX_SPAN_EDGES
            winding += directions[keys[order[j] & (MAX_SPAN_EDGES - 1)] & EDGE]
            if was_inside != (winding != 0):
                if toggle >= 0 and toggle != place + row:
                    if runs < counts.size:
                        counts[runs] = toggle - run_start
                    runs, run_start = runs + 1, toggle
                toggle = -1 if toggle == place + row else place + row
        place += height
    return runs, run_start, toggle


@kernel
def _find_rows_along(edge: int, first: int, frame: _Frame, edges: _Reals, terms: _Reals, rows: _Integers) -> None:
    """Find the rows of one edge in ``rows.size`` columns: first without a branch, then those undecided."""
    width, height = float(frame[0]), float(frame[1])
    base, slope, left, slack = edges[edge, BASE], edges[edge, SLOPE], edges[edge, AX], edges[edge, SLACK]
    undecided = 0
    for i in range(rows.size):
        row = base + slope * ((1000.0 * (first + i) + 500.0) / width - left)
        low = math.ceil(min(max(row - slack, 0.0), height))
        undecided += int(low < min(max(row + slack, 0.0), height))
        rows[i] = low
    if undecided > 0:
        for i in range(rows.size):
            low, high = row_bounds(edge, first + i, frame, edges)
            if low < high:
                rows[i] = find_exact_row(edge, first + i, low, high, frame, edges, terms)


@kernel
def find_exact_row(edge: int, column: int, low: int, high: int, frame: _Frame, edges: _Reals, terms: _Reals) -> int:
    """Return the row of an edge that the filter leaves undecided.

    Parameters
    ----------
    edge, column : int
        The edge and the column.
    low, high : int
        Its row is one of these or between them.
    frame : tuple[int, int, int]
        Width and height of the image, and the scale of the integer grid or 0.
    edges : NDArray[np.float64]
        See `sweep`.
    terms : NDArray[np.float64]
        Scratch.
    """
    width, height, scale = frame
    ax, ay, bx, by = edges[edge, AX], edges[edge, AY], edges[edge, BX], edges[edge, BY]
    if scale > 0:
        return crossing.grid_row(ax, ay, bx, by, column, scale, width, height)
    return crossing.row_between(low, high, (ax, ay, bx, by), column, width, height, terms)


@step
def row_bounds(edge: int, column: int, frame: _Frame, edges: _Reals) -> tuple[int, int]:
    """Return the lowest and the highest row that the filter leaves possible.

    Parameters
    ----------
    edge, column : int
        The edge and the column.
    frame : tuple[int, int, int]
        Width and height of the image, and the scale of the integer grid or 0.
    edges : NDArray[np.float64]
        See `sweep`.
    """
    centre = (1000.0 * column + 500.0) / frame[0]
    row, slack = edges[edge, BASE] + edges[edge, SLOPE] * (centre - edges[edge, AX]), edges[edge, SLACK]
    return crossing.row_from(row - slack, frame[1]), crossing.row_from(row + slack, frame[1])
