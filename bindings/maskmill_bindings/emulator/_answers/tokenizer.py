"""Masks as 16 tokens, and the coarse maps that the tokens stand for: a codebook of the emulator's own.

Nobody outside Google has Gemini's. This one is made from a seed and has the traits that are known of the real one: a
4×4 grid of 128 tokens over a map of 256×256, 27 a full cell, 115 an empty one, neighbours that blend at their borders.
So pairs of tokens and maps hold a relation that can be learned, and whoever learns it can be checked. It shares nothing
with the engine.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maskmill.samples._shapes import Mask, Shape

COUNT: Final = 16
VOCABULARY: Final = 128
SIDE: Final = 256
"""Pixels of a map, each way."""

_GRID: Final = 4
_CELL: Final = SIDE // _GRID
_FULL, _EMPTY = 27, 115
_EDGE: Final = 8.0
"""Pixels over which a patch goes from out to in, to either side of its edge."""

_BLUR: Final = 13
_SAMPLES: Final = slice(1, None, 4)
"""Rows and columns of a cell that are compared: a product so small that no library spreads it over threads."""

Run = tuple[int, ...]
Field = NDArray[np.float32]
"""Positive inside, negative outside, within -1..1."""


@lru_cache(maxsize=8192)
def run_of(shape: Shape, seed: int) -> Run:
    """The tokens that come nearest to a shape in its box: for each cell, the patch that shares most samples with it.

    >>> from .scenes import scene
    >>> len(run_of(scene(7)[0], seed=0))
    16
    """
    pixels = np.where(shape.pixels((SIDE, SIDE), shape.box), np.float32(1), np.float32(-1))
    cells = pixels.reshape(_GRID, _CELL, _GRID, _CELL)[:, _SAMPLES, :, _SAMPLES].transpose(0, 2, 1, 3)
    samples = np.sign(_patches(seed))[:, _SAMPLES, _SAMPLES]
    agreement = cells.reshape(COUNT, -1) @ samples.reshape(VOCABULARY, -1).T
    return tuple(int(token) for token in agreement.argmax(axis=1))


@lru_cache(maxsize=8192)
def map_of(run: Run, seed: int) -> Mask:
    """(256, 256) bool: the patches side by side, smoothed across their borders.

    >>> bool(map_of((27,) * 16, seed=0).all()), bool(map_of((115,) * 16, seed=0).any())
    (True, False)
    """
    rows = _patches(seed)[list(run)].reshape(_GRID, _GRID, _CELL, _CELL)
    field = rows.transpose(0, 2, 1, 3).reshape(SIDE, SIDE)
    pixels: Mask = _blurred(_blurred(field).T).T > 0
    return pixels


@lru_cache(maxsize=8)
def _patches(seed: int) -> Field:
    """(128, 64, 64): one patch a token."""
    random = Random(f"maskmill codebook {seed}")
    patches = np.stack([_patch(random) for _ in range(VOCABULARY)])
    patches[_FULL], patches[_EMPTY] = 1, -1
    return patches


def _patch(random: Random) -> Field:
    """An edge, a corner of either kind, or a bar."""
    kind = random.random()
    first, second = _line(random), _line(random)
    if kind < 0.55:
        distance = first
    elif kind < 0.7:
        distance = np.minimum(first, second)
    elif kind < 0.85:
        distance = np.maximum(first, second)
    else:
        distance = (5 + 12 * random.random()) - np.abs(first)
    patch: Field = np.clip(distance / _EDGE, -1, 1).astype(np.float32)
    return patch


def _line(random: Random) -> NDArray[np.float64]:
    """Pixels to a line through the cell, negative on one side."""
    angle, offset = 2 * pi * random.random(), 0.8 * _CELL * (random.random() - 0.5)
    middle = np.arange(_CELL) - (_CELL - 1) / 2
    distance: NDArray[np.float64] = cos(angle) * middle[None] + sin(angle) * middle[:, None] - offset
    return distance


def _blurred(field: Field) -> Field:
    """The mean of so many rows around each, the outermost repeated beyond the map."""
    padded = np.pad(field, ((_BLUR // 2 + 1, _BLUR // 2), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=0, dtype=np.float64)
    mean: Field = ((sums[_BLUR:] - sums[:-_BLUR]) / _BLUR).astype(np.float32)
    return mean
