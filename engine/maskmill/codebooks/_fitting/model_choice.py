"""Choose how complex a model the pairs support, and fit it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._field_model import FieldModel
from .folds import held_out_ious, split_folds
from .linear import PRIORS, Prior, fit_linear
from .network import OnStep, fit_network
from .training_pairs import TrainingPairs

MAX_CHOICE_PAIRS: Final = 5000
"""Pairs to choose with. A fifth of them is too few: no hidden units were chosen where they halve the error."""

PENALTIES: Final = 0.03, 0.012, 0.004, 0.001
"""Penalties on the weights of hidden units, the strongest first."""


class Capacity(NamedTuple):
    """The complexity of a model: the prior of its tables, and the penalty of its hidden units, None without them."""

    prior: Prior
    penalty: float | None = None


def fit_model(pairs: TrainingPairs, capacity: Capacity, seed: int, on_step: OnStep = lambda: None) -> FieldModel:
    """Return the model of some capacity, fitted to pairs.

    Parameters
    ----------
    pairs : TrainingPairs
        Pairs to fit to.
    capacity : Capacity
        Prior and penalty.
    seed : int
        Chooses the first weights and the batches of the hidden units.
    on_step : callable
        Called after each training step.
    """
    linear = fit_linear(pairs, capacity.prior)
    return linear if capacity.penalty is None else fit_network(pairs, linear, capacity.penalty, seed, on_step)


def choose_capacity(pairs: TrainingPairs, seed: int, on_step: OnStep = lambda: None) -> Capacity:
    """Return the capacity with the best mean intersection over union in two-fold cross-validation.

    First the prior of the tables is chosen, then the penalty of the hidden units.

    Parameters
    ----------
    pairs : TrainingPairs
        All pairs; at most `MAX_CHOICE_PAIRS` of them are used.
    seed : int
        Chooses pairs, folds and first weights.
    on_step : callable
        Called after each training step.
    """
    if len(pairs.tokens) > MAX_CHOICE_PAIRS:
        pairs = pairs.subset(np.random.default_rng(seed).permutation(len(pairs.tokens))[:MAX_CHOICE_PAIRS])
    folds = [(pairs.subset(rest), out) for rest, out in split_folds(len(pairs.tokens), 2, seed)]
    tables = [[fit_linear(some, prior) for some, _ in folds] for prior in PRIORS]
    scores = [_score(pairs, folds, models) for models in tables]
    best = int(np.argmax(scores))
    choices = [Capacity(PRIORS[best])]
    scores = [scores[best]]
    for penalty in PENALTIES:
        pieces = zip(folds, tables[best], strict=True)
        models = [fit_network(some, linear, penalty, seed, on_step) for (some, _), linear in pieces]
        choices.append(Capacity(PRIORS[best], penalty))
        scores.append(_score(pairs, folds, models))
    return choices[int(np.argmax(scores))]


def _score(
    pairs: TrainingPairs, folds: list[tuple[TrainingPairs, NDArray[np.int64]]], models: list[FieldModel]
) -> float:
    parts = zip(folds, models, strict=True)
    return float(sum((held_out_ious(model, pairs, out) * pairs.weights[out]).sum() for (_, out), model in parts))
