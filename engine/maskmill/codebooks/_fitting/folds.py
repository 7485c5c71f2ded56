"""Held-out pairs: cutting, and the intersection over union there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..._kernels.cpu.token_fields.upsample import NODES, columns_of, maps_of
from .._codebook import COUNT
from .._field_model import Floats, Model, Rows, fields_of, joined
from .training_pairs import VOCABULARY, Pairs

_AT_ONCE: Final = 64
_Ious = NDArray[np.float64]
FieldsOf = Callable[[Rows], Floats]


def folds(n: int, parts: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield the pairs to learn from and those held out, each pair held out once."""
    order = np.random.default_rng(seed).permutation(n)
    for k in range(parts):
        out = order[k::parts]
        yield np.setdiff1d(order, out), np.sort(out)


def held_out(model: Model, pairs: Pairs, which: Rows) -> _Ious:
    """Return the intersection over union of each of these pairs."""
    return agreement(lambda rows: fields_of(model, rows), pairs, which)


def agreement(fields: FieldsOf, pairs: Pairs, which: Rows) -> _Ious:
    """Return the intersection over union of fields of these pairs' tokens, cut at 0, with their masks."""
    found = np.empty(len(which))
    for start in range(0, len(which), _AT_ONCE):
        part = which[start : start + _AT_ONCE]
        maps = maps_of(columns_of(fields(pairs.tokens[part]), pairs.side // NODES), pairs.side) > 0
        found[start : start + _AT_ONCE] = iou(maps, pairs.truth(part))
    return found


def iou(some: NDArray[np.bool_], others: NDArray[np.bool_]) -> _Ious:
    """Return the intersection over union of masks (N, H, W); 1 where both are empty."""
    both, either = (found.sum((1, 2)) for found in (some & others, some | others))
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def filled(pairs: Pairs) -> _Ious:
    """Return the intersection over union of a filled box with each mask."""
    areas = np.array([np.bitwise_count(mask).sum() for mask in pairs.masks])
    return areas / pairs.side**2


def mean_patches(pairs: Pairs) -> FieldsOf:
    """Return what gives fields of the mean patch of each token, cut at half: what a fitted codebook must beat."""
    tokens, loads = pairs.tokens.reshape(-1), np.repeat(pairs.weights, COUNT)
    patches = np.tile(np.average(pairs.fillings, axis=0, weights=loads), (VOCABULARY, 1)).astype(np.float32)
    for token in np.unique(tokens):
        at = tokens == token
        patches[token] = np.average(pairs.fillings[at], axis=0, weights=loads[at])

    def fields(rows: Rows) -> Floats:
        return joined(patches[rows.reshape(-1)] - np.float32(0.5))

    return fields
