"""Rings to the bits of their columns, many masks in two launches.

Format: edges and rings as `cpu.gridedges` makes them, bits as `frames` says.

State: `rows` holds the row of every edge in every column that it spans, edge after edge. `undecided` is set where a
ring winds around a pixel so often that its number has no room in `steps.winding`: the CPU is to do that mask.

Why it is fast: a thread a crossing, and then a thread for 32 pixels, which adds up the winding numbers of all of them
at once in registers. Nothing is sorted, no thread waits for another, and no division is made but the ones that place a
thread: the quotient of a crossing is a product of doubles that integers correct. Reads of neighbours meet, and their
writes are next to each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._jit import cuda_kernel, cuda_module
from ..cpu.rasterize import grid_edges
from ..cpu.rasterize.grid_edges import BEGIN, END, FIRST, FLIP, HOLE, OFFSET, PART, PLACE, SLOPE, STOP, Edges
from ..steps.bits import WORD, below
from ..steps.crossing import line_row
from ..steps.winding import is_wound, wound
from .bit_layout import COLUMNS, ROWS, WHOLE, WORDS, X0, Y0, Layout, owner
from .launch import empty, launch, upload, zeros

cuda = cuda_module()

_DIVISOR, _HEIGHT = grid_edges.DIVISOR, grid_edges.HEIGHT


def rasterize(made: Edges, masks: Any, plan: Layout) -> tuple[Any, Any]:
    """Return the bits of all masks and which of them are undecided, both on the device.

    Parameters
    ----------
    made
        Edges of the masks; one that is on no grid has none, and no bits are set.
    masks
        (N + 1,) the first ring of each mask, as given to `cpu.gridedges`.
    plan
        The layout of their boxes.
    """
    edges, words = upload(made.edges, np.int64), int(plan.starts[-1])
    places = upload(np.append(made.edges[PLACE], made.crossings), np.int64)
    inverses, rows = upload(1 / made.edges[_DIVISOR], np.float64), empty(max(made.crossings, 1), np.int32)
    launch(fill_rows, made.crossings, edges, places, inverses, rows)
    bits, undecided = empty(max(words, 1), np.uint32), zeros(len(plan.frames), np.uint8)
    tables = upload(made.rings, np.int64), upload(masks, np.int64)
    frames, starts = upload(plan.frames, np.int64), upload(plan.starts, np.int64)
    launch(fill_bits, words, edges, rows, *tables, frames, starts, bits, undecided)
    return bits, undecided


@cuda_kernel
def fill_rows(edges: Any, places: Any, inverses: Any, rows: Any) -> None:
    """Fill the row of each crossing; `places` are those of the edges' crossings, and their end."""
    i = cuda.grid(1)
    if i < places[places.size - 1]:
        edge = owner(places, i)
        column = int(edges[FIRST, edge]) + i - int(places[edge])
        line = int(edges[OFFSET, edge]), int(edges[SLOPE, edge]), int(edges[_DIVISOR, edge])
        rows[i] = line_row(line[0], line[1], line[2], inverses[edge], column, int(edges[_HEIGHT, edge]))


@cuda_kernel
def fill_bits(
    edges: Any, rows: Any, rings: Any, masks: Any, frames: Any, starts: Any, bits: Any, undecided: Any
) -> None:
    """Fill one word a thread: the pixels whose winding number is not 0 in some part's outer ring and in no hole."""
    i = cuda.grid(1)
    if i >= starts[starts.size - 1]:
        return
    mask = owner(starts, i)
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
                pixels = below(WORD) ^ below(row - top_row)
                planes, lost = wound(planes, pixels, int(edges[FLIP, edge]))
                crowded |= lost
        if rings[ring, HOLE] != 0:
            holes |= is_wound(planes)
        else:
            outer |= is_wound(planes)
    pixels = below(int(frames[mask, ROWS]) - top)
    if x + int(frames[mask, WHOLE]) == int(frames[mask, COLUMNS]):
        pixels *= 1 - int(frames[mask, WHOLE])
    bits[i] = np.uint32((inside | (outer & ~holes)) & pixels)
    if crowded != 0:
        undecided[mask] = 1
