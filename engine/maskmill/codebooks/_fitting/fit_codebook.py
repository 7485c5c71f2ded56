"""From pairs to a codebook whose quality is measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import told
from .._field_model import Model, fields_of, odds_of, parted
from .._fitted import RARITIES, Evidence, Fitted, rarity
from .._scores import Scores, Spread
from .folds import agreement, filled, folds, held_out, mean_patches
from .model_choice import ENOUGH, PENALTIES, Choice, choose, learn
from .network import steps_of
from .training_pairs import VOCABULARY, Pairs, read_pairs

Progress = Callable[[str, float], None]
"""Told what is being done, and the share that is over."""

_MANY: Final = 1500
_PRIOR: Final = 10.0
"""Pairs of mean quality that each kind of rarity is thought to have, besides its own."""


_STEEPNESSES: Final = tuple(float(v) for v in np.geomspace(1, 64, 25))
_SOFT: Final = 200


class _Measured(NamedTuple):
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
    """Learn a codebook from pairs of token rows and maps.

    >>> tokens = np.random.default_rng(0).integers(0, 2, (20, 16))
    >>> maps = np.kron(tokens.reshape(20, 4, 4), np.ones((64, 64))).astype(bool)
    >>> codebook = fit(tokens, maps)  # doctest: +SKIP
    >>> codebook.scores.fitted.median  # doctest: +SKIP
    0.99

    Parameters
    ----------
    tokens
        (N, 16) integers from 0 to 127, the grid of each row by row.
    maps
        (N, 256, 256) uint8, or bool; other square sizes if they are a multiple of 64. Maps of 0 and 255 make a codebook
        whose maps are so too. Above 127 is in the mask.
    weights
        (N,) numbers above 0: how much a pair counts. None: all alike.
    force
        Return even a codebook that does no better than a filled box.
    seed
        The same seed gives the same codebook of the same pairs.
    progress
        Called with what is being done and the share of the work that is over.

    Raises
    ------
    maskmill.errors.ArgumentError
        Shapes, types or numbers do not fit; or held-out pairs say that a filled box would do as well.
    """
    pairs = read_pairs(tokens, maps, weights)
    parts = 5 if len(pairs.tokens) <= _MANY else 3
    meter = _Meter(progress, len(pairs.tokens), parts)
    choice = choose(pairs, seed, meter.at("choosing a model"))
    measured = _measure(pairs, choice, parts, seed, meter)
    scores = _scores(pairs, measured)
    if not (scores.beats_box or force):
        raise told(
            "pairs whose tokens tell of their maps", f"held-out IoU {scores.fitted.mean:.3f} where a filled box has "
            f"{scores.box.mean:.3f} (force=True keeps it)", "maps",
        )  # fmt: skip
    model = learn(pairs, choice, seed, meter.at("learning from all pairs"))
    evidence = Evidence(len(pairs.tokens), counted(pairs.tokens), scores, _expected(pairs, measured))
    return Fitted(model, pairs.side, _steepness(model, pairs) if pairs.is_soft else 0.0, evidence)


def _steepness(model: Model, pairs: Pairs) -> float:
    """What makes of fields the values of soft maps with the least squared error, seen on some of the pairs."""
    some = np.arange(0, len(pairs.tokens), -(-len(pairs.tokens) // _SOFT))
    fields, full = parted(fields_of(model, pairs.tokens[some])), pairs.some(some).fillings
    return min(_STEEPNESSES, key=lambda steepness: float(((odds_of(fields, steepness) - full) ** 2).sum()))


def counted(tokens: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return in how many rows each token is."""
    holds = np.zeros((len(tokens), VOCABULARY), bool)
    holds[np.arange(len(tokens))[:, None], tokens] = True
    counts: NDArray[np.int64] = holds.sum(0)
    return counts


def _measure(pairs: Pairs, choice: Choice, parts: int, seed: int, meter: _Meter) -> _Measured:
    """Every pair, as a model sees it that was learnt from the others."""
    n = len(pairs.tokens)
    found = _Measured(np.empty(n), np.empty(n), np.empty(n, np.int64))
    for k, (rest, out) in enumerate(folds(n, parts, seed)):
        some = pairs.some(rest)
        model = learn(some, choice, seed, meter.at(f"measuring, part {k + 1} of {parts}"))
        found.fitted[out] = held_out(model, pairs, out)
        found.patches[out] = agreement(mean_patches(some), pairs, out)
        found.rarest[out] = counted(some.tokens)[pairs.tokens[out]].min(axis=1)
    return found


def _scores(pairs: Pairs, measured: _Measured) -> Scores:
    columns = measured.fitted, measured.patches, filled(pairs)
    return Scores(*(Spread.of(column, pairs.weights) for column in columns))


def _expected(pairs: Pairs, measured: _Measured) -> NDArray[np.float64]:
    """Held-out quality by rarity: never better the rarer, and where there are few pairs near that of all."""
    kinds, loads = rarity(measured.rarest), pairs.weights.astype(np.float64)
    sums = np.bincount(kinds, loads * measured.fitted, RARITIES)
    totals = np.bincount(kinds, loads, RARITIES)
    means: NDArray[np.float64] = (sums + _PRIOR * np.average(measured.fitted, weights=loads)) / (totals + _PRIOR)
    return _rising(means, totals + _PRIOR)


def _rising(values: NDArray[Any], loads: NDArray[Any]) -> NDArray[np.float64]:
    """The nearest values that never fall: neighbours that do are pooled."""
    pools: list[tuple[float, float, int]] = []
    for value, load in zip(values.tolist(), loads.tolist(), strict=True):
        pools.append((value, load, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, m, i), (b, n, j) = pools[-2:]
            pools[-2:] = [((a * m + b * n) / (m + n), m + n, i + j)]
    return np.concatenate([np.full(count, value) for value, _, count in pools])


class _Meter:
    """Steps of networks that are over, as a share of all that there may be."""

    def __init__(self, progress: Progress | None, n: int, parts: int) -> None:
        self._progress, self._over = progress, 0
        choosing = 2 * len(PENALTIES) * steps_of(min(n, ENOUGH) // 2)
        self._all = choosing + parts * steps_of(n - n // parts) + steps_of(n)

    def at(self, what: str) -> Callable[[], None]:
        """Return what to call after each step of this part of the work."""

        def beat() -> None:
            self._over += 1
            if self._progress is not None and self._over % 10 == 0:
                self._progress(what, min(self._over / self._all, 1.0))

        return beat
