"""Keyholes: join an outer ring and its holes to one ring, for formats whose polygons cannot have holes.

Each hole is joined to the ring on its left by a bridge of no width, walked there and back. So no pixel centre changes
sides, and the ring's area is that of the outer ring less the holes. A bridge runs inside the mask, along the upper edge
of the pixels between the two rings; two bridges meet only at a ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError

Ring = NDArray[np.int32]

_Integers = NDArray[np.integer[Any]]


def join_holes(outer: Ring, holes: Sequence[Ring]) -> Ring:
    """Return one ring (V, 2) of an outer ring and its holes, as `maskmill.Masks.polygons` returns them.

    >>> outer = np.array([[0, 0], [3, 0], [3, 3], [0, 3]], np.int32)
    >>> hole = np.array([[1, 1], [1, 2], [2, 2], [2, 1]], np.int32)
    >>> join_holes(outer, [hole]).tolist()
    [[0, 0], [3, 0], [3, 3], [0, 3], [0, 1], [1, 1], [1, 2], [2, 2], [2, 1], [1, 1], [0, 1]]

    Parameters
    ----------
    outer : NDArray[np.int32]
        (V, 2) x, y: a ring along the edges of pixels, clockwise on the screen, not closed by a repeated point.
    holes : sequence of NDArray[np.int32]
        Rings of the same kind, counterclockwise.

    Raises
    ------
    maskmill.errors.ArgumentError
        No ring lies on the left of a hole.
    """
    rings = [np.asarray(ring, np.int32) for ring in (outer, *holes)]
    if len(rings) == 1:
        return rings[0]
    points = np.concatenate(rings)
    stops = np.cumsum([len(ring) for ring in rings])
    following = np.arange(1, len(points) + 1)
    following[stops - 1] = [0, *stops[:-1]]
    tops = stops[:-1] + [_leftmost_point(ring) for ring in rings[1:]]
    return _walk(points, following, tops, _edges_left_of(points, following, tops))


def _leftmost_point(ring: Ring) -> int:
    """Return the index of a ring's leftmost point; of several, the uppermost."""
    return int(np.lexsort((ring[:, 1], ring[:, 0]))[0])


def _edges_left_of(points: Ring, following: _Integers, tops: _Integers) -> _Integers:
    """Return the nearest edge on the left of each top, in the pixel row below it, as the index of its first point.

    A sweep to the right keeps the last edge that it has met in each pixel row.
    """
    x, y = points.T
    upright = np.flatnonzero(x == x[following])
    upright = upright[np.argsort(x[upright], kind="stable")]
    passed = np.searchsorted(x[upright], x[tops])
    edges, last, done = np.empty(len(tops), np.int64), np.full(y.max() + 1, -1), 0
    for hole in np.argsort(passed, kind="stable").tolist():
        for edge in upright[done : passed[hole]].tolist():
            low, high = sorted((y[edge], y[following[edge]]))
            last[low:high] = edge
        done = passed[hole]
        edges[hole] = last[y[tops[hole]]]
    if (edges < 0).any():
        raise ArgumentError("holes inside their outer ring", "one with nothing on its left", "holes")
    return edges


def _walk(points: Ring, following: _Integers, tops: _Integers, edges: _Integers) -> Ring:
    """Return the points along the outer ring and, over the bridges, along every hole.

    A hole adds three points: the foot of its bridge, its top once more, and the foot again for the return.
    """
    feet = np.stack([points[edges, 0], points[tops, 1]], 1)
    places = np.concatenate([points, np.stack([feet, points[tops], feet], 1).reshape(-1, 2)])
    after = [*following.tolist(), *[0] * (3 * len(tops))]
    far_first = np.argsort(-np.abs(feet[:, 1] - points[edges, 1]), kind="stable")
    for foot, edge in zip((len(points) + 3 * far_first).tolist(), edges[far_first].tolist(), strict=True):
        after[foot + 2], after[edge] = after[edge], foot
    for foot, top in zip(range(len(points), len(places), 3), tops.tolist(), strict=True):
        after[foot], after[foot + 1], after[top] = foot + 1, after[top], foot + 2
    walk = [0]
    while point := after[walk[-1]]:
        walk.append(point)
    ring: Ring = places[walk]
    kept: Ring = ring[(ring != np.roll(ring, -1, 0)).any(1)]  # a foot may stand on a point of the ring
    return kept
