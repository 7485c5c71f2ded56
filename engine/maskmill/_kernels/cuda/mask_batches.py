"""Many maps, or many masks of rings, to counts: what lies between arrays of the CPU and the kernels.

Format: counts end to end with offsets, as in `runs`. A mask that the device leaves to the CPU has no pixels here, and
is marked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cpu.rasterize import grid_edges
from ..cpu.rasterize.grid_edges import Rings
from ..cpu.resize import weights
from ..cpu.resize.resize import Maps
from ..cpu.run_lengths import Counts, Offsets
from . import rasterize, resize, run_lengths
from .bit_layout import Layout, layout
from .launch import fetch
from .streams import Steps


def mill_maps(given: Maps) -> Steps[tuple[Counts, Offsets]]:
    """Return the counts of maps in their boxes. None may lose rows first, see `cpu.resize`."""
    seen = np.concatenate([np.maximum(given.boxes[:, :2], 0), np.minimum(given.boxes[:, 2:], given.sizes)], axis=1)
    tables, plan = weights.tables(given.shapes, given.boxes, seen), layout(seen, given.sizes)
    maps = np.zeros((len(seen), 7), np.int64)
    maps[:, resize.PIXELS], maps[:, resize.TALL], maps[:, resize.WIDTH] = given.starts, *given.shapes.T
    maps[:, resize.ACROSS : resize.DOWN + 1], maps[:, resize.THRESHOLD] = tables.places, given.thresholds
    return (yield from run_lengths.encode(resize.resize(given.pixels, maps, tables, plan), plan))


def mill_rings(given: Rings) -> Steps[tuple[Counts, Offsets, NDArray[np.bool_]]]:
    """Return the counts of masks of rings, and which of them are left to the CPU."""
    made = grid_edges.grid_edges(given)
    plan: Layout = layout(made.boxes, given.sizes)
    bits, undecided = rasterize.rasterize(made, given.masks, plan)
    counts, offsets = yield from run_lengths.encode(bits, plan)
    left = yield from fetch(undecided)
    return counts, offsets, ~made.on_grid | (left[: len(made.on_grid)] != 0)
