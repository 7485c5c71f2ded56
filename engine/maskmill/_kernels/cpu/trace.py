"""Polygons with holes along the pixel edges of a run-length mask.

Format: points are the corners of pixels, int32 x in 0..W and y in 0..H, y down. A ring is not closed by a
repeated point and has no collinear ones. Outer rings run clockwise as seen on the screen, foreground on the
right hand, which makes their shoelace area positive in image coordinates; holes run the other way. Each
4-connected part of the foreground is one valid polygon: where pixels touch only at a corner, two parts touch,
or two rings of one part.

State: an *interval* is the piece of a run within one column; interval i begins at *edge* 2 * i and ends at
edge 2 * i + 1. At the *border* x between two columns a merge of the edges of both finds the corners. An edge
of one side alone is a corner, whose horizontal crack runs along that side; equal edges of both sides are a
straight line; opposite ones are a diagonal touch, two corners at one point. Corners c and c ^ 1 are the ends
of a vertical crack, c and ``partners[c]`` those of a horizontal one.

Why it is fast: all is linear in the runs and columns, without an image. Corners are born sorted by x, then y,
so nothing is searched: the neighbours of a corner in that order are the other end of its vertical crack and,
at a diagonal touch, its twin.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.run_lengths import advance
from .run_lengths import Counts, frozen

Ring = NDArray[np.int32]

_Integers = NDArray[np.int64]

_FAR = 1 << 31  # below every edge
_UNSEEN, _EMITTED = -1, -2  # places of a corner that is not on the stack


def trace(counts: Counts, width: int, height: int) -> list[tuple[Ring, list[Ring]]]:
    """Outer ring (V, 2) and holes of each 4-connected part, in column-major order of the parts' first pixels.

    >>> [(outer, holes)] = trace(np.array([1, 2, 3], np.int32), width=2, height=3)
    >>> outer.tolist(), holes
    ([[0, 1], [1, 1], [1, 3], [0, 3]], [])

    Filled by the rule that a pixel is in when its centre is, the polygons give the identical mask. An outer
    ring starts at its leftmost point, the upper one.
    """
    edges, first = _intervals(counts, width, height)
    points, ends, parts, areas = _rings(edges, first)
    outers: dict[int, Ring] = {}
    holes: dict[int, list[Ring]] = {}
    for (start, end), part, area in zip(pairwise([0, *ends]), parts, areas, strict=True):
        if area > 0:
            outers[part] = points[start:end]
        else:
            holes.setdefault(part, []).append(points[start:end])
    return [(outer, holes.get(part, [])) for part, outer in outers.items()]


def _intervals(counts: Counts, width: int, height: int) -> tuple[NDArray[np.int32], _Integers]:
    """Return the edges of all intervals, and the first interval of each column and after the last."""
    edges = np.empty(2 * (counts.size // 2 + width), np.int32)
    first = np.zeros(width + 1, np.int64)
    n = _cut(frozen(counts, np.int32), height, edges, first)
    return edges[: 2 * n], np.cumsum(first)


@kernel
def _cut(counts: Counts, height: int, edges: NDArray[np.int32], per_column: _Integers) -> int:
    """Cut runs at the borders of columns; return the number of intervals."""
    n, column, row = 0, 0, 0
    for k in range(0, counts.size - 1, 2):
        column, row = advance(column, row, int(counts[k]), height)
        left = int(counts[k + 1])
        while left:
            piece = min(left, height - row)
            left -= piece
            edges[2 * n] = row
            edges[2 * n + 1] = row + piece
            n += 1
            per_column[column + 1] += 1
            column, row = advance(column, row, piece, height)
    return n


def _rings(edges: NDArray[np.int32], first: _Integers) -> tuple[Ring, list[int], list[int], list[int]]:
    """Return the points of all rings, the end of each ring, the first interval of its part, and its area."""
    corners = np.empty((2 * edges.size, 2), np.int32)
    partners = np.empty(2 * edges.size, np.int64)
    sides = np.empty(edges.size, np.int64)
    parents = np.arange(edges.size // 2)
    n = _find_corners(edges, first, np.empty(edges.size, np.int64), corners, partners, sides, parents)
    corners = corners[:n]
    stack, places = np.empty(n, np.int64), np.full(n, _UNSEEN)
    points, rings = np.empty((n, 2), np.int32), np.empty((n // 4, 3), np.int64)
    rings = rings[: _follow(corners, partners, sides, stack, places, points, rings)]
    parts = parents[sides[rings[:, 1]] >> 1]
    return points, rings[:, 0].tolist(), parts.tolist(), rings[:, 2].tolist()


@kernel
def _find_corners(
    edges: NDArray[np.int32],
    first: _Integers,
    begun: _Integers,
    corners: Ring,
    partners: _Integers,
    sides: _Integers,
    parents: _Integers,
) -> int:
    """Write the corners, their partners, an edge of the foreground beside each vertical crack, and the parts.

    Pointers a and b are odd within an interval of the left and of the right column. `begun` holds, for each
    edge, the corner at the left end of the line along it. Edges in `sides` are even on the left of the crack
    and odd on its right.
    """
    n, columns = 0, first.size - 1
    for x in range(columns + 1):
        a, b, b_end = 2 * first[max(x - 1, 0)], 2 * first[x], 2 * first[min(x + 1, columns)]
        a_end = b
        while a < a_end or b < b_end:
            left = int(edges[a]) if a < a_end else _FAR
            right = int(edges[b]) if b < b_end else _FAR
            both = left == right
            if both and not (a ^ b) & 1:
                begun[b] = begun[a]
            else:  # of two corners the upper one, n, turns to the side that is foreground above
                if left <= right:
                    c = n + (1 if both and not a & 1 else 0)
                    corners[c, 0], corners[c, 1] = x, left
                    partners[c] = begun[a]
                    partners[begun[a]] = c
                if right <= left:
                    c = n + (1 if both and a & 1 else 0)
                    corners[c, 0], corners[c, 1] = x, right
                    begun[b] = c
                n += 2 if both else 1
            a += 1 if left <= right else 0
            b += 1 if right <= left else 0
            if n & 1:
                sides[n >> 1] = a - 1 if a & 1 else b
            if a & b & 1:
                _unite(parents, a >> 1, b >> 1)
    for i in range(parents.size):  # a parent is never above its child: one pass leads all to their root
        parents[i] = parents[parents[i]]
    return n


@kernel
def _unite(parents: _Integers, a: int, b: int) -> None:
    """Join two sets of intervals; the first interval of a set is its root."""
    a, b = _root(parents, a), _root(parents, b)
    parents[max(a, b)] = min(a, b)


@kernel
def _root(parents: _Integers, i: int) -> int:
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


@kernel
def _follow(
    corners: Ring,
    partners: _Integers,
    sides: _Integers,
    stack: _Integers,
    places: _Integers,
    points: Ring,
    rings: _Integers,
) -> int:
    """Write the points of each ring, its end, a vertical crack of it, and its area; return their number.

    A walk that comes back to a point of its own has closed a ring: the stack down to that point.
    """
    n = 0
    for start in range(0, places.size, 2):
        if places[start] != _UNSEEN:
            continue
        c, depth = start, 0
        vertical = not sides[start >> 1] & 1  # foreground on the left of a crack: it runs down
        while places[c] == _UNSEEN:
            twin = ((c + 1) ^ 1) - 1
            if _touch(corners, c, twin) and places[twin] >= 0:
                low = places[twin]
                _emit(stack, low, depth, corners, places, points, rings, n)
                n, depth = n + 1, low
            stack[depth] = c
            places[c] = depth
            depth += 1
            c = c ^ 1 if vertical else partners[c]
            vertical = not vertical
        _emit(stack, 0, depth, corners, places, points, rings, n)
        n += 1
    return n


@kernel
def _touch(corners: Ring, c: int, d: int) -> bool:
    if d < 0 or d >= corners.shape[0]:
        return False
    return corners[c, 0] == corners[d, 0] and corners[c, 1] == corners[d, 1]


@kernel
def _emit(
    stack: _Integers,
    low: int,
    depth: int,
    corners: Ring,
    places: _Integers,
    points: Ring,
    rings: _Integers,
    n: int,
) -> None:
    """Write ring `n`: the corners on the stack from `low` on."""
    end = rings[n - 1, 0] if n else 0
    area = 0
    before = stack[depth - 1]
    for i in range(low, depth):
        c = stack[i]
        area += int(corners[c, 0]) * (int(corners[c, 1]) - int(corners[before, 1]))
        points[end, 0], points[end, 1] = corners[c, 0], corners[c, 1]
        places[c] = _EMITTED
        before = c
        end += 1
    rings[n, 0], rings[n, 1], rings[n, 2] = end, before >> 1, area
