"""Hidden units beside the linear tables, for neighbours that change what a token means instead of adding to it.

Each token has an embedding of `_EMBEDDING_SIZE` numbers, and each of the 25 places of the neighbourhood a matrix from
embeddings to inputs of the units, so all places share what is learnt about a token. Trained by Adam on the coverage of
each node (cross-entropy: only outlines count) with a quadratic penalty. The penalty's total is the same for any number
of pairs, so with few pairs the linear model hardly changes.

Tried and worse: squared error of fields (error a fifth larger); units without linear tables below them (0.91 instead of
0.96 with 50 pairs, where the mean patch gives 0.89). Nine neighbours instead of 25: 0.950 instead of 0.956.
Tried with little or no gain, and slower: two layers of units, twice as many units, all 49 places, the mean of two
networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import cos, pi
from typing import Final

import numpy as np

from ..._kernels.cpu.token_fields.neighbour_sums import TABLE_COUNT, add_neighbours, add_table_gradients
from .._field_model import STEEPNESS, FieldModel, Floats, TokenRows, compute_coefficients, to_probabilities
from .linear import weighted_token_counts
from .training_pairs import VOCABULARY, TrainingPairs

UNITS: Final = 128
_EMBEDDING_SIZE: Final = 24
_BATCH_PAIRS: Final = 64
_EPOCHS: Final = 24
_MIN_STEPS: Final = 300
_LEARNING_RATE: Final = 4e-3
_ADAM_DECAY: Final = 0.9, 0.99
_GRADIENT_SCALE: Final = np.float32(2**20)
"""Scales gradients before they are squared, since numbers below 1e-38 are a hundred times as slow; steps stay equal."""

OnStep = Callable[[], None]


def fit_network(
    pairs: TrainingPairs, linear: FieldModel, penalty: float, seed: int, on_step: OnStep = lambda: None
) -> FieldModel:
    """Return the linear model with hidden units added, trained on the same pairs.

    Parameters
    ----------
    pairs : TrainingPairs
        Pairs to train on.
    linear : FieldModel
        The linear model of these pairs.
    penalty : float
        Weight of the quadratic penalty.
    seed : int
        Chooses the first weights and the batches.
    on_step : callable
        Called after each training step.
    """
    random = np.random.default_rng(seed)
    net = _Network(linear, random)
    base = compute_coefficients(linear, pairs.tokens)
    steps = count_steps(len(pairs.tokens))
    for step, batch in enumerate(_batches(len(pairs.tokens), steps, random)):
        cells = (batch[:, None] * 16 + np.arange(16)).reshape(-1)
        weights = np.repeat(pairs.weights[batch], 16)[:, None]
        share = penalty / len(base) * 16
        gradients = net.gradients(pairs.tokens[batch], base[cells], pairs.coverage[cells], weights, share)
        net.adam_step(gradients, _learning_rate(step, steps), step)
        on_step()
    return net.to_field_model(weighted_token_counts(pairs))


def count_steps(n: int) -> int:
    """Return the number of training steps for n pairs."""
    return max(_EPOCHS * n // _BATCH_PAIRS, _MIN_STEPS)


def _batches(n: int, steps: int, random: np.random.Generator) -> Iterator[TokenRows]:
    size, at, order = min(n, _BATCH_PAIRS), n, np.arange(n)
    for _ in range(steps):
        if at + size > n:
            order, at = random.permutation(n), 0
        yield order[at : at + size]
        at += size


def _learning_rate(step: int, steps: int) -> float:
    """Return the learning rate of a step: a linear rise over the first fifth, then half a cosine down to 0."""
    share = step / steps
    rise = min(share / 0.2, 1.0)
    return _LEARNING_RATE * rise * (0.5 + 0.5 * cos(pi * max(share - 0.2, 0) / 0.8))


class _Network:
    """The parameters in training and the state of Adam.

    `parts` are embeddings (vocabulary, size), input weights (25, size, units), biases (16, units), outer (units, k).
    """

    def __init__(self, linear: FieldModel, random: np.random.Generator) -> None:
        self.linear = linear
        k = len(linear.basis)
        self.parts = [
            random.normal(0, 0.3, (VOCABULARY, _EMBEDDING_SIZE)).astype(np.float32),
            random.normal(0, 2 / np.sqrt(TABLE_COUNT * _EMBEDDING_SIZE), (TABLE_COUNT, _EMBEDDING_SIZE, UNITS)).astype(
                np.float32
            ),
            np.zeros((16, UNITS), np.float32),
            np.zeros((UNITS, k), np.float32),
        ]
        self.means = [np.zeros_like(part) for part in self.parts]
        self.squares = [np.zeros_like(part) for part in self.parts]

    def gradients(
        self, rows: TokenRows, base: Floats, coverage: Floats, weights: Floats, penalty: float
    ) -> list[Floats]:
        """Return the derivative of the loss by each part.

        Parameters
        ----------
        rows : NDArray[np.int64]
            (n, 16) tokens.
        base : NDArray[np.float32]
            (16 n, k) coefficients of the linear model.
        coverage : NDArray[np.float32]
            (16 n, 256) coverage of each node, 0..1.
        weights : NDArray[np.float32]
            (16 n, 1) weight of each cell.
        penalty : float
            Weight of the quadratic penalty.
        """
        embeddings, input_weights, biases, outer = self.parts
        tables = np.matmul(embeddings, input_weights)
        inputs = np.tile(biases, (len(rows), 1))
        add_neighbours(rows, tables, inputs)
        active = np.maximum(inputs, 0)
        fields = (base + active @ outer) @ self.linear.basis + self.linear.middle
        by_field = (to_probabilities(fields, STEEPNESS) - coverage) * (weights * np.float32(STEEPNESS / coverage.size))
        by_coefficient = by_field @ self.linear.basis.T
        by_input = (by_coefficient @ outer.T) * (inputs > 0)
        by_table = np.zeros_like(tables)
        add_table_gradients(rows, by_input, by_table)
        gradients = [
            np.tensordot(by_table, input_weights, axes=((0, 2), (0, 2))),
            np.matmul(embeddings.T, by_table),
            by_input.reshape(-1, *biases.shape).sum(0),
            active.T @ by_coefficient,
        ]
        return [slope + np.float32(2 * penalty) * part for slope, part in zip(gradients, self.parts, strict=True)]

    def adam_step(self, gradients: list[Floats], rate: float, step: int) -> None:
        """Change the parts by one step of Adam.

        Parameters
        ----------
        gradients : list[NDArray[np.float32]]
            Of each part.
        rate : float
            Learning rate.
        step : int
            Number of the step, from 0.
        """
        first, second = _ADAM_DECAY
        length = np.float32(rate / (1 - first ** (step + 1)))
        scale = np.float32(1 / (1 - second ** (step + 1)))
        for part, gradient, mean, square in zip(self.parts, gradients, self.means, self.squares, strict=True):
            scaled = gradient * _GRADIENT_SCALE
            mean += np.float32(1 - first) * (scaled - mean)
            square += np.float32(1 - second) * (scaled * scaled - square)
            part -= length * mean / (np.sqrt(square * scale) + np.float32(1e-8) * _GRADIENT_SCALE)

    def to_field_model(self, token_counts: Floats) -> FieldModel:
        """Return the trained model; tokens with a count of 0 get the mean embedding of all tokens."""
        embeddings, input_weights, biases, outer = self.parts
        mean = (token_counts / token_counts.sum()) @ embeddings
        known = np.where(token_counts[:, None] > 0, embeddings, mean)
        tables = np.matmul(np.concatenate([known, mean[None]]), input_weights)
        linear = self.linear
        return FieldModel(
            np.concatenate([tables, linear.tables], axis=2), np.concatenate([biases, linear.biases], axis=1),
            outer, linear.basis, linear.middle,
        )  # fmt: skip
