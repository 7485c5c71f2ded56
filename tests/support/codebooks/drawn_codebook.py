"""A codebook whose maps are simple enough to be known without it."""

from __future__ import annotations

from os import PathLike

import numpy as np
from numpy.typing import NDArray

from maskmill.codebooks import Codebook

FULL, BARE, NEVER_SEEN = 27, 115, 9


class Drawn(Codebook):
    """One token is a full cell, one an empty cell, all others the upper half of their cell; one token is unknown."""

    kind = "drawn"
    dialect = "gemini"
    vocabulary = 128
    map_size = (16, 16)
    is_binary = True

    def save(self, path: str | PathLike[str]) -> None:
        raise NotImplementedError

    def _maps(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        cells = np.zeros((len(rows), 4, 4, 4, 4), np.uint8)
        grid = rows.reshape(-1, 4, 4)
        cells[grid == FULL] = 255
        cells[(grid != FULL) & (grid != BARE), :2] = 255
        return cells.transpose(0, 1, 3, 2, 4).reshape(-1, 16, 16)

    def _known(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        return ~((rows == NEVER_SEEN) | (rows < 0)).any(axis=1)

    def _confidence(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.full(len(rows), 0.875, np.float32)


class OfPaliGemma(Drawn):
    """The same for the tokens of another model, and without a confidence."""

    dialect = "paligemma"

    def _confidence(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.full(len(rows), np.nan, np.float32)
