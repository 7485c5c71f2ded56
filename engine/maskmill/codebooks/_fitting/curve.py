"""The learning curve: held-out quality by number of pairs."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._kernels.cpu.token_fields.upsample import NODES, unpack_maps, upsample_columns
from ...errors import ArgumentError
from .._field_model import compute_fields
from .._scores import Spread
from .folds import field_ious, held_out_ious, mean_patch_fields
from .model_choice import choose_capacity, fit_model
from .training_pairs import MIN_PAIRS, prepare_pairs

_HELD_OUT_SHARE: Final = 0.2
_MAX_HELD_OUT: Final = 400
_SAMPLE_SIZES: Final = 50, 200, 1000, 5000


class CurvePoint(NamedTuple):
    """Held-out intersection over union with so many pairs, of the fitted codebook and of each token's mean patch."""

    pairs: int
    fitted: Spread
    patches: Spread


class Curve(NamedTuple):
    """A learning curve, with examples of held-out masks.

    Attributes
    ----------
    points : list[CurvePoint]
        By growing number of pairs.
    truth, fitted : bool array
        (examples, side, side): held-out masks, and what the codebook of the last point decodes instead.
    """

    points: list[CurvePoint]
    truth: NDArray[np.bool_]
    fitted: NDArray[np.bool_]


def learning_curve(
    tokens: ArrayLike, maps: Any, weights: ArrayLike | None = None, *, seed: int = 0, examples: int = 6
) -> Curve:
    """Fit codebooks to growing numbers of pairs and measure each on the same held-out pairs.

    >>> learning_curve(tokens, maps).points[-1].fitted.median  # doctest: +SKIP
    0.98

    Parameters
    ----------
    tokens : array_like
        (N, 16) integers from 0 to 127: the 4x4 grid of each mask in row-major order.
    maps : array_like
        (N, side, side) uint8 or bool, as for `fit`.
    weights : array_like, optional
        (N,) numbers above 0: how much each pair counts. By default all count alike.
    seed : int
        The same seed gives the same curve for the same pairs.
    examples : int
        Number of held-out examples to return.

    Returns
    -------
    Curve
        Its points, and the examples.

    Raises
    ------
    maskmill.errors.ArgumentError
        Shapes, types or numbers do not fit, or there are too few pairs.
    """
    pairs = prepare_pairs(tokens, maps, weights)
    n = len(pairs.tokens)
    if n < 2 * MIN_PAIRS:
        raise ArgumentError(f"at least {2 * MIN_PAIRS} pairs", str(n), "tokens")
    order = np.random.default_rng(seed).permutation(n)
    size = min(int(n * _HELD_OUT_SHARE) or 1, _MAX_HELD_OUT)
    out, rest = order[:size], order[size:]
    points, model = [], None
    for number in sample_sizes(len(rest)):
        sample = pairs.subset(rest[:number])
        model = fit_model(sample, choose_capacity(sample, seed), seed)
        shares = pairs.weights[out]
        fitted, patches = held_out_ious(model, pairs, out), field_ious(mean_patch_fields(sample), pairs, out)
        points.append(CurvePoint(number, Spread.of(fitted, shares), Spread.of(patches, shares)))
    shown = out[:examples]
    assert model is not None
    columns = upsample_columns(compute_fields(model, pairs.tokens[shown]), pairs.side // NODES)
    return Curve(points, pairs.unpack_masks(shown), unpack_maps(columns, height=pairs.side) > 0)


def sample_sizes(n: int) -> list[int]:
    """Return the numbers of pairs to fit codebooks to if there are n.

    >>> sample_sizes(700)
    [50, 200, 700]
    """
    return [number for number in _SAMPLE_SIZES if number < 0.8 * n] + [n]
