"""Hidden units beside the linear tables: neighbours that change what a token means, instead of adding to it.

Each token has `_WIDTH` numbers, each place a matrix that turns them into what the units hear, so tables of 25 places
share what they learn of a token. Trained by Adam on how full each node is (cross-entropy: only outlines count), with a
quadratic penalty that counts as much at any number of pairs as at any other, so few pairs leave the linear model alone.

Tried and worse: squared error of fields (a fifth more is missing to 1); units without linear tables below them (0.91
instead of 0.96 with 50 pairs, where the mean patch gives 0.89). Nine neighbours instead of 25: 0.950 instead of 0.956.
Little or nothing, and slower: two layers of units, twice as many, all 49 places, the mean of two trained apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import cos, pi
from typing import Final

import numpy as np

from ..._kernels.cpu.token_fields.neighbour_sums import PLACES, add_tables, spread
from .._field_model import STEEPNESS, Floats, Model, Rows, coefficients, odds_of
from .linear import occurrences
from .training_pairs import VOCABULARY, Pairs

UNITS: Final = 128
_WIDTH: Final = 24
_PAIRS_AT_ONCE: Final = 64
_ROUNDS: Final = 24
_FEWEST_STEPS: Final = 300
_RATE: Final = 4e-3
_KEPT: Final = 0.9, 0.99
_GROWN: Final = np.float32(2**20)
"""Changes nothing but the size of squares: what is below 1e-38 takes a hundred times as long."""

Beat = Callable[[], None]


def fit_network(pairs: Pairs, linear: Model, penalty: float, seed: int, beat: Beat = lambda: None) -> Model:
    """Return `linear` with hidden units, trained on the same pairs."""
    random = np.random.default_rng(seed)
    net = _Net(linear, random)
    base = coefficients(linear, pairs.tokens)
    steps = steps_of(len(pairs.tokens))
    for step, which in enumerate(_batches(len(pairs.tokens), steps, random)):
        cells = (which[:, None] * 16 + np.arange(16)).reshape(-1)
        loads = np.repeat(pairs.weights[which], 16)[:, None]
        slopes = net.slopes(pairs.tokens[which], base[cells], pairs.fillings[cells], loads, penalty / len(base) * 16)
        net.move(slopes, _rate(step, steps), step)
        beat()
    return net.model(occurrences(pairs))


def steps_of(n: int) -> int:
    """Return how many steps the training with n pairs has."""
    return max(_ROUNDS * n // _PAIRS_AT_ONCE, _FEWEST_STEPS)


def _batches(n: int, steps: int, random: np.random.Generator) -> Iterator[Rows]:
    size, at, order = min(n, _PAIRS_AT_ONCE), n, np.arange(n)
    for _ in range(steps):
        if at + size > n:
            order, at = random.permutation(n), 0
        yield order[at : at + size]
        at += size


def _rate(step: int, steps: int) -> float:
    """Up over the first part, then down along a half wave."""
    share = step / steps
    rise = min(share / 0.2, 1.0)
    return _RATE * rise * (0.5 + 0.5 * cos(pi * max(share - 0.2, 0) / 0.8))


class _Net:
    """What is trained: words (vocabulary, width), ears (25, width, units), biases (16, units), outer (units, k)."""

    def __init__(self, linear: Model, random: np.random.Generator) -> None:
        self.linear = linear
        k = len(linear.basis)
        self.parts = [
            random.normal(0, 0.3, (VOCABULARY, _WIDTH)).astype(np.float32),
            random.normal(0, 2 / np.sqrt(PLACES * _WIDTH), (PLACES, _WIDTH, UNITS)).astype(np.float32),
            np.zeros((16, UNITS), np.float32),
            np.zeros((UNITS, k), np.float32),
        ]
        self.means = [np.zeros_like(part) for part in self.parts]
        self.squares = [np.zeros_like(part) for part in self.parts]

    def slopes(self, rows: Rows, base: Floats, full: Floats, loads: Floats, penalty: float) -> list[Floats]:
        """The derivative of the loss by each part."""
        words, ears, biases, outer = self.parts
        tables = np.matmul(words, ears)
        heard = np.tile(biases, (len(rows), 1))
        add_tables(rows, tables, heard)
        active = np.maximum(heard, 0)
        fields = (base + active @ outer) @ self.linear.basis + self.linear.middle
        wrong = (odds_of(fields, STEEPNESS) - full) * (loads * np.float32(STEEPNESS / full.size))
        inner = wrong @ self.linear.basis.T
        back = (inner @ outer.T) * (heard > 0)
        by_tables = np.zeros_like(tables)
        spread(rows, back, by_tables)
        found = [
            np.tensordot(by_tables, ears, axes=((0, 2), (0, 2))),
            np.matmul(words.T, by_tables),
            back.reshape(-1, *biases.shape).sum(0),
            active.T @ inner,
        ]
        return [slope + np.float32(2 * penalty) * part for slope, part in zip(found, self.parts, strict=True)]

    def move(self, slopes: list[Floats], rate: float, step: int) -> None:
        """One step of Adam."""
        first, second = _KEPT
        length = np.float32(rate / (1 - first ** (step + 1)))
        scale = np.float32(1 / (1 - second ** (step + 1)))
        for part, slope, mean, square in zip(self.parts, slopes, self.means, self.squares, strict=True):
            grown = slope * _GROWN
            mean += np.float32(1 - first) * (grown - mean)
            square += np.float32(1 - second) * (grown * grown - square)
            part -= length * mean / (np.sqrt(square * scale) + np.float32(1e-8) * _GROWN)

    def model(self, seen: Floats) -> Model:
        """The trained numbers as tables; a token that was never seen is taken for the mean of all."""
        words, ears, biases, outer = self.parts
        mean = (seen / seen.sum()) @ words
        known = np.where(seen[:, None] > 0, words, mean)
        tables = np.matmul(np.concatenate([known, mean[None]]), ears)
        linear = self.linear
        return Model(
            np.concatenate([tables, linear.tables], axis=2), np.concatenate([biases, linear.biases], axis=1),
            outer, linear.basis, linear.middle,
        )  # fmt: skip
