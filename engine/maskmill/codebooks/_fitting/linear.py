"""Tables without hidden units: what each token adds to the patch of its own cell and of the cells around it.

Ridge regression whose penalty knows which tokens are alike: what a token adds is drawn towards what tokens add whose
mean patches resemble its own, and towards nothing. That is all that few pairs can support, and much more than the mean
patch alone: neighbours decide where an outline crosses from cell to cell.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._kernels.cpu.token_fields.neighbour_sums import PLACES, count_pairs, spread
from .._field_model import Floats, Model, Rows
from .training_pairs import VOCABULARY, Pairs

COEFFICIENTS: Final = 64
_TRAITS: Final = 16
"""Numbers that say which tokens are alike."""

_PENALTY: Final = 1.0


class Prior(NamedTuple):
    """How far a table may go from 0: of the cell's own token and of a neighbour; alone, and along the traits."""

    own: float
    neighbour: tuple[float, float]


PRIORS: Final = (Prior(0.5, (0.15, 0.5)), Prior(10.0, (0.3, 1.0)))
"""Patches that follow from many cells, for tokens that say little alone; and such that each token has to itself."""

_Matrix = NDArray[Any]


def fit_linear(pairs: Pairs, prior: Prior) -> Model:
    """Return the model of tables for all neighbours."""
    middle, basis, wanted = _reduced(pairs)
    seen, rows = np.unique(pairs.tokens, return_inverse=True)  # the others would be 0
    rows, size = rows.reshape(-1, 16), PLACES * len(seen)
    counts = np.zeros((size + 16, size + 16))
    count_pairs(rows, pairs.weights, len(seen), counts)
    for place, penalty in enumerate(_penalties(_traits(pairs, _means(pairs, wanted))[seen], prior)):
        block = slice(place * len(seen), (place + 1) * len(seen))
        counts[block, block] += penalty
    counts[np.arange(size, size + 16), np.arange(size, size + 16)] += _PENALTY
    solved = np.linalg.solve(counts, _sums(rows, pairs.weights, len(seen), wanted)).astype(np.float32)
    tables = np.zeros((PLACES, VOCABULARY + 1, COEFFICIENTS), np.float32)
    tables[:, seen] = solved[:size].reshape(PLACES, len(seen), -1)
    tables[:, VOCABULARY] = _unseen(pairs, tables)
    tables[:, np.setdiff1d(np.arange(VOCABULARY), seen)] = tables[:, VOCABULARY:]
    return Model(tables, solved[size:], np.zeros((0, COEFFICIENTS), np.float32), basis, middle)


def _reduced(pairs: Pairs) -> tuple[Floats, Floats, Floats]:
    """The mean patch, the directions in which patches differ most, and the coefficients of each cell along them."""
    loads = np.repeat(pairs.weights, 16)[:, None]
    middle = (pairs.fields * loads).mean(0)
    moved = pairs.fields - middle
    _, vectors = np.linalg.eigh(((moved * loads).T @ moved).astype(np.float64))
    basis = np.ascontiguousarray(vectors[:, ::-1][:, :COEFFICIENTS].T, np.float32)
    return middle, basis, moved @ basis.T


def occurrences(pairs: Pairs) -> Floats:
    """Return how often each token occurs, by weight, float32 (vocabulary,)."""
    loads = np.repeat(pairs.weights, 16)
    return np.bincount(pairs.tokens.reshape(-1), loads, VOCABULARY).astype(np.float32)


def _means(pairs: Pairs, wanted: Floats) -> Floats:
    """Mean coefficients of each token, as if one more cell had none."""
    tokens, loads = pairs.tokens.reshape(-1), np.repeat(pairs.weights, 16)
    sums = np.stack([np.bincount(tokens, loads * column, VOCABULARY) for column in wanted.T], axis=1)
    return (sums / (occurrences(pairs) + 1)[:, None]).astype(np.float32)


def _traits(pairs: Pairs, means: Floats) -> Floats:
    _, _, directions = np.linalg.svd(means * np.sqrt(occurrences(pairs))[:, None], full_matrices=False)
    traits = means @ directions[:_TRAITS].T
    found: Floats = traits / max(float(np.sqrt((traits**2).sum(1).mean())), 1e-6)
    return found


def _penalties(traits: Floats, prior: Prior) -> list[_Matrix]:
    """For each place the inverse of how tables may differ, and together."""
    alike = traits.astype(np.float64) @ traits.T.astype(np.float64)
    own, other = (
        _PENALTY * np.linalg.inv(alone**2 * np.eye(len(traits)) + along**2 * alike)
        for alone, along in ((prior.own, prior.own), prior.neighbour)
    )
    return [own if place == PLACES // 2 else other for place in range(PLACES)]


def _sums(rows: Rows, weights: Floats, tokens: int, wanted: Floats) -> _Matrix:
    loaded = wanted * np.repeat(weights, 16)[:, None]
    sums = np.zeros((PLACES, tokens, COEFFICIENTS), np.float32)
    spread(rows, loaded, sums)
    return np.concatenate([sums.reshape(-1, COEFFICIENTS), loaded.reshape(-1, 16, COEFFICIENTS).sum(0)]).astype(float)


def _unseen(pairs: Pairs, tables: Floats) -> Floats:
    """What a token adds of which nothing is known: the mean of all."""
    shares = occurrences(pairs) / occurrences(pairs).sum()
    mean: Floats = np.einsum("v,pvk->pk", shares, tables[:, :VOCABULARY])
    return mean
