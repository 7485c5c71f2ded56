"""The model of a fitted codebook: tokens to coefficients per cell, to a field whose sign is the mask.

A field has 64x64 nodes, 16x16 per cell, above 0 inside the mask. The patch of a cell is ``middle + c @ basis``. The
coefficients c follow from a sum of table rows, one for the cell's token and one for each neighbour up to two cells
away, and a bias for the cell's place in the grid. The first `units` columns of that sum are hidden units, which go
through ``max(0, ·) @ outer``; the other columns are coefficients.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu.token_fields.neighbour_sums import add_neighbours
from .._kernels.cpu.token_fields.upsample import CELL_NODES, NODES, join_patches
from ._codebook import GRID, TOKENS_PER_ROW

Floats = NDArray[np.float32]
TokenRows = NDArray[np.int64]

PATCH: Final = CELL_NODES * CELL_NODES
STEEPNESS: Final = 6.0
"""Slope of the logistic function that turns fields into probabilities during training."""

_BATCH_ROWS: Final = 32  # their sums and patches stay in the cache


class FieldModel(NamedTuple):
    """The parameters of a fitted codebook, all float32; the fields are also the names of arrays in its file.

    Attributes
    ----------
    tables : NDArray[np.float32]
        (25, vocabulary + 1, units + k): one table per place in the neighbourhood, the unknown token last.
    biases : NDArray[np.float32]
        (16, units + k): one row per cell of the grid.
    outer : NDArray[np.float32]
        (units, k): from hidden units to coefficients.
    basis : NDArray[np.float32]
        (k, 256): the patch of each coefficient.
    middle : NDArray[np.float32]
        (256,): the mean patch.
    """

    tables: Floats
    biases: Floats
    outer: Floats
    basis: Floats
    middle: Floats


def compute_fields(model: FieldModel, rows: TokenRows) -> Floats:
    """Return the fields of rows of tokens, (N, 64, 64)."""
    out = np.empty((len(rows), NODES * NODES), np.float32)
    patches = np.empty((_BATCH_ROWS * TOKENS_PER_ROW, PATCH), np.float32)
    for start in range(0, len(rows), _BATCH_ROWS):
        part = slice(start, start + _BATCH_ROWS)
        cells = compute_coefficients(model, rows[part])
        join_patches(np.matmul(cells, model.basis, out=patches[: len(cells)]), model.middle, out[part].reshape(-1))
    return out.reshape(-1, NODES, NODES)


def to_probabilities(fields: Floats, steepness: float) -> Floats:
    """Return the probability that each node is in the mask, 0..1."""
    probabilities: Floats = 1 / (1 + np.exp(np.clip(np.float32(-steepness) * fields, -60, 60)))
    return probabilities


def compute_coefficients(model: FieldModel, rows: TokenRows) -> Floats:
    """Return the coefficients of each cell, (16 N, k)."""
    sums = np.tile(model.biases, (len(rows), 1))
    add_neighbours(rows, model.tables, sums)
    units = len(model.outer)
    coefficients: Floats = np.maximum(sums[:, :units], 0) @ model.outer + sums[:, units:]
    return coefficients


def patches_to_fields(patches: Floats) -> Floats:
    """Return patches (16 N, 256) as fields (N, 64, 64)."""
    cells = patches.reshape(-1, *GRID, CELL_NODES, CELL_NODES)
    return cells.transpose(0, 1, 3, 2, 4).reshape(-1, NODES, NODES)


def fields_to_patches(fields: Floats) -> Floats:
    """Return fields (N, 64, 64) as patches (16 N, 256)."""
    cells = fields.reshape(-1, GRID[0], CELL_NODES, GRID[1], CELL_NODES)
    return cells.transpose(0, 1, 3, 2, 4).reshape(len(fields) * TOKENS_PER_ROW, PATCH)
