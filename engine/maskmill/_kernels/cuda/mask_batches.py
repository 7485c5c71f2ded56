"""Batches of probability maps or polygons to run lengths on the GPU.

Format: counts end to end with offsets, as in `run_lengths`. A mask that the device leaves to the CPU has no pixels in
the result and is flagged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cpu.rasterize import grid_edges
from ..cpu.rasterize.grid_edges import RingBatch
from ..cpu.resize import weights
from ..cpu.resize.resize_map import MapBatch
from ..cpu.run_lengths import Counts, Offsets
from . import rasterize, resize, run_lengths
from .bit_layout import lay_out
from .launch import fetch
from .streams import Steps


def encode_maps(maps: MapBatch) -> Steps[tuple[Counts, Offsets]]:
    """Resize maps into their boxes and return counts and offsets; no map may need `drops_rows_first`."""
    visible = np.concatenate([np.maximum(maps.boxes[:, :2], 0), np.minimum(maps.boxes[:, 2:], maps.sizes)], axis=1)
    tables, layout = weights.build_window_tables(maps.shapes, maps.boxes, visible), lay_out(visible, maps.sizes)
    table = np.zeros((len(visible), 7), np.int64)
    table[:, resize.PIXELS], table[:, resize.MAP_HEIGHT], table[:, resize.MAP_WIDTH] = maps.starts, *maps.shapes.T
    table[:, resize.ACROSS : resize.DOWN + 1], table[:, resize.THRESHOLD] = tables.starts, maps.thresholds
    return (yield from run_lengths.encode(resize.resize_to_bits(maps.pixels, table, tables, layout), layout))


def encode_polygons(polygons: RingBatch) -> Steps[tuple[Counts, Offsets, NDArray[np.bool_]]]:
    """Rasterise polygons and return counts, offsets, and which masks are left to the CPU, bool (N,)."""
    grid = grid_edges.find_grid_edges(polygons)
    layout = lay_out(grid.boxes, polygons.sizes)
    bits, undecided = rasterize.rasterize_to_bits(grid, polygons.masks, layout)
    counts, offsets = yield from run_lengths.encode(bits, layout)
    flags = yield from fetch(undecided)
    return counts, offsets, ~grid.on_grid | (flags[: len(grid.on_grid)] != 0)
