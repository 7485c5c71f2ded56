"""Hidden units: their slopes against differences of a loss written here, and what they can do that tables cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray

from maskmill.codebooks._field_model import compute_coefficients
from maskmill.codebooks._fitting import network
from maskmill.codebooks._fitting.linear import PRIORS, fit_linear
from maskmill.codebooks._fitting.training_pairs import TrainingPairs, prepare_pairs
from support.codebooks.drawn_pairs import pairs
from support.tiers import thorough

PENALTY = 0.01
Doubles = NDArray[np.float64]


def loss(parts: list[Doubles], learnt: TrainingPairs, base: Doubles, net: Any) -> float:
    """Mean cross-entropy of the nodes, by weight, and the penalty; in doubles, a cell at a time."""
    words, ears, biases, outer = parts
    basis, middle = (part.astype(float) for part in (net.linear.basis, net.linear.middle))
    total = PENALTY * sum((part**2).sum() for part in parts)
    for n, row in enumerate(learnt.tokens.reshape(-1, 4, 4)):
        for y, x in np.ndindex(4, 4):
            around = [(v, u) for v in range(4) for u in range(4) if abs(v - y) <= 2 and abs(u - x) <= 2]
            heard = biases[4 * y + x] + sum(words[row[v, u]] @ ears[5 * (v - y + 2) + u - x + 2] for v, u in around)
            cell = 16 * n + 4 * y + x
            fields = (base[cell] + np.maximum(heard, 0) @ outer) @ basis + middle
            odds, full = 1 / (1 + np.exp(-network.STEEPNESS * fields)), learnt.coverage[cell]
            entropy = -(full * np.log(odds) + (1 - full) * np.log1p(-odds)).sum()
            total += learnt.weights[n] * entropy / learnt.coverage.size
    return float(total)


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("part", range(4), ids=["words", "ears", "biases", "outer"])
def test_slopes_are_those_of_the_loss(part: int) -> None:
    random = np.random.default_rng(part)
    learnt = prepare_pairs(*pairs(8, side=64, tokens=4), random.uniform(0.5, 2, 8))
    linear = fit_linear(learnt, PRIORS[0])
    net = network._Network(linear, random)
    net.parts[3] = random.normal(0, 0.1, net.parts[3].shape).astype(np.float32)
    base, loads = compute_coefficients(linear, learnt.tokens), np.repeat(learnt.weights, 16)[:, None]
    found = net.gradients(learnt.tokens, base, learnt.coverage, loads, PENALTY)[part]
    parts, step = [one.astype(float) for one in net.parts], found / np.linalg.norm(found) * 1e-4
    ways = [[one + sign * step * (i == part) if i == part else one for i, one in enumerate(parts)] for sign in (1, -1)]
    risen, fallen = (loss(way, learnt, base.astype(float), net) for way in ways)
    assert (risen - fallen) / 2e-4 == pytest.approx(float(np.linalg.norm(found)), rel=1e-3)


def where_two_meet(n: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Cells are full where their own token is that of the cell at their right, which no sum of tables can say."""
    tokens = np.random.default_rng(seed).integers(0, 2, (n, 4, 4))
    full = tokens == np.roll(tokens, -1, axis=2)
    return tokens.reshape(n, 16), np.kron(full, np.ones((16, 16))).astype(bool)


@thorough
@pytest.mark.skipif(config.DISABLE_JIT, reason="training takes minutes without machine code")
def test_units_learn_what_tables_cannot() -> None:
    learnt, asked = prepare_pairs(*where_two_meet(200, 0), None), prepare_pairs(*where_two_meet(50, 1), None)
    inside = np.isin(np.arange(800) % 4, [0, 1, 2])  # the last column has nothing at its right
    linear = fit_linear(learnt, PRIORS[0])
    wrong = []
    for model in (linear, network.fit_network(learnt, linear, 0.001, 0)):
        fields = compute_coefficients(model, asked.tokens) @ model.basis + model.middle
        wrong.append(((fields > 0) != (asked.coverage > 0.5))[inside].mean())
    assert wrong[0] > 0.3
    assert wrong[1] < 0.05


@pytest.mark.usefixtures("brief")
def test_a_token_that_was_never_seen_is_the_mean_of_all() -> None:
    learnt = prepare_pairs(*pairs(8, side=64, tokens=4), None)
    model = network.fit_network(learnt, fit_linear(learnt, PRIORS[0]), 0.01, 0)
    shares = np.bincount(learnt.tokens.reshape(-1), minlength=4) / learnt.tokens.size
    mean = np.einsum("v,pvk->pk", shares, model.tables[:, :4])
    for unseen in (100, -1):
        np.testing.assert_allclose(model.tables[:, unseen], mean, atol=1e-4)
