"""Which model so many pairs support, and the model."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._field_model import Model
from .folds import folds, held_out
from .linear import PRIORS, Prior, fit_linear
from .network import Beat, fit_network
from .training_pairs import Pairs

ENOUGH: Final = 5000
"""Pairs to choose with, at most. With a fifth of them, units were left out where with all they closed half the rest."""

PENALTIES: Final = 0.03, 0.012, 0.004, 0.001
"""Of hidden units, the strongest first."""


class Choice(NamedTuple):
    """A model of some capacity: tables with a prior, and hidden units with a penalty, or none."""

    prior: Prior
    penalty: float | None = None


def learn(pairs: Pairs, choice: Choice, seed: int, beat: Beat = lambda: None) -> Model:
    """Fit the model of this capacity."""
    linear = fit_linear(pairs, choice.prior)
    return linear if choice.penalty is None else fit_network(pairs, linear, choice.penalty, seed, beat)


def choose(pairs: Pairs, seed: int, beat: Beat = lambda: None) -> Choice:
    """Return the capacity that does best on held-out pairs, by mean intersection over union: first of the tables."""
    if len(pairs.tokens) > ENOUGH:
        pairs = pairs.some(np.random.default_rng(seed).permutation(len(pairs.tokens))[:ENOUGH])
    halves = [(pairs.some(rest), out) for rest, out in folds(len(pairs.tokens), 2, seed)]
    tables = [[fit_linear(some, prior) for some, _ in halves] for prior in PRIORS]
    scores = [_score(pairs, halves, models) for models in tables]
    best = int(np.argmax(scores))
    choices = [Choice(PRIORS[best])]
    scores = [scores[best]]
    for penalty in PENALTIES:
        pieces = zip(halves, tables[best], strict=True)
        models = [fit_network(some, linear, penalty, seed, beat) for (some, _), linear in pieces]
        choices.append(Choice(PRIORS[best], penalty))
        scores.append(_score(pairs, halves, models))
    return choices[int(np.argmax(scores))]


def _score(pairs: Pairs, halves: list[tuple[Pairs, NDArray[np.int64]]], models: list[Model]) -> float:
    parts = zip(halves, models, strict=True)
    return float(sum((held_out(model, pairs, out) * pairs.weights[out]).sum() for (_, out), model in parts))
