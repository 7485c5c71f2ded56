"""Which model so many pairs support, and the model."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..model import Model
from .folds import folds, held_out
from .linear import fit_linear, fit_means
from .network import Beat, fit_network
from .pairs import Pairs

_ENOUGH: Final = 1000
"""Pairs to choose with: what is best with these is with more, as the penalty grows weaker by itself."""


class Choice(NamedTuple):
    """A model of some capacity, the smallest first."""

    name: str
    penalty: float = 0.0


CHOICES: Final = (
    Choice("means"),
    Choice("linear"),
    Choice("network", 0.012),
    Choice("network", 0.004),
    Choice("network", 0.001),
)


def learn(pairs: Pairs, choice: Choice, seed: int, beat: Beat = lambda: None) -> Model:
    """Fit the model of this capacity."""
    if choice.name == "means":
        return fit_means(pairs)
    linear = fit_linear(pairs)
    return linear if choice.name == "linear" else fit_network(pairs, linear, choice.penalty, seed, beat)


def choose(pairs: Pairs, seed: int, beat: Beat = lambda: None) -> Choice:
    """Return the capacity that does best on held-out pairs, by mean intersection over union."""
    if len(pairs.tokens) > _ENOUGH:
        pairs = pairs.some(np.random.default_rng(seed).permutation(len(pairs.tokens))[:_ENOUGH])
    totals = np.zeros(len(CHOICES))
    for rest, out in folds(len(pairs.tokens), 2, seed):
        some = pairs.some(rest)
        linear = fit_linear(some)
        for k, choice in enumerate(CHOICES):
            model = linear if choice.name == "linear" else _from(some, linear, choice, seed, beat)
            totals[k] += (held_out(model, pairs, out) * pairs.weights[out]).sum()
    return CHOICES[int(totals.argmax())]


def _from(pairs: Pairs, linear: Model, choice: Choice, seed: int, beat: Beat) -> Model:
    """The same as `learn` where the linear model is there already."""
    if choice.name == "means":
        return fit_means(pairs)
    return fit_network(pairs, linear, choice.penalty, seed, beat)
