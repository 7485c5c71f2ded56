"""The linear model: what each token adds to the patch of its cell and of the cells around it.

Ridge regression with a penalty that knows which tokens are alike: a token's table entries are drawn towards those of
tokens with similar mean patches, and towards 0. Few pairs support no more, and it is much better than the mean patch
alone, since neighbours decide where an outline crosses from cell to cell.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._kernels.cpu.token_fields.neighbour_sums import TABLE_COUNT, add_table_gradients, count_cooccurrences
from .._field_model import FieldModel, Floats, TokenRows
from .training_pairs import VOCABULARY, TrainingPairs

COEFFICIENTS: Final = 64
_TRAIT_COUNT: Final = 16
"""Length of the vectors by which tokens are compared."""

_PENALTY: Final = 1.0


class Prior(NamedTuple):
    """How far table entries may be from 0, as standard deviations.

    Attributes
    ----------
    own : float
        Entries for the cell's token.
    neighbour : tuple[float, float]
        Entries for a neighbour's token: independent of other tokens, and along the traits.
    """

    own: float
    neighbour: tuple[float, float]


PRIORS: Final = (Prior(0.5, (0.15, 0.5)), Prior(10.0, (0.3, 1.0)))
"""For tokens whose patches depend on many cells, and for tokens whose patches hardly depend on others."""

_Matrix = NDArray[Any]


def fit_linear(pairs: TrainingPairs, prior: Prior) -> FieldModel:
    """Return the linear model of some pairs: tables for all neighbours, no hidden units."""
    middle, basis, coefficients = _principal_components(pairs)
    seen, rows = np.unique(pairs.tokens, return_inverse=True)  # rows of other tokens would be 0
    rows, size = rows.reshape(-1, 16), TABLE_COUNT * len(seen)
    counts = np.zeros((size + 16, size + 16))
    count_cooccurrences(rows, pairs.weights, len(seen), counts)
    for place, penalty in enumerate(
        _penalties(_token_traits(pairs, _mean_coefficients(pairs, coefficients))[seen], prior)
    ):
        block = slice(place * len(seen), (place + 1) * len(seen))
        counts[block, block] += penalty
    counts[np.arange(size, size + 16), np.arange(size, size + 16)] += _PENALTY
    solved = np.linalg.solve(counts, _right_hand_side(rows, pairs.weights, len(seen), coefficients)).astype(np.float32)
    tables = np.zeros((TABLE_COUNT, VOCABULARY + 1, COEFFICIENTS), np.float32)
    tables[:, seen] = solved[:size].reshape(TABLE_COUNT, len(seen), -1)
    tables[:, VOCABULARY] = _unseen_tables(pairs, tables)
    tables[:, np.setdiff1d(np.arange(VOCABULARY), seen)] = tables[:, VOCABULARY:]
    return FieldModel(tables, solved[size:], np.zeros((0, COEFFICIENTS), np.float32), basis, middle)


def _principal_components(pairs: TrainingPairs) -> tuple[Floats, Floats, Floats]:
    """Return the mean patch, the directions in which patches vary most, and each cell's coefficients along them."""
    weights = np.repeat(pairs.weights, 16)[:, None]
    middle = (pairs.fields * weights).mean(0)
    centred = pairs.fields - middle
    _, vectors = np.linalg.eigh(((centred * weights).T @ centred).astype(np.float64))
    basis = np.ascontiguousarray(vectors[:, ::-1][:, :COEFFICIENTS].T, np.float32)
    return middle, basis, centred @ basis.T


def weighted_token_counts(pairs: TrainingPairs) -> Floats:
    """Return how often each token occurs, weighted, float32 (vocabulary,)."""
    weights = np.repeat(pairs.weights, 16)
    return np.bincount(pairs.tokens.reshape(-1), weights, VOCABULARY).astype(np.float32)


def _mean_coefficients(pairs: TrainingPairs, coefficients: Floats) -> Floats:
    """Return the mean coefficients of each token, drawn towards 0 by one cell of weight 1."""
    tokens, weights = pairs.tokens.reshape(-1), np.repeat(pairs.weights, 16)
    sums = np.stack([np.bincount(tokens, weights * column, VOCABULARY) for column in coefficients.T], axis=1)
    return (sums / (weighted_token_counts(pairs) + 1)[:, None]).astype(np.float32)


def _token_traits(pairs: TrainingPairs, means: Floats) -> Floats:
    """Return for each token the vector by which it is compared: its mean coefficients along the main directions."""
    _, _, directions = np.linalg.svd(means * np.sqrt(weighted_token_counts(pairs))[:, None], full_matrices=False)
    traits = means @ directions[:_TRAIT_COUNT].T
    scaled: Floats = traits / max(float(np.sqrt((traits**2).sum(1).mean())), 1e-6)
    return scaled


def _penalties(traits: Floats, prior: Prior) -> list[_Matrix]:
    """Return for each place in the neighbourhood the penalty matrix: the inverse of the prior covariance of tokens."""
    similarity = traits.astype(np.float64) @ traits.T.astype(np.float64)
    own, other = (
        _PENALTY * np.linalg.inv(alone**2 * np.eye(len(traits)) + along**2 * similarity)
        for alone, along in ((prior.own, prior.own), prior.neighbour)
    )
    return [own if place == TABLE_COUNT // 2 else other for place in range(TABLE_COUNT)]


def _right_hand_side(rows: TokenRows, weights: Floats, tokens: int, coefficients: Floats) -> _Matrix:
    loaded = coefficients * np.repeat(weights, 16)[:, None]
    sums = np.zeros((TABLE_COUNT, tokens, COEFFICIENTS), np.float32)
    add_table_gradients(rows, loaded, sums)
    return np.concatenate([sums.reshape(-1, COEFFICIENTS), loaded.reshape(-1, 16, COEFFICIENTS).sum(0)]).astype(float)


def _unseen_tables(pairs: TrainingPairs, tables: Floats) -> Floats:
    """Return the table entries of a token that no pair holds: the mean over all tokens."""
    shares = weighted_token_counts(pairs) / weighted_token_counts(pairs).sum()
    mean: Floats = np.einsum("v,pvk->pk", shares, tables[:, :VOCABULARY])
    return mean
