"""Pairs from a stand-in for a codebook that is not public: patches of tokens, blurred across cells, cut at half."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskmill.codebooks._fitting import network

TOKENS = 12


def pairs(n: int, seed: int = 0, side: int = 256, tokens: int = TOKENS) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return tokens (n, 16) and maps (n, side, side) of 0 and 255."""
    rows, soft = soft_pairs(n, seed, side, tokens)
    return rows, np.where(soft > 127, 255, 0).astype(np.uint8)


def soft_pairs(
    n: int, seed: int = 0, side: int = 256, tokens: int = TOKENS
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the same pairs before the cut."""
    rows = np.random.default_rng(seed).integers(0, tokens, (n, 16))
    return rows, np.stack([_drawn(row.reshape(4, 4), side) for row in rows])


def _drawn(grid: NDArray[np.int64], side: int) -> NDArray[np.uint8]:
    cell = side // 4
    sharp = np.zeros((side, side), np.float32)
    for y in range(4):
        for x in range(4):
            sharp[y * cell : (y + 1) * cell, x * cell : (x + 1) * cell] = _patch(int(grid[y, x]), cell)
    return np.rint(cv2.GaussianBlur(sharp, (0, 0), cell / 5) * 255).astype(np.uint8)


def _patch(token: int, cell: int) -> NDArray[np.float32]:
    """Return a full or an empty cell, or a half plane."""
    if token < 2:
        return np.full((cell, cell), token, np.float32)
    angle = 2 * np.pi * token / TOKENS
    y, x = (np.indices((cell, cell)) + 0.5) / cell - 0.5
    return (x * np.cos(angle) + y * np.sin(angle) > 0.25 * np.sin(3 * token)).astype(np.float32)


@contextmanager
def briefly() -> Iterator[None]:
    """Train networks of a few units for a moment only: for tests of everything else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "UNITS", 4)
        patch.setattr(network, "_MIN_STEPS", 5)
        patch.setattr(network, "_EPOCHS", 1)
        yield
