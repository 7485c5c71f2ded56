"""The windows of a resize along one axis: which source pixels each output sees, and with what weights.

Format: a table is int32 (2 + taps, outputs), see `steps.resample`.

Why it is fast: where a map grows, every output but those at its ends has two taps, and the loop over them has no branch
and is vectorised. A table is stored by rows for that; one stored by outputs was four times as slow to fill.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps.resample import ONE, first_pixel, stop_pixel, tent, to_fixed, window_centre

WindowTable = NDArray[np.int32]
Line = NDArray[np.int32]
_Integers = NDArray[np.int64]


def max_table_size(size: int, outputs: int) -> int:
    """Return the maximum length of a table for up to `outputs` outputs over up to `size` source pixels."""
    return 7 * outputs + 2 * size + 2


@kernel
def build_windows(buffer: WindowTable, size: int, box: tuple[int, int], visible: tuple[int, int]) -> WindowTable:
    """Return the windows of the visible outputs of a box along one axis.

    Pillow takes the ends of the visible part as C floats and subtracts them as such, hence the float32.

    Parameters
    ----------
    buffer : NDArray[np.int32]
        Holds the table: see `max_table_size`.
    size : int
        Pixels of the map along the axis.
    box, visible : tuple[int, int]
        First pixel, and one past the last, of the box and of its visible part.
    """
    scale = size / (box[1] - box[0])
    start, stop = np.float32((visible[0] - box[0]) * scale), np.float32((visible[1] - box[0]) * scale)
    outputs = visible[1] - visible[0]
    scale = float(stop - start) / outputs
    rows = 2 + max(2, min(2 * ceil(max(scale, 1.0)) + 1, size))
    table = buffer[: outputs * rows].reshape((rows, outputs))
    _fill_table(table, size, float(start), scale)
    return table


@kernel
def _fill_table(table: WindowTable, size: int, start: float, scale: float) -> None:
    """Fill all windows of a table."""
    outputs = table.shape[1]
    first, last = 0, outputs
    if scale <= 1.0:
        while first < outputs and window_centre(start, scale, first) < 1.0:
            first += 1
        while last > first and window_centre(start, scale, last - 1) > size - 1.0:
            last -= 1
        table[1] = 2
        _fill_pairs(table[0, first:last], table[2, first:last], table[3, first:last], start, scale, first)
    else:
        first = last = outputs
    for output in range(first):
        _fill_window(table, output, size, window_centre(start, scale, output), max(scale, 1.0))
    for output in range(last, outputs):
        _fill_window(table, output, size, window_centre(start, scale, output), 1.0)


@kernel
def _fill_pairs(firsts: Line, lefts: Line, rights: Line, start: float, scale: float, before: int) -> None:
    """Fill the windows of a map that grows, away from its ends: two taps each, in a loop without a branch."""
    for i in range(firsts.size):
        centre = window_centre(start, scale, before + i)
        first = np.int32(centre - 1.0 + 0.5)
        left = 1.0 - abs(first - centre + 0.5)
        right = 1.0 - abs(first + 1 - centre + 0.5)
        total = left + right
        firsts[i], lefts[i], rights[i] = first, np.int32(0.5 + left / total * ONE), np.int32(0.5 + right / total * ONE)


@kernel
def _fill_window(table: WindowTable, output: int, size: int, centre: float, reach: float) -> None:
    """Fill the window of one output."""
    inverse = 1.0 / reach
    first = first_pixel(centre, reach)
    taps = stop_pixel(centre, reach, size) - first
    total = 0.0
    for tap in range(taps):
        total += tent(first + tap, centre, inverse)
    table[0, output], table[1, output] = first, taps
    for tap in range(taps):
        table[2 + tap, output] = to_fixed(tent(first + tap, centre, inverse) / total)


class WindowTables(NamedTuple):
    """Many tables end to end.

    Attributes
    ----------
    weights : NDArray[np.int32]
        The tables, each flat.
    starts : NDArray[np.int64]
        (N, 2) where the tables of each map begin: along the rows, down the columns.
    """

    weights: WindowTable
    starts: _Integers


def build_window_tables(shapes: _Integers, boxes: _Integers, visible: _Integers) -> WindowTables:
    """Return the tables of many maps.

    >>> tables = build_window_tables(np.array([[1, 2]]), np.array([[1, 0, 3, 2]]), np.array([[1, 0, 3, 2]]))
    >>> tables.starts.tolist(), tables.weights[:2].tolist()
    ([[0, 8]], [0, 1])

    Parameters
    ----------
    shapes : NDArray[np.int64]
        (N, 2) height and width of each map.
    boxes, visible : NDArray[np.int64]
        (N, 4) x0, y0, x1, y1 in pixels: of its box, and of the part of it that the image shows.
    """
    outputs = visible[:, 2:] - visible[:, :2]
    weights = np.empty(int((7 * outputs + 2 * shapes[:, ::-1] + 2).sum()), np.int32)
    starts = np.empty((len(shapes), 2), np.int64)
    return WindowTables(weights[: _fill_tables(shapes, boxes, visible, weights, starts)], starts)


@kernel
def _fill_tables(
    shapes: _Integers, boxes: _Integers, visible: _Integers, weights: WindowTable, starts: _Integers
) -> int:
    """Fill the tables of all maps; return their length."""
    used = 0
    for i in range(shapes.shape[0]):
        for axis in range(2):
            size = shapes[i, 1 - axis]
            box, part = (boxes[i, axis], boxes[i, axis + 2]), (visible[i, axis], visible[i, axis + 2])
            starts[i, axis] = used
            used += build_windows(weights[used:], size, box, part).size
    return used
