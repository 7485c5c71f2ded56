"""Give the subpaths of a path as parts and holes that fill the same pixels under its fill rule.

A part is an outer ring less its holes, and a mask is the union of its parts; the winding of one ring by itself is what
the rasteriser follows. So rings that turn the same way, or lie apart, are parts; rings within each other are outer
rings, holes or islands by the winding around them. Where rings cross and the rule counts them against each other, no
parts and holes give those pixels, and there is a reason instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..results import Points, PolygonPart
from ..shape import NotAPolygon

FillRule = Literal["nonzero", "evenodd"]

_MAX_RINGS: Final = 512
_MAX_PAIRS: Final = 4_000_000
_BLOCK: Final = 500_000
_SAMPLES: Final = 9


def to_parts(rings: list[Points], rule: FillRule) -> tuple[PolygonPart, ...]:
    """Return the parts of rings; rings without an area fill nothing and are left out.

    >>> outer, inner = np.array([[0.0, 0], [9, 0], [9, 9], [0, 9]]), np.array([[2.0, 2], [2, 5], [5, 5], [5, 2]])
    >>> [len(part.holes) for part in to_parts([outer, inner], "nonzero")]
    [1]

    Raises
    ------
    NotAPolygon
        No parts and holes fill the same pixels, or there are too many rings to tell.
    """
    rings = [ring for ring in rings if len(ring) > 2 and np.ptp(ring, axis=0).all()]
    is_plain = rule == "nonzero" and (len(rings) < 2 or not _overlap(rings).any())
    if is_plain or not rings:
        return tuple(PolygonPart(ring) for ring in rings)
    crossing = crossing_rings(rings)
    turns = np.sign([_doubled_area(ring) for ring in rings])
    crosses_itself = any(a == b for a, b in crossing)
    if rule == "nonzero" and not crosses_itself and abs(turns.sum()) == len(rings):
        return tuple(PolygonPart(ring) for ring in rings)
    if crossing:
        raise NotAPolygon(f"expected subpaths that do not cross, got {len(crossing)} crossings under the {rule} rule")
    return _nested(rings, turns.astype(int).tolist(), rule)


def _doubled_area(ring: Points) -> float:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _overlap(rings: list[Points]) -> NDArray[np.bool_]:
    """Tell for each pair of rings whether their bounding boxes share more than an edge; false for a ring and itself."""
    if len(rings) > _MAX_RINGS:
        raise NotAPolygon(f"expected at most {_MAX_RINGS} subpaths within each other, got {len(rings)}")
    low = np.array([ring.min(axis=0) for ring in rings])
    high = np.array([ring.max(axis=0) for ring in rings])
    shared = np.asarray(((low[:, None] < high[None]) & (low[None] < high[:, None])).all(axis=2))
    return shared & ~np.eye(len(rings), dtype=np.bool_)


# Crossings.


def crossing_rings(rings: list[Points]) -> set[tuple[int, int]]:
    """Return the pairs of rings, a ring and itself among them, whose edges cross within both edges."""
    if len(rings) > _MAX_RINGS:
        raise NotAPolygon(f"expected at most {_MAX_RINGS} subpaths, got {len(rings)}")
    starts = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    owner = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    order = np.argsort(np.minimum(starts[:, 0], ends[:, 0]), kind="stable")
    starts, ends, owner = starts[order], ends[order], owner[order]
    found: set[tuple[int, int]] = set()
    for i, j in _candidates(starts, ends):
        hits = _cross(starts[i], ends[i], starts[j], ends[j])
        pairs = np.sort(np.stack([owner[i[hits]], owner[j[hits]]], axis=1), axis=1)
        found.update(map(tuple, np.unique(pairs, axis=0).tolist()))
    return found


def _candidates(starts: Points, ends: Points) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield blocks of pairs of edges whose columns overlap; edges come sorted by their left end."""
    left, right = np.minimum(starts[:, 0], ends[:, 0]), np.maximum(starts[:, 0], ends[:, 0])
    counts = np.searchsorted(left, right, side="right") - np.arange(len(left)) - 1
    if counts.sum() > _MAX_PAIRS:
        raise NotAPolygon(f"expected subpaths with at most {_MAX_PAIRS} pairs of edges to compare, got {counts.sum()}")
    borders = np.searchsorted(np.cumsum(counts), np.arange(_BLOCK, counts.sum() + _BLOCK, _BLOCK))
    first = 0
    for stop in np.minimum(borders + 1, len(counts)).tolist():
        part = counts[first:stop]
        i = np.repeat(np.arange(first, max(first, stop)), part)
        inside = np.arange(len(i)) - np.repeat(np.cumsum(part) - part, part)
        yield i, i + 1 + inside
        first = max(first, stop)


def _cross(a: Points, b: Points, c: Points, d: Points) -> NDArray[np.bool_]:
    apart = _side(a, b, c) * _side(a, b, d) < 0
    return np.asarray(apart & (_side(c, d, a) * _side(c, d, b) < 0))


def _side(a: Points, b: Points, point: Points) -> Points:
    (dx, dy), (px, py) = (b - a).T, (point - a).T
    return np.asarray(np.sign(dx * py - dy * px))


# Nesting.


def _nested(rings: list[Points], turns: list[int], rule: FillRule) -> tuple[PolygonPart, ...]:
    """Return the parts of rings that do not cross: each ring is an outer one, a hole, or no border at all."""
    near = [np.flatnonzero(row).tolist() for row in _overlap(rings)]
    around = [[j for j in near[i] if _lies_in(rings[i], rings[j])] for i in range(len(rings))]
    outer: dict[int, list[Points]] = {}
    for i in sorted(range(len(rings)), key=lambda i: len(around[i])):
        outside = _is_filled([turns[j] for j in around[i]], rule)
        inside = _is_filled([turns[i], *(turns[j] for j in around[i])], rule)
        if inside and not outside:
            outer[i] = []
        elif outside and not inside:
            owner = max((j for j in around[i] if j in outer), key=lambda j: len(around[j]))
            outer[owner].append(rings[i])
    return tuple(PolygonPart(rings[i], tuple(holes)) for i, holes in outer.items())


def _is_filled(turns: list[int], rule: FillRule) -> bool:
    return sum(turns) != 0 if rule == "nonzero" else len(turns) % 2 == 1


def _lies_in(ring: Points, other: Points) -> bool:
    """Tell whether a ring lies within another that it does not cross: most of the middles of its edges do."""
    if abs(_doubled_area(ring)) >= abs(_doubled_area(other)):
        return False
    picked = np.linspace(0, len(ring) - 1, min(len(ring), _SAMPLES)).astype(int)
    middles = (ring[picked] + np.roll(ring, -1, axis=0)[picked]) / 2
    x, y = middles[:, 0, None], middles[:, 1, None]
    (x0, y0), (x1, y1) = other.T, np.roll(other, -1, axis=0).T
    spans = (y0 <= y) != (y1 <= y)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    crossings = (spans & (x < x0 + (y - y0) * (x1 - x0) / rise)).sum(axis=1)
    return bool(2 * (crossings % 2).sum() > len(picked))
