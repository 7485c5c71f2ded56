"""The emulator's codebook: masks as 16 tokens, and the coarse maps that the tokens stand for.

Gemini's codebook is not public. This one is drawn from a seed and has the known traits of Gemini's: a 4×4 grid of 128
tokens over a map of 256×256, token 27 for a full cell and 115 for an empty one, and cells that blend at their borders.
So pairs of tokens and maps have a relation that can be learnt, and the result can be checked. It shares no code with
the engine's codebooks.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maskmill.samples._shapes import Mask, Shape

TOKENS_PER_MASK: Final = 16
VOCABULARY: Final = 128
SIDE: Final = 256
"""Width and height of a map in pixels."""

_GRID: Final = 4
_CELL: Final = SIDE // _GRID
_FULL, _EMPTY = 27, 115
_EDGE: Final = 8.0
"""Pixels on either side of an edge over which a patch changes from outside to inside."""

_BLUR: Final = 13
_SAMPLES: Final = slice(1, None, 4)
"""Rows and columns of a cell to compare; so few that no library spreads the product over threads."""

MaskTokens = tuple[int, ...]
Field = NDArray[np.float32]
"""Values in -1..1, positive inside."""


@lru_cache(maxsize=8192)
def tokens_of_shape(shape: Shape, seed: int) -> MaskTokens:
    """Return the tokens nearest to a shape in its box: for each cell the patch that agrees with most samples.

    >>> from .._scenes.scene import scene
    >>> len(tokens_of_shape(scene(7)[0], seed=0))
    16
    """
    pixels = np.where(shape.pixels((SIDE, SIDE), shape.box), np.float32(1), np.float32(-1))
    cells = pixels.reshape(_GRID, _CELL, _GRID, _CELL)[:, _SAMPLES, :, _SAMPLES].transpose(0, 2, 1, 3)
    samples = np.sign(_patches(seed))[:, _SAMPLES, _SAMPLES]
    agreement = cells.reshape(TOKENS_PER_MASK, -1) @ samples.reshape(VOCABULARY, -1).T
    return tuple(int(token) for token in agreement.argmax(axis=1))


@lru_cache(maxsize=8192)
def map_of_tokens(tokens: MaskTokens, seed: int) -> Mask:
    """Return the map of tokens, bool (256, 256): their patches side by side, smoothed across the borders.

    >>> bool(map_of_tokens((27,) * 16, seed=0).all()), bool(map_of_tokens((115,) * 16, seed=0).any())
    (True, False)
    """
    rows = _patches(seed)[list(tokens)].reshape(_GRID, _GRID, _CELL, _CELL)
    field = rows.transpose(0, 2, 1, 3).reshape(SIDE, SIDE)
    pixels: Mask = _blur_rows(_blur_rows(field).T).T > 0
    return pixels


@lru_cache(maxsize=8)
def _patches(seed: int) -> Field:
    """Return the patch of each token, (128, 64, 64)."""
    random = Random(f"maskmill codebook {seed}")
    patches = np.stack([_draw_patch(random) for _ in range(VOCABULARY)])
    patches[_FULL], patches[_EMPTY] = 1, -1
    return patches


def _draw_patch(random: Random) -> Field:
    """Return a random patch: an edge, a convex or concave corner, or a bar."""
    kind = random.random()
    first, second = _draw_line_distance(random), _draw_line_distance(random)
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


def _draw_line_distance(random: Random) -> NDArray[np.float64]:
    """Return the signed distance in pixels to a random line through the cell."""
    angle, offset = 2 * pi * random.random(), 0.8 * _CELL * (random.random() - 0.5)
    middle = np.arange(_CELL) - (_CELL - 1) / 2
    distance: NDArray[np.float64] = cos(angle) * middle[None] + sin(angle) * middle[:, None] - offset
    return distance


def _blur_rows(field: Field) -> Field:
    """Return the mean of the rows around each row; beyond the map the outermost row repeats."""
    padded = np.pad(field, ((_BLUR // 2 + 1, _BLUR // 2), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=0, dtype=np.float64)
    mean: Field = ((sums[_BLUR:] - sums[:-_BLUR]) / _BLUR).astype(np.float32)
    return mean
