"""Tell two lists in parallel, all first and all second numbers, from two flat lists of points."""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

import numpy as np

from ..results import Points

_LARGEST: Final = 1e9
_FEW: Final = 64
"""Edges of a ring are looked at pair by pair up to this many."""


def are_parallel(value: list[Any]) -> bool:
    """Tell whether two lists of numbers are rather the first and the second numbers of points than pieces of rings.

    Of an odd number each they can be nothing else. Of an even number, the reading counts whose rings do not cross
    themselves, or else that which has more area for its length.

    >>> are_parallel([[0, 9, 9, 0], [0, 0, 5, 5]]), are_parallel([[0, 0, 9, 0], [9, 5, 0, 5]])
    (True, False)
    """
    if len(value) != 2 or not all(isinstance(entry, list) for entry in value):
        return False
    count = len(value[0])
    if count != len(value[1]) or count < 3 or not set(map(type, chain(*value))) <= {int, float}:
        return False
    return count % 2 == 1 or (count >= 4 and _fits_better(value))


def _fits_better(value: list[Any]) -> bool:
    try:
        lists = np.array(value, np.float64)
    except OverflowError:
        return False
    if not (np.abs(lists) < _LARGEST).all():
        return False
    pieces = [lists[0].reshape(-1, 2), lists[1].reshape(-1, 2)]
    parallel, apart, joined = [np.ascontiguousarray(lists.T)], pieces, [np.concatenate(pieces)]
    others = [_merit(joined)] if len(pieces[0]) < 3 else [_merit(joined), _merit(apart)]
    return _merit(parallel) > max(others)


def _merit(rings: list[Points]) -> tuple[bool, float]:
    """Return whether rings do not cross themselves or each other's extent, and their area for their length."""
    areas = [area(ring) for ring in rings]
    lengths = [float(np.hypot(*(ring - np.roll(ring, 1, axis=0)).T).sum()) for ring in rings]
    is_simple = not any(_crosses_itself(ring) for ring in rings) and not _meet(rings)
    return is_simple and min(areas) > 0, sum(areas) / max(sum(length**2 for length in lengths), 1e-9)


def area(ring: Points) -> float:
    """Return the area that a ring has by its crossings' signs.

    >>> area(np.array([[0.0, 0], [4, 0], [4, 2]]))
    4.0
    """
    x, y = ring.T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def _meet(rings: list[Points]) -> bool:
    """Tell whether the extents of two rings overlap: parts of one mask lie apart as a rule."""
    if len(rings) < 2:
        return False
    low = np.maximum(rings[0].min(axis=0), rings[1].min(axis=0))
    high = np.minimum(rings[0].max(axis=0), rings[1].max(axis=0))
    return bool((low < high).all())


def _crosses_itself(ring: Points) -> bool:
    """Tell whether two edges of a short ring cross; a long one counts as simple."""
    if len(ring) > _FEW:
        return False
    start, end = ring, np.roll(ring, -1, axis=0)
    a, b = _side(start, end, start), _side(start, end, end)
    crossing = a * b < 0
    return bool((crossing & crossing.T).any())


def _side(start: Points, end: Points, points: Points) -> Points:
    """Return on which side of each edge each point lies: the sign counts."""
    edge = (end - start)[:, None]
    toward = points[None] - start[:, None]
    return np.sign(edge[..., 0] * toward[..., 1] - edge[..., 1] * toward[..., 0])
