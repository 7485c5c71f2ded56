"""Pairs as they are learnt from: checked, each map brought to 64x64 nodes as it comes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._forms.tokens import LARGEST
from ..._kernels.cpu.token_fields.upsample import MOST_FACTOR, NODES
from ...errors import excerpt, told
from .._codebook import read_tokens
from .._field_model import Floats, Rows, parted

VOCABULARY: Final = LARGEST + 1
THRESHOLD: Final = 127
FEWEST: Final = 8
_REACH: Final = np.float32(8 / 256)
"""Of the box: how far from an outline the field is about straight."""


class Pairs(NamedTuple):
    """N pairs: tokens (N, 16), weights (N,) of mean 1, and of each cell its field and how full its nodes are.

    `fields` and `fillings` are (16 N, 256); `masks` (N, side, side / 8) packs the thresholded maps along the rows.
    """

    tokens: Rows
    weights: Floats
    fields: Floats
    fillings: Floats
    masks: NDArray[np.uint8]
    is_soft: bool

    @property
    def side(self) -> int:
        """Rows and columns of a map."""
        return int(self.masks.shape[1])

    def truth(self, which: Rows) -> NDArray[np.bool_]:
        """Return the masks of some pairs, bool (n, side, side)."""
        return np.unpackbits(self.masks[which], axis=2).view(np.bool_)

    def some(self, which: Rows) -> Pairs:
        """Return these pairs alone."""
        cells = (which[:, None] * 16 + np.arange(16)).reshape(-1)
        weights = self.weights[which]
        return Pairs(
            self.tokens[which], weights / weights.mean(), self.fields[cells], self.fillings[cells], self.masks[which],
            self.is_soft,
        )  # fmt: skip


def read_pairs(tokens: ArrayLike, maps: Any, weights: ArrayLike | None) -> Pairs:
    """Check pairs and bring them into the form to learn from; no map is held but the caller's.

    Raises
    ------
    maskmill.errors.ArgumentError
        Shapes, types or numbers do not fit.
    """
    rows = _rows(tokens)
    pixels = _maps(maps, len(rows))
    loads = _weights(weights, len(rows))
    side = pixels.shape[1]
    fields, fillings = (np.empty((16 * len(rows), 256), np.float32) for _ in range(2))
    masks = np.empty((len(rows), side, -(-side // 8)), np.uint8)
    is_soft = False
    for n, one in enumerate(pixels):
        grey = one.view(np.uint8) * np.uint8(255) if one.dtype == np.bool_ else np.ascontiguousarray(one)
        is_soft = is_soft or bool(((grey != 0) & (grey != 255)).any())
        inside = grey > THRESHOLD
        masks[n] = np.packbits(inside, axis=1)
        fields[16 * n : 16 * n + 16] = parted(_shrunk(_field(inside))[None])
        fillings[16 * n : 16 * n + 16] = parted(_shrunk(grey.astype(np.float32))[None] / np.float32(255))
    return Pairs(rows, loads, fields, fillings, masks, is_soft)


def _rows(tokens: ArrayLike) -> Rows:
    rows = read_tokens(tokens)
    if len(rows) < FEWEST:
        raise told(f"at least {FEWEST} pairs", str(len(rows)), "tokens")
    outside = (rows < 0) | (rows >= VOCABULARY)
    if outside.any():
        n, cell = np.argwhere(outside)[0]
        raise told(f"tokens from 0 to {VOCABULARY - 1}", str(rows[n, cell]), f"tokens[{n}, {cell}]")
    return rows


def _maps(maps: Any, n: int) -> NDArray[Any]:
    try:
        pixels: NDArray[Any] = np.asarray(maps)
    except ValueError:  # maps of different sizes
        raise told(f"maps of one size, uint8 ({n}, 256, 256)", excerpt(maps), "maps") from None
    wanted = f"uint8 or bool ({n}, side, side), side a multiple of {NODES} up to {NODES * MOST_FACTOR}"
    fits = pixels.ndim == 3 and len(pixels) == n and pixels.shape[1] == pixels.shape[2]
    if not fits or pixels.dtype not in (np.dtype(np.uint8), np.dtype(np.bool_)):
        raise told(wanted, f"{pixels.dtype} {pixels.shape}", "maps")
    if pixels.shape[1] % NODES or not 0 < pixels.shape[1] <= NODES * MOST_FACTOR:
        raise told(wanted, f"{pixels.dtype} {pixels.shape}", "maps")
    return pixels


def _weights(weights: ArrayLike | None, n: int) -> Floats:
    if weights is None:
        return np.ones(n, np.float32)
    try:
        loads = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        raise told(f"numbers ({n},)", excerpt(weights), "weights") from None
    if loads.shape != (n,) or not np.isfinite(loads).all() or (loads <= 0).any():
        given = str(loads.shape) if loads.shape != (n,) else "one that is not finite or not above 0"
        raise told(f"weights above 0 of shape ({n},)", given, "weights")
    scaled: Floats = (loads / loads.mean()).astype(np.float32)
    return scaled


def _field(inside: NDArray[np.bool_]) -> Floats:
    """Distance to the outline, above 0 inside; about -1 or 1 where it is far."""
    distance = _depth(inside) - _depth(~inside)
    field: Floats = np.tanh(distance / (_REACH * len(inside)))
    return field


def _depth(inside: NDArray[np.bool_]) -> Floats:
    if inside.all():
        return np.full(inside.shape, len(inside), np.float32)
    import cv2

    found: Any = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, 5)
    depth: Floats = np.maximum(found - np.float32(0.5), 0)
    return depth


def _shrunk(values: Floats) -> Floats:
    """Means of the pixels around each node."""
    factor = len(values) // NODES
    means: Floats = values.reshape(NODES, factor, NODES, factor).mean((1, 3), dtype=np.float32)
    return means
