"""Cross-validation: split pairs into folds, and measure intersections over union on held-out pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..._kernels.cpu.token_fields.upsample import NODES, unpack_maps, upsample_columns
from .._codebook import TOKENS_PER_ROW
from .._field_model import FieldModel, Floats, TokenRows, compute_fields, patches_to_fields
from .training_pairs import VOCABULARY, TrainingPairs

_BATCH_PAIRS: Final = 64
_Ious = NDArray[np.float64]
FieldPredictor = Callable[[TokenRows], Floats]


def split_folds(n: int, fold_count: int, seed: int) -> Iterator[tuple[TokenRows, TokenRows]]:
    """Yield for each fold the indices of the pairs to train on and of those held out; each pair is held out once.

    Parameters
    ----------
    n : int
        Number of pairs.
    fold_count : int
        Number of folds.
    seed : int
        Chooses the folds.
    """
    order = np.random.default_rng(seed).permutation(n)
    for k in range(fold_count):
        out = order[k::fold_count]
        yield np.setdiff1d(order, out), np.sort(out)


def held_out_ious(model: FieldModel, pairs: TrainingPairs, indices: TokenRows) -> _Ious:
    """Return the intersection over union of a model's maps with some pairs' masks.

    Parameters
    ----------
    model : FieldModel
        A model fitted without these pairs.
    pairs : TrainingPairs
        The pairs that `indices` refer to.
    indices : NDArray[np.int64]
        Which pairs to measure, (n,).

    Returns
    -------
    NDArray[np.float64]
        (n,): one value per index, 0..1.
    """
    return field_ious(lambda rows: compute_fields(model, rows), pairs, indices)


def field_ious(fields: FieldPredictor, pairs: TrainingPairs, indices: TokenRows) -> _Ious:
    """Return the intersection over union of predicted fields, cut at 0, with some pairs' masks.

    Parameters
    ----------
    fields : callable
        From rows of tokens to fields.
    pairs : TrainingPairs
        The pairs that `indices` refer to.
    indices : NDArray[np.int64]
        Which pairs to measure, (n,).

    Returns
    -------
    NDArray[np.float64]
        (n,): one value per index, 0..1.
    """
    ious = np.empty(len(indices))
    for start in range(0, len(indices), _BATCH_PAIRS):
        part = indices[start : start + _BATCH_PAIRS]
        columns = upsample_columns(fields(pairs.tokens[part]), pairs.side // NODES)
        maps = unpack_maps(columns, height=pairs.side) > 0
        ious[start : start + _BATCH_PAIRS] = map_ious(maps, pairs.unpack_masks(part))
    return ious


def map_ious(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> _Ious:
    """Return the intersection over union of each pair of masks (N, H, W); 1 if both are empty."""
    intersection, union = (masks.sum((1, 2)) for masks in (a & b, a | b))
    return np.where(union > 0, intersection / np.maximum(union, 1), 1.0)


def filled_box_ious(pairs: TrainingPairs) -> _Ious:
    """Return the intersection over union of a filled box with each mask."""
    areas = np.array([np.bitwise_count(mask).sum() for mask in pairs.masks])
    return areas / pairs.side**2


def mean_patch_fields(pairs: TrainingPairs) -> FieldPredictor:
    """Return a predictor by the mean patch of each token, cut at half: the baseline for a fitted codebook."""
    tokens, weights = pairs.tokens.reshape(-1), np.repeat(pairs.weights, TOKENS_PER_ROW)
    patches = np.tile(np.average(pairs.coverage, axis=0, weights=weights), (VOCABULARY, 1)).astype(np.float32)
    for token in np.unique(tokens):
        at = tokens == token
        patches[token] = np.average(pairs.coverage[at], axis=0, weights=weights[at])

    def fields(rows: TokenRows) -> Floats:
        return patches_to_fields(patches[rows.reshape(-1)] - np.float32(0.5))

    return fields
