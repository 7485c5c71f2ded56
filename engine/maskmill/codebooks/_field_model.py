"""What a fitted codebook computes: tokens → coefficients of each cell → a field, cut at 0.

A field has 64x64 nodes, 16x16 a cell, above 0 inside the mask. The patch of a cell is ``middle + c @ basis``, where c
comes of the cell's own token and its neighbours up to two cells away: a table row each, plus what the cell's place in
the grid adds. The first `units` columns of that sum go through ``max(0, ·) @ outer``, the others are coefficients.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu.token_fields.neighbour_sums import add_tables
from .._kernels.cpu.token_fields.upsample import NODES, SIDE, join
from ._codebook import COUNT, GRID

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

PATCH: Final = SIDE * SIDE
STEEPNESS: Final = 6.0
"""Of the odds that fields are trained as."""

_AT_ONCE: Final = 32  # rows, whose sums and patches stay in the cache


class Model(NamedTuple):
    """The numbers of a fitted codebook, all float32.

    `tables` (25, vocabulary + 1, units + k) with the unknown token last, `biases` (16, units + k), `outer` (units, k),
    `basis` (k, 256), `middle` (256,).
    """

    tables: Floats
    biases: Floats
    outer: Floats
    basis: Floats
    middle: Floats


def fields_of(model: Model, rows: Rows) -> Floats:
    """Return the fields of rows of tokens, (N, 64, 64)."""
    out = np.empty((len(rows), NODES * NODES), np.float32)
    patches = np.empty((_AT_ONCE * COUNT, PATCH), np.float32)
    for start in range(0, len(rows), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        found = coefficients(model, rows[part])
        join(np.matmul(found, model.basis, out=patches[: len(found)]), model.middle, out[part].reshape(-1))
    return out.reshape(-1, NODES, NODES)


def odds_of(fields: Floats, steepness: float) -> Floats:
    """Return how likely each node is in the mask, from 0 to 1."""
    odds: Floats = 1 / (1 + np.exp(np.clip(np.float32(-steepness) * fields, -60, 60)))
    return odds


def coefficients(model: Model, rows: Rows) -> Floats:
    """Return the coefficients of each cell, (16 N, k)."""
    sums = np.tile(model.biases, (len(rows), 1))
    add_tables(rows, model.tables, sums)
    units = len(model.outer)
    found: Floats = np.maximum(sums[:, :units], 0) @ model.outer + sums[:, units:]
    return found


def joined(patches: Floats) -> Floats:
    """Patches (16 N, 256) as fields (N, 64, 64)."""
    cells = patches.reshape(-1, *GRID, SIDE, SIDE)
    return cells.transpose(0, 1, 3, 2, 4).reshape(-1, NODES, NODES)


def parted(fields: Floats) -> Floats:
    """Fields (N, 64, 64) as patches (16 N, 256)."""
    cells = fields.reshape(-1, GRID[0], SIDE, GRID[1], SIDE)
    return cells.transpose(0, 1, 3, 2, 4).reshape(len(fields) * COUNT, PATCH)
