"""Polygons to the bits of their columns, many masks in two launches.

Format: edges and rings as in `cpu.rasterize.grid_edges`, bits as in `bit_layout`.

State: `rows` holds the row of each edge in each column that it spans, edge after edge. `undecided` is set for a mask
where a ring winds around a pixel more often than `steps.winding` can count: the CPU rasterises that mask.

Why it is fast: one thread per crossing, then one thread per 32 pixels, which adds up the winding numbers of all of them
at once in registers. Nothing is sorted and no thread waits for another. The only divisions are those that locate a
thread: the quotient of a crossing is a product of doubles, corrected in integers. Reads of neighbouring threads
coalesce, and they write next to each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._jit import cuda_kernel, cuda_module
from ..cpu.rasterize import grid_edges
from ..cpu.rasterize.grid_edges import BEGIN, END, FIRST, FLIP, HOLE, OFFSET, PART, PLACE, SLOPE, STOP, GridEdges
from ..steps.bits import WORD, low_bits
from ..steps.crossing import line_row
from ..steps.winding import add_winding, nonzero_winding
from .bit_layout import COLUMNS, FULL_HEIGHT, ROWS, WORDS, X0, Y0, Layout, find_owner
from .launch import empty, launch, upload, zeros

cuda = cuda_module()

_DIVISOR, _HEIGHT = grid_edges.DIVISOR, grid_edges.HEIGHT


def rasterize_to_bits(grid: GridEdges, masks: Any, layout: Layout) -> tuple[Any, Any]:
    """Return the bits of all masks and which masks are undecided, both on the device.

    Parameters
    ----------
    grid : GridEdges
        Edges of the masks; a mask that is on no grid has none and gets no pixels.
    masks : NDArray[np.int64]
        (N + 1,): the first ring of each mask, and the number of rings.
    layout : Layout
        Of the masks' boxes.
    """
    edges, words = upload(grid.edges, np.int64), int(layout.starts[-1])
    places = upload(np.append(grid.edges[PLACE], grid.crossings), np.int64)
    inverses, rows = upload(1 / grid.edges[_DIVISOR], np.float64), empty(max(grid.crossings, 1), np.int32)
    launch(_fill_crossing_rows, grid.crossings, edges, places, inverses, rows)
    bits, undecided = empty(max(words, 1), np.uint32), zeros(len(layout.frames), np.uint8)
    tables = upload(grid.rings, np.int64), upload(masks, np.int64)
    frames, starts = upload(layout.frames, np.int64), upload(layout.starts, np.int64)
    launch(_fill_polygon_bits, words, edges, rows, *tables, frames, starts, bits, undecided)
    return bits, undecided


@cuda_kernel
def _fill_crossing_rows(edges: Any, places: Any, inverses: Any, rows: Any) -> None:
    """Write the row of each crossing."""
    i = cuda.grid(1)
    if i < places[places.size - 1]:
        edge = find_owner(places, i)
        column = int(edges[FIRST, edge]) + i - int(places[edge])
        line = int(edges[OFFSET, edge]), int(edges[SLOPE, edge]), int(edges[_DIVISOR, edge])
        rows[i] = line_row(line[0], line[1], line[2], inverses[edge], column, int(edges[_HEIGHT, edge]))


@cuda_kernel
def _fill_polygon_bits(
    edges: Any, rows: Any, rings: Any, masks: Any, frames: Any, starts: Any, bits: Any, undecided: Any
) -> None:
    """Write one word per thread: pixels with a non-zero winding number in a part's outer ring and in no hole."""
    i = cuda.grid(1)
    if i >= starts[starts.size - 1]:
        return
    mask = find_owner(starts, i)
    local = i - int(starts[mask])
    words = int(frames[mask, WORDS])
    x = local // words
    top = (local - x * words) * WORD
    column = int(frames[mask, X0]) + x
    top_row = int(frames[mask, Y0]) + top
    inside = outer = holes = crowded = 0
    for ring in range(masks[mask], masks[mask + 1]):
        if ring > masks[mask] and rings[ring, PART] != rings[ring - 1, PART]:
            inside |= outer & ~holes
            outer = holes = 0
        planes = (0, 0, 0, 0)
        for edge in range(rings[ring, BEGIN], rings[ring, END]):
            if edges[FIRST, edge] <= column and column < edges[STOP, edge]:
                row = int(rows[int(edges[PLACE, edge]) + column - int(edges[FIRST, edge])])
                pixels = low_bits(WORD) ^ low_bits(row - top_row)
                planes, lost = add_winding(planes, pixels, int(edges[FLIP, edge]))
                crowded |= lost
        if rings[ring, HOLE] != 0:
            holes |= nonzero_winding(planes)
        else:
            outer |= nonzero_winding(planes)
    pixels = low_bits(int(frames[mask, ROWS]) - top)
    if x + int(frames[mask, FULL_HEIGHT]) == int(frames[mask, COLUMNS]):
        pixels *= 1 - int(frames[mask, FULL_HEIGHT])
    bits[i] = np.uint32((inside | (outer & ~holes)) & pixels)
    if crowded != 0:
        undecided[mask] = 1
