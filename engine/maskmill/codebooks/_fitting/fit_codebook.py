"""Fit a codebook to pairs and measure its quality by cross-validation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ArgumentError
from .._field_model import FieldModel, compute_fields, fields_to_patches, to_probabilities
from .._fitted import RARITY_CLASSES, Evidence, Fitted, rarity_class
from .._scores import Scores, Spread
from .folds import field_ious, filled_box_ious, held_out_ious, mean_patch_fields, split_folds
from .model_choice import MAX_CHOICE_PAIRS, PENALTIES, Capacity, choose_capacity, fit_model
from .network import count_steps
from .training_pairs import VOCABULARY, TrainingPairs, prepare_pairs

Progress = Callable[[str, float], None]
"""Takes a description of the current step, and the share of the work that is done."""

_MANY_PAIRS: Final = 1500
_PRIOR_PAIRS: Final = 10.0
"""Number of pairs of mean quality that are added to each rarity class."""

_STEEPNESSES: Final = tuple(float(v) for v in np.geomspace(1, 64, 25))
_STEEPNESS_PAIRS: Final = 200


class _HeldOut(NamedTuple):
    fitted: NDArray[np.float64]
    patches: NDArray[np.float64]
    rarest: NDArray[np.int64]


def fit(
    tokens: ArrayLike,
    maps: Any,
    weights: ArrayLike | None = None,
    *,
    force: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> Fitted:
    """Fit a codebook to pairs of token rows and maps.

    >>> tokens = np.random.default_rng(0).integers(0, 2, (20, 16))
    >>> maps = np.kron(tokens.reshape(20, 4, 4), np.ones((64, 64))).astype(bool)
    >>> codebook = fit(tokens, maps)  # doctest: +SKIP
    >>> codebook.scores.fitted.median  # doctest: +SKIP
    0.99

    Parameters
    ----------
    tokens : array_like
        (N, 16) integers from 0 to 127: the 4x4 grid of each mask in row-major order.
    maps : array_like
        (N, side, side) uint8 or bool, mostly of side 256: a multiple of 64 up to 1024. Above 127 is in the mask. If all
        maps hold 0 and 255 only, so will the maps of the codebook.
    weights : array_like, optional
        (N,) numbers above 0: how much each pair counts. By default all count alike.
    force : bool
        Return the codebook even if it is no better than a filled box.
    seed : int
        The same seed gives the same codebook for the same pairs.
    progress : callable, optional
        Called with a description of the current step and the share of the work that is done, 0..1.

    Returns
    -------
    Fitted
        The codebook, with its held-out scores.

    Raises
    ------
    maskmill.errors.ArgumentError
        Shapes, types or numbers do not fit; or on held-out pairs a filled box is as good.
    """
    pairs = prepare_pairs(tokens, maps, weights)
    fold_count = 5 if len(pairs.tokens) <= _MANY_PAIRS else 3
    meter = _ProgressMeter(progress, len(pairs.tokens), fold_count)
    capacity = choose_capacity(pairs, seed, meter.at("choosing a model"))
    measured = _cross_validate(pairs, capacity, fold_count, seed, meter)
    scores = _scores(pairs, measured)
    if not (scores.beats_box or force):
        raise ArgumentError(
            "pairs whose tokens predict their maps", f"held-out IoU {scores.fitted.mean:.3f} where a filled box has "
            f"{scores.box.mean:.3f} (force=True keeps it)", "maps",
        )  # fmt: skip
    model = fit_model(pairs, capacity, seed, meter.at("learning from all pairs"))
    evidence = Evidence(
        len(pairs.tokens), count_rows_with_token(pairs.tokens), scores, _expected_by_rarity(pairs, measured)
    )
    return Fitted(model, pairs.side, _fit_steepness(model, pairs) if pairs.is_soft else 0.0, evidence)


def _fit_steepness(model: FieldModel, pairs: TrainingPairs) -> float:
    """Return the steepness that turns fields into the values of soft maps with the smallest squared error."""
    sample = np.arange(0, len(pairs.tokens), -(-len(pairs.tokens) // _STEEPNESS_PAIRS))
    fields, coverage = fields_to_patches(compute_fields(model, pairs.tokens[sample])), pairs.subset(sample).coverage
    return min(_STEEPNESSES, key=lambda steepness: float(((to_probabilities(fields, steepness) - coverage) ** 2).sum()))


def count_rows_with_token(tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of rows that hold each token, int64 (vocabulary,)."""
    holds = np.zeros((len(tokens), VOCABULARY), bool)
    holds[np.arange(len(tokens))[:, None], tokens] = True
    counts: NDArray[np.int64] = holds.sum(0)
    return counts


def _cross_validate(
    pairs: TrainingPairs, capacity: Capacity, fold_count: int, seed: int, meter: _ProgressMeter
) -> _HeldOut:
    """Measure every pair with a model that was fitted without it."""
    n = len(pairs.tokens)
    result = _HeldOut(np.empty(n), np.empty(n), np.empty(n, np.int64))
    for k, (rest, out) in enumerate(split_folds(n, fold_count, seed)):
        training = pairs.subset(rest)
        model = fit_model(training, capacity, seed, meter.at(f"measuring, part {k + 1} of {fold_count}"))
        result.fitted[out] = held_out_ious(model, pairs, out)
        result.patches[out] = field_ious(mean_patch_fields(training), pairs, out)
        result.rarest[out] = count_rows_with_token(training.tokens)[pairs.tokens[out]].min(axis=1)
    return result


def _scores(pairs: TrainingPairs, measured: _HeldOut) -> Scores:
    columns = measured.fitted, measured.patches, filled_box_ious(pairs)
    return Scores(*(Spread.of(column, pairs.weights) for column in columns))


def _expected_by_rarity(pairs: TrainingPairs, measured: _HeldOut) -> NDArray[np.float64]:
    """Return the held-out quality by rarity class: rising with frequency, near the overall mean where pairs are few."""
    classes, shares = rarity_class(measured.rarest), pairs.weights.astype(np.float64)
    sums = np.bincount(classes, shares * measured.fitted, RARITY_CLASSES)
    totals = np.bincount(classes, shares, RARITY_CLASSES)
    overall = np.average(measured.fitted, weights=shares)
    means: NDArray[np.float64] = (sums + _PRIOR_PAIRS * overall) / (totals + _PRIOR_PAIRS)
    return _isotonic(means, totals + _PRIOR_PAIRS)


def _isotonic(values: NDArray[Any], weights: NDArray[Any]) -> NDArray[np.float64]:
    """Return the nearest values that never fall (isotonic regression by pooling adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, m, i), (b, n, j) = pools[-2:]
            pools[-2:] = [((a * m + b * n) / (m + n), m + n, i + j)]
    return np.concatenate([np.full(count, value) for value, _, count in pools])


class _ProgressMeter:
    """Reports the training steps done so far as a share of the largest possible number."""

    def __init__(self, progress: Progress | None, n: int, fold_count: int) -> None:
        self._progress, self._done = progress, 0
        choosing = 2 * len(PENALTIES) * count_steps(min(n, MAX_CHOICE_PAIRS) // 2)
        self._total = choosing + fold_count * count_steps(n - n // fold_count) + count_steps(n)

    def at(self, stage: str) -> Callable[[], None]:
        """Return a function to call after each training step of a stage."""

        def on_step() -> None:
            self._done += 1
            if self._progress is not None and self._done % 10 == 0:
                self._progress(stage, min(self._done / self._total, 1.0))

        return on_step
