"""What quality to expect of how many pairs."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._kernels.cpu.token_fields.upsample import NODES, columns_of, maps_of
from ...errors import told
from .._field_model import fields_of
from .._scores import Spread
from .folds import agreement, held_out, mean_patches
from .model_choice import choose, learn
from .training_pairs import FEWEST, read_pairs

_SHARE: Final = 0.2
_MOST: Final = 400
_NUMBERS: Final = 50, 200, 1000, 5000


class Point(NamedTuple):
    """So many pairs: the held-out intersection over union of what is learnt, and of the mean patch of each token."""

    pairs: int
    fitted: Spread
    patches: Spread


class Curve(NamedTuple):
    """Points by number of pairs, and held-out examples, bool (n, side, side): as they are, and as the last has them."""

    points: list[Point]
    truth: NDArray[np.bool_]
    fitted: NDArray[np.bool_]


def learning_curve(
    tokens: ArrayLike, maps: Any, weights: ArrayLike | None = None, *, seed: int = 0, examples: int = 6
) -> Curve:
    """Learn from growing numbers of pairs, each time judged on the same held-out ones.

    >>> learning_curve(tokens, maps).points[-1].fitted.median  # doctest: +SKIP
    0.98

    Raises
    ------
    maskmill.errors.ArgumentError
        Shapes, types or numbers do not fit, or there are too few pairs.
    """
    pairs = read_pairs(tokens, maps, weights)
    n = len(pairs.tokens)
    if n < 2 * FEWEST:
        raise told(f"at least {2 * FEWEST} pairs", str(n), "tokens")
    order = np.random.default_rng(seed).permutation(n)
    size = min(int(n * _SHARE) or 1, _MOST)
    out, rest = order[:size], order[size:]
    points, model = [], None
    for number in numbers_of(len(rest)):
        some = pairs.some(rest[:number])
        model = learn(some, choose(some, seed), seed)
        loads = pairs.weights[out]
        fitted, patches = held_out(model, pairs, out), agreement(mean_patches(some), pairs, out)
        points.append(Point(number, Spread.of(fitted, loads), Spread.of(patches, loads)))
    shown = out[:examples]
    assert model is not None
    drawn = maps_of(columns_of(fields_of(model, pairs.tokens[shown]), pairs.side // NODES), pairs.side) > 0
    return Curve(points, pairs.truth(shown), drawn)


def numbers_of(n: int) -> list[int]:
    """Return the numbers of pairs to learn from where there are n.

    >>> numbers_of(700)
    [50, 200, 700]
    """
    return [number for number in _NUMBERS if number < 0.8 * n] + [n]
