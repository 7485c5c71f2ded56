"""Polygons with holes along the pixel edges of a run-length mask.

Format: points are corners of pixels, int32 x in 0..W and y in 0..H, y down. A ring does not repeat its first point and
has no collinear points. Outer rings run clockwise as seen on the screen, with the foreground on the right, so their
shoelace area in image coordinates is positive; holes run the other way. Each 4-connected part of the foreground is one
valid polygon. Where pixels touch only at a corner, two parts touch, or two rings of one part.

State: an *interval* is the piece of a run within a column; interval i begins at *edge* 2 * i and ends at edge 2 * i +
1. At the *border* x between two columns, merging the edges of both columns gives the corners. An edge that only one
column has is a corner, with a horizontal crack (a side of pixels between foreground and background) in that column.
Edges of the same kind in both columns are a straight line. Edges of opposite kinds are a diagonal touch: two corners at
one point. Corners c and c ^ 1 are the ends of a vertical crack, c and ``partners[c]`` the ends of a horizontal one.

Why it is fast: everything is linear in the number of runs and columns, without an image. Corners are produced in order
of x, then y, so nothing is searched: the neighbours of a corner in that order are the other end of its vertical crack
and, at a diagonal touch, the second corner at its point.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.run_lengths import advance
from .run_lengths import Counts, as_kernel_input

Ring = NDArray[np.int32]

_Integers = NDArray[np.int64]

_NO_EDGE = 1 << 31  # greater than every edge
_UNSEEN, _WRITTEN = -1, -2  # stack positions of corners that are not on the stack


def trace_polygons(counts: Counts, *, width: int, height: int) -> list[tuple[Ring, list[Ring]]]:
    """Return the polygons of a mask, one per 4-connected part of its foreground.

    >>> [(outer, holes)] = trace_polygons(np.array([1, 2, 3], np.int32), width=2, height=3)
    >>> outer.tolist(), holes
    ([[0, 1], [1, 1], [1, 3], [0, 3]], [])

    Filling the pixels whose centre is inside gives the identical mask.

    Parameters
    ----------
    counts : NDArray[np.int32]
        Canonical counts of the mask.
    width, height : int
        Of the image in pixels.

    Returns
    -------
    list of tuple
        An outer ring (V, 2) and the rings of its holes for each part, in column-major order of the parts' first
        pixels. An outer ring starts at its leftmost point, the upper one of several.
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
    """Return the edges of all intervals, and the index of the first interval of each column, (W + 1,)."""
    edges = np.empty(2 * (counts.size // 2 + width), np.int32)
    first = np.zeros(width + 1, np.int64)
    n = _cut_at_columns(as_kernel_input(counts, np.int32), height, edges, first)
    return edges[: 2 * n], np.cumsum(first)


@kernel
def _cut_at_columns(counts: Counts, height: int, edges: NDArray[np.int32], per_column: _Integers) -> int:
    """Cut runs at column borders; return the number of intervals."""
    n, column, row = 0, 0, 0
    for k in range(0, counts.size - 1, 2):
        column, row = advance(column, row, int(counts[k]), height)
        remaining = int(counts[k + 1])
        while remaining:
            piece = min(remaining, height - row)
            remaining -= piece
            edges[2 * n] = row
            edges[2 * n + 1] = row + piece
            n += 1
            per_column[column + 1] += 1
            column, row = advance(column, row, piece, height)
    return n


def _rings(edges: NDArray[np.int32], first: _Integers) -> tuple[Ring, list[int], list[int], list[int]]:
    """Return the points of all rings, and for each ring its end, the first interval of its part, and its area."""
    corners = np.empty((2 * edges.size, 2), np.int32)
    partners = np.empty(2 * edges.size, np.int64)
    sides = np.empty(edges.size, np.int64)
    parents = np.arange(edges.size // 2)
    n = _find_corners(edges, first, np.empty(edges.size, np.int64), corners, partners, sides, parents)
    corners = corners[:n]
    stack, positions = np.empty(n, np.int64), np.full(n, _UNSEEN)
    points, rings = np.empty((n, 2), np.int32), np.empty((n // 4, 3), np.int64)
    rings = rings[: _follow_rings(corners, partners, sides, stack, positions, points, rings)]
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

    Indices a and b are odd inside an interval of the left and of the right column. `begun` holds, for each edge, the
    corner at the left end of the line along it. An edge in `sides` is even if it is left of the crack, odd if right.
    """
    n, columns = 0, first.size - 1
    for x in range(columns + 1):
        a, b, b_end = 2 * first[max(x - 1, 0)], 2 * first[x], 2 * first[min(x + 1, columns)]
        a_end = b
        while a < a_end or b < b_end:
            left = int(edges[a]) if a < a_end else _NO_EDGE
            right = int(edges[b]) if b < b_end else _NO_EDGE
            both = left == right
            if both and not (a ^ b) & 1:
                begun[b] = begun[a]
            else:  # of two corners, the first, n, belongs to the column whose foreground is above the point
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
    for i in range(parents.size):  # a parent's index is never above its child's: one pass reaches all roots
        parents[i] = parents[parents[i]]
    return n


@kernel
def _unite(parents: _Integers, a: int, b: int) -> None:
    """Join two sets of intervals; the first interval of a set is its root (union-find)."""
    a, b = _root(parents, a), _root(parents, b)
    parents[max(a, b)] = min(a, b)


@kernel
def _root(parents: _Integers, i: int) -> int:
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


@kernel
def _follow_rings(
    corners: Ring,
    partners: _Integers,
    sides: _Integers,
    stack: _Integers,
    positions: _Integers,
    points: Ring,
    rings: _Integers,
) -> int:
    """Write the points of each ring, its end, one of its vertical cracks, and its area; return their number.

    A walk that returns to a point already on the stack has closed a ring: the stack down to that point.
    """
    n = 0
    for start in range(0, positions.size, 2):
        if positions[start] != _UNSEEN:
            continue
        c, depth = start, 0
        vertical = not sides[start >> 1] & 1  # foreground on the left of a crack: it runs down
        while positions[c] == _UNSEEN:
            twin = ((c + 1) ^ 1) - 1
            if _are_same_point(corners, c, twin) and positions[twin] >= 0:
                low = positions[twin]
                _write_ring(stack, low, depth, corners, positions, points, rings, n)
                n, depth = n + 1, low
            stack[depth] = c
            positions[c] = depth
            depth += 1
            c = c ^ 1 if vertical else partners[c]
            vertical = not vertical
        _write_ring(stack, 0, depth, corners, positions, points, rings, n)
        n += 1
    return n


@kernel
def _are_same_point(corners: Ring, c: int, d: int) -> bool:
    if d < 0 or d >= corners.shape[0]:
        return False
    return corners[c, 0] == corners[d, 0] and corners[c, 1] == corners[d, 1]


@kernel
def _write_ring(
    stack: _Integers,
    low: int,
    depth: int,
    corners: Ring,
    positions: _Integers,
    points: Ring,
    rings: _Integers,
    n: int,
) -> None:
    """Write ring `n`: the corners on the stack from index `low` on."""
    end = rings[n - 1, 0] if n else 0
    area = 0
    before = stack[depth - 1]
    for i in range(low, depth):
        c = stack[i]
        area += int(corners[c, 0]) * (int(corners[c, 1]) - int(corners[before, 1]))
        points[end, 0], points[end, 1] = corners[c, 0], corners[c, 1]
        positions[c] = _WRITTEN
        before = c
        end += 1
    rings[n, 0], rings[n, 1], rings[n, 2] = end, before >> 1, area
