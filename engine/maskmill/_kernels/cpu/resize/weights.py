"""The windows of a resize along one axis: which source pixels each output sees, and with what weights.

Format: a table is int32 (2 + taps, outputs), as `steps.resample` says.

Why it is fast: where a map grows, every output but those at its ends has two taps, and the loop over them has no branch
and becomes vectors. A table is kept by rows for that; one by outputs was four times as slow to fill.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps.resample import ONE, centre_of, first_of, stop_of, tent, to_fixed

Windows = NDArray[np.int32]
Line = NDArray[np.int32]
_Integers = NDArray[np.int64]


def room_for(size: int, outputs: int) -> int:
    """Most numbers that the windows of up to that many outputs take, over that many source pixels."""
    return 7 * outputs + 2 * size + 2


@kernel
def windows(room: Windows, size: int, box: tuple[int, int], seen: tuple[int, int]) -> Windows:
    """Return the windows of the outputs `seen` of a box along one axis, over a map of `size` pixels.

    Pillow takes the ends of the visible part as C floats and subtracts them as such, hence the float32.
    """
    scale = size / (box[1] - box[0])
    start, stop = np.float32((seen[0] - box[0]) * scale), np.float32((seen[1] - box[0]) * scale)
    outputs = seen[1] - seen[0]
    scale = float(stop - start) / outputs
    rows = 2 + max(2, min(2 * ceil(max(scale, 1.0)) + 1, size))
    table = room[: outputs * rows].reshape((rows, outputs))
    _fill(table, size, float(start), scale)
    return table


@kernel
def _fill(table: Windows, size: int, start: float, scale: float) -> None:
    outputs = table.shape[1]
    first, last = 0, outputs
    if scale <= 1.0:
        while first < outputs and centre_of(start, scale, first) < 1.0:
            first += 1
        while last > first and centre_of(start, scale, last - 1) > size - 1.0:
            last -= 1
        table[1] = 2
        _fill_pairs(table[0, first:last], table[2, first:last], table[3, first:last], start, scale, first)
    else:
        first = last = outputs
    for output in range(first):
        _fill_window(table, output, size, centre_of(start, scale, output), max(scale, 1.0))
    for output in range(last, outputs):
        _fill_window(table, output, size, centre_of(start, scale, output), 1.0)


@kernel
def _fill_pairs(firsts: Line, lefts: Line, rights: Line, start: float, scale: float, before: int) -> None:
    """The windows of a map that grows, away from its ends: two taps each, and a loop without a branch."""
    for i in range(firsts.size):
        centre = centre_of(start, scale, before + i)
        first = np.int32(centre - 1.0 + 0.5)
        left = 1.0 - abs(first - centre + 0.5)
        right = 1.0 - abs(first + 1 - centre + 0.5)
        total = left + right
        firsts[i], lefts[i], rights[i] = first, np.int32(0.5 + left / total * ONE), np.int32(0.5 + right / total * ONE)


@kernel
def _fill_window(table: Windows, output: int, size: int, centre: float, reach: float) -> None:
    inverse = 1.0 / reach
    first = first_of(centre, reach)
    taps = stop_of(centre, reach, size) - first
    total = 0.0
    for tap in range(taps):
        total += tent(first + tap, centre, inverse)
    table[0, output], table[1, output] = first, taps
    for tap in range(taps):
        table[2 + tap, output] = to_fixed(tent(first + tap, centre, inverse) / total)


class Tables(NamedTuple):
    """Many tables end to end, and where each begins: two a map, across and down, int64 (N, 2)."""

    weights: Windows
    places: _Integers


def tables(shapes: _Integers, boxes: _Integers, seen: _Integers) -> Tables:
    """Return the tables of many maps: (N, 2) height and width; (N, 4) their boxes and the visible parts of these.

    >>> made = tables(np.array([[1, 2]]), np.array([[1, 0, 3, 2]]), np.array([[1, 0, 3, 2]]))
    >>> made.places.tolist(), made.weights[:2].tolist()
    ([[0, 8]], [0, 1])
    """
    outputs = seen[:, 2:] - seen[:, :2]
    weights = np.empty(int((7 * outputs + 2 * shapes[:, ::-1] + 2).sum()), np.int32)
    places = np.empty((len(shapes), 2), np.int64)
    return Tables(weights[: _fill_tables(shapes, boxes, seen, weights, places)], places)


@kernel
def _fill_tables(shapes: _Integers, boxes: _Integers, seen: _Integers, weights: Windows, places: _Integers) -> int:
    used = 0
    for i in range(shapes.shape[0]):
        for axis in range(2):
            size = shapes[i, 1 - axis]
            box, part = (boxes[i, axis], boxes[i, axis + 2]), (seen[i, axis], seen[i, axis + 2])
            places[i, axis] = used
            used += windows(weights[used:], size, box, part).size
    return used
