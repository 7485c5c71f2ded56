"""Pairs prepared for fitting: checked, each map reduced to 64x64 nodes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._forms.tokens import MAX_NUMBER
from ..._kernels.cpu.token_fields.upsample import MAX_FACTOR, NODES
from ...errors import ArgumentError, excerpt
from .._codebook import to_token_rows
from .._field_model import Floats, TokenRows, fields_to_patches

VOCABULARY: Final = MAX_NUMBER + 1
THRESHOLD: Final = 127
MIN_PAIRS: Final = 8
_LINEAR_REACH: Final = np.float32(8 / 256)
"""Distance from an outline, as a share of the box, within which the field is about linear."""


class TrainingPairs(NamedTuple):
    """N pairs of tokens and maps.

    Attributes
    ----------
    tokens : NDArray[np.int64]
        (N, 16): the mask tokens of each pair.
    weights : NDArray[np.float32]
        (N,) of mean 1.
    fields : NDArray[np.float32]
        (16 N, 256) signed distance to the outline at the nodes of each cell, above 0 inside.
    coverage : NDArray[np.float32]
        (16 N, 256) mean of the map around each node, 0..1.
    masks : NDArray[np.uint8]
        (N, side, side / 8) thresholded maps, packed along the pixel rows.
    is_soft : bool
        Whether a map has values other than 0 and 255.
    """

    tokens: TokenRows
    weights: Floats
    fields: Floats
    coverage: Floats
    masks: NDArray[np.uint8]
    is_soft: bool

    @property
    def side(self) -> int:
        """Width and height of a map in pixels."""
        return int(self.masks.shape[1])

    def unpack_masks(self, indices: TokenRows) -> NDArray[np.bool_]:
        """Return the masks of the pairs at some indices, bool (n, side, side)."""
        return np.unpackbits(self.masks[indices], axis=2).view(np.bool_)

    def subset(self, indices: TokenRows) -> TrainingPairs:
        """Return the pairs at some indices."""
        cells = (indices[:, None] * 16 + np.arange(16)).reshape(-1)
        weights = self.weights[indices]
        return TrainingPairs(
            self.tokens[indices], weights / weights.mean(), self.fields[cells], self.coverage[cells],
            self.masks[indices], self.is_soft,
        )  # fmt: skip


def prepare_pairs(tokens: ArrayLike, maps: Any, weights: ArrayLike | None) -> TrainingPairs:
    """Check pairs and prepare them for fitting, map by map, so that the maps are not held twice.

    Parameters
    ----------
    tokens : array_like
        (N, 16) integers.
    maps : array_like
        (N, side, side) uint8 or bool.
    weights : array_like or None
        (N,) numbers above 0.

    Raises
    ------
    maskmill.errors.ArgumentError
        Shapes, types or numbers do not fit.
    """
    rows = _check_tokens(tokens)
    pixels = _check_maps(maps, len(rows))
    shares = _check_weights(weights, len(rows))
    side = pixels.shape[1]
    fields, fillings = (np.empty((16 * len(rows), 256), np.float32) for _ in range(2))
    masks = np.empty((len(rows), side, -(-side // 8)), np.uint8)
    is_soft = False
    for n, one in enumerate(pixels):
        grey = one.view(np.uint8) * np.uint8(255) if one.dtype == np.bool_ else np.ascontiguousarray(one)
        is_soft = is_soft or bool(((grey != 0) & (grey != 255)).any())
        inside = grey > THRESHOLD
        masks[n] = np.packbits(inside, axis=1)
        fields[16 * n : 16 * n + 16] = fields_to_patches(_average_to_nodes(_signed_distance(inside))[None])
        fillings[16 * n : 16 * n + 16] = fields_to_patches(
            _average_to_nodes(grey.astype(np.float32))[None] / np.float32(255)
        )
    return TrainingPairs(rows, shares, fields, fillings, masks, is_soft)


def _check_tokens(tokens: ArrayLike) -> TokenRows:
    rows = to_token_rows(tokens)
    if len(rows) < MIN_PAIRS:
        raise ArgumentError(f"at least {MIN_PAIRS} pairs", str(len(rows)), "tokens")
    outside = (rows < 0) | (rows >= VOCABULARY)
    if outside.any():
        n, cell = np.argwhere(outside)[0]
        raise ArgumentError(f"tokens from 0 to {VOCABULARY - 1}", str(rows[n, cell]), f"tokens[{n}, {cell}]")
    return rows


def _check_maps(maps: Any, n: int) -> NDArray[Any]:
    try:
        pixels: NDArray[Any] = np.asarray(maps)
    except ValueError:  # maps of different sizes
        raise ArgumentError(f"maps of one size, uint8 ({n}, 256, 256)", excerpt(maps), "maps") from None
    wanted = f"uint8 or bool ({n}, side, side), side a multiple of {NODES} up to {NODES * MAX_FACTOR}"
    fits = pixels.ndim == 3 and len(pixels) == n and pixels.shape[1] == pixels.shape[2]
    if not fits or pixels.dtype not in (np.dtype(np.uint8), np.dtype(np.bool_)):
        raise ArgumentError(wanted, f"{pixels.dtype} {pixels.shape}", "maps")
    if pixels.shape[1] % NODES or not 0 < pixels.shape[1] <= NODES * MAX_FACTOR:
        raise ArgumentError(wanted, f"{pixels.dtype} {pixels.shape}", "maps")
    return pixels


def _check_weights(weights: ArrayLike | None, n: int) -> Floats:
    if weights is None:
        return np.ones(n, np.float32)
    try:
        shares = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(f"numbers ({n},)", excerpt(weights), "weights") from None
    if shares.shape != (n,) or not np.isfinite(shares).all() or (shares <= 0).any():
        given = str(shares.shape) if shares.shape != (n,) else "one that is not finite or not above 0"
        raise ArgumentError(f"weights above 0 of shape ({n},)", given, "weights")
    scaled: Floats = (shares / shares.mean()).astype(np.float32)
    return scaled


def _signed_distance(inside: NDArray[np.bool_]) -> Floats:
    """Return the distance of each pixel to the outline, above 0 inside, squashed to -1..1 by tanh."""
    distance = _distance_to_outline(inside) - _distance_to_outline(~inside)
    field: Floats = np.tanh(distance / (_LINEAR_REACH * len(inside)))
    return field


def _distance_to_outline(inside: NDArray[np.bool_]) -> Floats:
    if inside.all():
        return np.full(inside.shape, len(inside), np.float32)
    import cv2

    distances: Any = cv2.distanceTransform(inside.view(np.uint8), cv2.DIST_L2, 5)
    depths: Floats = np.maximum(distances - np.float32(0.5), 0)
    return depths


def _average_to_nodes(values: Floats) -> Floats:
    """Return the mean of the pixels around each node, (64, 64)."""
    factor = len(values) // NODES
    means: Floats = values.reshape(NODES, factor, NODES, factor).mean((1, 3), dtype=np.float32)
    return means
