"""Polygons on an integer grid, for CUDA: the row of an edge in a column is one integer division.

Format: `edges`, int64 (8, E), holds one edge per column; those of a ring follow one another, in its order. `rings`,
int64 (R, 4), holds where the edges of a ring begin and end, its part, and whether it is a hole. A mask whose
coordinates are on no grid, see `steps.crossing`, has rings without edges and a box without pixels: the CPU must
rasterise it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps import crossing
from ...steps.boxes import to_pixels
from .sweep import grid_scale

OFFSET, SLOPE, DIVISOR, FIRST, STOP, PLACE, FLIP, HEIGHT = range(8)
"""Rows of `edges`: the line, the columns it spans, where the rows of its crossings are, `flip` of `steps.winding`."""
BEGIN, END, PART, HOLE = range(4)
"""Columns of `rings`."""

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Frame = tuple[int, int, int]  # width, height, scale


class RingBatch(NamedTuple):
    """Rings of N masks end to end.

    Attributes
    ----------
    vertices : NDArray[np.float64]
        (V, 2) x and y in thousandths.
    rings : NDArray[np.int64]
        (R, 4) `END` is one past the ring's last vertex, `PART` and `HOLE` as for `rasterize_polygons`.
    masks : NDArray[np.int64]
        (N + 1,) the first ring of each mask, and the number of rings.
    sizes : NDArray[np.int64]
        (N, 2) width and height of each mask's image.
    """

    vertices: _Reals
    rings: _Integers
    masks: _Integers
    sizes: _Integers


class GridEdges(NamedTuple):
    """The edges of N masks on their grids.

    Attributes
    ----------
    edges : NDArray[np.int64]
        (8, E) see `OFFSET`.
    crossings : int
        How many columns they cross, all together.
    rings : NDArray[np.int64]
        (R, 4) see `BEGIN`.
    boxes : NDArray[np.int64]
        (N, 4) x0, y0, x1, y1 of the pixels that may belong to each mask.
    on_grid : NDArray[np.bool_]
        (N,) whether the mask's coordinates are on a grid.
    """

    edges: _Integers
    crossings: int
    rings: _Integers
    boxes: _Integers
    on_grid: NDArray[np.bool_]


def find_grid_edges(batch: RingBatch) -> GridEdges:
    """Return the edges of all masks on their grids.

    >>> square = np.array([[0.0, 0.0], [500.0, 0.0], [500.0, 500.0], [0.0, 500.0]])
    >>> batch = RingBatch(square, np.array([[0, 4, 0, 0]]), np.array([0, 1]), np.array([[4, 4]]))
    >>> grid = find_grid_edges(batch)
    >>> grid.boxes.tolist(), grid.crossings, grid.on_grid.tolist()
    ([[0, 0, 2, 4]], 4, [True])
    """
    n = len(batch.sizes)
    edges, boxes = np.empty((8, len(batch.vertices)), np.int64), np.zeros((n, 4), np.int64)
    rings, on_grid = batch.rings.astype(np.int64), np.zeros(n, np.bool_)
    total, crossings = _fill_edges(batch.vertices, rings, batch.masks, batch.sizes, edges, boxes, on_grid)
    return GridEdges(edges[:, :total], crossings, rings, boxes, on_grid)


@kernel
def _fill_edges(
    vertices: _Reals,
    rings: _Integers,
    masks: _Integers,
    sizes: _Integers,
    edges: _Integers,
    boxes: _Integers,
    on_grid: NDArray[np.bool_],
) -> tuple[int, int]:
    """Fill the edges; return their number, and how many columns they cross, all together."""
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
    """Fill the edges of a ring that span a column; return the numbers of edges and of crossings so far."""
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
    """Fill the box: the columns that edges span, and the rows of the vertices with a margin of one on each side."""
    top, bottom = to_pixels(points[:, 1].min(), height), to_pixels(points[:, 1].max(), height)
    box[0], box[1] = edges[FIRST].min(), int(min(max(top - 1.0, 0.0), height - 1.0))
    box[2], box[3] = edges[STOP].max(), int(min(max(bottom + 2.0, box[1] + 1.0), float(height)))
