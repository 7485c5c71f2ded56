"""Rings on the integer grid, as CUDA kernels take them: lines whose row in a column is one division of integers.

Format: `edges`, int64 (8, E), holds an edge a column; those of a ring follow one another, in its order. `rings`, int64
(R, 4), holds where the edges of a ring begin and end, its part, and whether it is a hole. A mask whose coordinates are
on no grid, see `steps.crossing`, has rings without edges and a box without pixels: the CPU is to do it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps import crossing
from .rasterize import grid_scale

OFFSET, SLOPE, DIVISOR, FIRST, STOP, PLACE, FLIP, HEIGHT = range(8)
"""Rows of `edges`: the line, the columns it spans, where the rows of its crossings are, `flip` of `steps.winding`."""
BEGIN, END, PART, HOLE = range(4)
"""Columns of `rings`."""

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Frame = tuple[int, int, int]  # width, height, scale


class Rings(NamedTuple):
    """Rings of N masks end to end.

    Attributes
    ----------
    vertices
        (V, 2) float64, x and y in thousandths.
    rings
        (R, 4) int64: `END` is one past the ring's last vertex, `PART` and `HOLE` as for `rasterize`.
    masks
        (N + 1,) int64: the first ring of each mask, and the number of rings.
    sizes
        (N, 2) int64: width and height of each mask's image.
    """

    vertices: _Reals
    rings: _Integers
    masks: _Integers
    sizes: _Integers


class Edges(NamedTuple):
    """What becomes of them: edges, their number of crossings, rings of edges, and of each mask its box and whether it
    is on a grid.
    """

    edges: _Integers
    crossings: int
    rings: _Integers
    boxes: _Integers
    on_grid: NDArray[np.bool_]


def grid_edges(given: Rings) -> Edges:
    """Bring the edges of all masks to their grids.

    >>> square = np.array([[0.0, 0.0], [500.0, 0.0], [500.0, 500.0], [0.0, 500.0]])
    >>> made = grid_edges(Rings(square, np.array([[0, 4, 0, 0]]), np.array([0, 1]), np.array([[4, 4]])))
    >>> made.boxes.tolist(), made.crossings, made.on_grid.tolist()
    ([[0, 0, 2, 4]], 4, [True])
    """
    n = len(given.sizes)
    edges, boxes = np.empty((8, len(given.vertices)), np.int64), np.zeros((n, 4), np.int64)
    rings, on_grid = given.rings.astype(np.int64), np.zeros(n, np.bool_)
    total, crossings = _fill(given.vertices, rings, given.masks, given.sizes, edges, boxes, on_grid)
    return Edges(edges[:, :total], crossings, rings, boxes, on_grid)


@kernel
def _fill(
    vertices: _Reals,
    rings: _Integers,
    masks: _Integers,
    sizes: _Integers,
    edges: _Integers,
    boxes: _Integers,
    on_grid: NDArray[np.bool_],
) -> tuple[int, int]:
    """Fill the edges and return their number, and that of the columns they cross, all together."""
    total = crossings = start = 0
    for mask in range(sizes.shape[0]):
        first, last, width, height = masks[mask], masks[mask + 1], sizes[mask, 0], sizes[mask, 1]
        end = rings[last - 1, END] if last > first else start
        points, before = vertices[start:end], total
        scale = grid_scale(points, max(width, height))
        on_grid[mask] = scale > 0
        for ring in range(first, last):
            stop, begin = rings[ring, END], total
            if scale > 0:
                frame = (width, height, scale)
                total, crossings = _fill_ring(vertices[start:stop], frame, edges, total, crossings)
            rings[ring, BEGIN], rings[ring, END] = begin, total
            start = stop
        if total > before:
            _fill_box(points, edges[:, before:total], height, boxes[mask])
    return total, crossings


@kernel
def _fill_ring(points: _Reals, frame: _Frame, edges: _Integers, total: int, crossings: int) -> tuple[int, int]:
    """Fill the edges of a ring that span a column, and return the numbers of edges and of crossings so far."""
    width, height, scale = frame
    if points.shape[0] == 0:
        return total, crossings
    last = points.shape[0] - 1
    x, y, column = points[last, 0], points[last, 1], crossing.first_column(points[last, 0], width)
    for i in range(points.shape[0]):
        next_x, next_y, next_column = points[i, 0], points[i, 1], crossing.first_column(points[i, 0], width)
        if column != next_column:
            flip = -int(column > next_column)
            edge = (x, y, next_x, next_y) if flip == 0 else (next_x, next_y, x, y)
            line = crossing.grid_line(edge, scale, width, height)
            edges[OFFSET, total], edges[SLOPE, total], edges[DIVISOR, total] = line
            edges[FIRST, total], edges[STOP, total] = min(column, next_column), max(column, next_column)
            edges[PLACE, total], edges[FLIP, total], edges[HEIGHT, total] = crossings, flip, height
            crossings += abs(next_column - column)
            total += 1
        x, y, column = next_x, next_y, next_column
    return total, crossings


@kernel
def _fill_box(points: _Reals, edges: _Integers, height: int, box: _Integers) -> None:
    """Fill the box of the columns that edges span, and of the rows of vertices with one to spare on each side."""
    top, bottom = points[:, 1].min() * height / 1000.0, points[:, 1].max() * height / 1000.0
    box[0], box[1] = edges[FIRST].min(), int(min(max(top - 1.0, 0.0), height - 1.0))
    box[2], box[3] = edges[STOP].max(), int(min(max(bottom + 2.0, box[1] + 1.0), float(height)))
