"""Polygons with fewer vertices, within a bound, and with every hole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill._forms.svg.subpaths import crossing_rings
from maskmill._kernels.cpu.outlines import simplify_ring

from .keyholes import join_holes

if TYPE_CHECKING:
    from maskmill.masks import Polygon

Ring = NDArray[np.int32]
Points = NDArray[np.float64]

_TRIES: Final = 4
"""How often the tolerance is halved where rings would cross, before they stay as they are."""


def simplify_rings(rings: Sequence[Ring], tolerance: float) -> list[Ring]:
    """Return the rings of one polygon with fewer vertices; no two edges cross, though a vertex may touch an edge.

    >>> outer = np.array([[0, 0], [4, 1], [8, 0], [8, 8], [0, 8]], np.int32)
    >>> [ring.tolist() for ring in simplify_rings([outer], 1.0)]
    [[[0, 0], [8, 0], [8, 8], [0, 8]]]

    Parameters
    ----------
    rings : sequence of NDArray[np.int32]
        (V, 2) each: an outer ring and its holes.
    tolerance : float
        Maximum distance between the outlines, in both directions, in pixels; 0 keeps every vertex.
    """
    if not tolerance > 0:
        return list(rings)
    for halving in range(_TRIES):
        simple = [_simplified(ring, tolerance / 2**halving) for ring in rings]
        if not crossing_rings([ring.astype(np.float64) for ring in simple]):
            return simple
    return list(rings)


def _simplified(ring: Ring, tolerance: float) -> Ring:
    """Return one ring with fewer vertices; one that would have no area stays as it is."""
    if len(ring) < 4:
        return ring
    kept: Ring = ring[simplify_ring(ring, tolerance)]
    x, y = kept.T.astype(np.int64)
    area = int(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    return kept if area else ring


def join_simplified(part: Polygon, tolerance: float) -> NDArray[Any]:
    """Return one ring of a polygon with fewer vertices, its holes joined; all vertices where the tolerance is 0."""
    if not tolerance > 0:
        return join_holes(part.outer, part.holes)
    return join_any_holes(simplify_rings([part.outer, *part.holes], tolerance))


def simplify_polygon(part: Polygon, tolerance: float) -> Polygon:
    """Return a polygon with fewer vertices; see `simplify_rings`."""
    from maskmill.masks import Polygon

    outer, *holes = simplify_rings([part.outer, *part.holes], tolerance)
    return Polygon(outer, tuple(holes))


def join_any_holes(rings: Sequence[Ring]) -> Points:
    """Return one ring of an outer ring and its holes, which need not run along the edges of pixels.

    >>> outer, hole = np.array([[0, 0], [9, 0], [9, 9], [0, 9]]), np.array([[4, 3], [3, 5], [6, 6]])
    >>> join_any_holes([outer, hole])[4:].tolist()
    [[0.0, 5.0], [3.0, 5.0], [6.0, 6.0], [4.0, 3.0], [3.0, 5.0], [0.0, 5.0]]

    Each hole is joined, from its leftmost vertex, to the nearest edge on its left, by a bridge of no width.

    Parameters
    ----------
    rings : sequence of NDArray[np.int32]
        (V, 2) each: an outer ring and its holes, within it.
    """
    joined = np.asarray(rings[0], np.float64)
    for hole in sorted((np.asarray(ring, np.float64) for ring in rings[1:]), key=lambda ring: ring[:, 0].min()):
        first = int(np.lexsort((hole[:, 1], hole[:, 0]))[0])
        turned = np.roll(hole, -first, axis=0)
        edge, foot = _edge_on_the_left(joined, turned[0])
        bridge = np.concatenate([[foot], turned, turned[:1], [foot]])
        joined = np.concatenate([joined[: edge + 1], bridge, joined[edge + 1 :]])
    return joined


def _edge_on_the_left(ring: Points, point: Points) -> tuple[int, Points]:
    """Return the nearest edge on the left of a point, as the number of its first vertex, and the point on it."""
    ends = np.roll(ring, -1, axis=0)
    low, high = np.minimum(ring[:, 1], ends[:, 1]), np.maximum(ring[:, 1], ends[:, 1])
    crossing = np.flatnonzero((low <= point[1]) & (point[1] <= high) & (low < high))
    a, b = ring[crossing], ends[crossing]
    x = a[:, 0] + (point[1] - a[:, 1]) * (b[:, 0] - a[:, 0]) / (b[:, 1] - a[:, 1])
    x[x > point[0]] = -np.inf
    nearest = int(x.argmax())
    return int(crossing[nearest]), np.array([x[nearest], point[1]])
