"""Sums of table rows over the neighbours of each cell in a 4x4 grid of tokens, and their gradient.

Format: `rows` is (n, 16); each number indexes the tables. `tables` is (25, tokens, width), one table per relative
position of a neighbour, up to two cells away in rows and columns. Row ``16 n + cell`` of `sums` belongs to a cell.

Neighbours outside the grid add nothing: the effect of a border is constant for each cell, and the cell's bias holds it.

Why it is fast: a first layer over 25 one-hot tokens is 12 additions of rows on average, and no matrix product.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

_REACH = 2
"""Distance from a cell to its farthest neighbours, in cells."""

TABLE_COUNT = (2 * _REACH + 1) ** 2
_SIDE = 4


def _neighbour_pairs() -> NDArray[np.int64]:
    """Return (cell, neighbour, table) for each pair of cells that are near enough, ordered by cell."""
    span = 2 * _REACH + 1
    return np.array(
        [
            (cell, other, (dy + _REACH) * span + dx + _REACH)
            for cell in range(_SIDE * _SIDE)
            for other in range(_SIDE * _SIDE)
            for dy, dx in [(other // _SIDE - cell // _SIDE, other % _SIDE - cell % _SIDE)]
            if abs(dy) <= _REACH and abs(dx) <= _REACH
        ]
    )


_PAIRS = _neighbour_pairs()


@kernel
def add_neighbours(rows: Rows, tables: Floats, sums: Floats) -> None:
    """Add the table rows of each cell's neighbours to the cell's sums.

    Parameters
    ----------
    rows : NDArray[np.int64]
        (n, 16): the tokens.
    tables : NDArray[np.float32]
        (25, tokens, width).
    sums : NDArray[np.float32]
        (16 n, width); added to.
    """
    for n in range(rows.shape[0]):
        for k in range(_PAIRS.shape[0]):
            cell, token, table = 16 * n + _PAIRS[k, 0], rows[n, _PAIRS[k, 1]], _PAIRS[k, 2]
            for i in range(sums.shape[1]):
                sums[cell, i] += tables[table, token, i]


@kernel
def add_table_gradients(rows: Rows, gradients: Floats, tables: Floats) -> None:
    """Add the gradient of each cell's sums to the table rows of its neighbours: the transpose of `add_neighbours`.

    Parameters
    ----------
    rows : NDArray[np.int64]
        (n, 16): the tokens.
    gradients : NDArray[np.float32]
        (16 n, width): of the sums.
    tables : NDArray[np.float32]
        (25, tokens, width); added to.
    """
    for n in range(rows.shape[0]):
        for k in range(_PAIRS.shape[0]):
            cell, token, table = 16 * n + _PAIRS[k, 0], rows[n, _PAIRS[k, 1]], _PAIRS[k, 2]
            for i in range(gradients.shape[1]):
                tables[table, token, i] += gradients[cell, i]


@kernel
def count_cooccurrences(rows: Rows, weights: Floats, tokens: int, counts: NDArray[np.float64]) -> None:
    """Count how often two features hold for the same cell, weighted by row.

    A feature is a token in a table, number ``table * tokens + token``; or, after all of these, which cell it is.

    Parameters
    ----------
    rows : NDArray[np.int64]
        (n, 16): the tokens.
    weights : NDArray[np.float32]
        (n,).
    tokens : int
        Tokens in the vocabulary.
    counts : NDArray[np.float64]
        (features, features), where features is ``25 * tokens + 16``; added to.
    """
    features = np.empty(TABLE_COUNT + 1, np.int64)
    for n in range(rows.shape[0]):
        k = 0
        for cell in range(_SIDE * _SIDE):
            last = 0
            while k < _PAIRS.shape[0] and _PAIRS[k, 0] == cell:
                features[last] = _PAIRS[k, 2] * tokens + rows[n, _PAIRS[k, 1]]
                last += 1
                k += 1
            features[last] = TABLE_COUNT * tokens + cell
            for a in range(last + 1):
                for b in range(last + 1):
                    counts[features[a], features[b]] += weights[n]
