"""Other outlines of polygons: through the centres of their pixels, and with fewer vertices.

Format: a ring is int32 (V, 2) x, y, not closed by a repeated point, with the foreground on the right hand as one walks
along it. `follow_pixels` takes rings along the edges of pixels, `simplify_ring` any.

State: `simplify_ring` splits the ring at two vertices far apart and keeps, of each stretch, the vertex that lies
farthest from the segment between its ends, until none is farther than the tolerance (Douglas and Peucker, 1973). The
stack holds the stretches that are still to be looked at.

Why the bound holds both ways: every vertex that is left out lies within the tolerance of the segment that replaces its
stretch, and so do the edges between them. The stretch runs from one end of the segment to the other without a gap, so
some point of it is beside every point of the segment, and no farther than the tolerance.

Why it is fast: one pass over the vertices per level of halving. In NumPy, the contour took twenty calls per ring, ten
times as long as this loop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel

Ring = NDArray[np.int32]


def follow_pixels(ring: Ring, is_return: NDArray[np.bool_]) -> Ring:
    """Return the ring through the centres of the outermost pixels, each point the number of its pixel.

    >>> square = np.array([[0, 0], [3, 0], [3, 2], [0, 2]], np.int32)
    >>> follow_pixels(square, np.zeros(4, np.bool_)).tolist()
    [[0, 0], [2, 0], [2, 1], [0, 1]]

    Parameters
    ----------
    ring : NDArray[np.int32]
        (V, 2) along the edges of pixels; each edge is upright or level.
    is_return : NDArray[np.bool_]
        (V,) true for an edge whose foreground is on the left: that of a bridge walked back.

    Returns
    -------
    NDArray[np.int32]
        (N, 2), N from 1: without repeated points, and without points on a straight line that goes on.
    """
    points = np.empty((2 * len(ring), 2), np.int32)
    corners = np.empty((2 * len(ring), 2), np.int32)
    count = _follow(np.ascontiguousarray(ring, np.int32), is_return, points, corners)
    return corners[:count].copy()


@kernel
def _follow(ring: Ring, is_return: NDArray[np.bool_], points: Ring, corners: Ring) -> int:
    """Write the points of all edges, then those of them that are corners; return how many these are."""
    n = 0
    for i in range(len(ring)):
        j = i + 1 if i + 1 < len(ring) else 0
        dx, dy = np.sign(ring[j, 0] - ring[i, 0]), np.sign(ring[j, 1] - ring[i, 1])
        sx, sy = (dy, -dx) if is_return[i] else (-dy, dx)
        left, top = min(sx, 0), min(sy, 0)
        n = _add(points, n, ring[i, 0] + min(dx, 0) + left, ring[i, 1] + min(dy, 0) + top)
        n = _add(points, n, ring[j, 0] + min(-dx, 0) + left, ring[j, 1] + min(-dy, 0) + top)
    while n > 1 and points[n - 1, 0] == points[0, 0] and points[n - 1, 1] == points[0, 1]:
        n -= 1
    kept = 0
    for i in range(n):
        before, after = i - 1 if i else n - 1, i + 1 if i + 1 < n else 0
        ax, ay = points[i, 0] - points[before, 0], points[i, 1] - points[before, 1]
        bx, by = points[after, 0] - points[i, 0], points[after, 1] - points[i, 1]
        if ax * by != ay * bx or ax * bx + ay * by <= 0:
            corners[kept, 0], corners[kept, 1] = points[i, 0], points[i, 1]
            kept += 1
    return kept


@kernel
def _add(points: Ring, n: int, x: int, y: int) -> int:
    """Append a point, unless it repeats the last one; return the number of points."""
    if n and points[n - 1, 0] == x and points[n - 1, 1] == y:
        return n
    points[n, 0], points[n, 1] = x, y
    return n + 1


def simplify_ring(ring: Ring, tolerance: float) -> NDArray[np.bool_]:
    """Return which vertices of a ring to keep, so that the outline moves by no more than a tolerance.

    >>> ring = np.array([[0, 0], [4, 1], [8, 0], [8, 8], [0, 8]], np.int32)
    >>> simplify_ring(ring, 1.0).tolist()
    [True, False, True, True, True]

    The Hausdorff distance between the two outlines is at most the tolerance. At least 3 vertices are kept.

    Parameters
    ----------
    ring : NDArray[np.int32]
        (V, 2), V at least 3.
    tolerance : float
        In the unit of the vertices, 0 or more.
    """
    keep = np.zeros(len(ring), np.bool_)
    stack = np.empty((len(ring) + 2, 2), np.int64)
    _mark(np.ascontiguousarray(ring, np.int32), float(tolerance) ** 2, stack, keep)
    return keep


@kernel
def _mark(ring: Ring, square: float, stack: NDArray[np.int64], keep: NDArray[np.bool_]) -> None:
    """Mark the vertices to keep; `square` is that of the tolerance."""
    n = len(ring)
    far, most = 0, -1.0
    for i in range(n):
        x, y = float(ring[i, 0] - ring[0, 0]), float(ring[i, 1] - ring[0, 1])
        if x * x + y * y > most:
            far, most = i, x * x + y * y
    keep[0] = keep[far] = True
    third, farthest = _farthest(ring, 0, far)
    other, distance = _farthest(ring, far, n)
    if distance > farthest:
        third, farthest = other, distance
    if third >= 0:
        keep[third] = True  # a ring of two vertices would have no area
    stack[0, 0], stack[0, 1], stack[1, 0], stack[1, 1] = 0, far, far, n
    top = 2
    while top:
        top -= 1
        start, stop = stack[top]
        if start < third < stop:
            split = third
            distance = square + 1.0
            third = -1
        else:
            split, distance = _farthest(ring, start, stop)
        if split >= 0 and distance > square:
            keep[split] = True
            stack[top, 0], stack[top, 1], stack[top + 1, 0], stack[top + 1, 1] = start, split, split, stop
            top += 2


@kernel
def _farthest(ring: Ring, start: int, stop: int) -> tuple[int, float]:
    """Return the vertex between two others that is farthest from the segment between them, and its squared distance.

    The vertex -1 stands for none. `stop` may be the number of vertices, which stands for the first.
    """
    n = len(ring)
    x0, y0 = float(ring[start, 0]), float(ring[start, 1])
    dx, dy = float(ring[stop % n, 0]) - x0, float(ring[stop % n, 1]) - y0
    length = dx * dx + dy * dy
    found, most = -1, -1.0
    for i in range(start + 1, stop):
        x, y = float(ring[i, 0]) - x0, float(ring[i, 1]) - y0
        along = x * dx + y * dy
        if along <= 0.0 or length == 0.0:
            distance = x * x + y * y
        elif along >= length:
            distance = (x - dx) * (x - dx) + (y - dy) * (y - dy)
        else:
            distance = x * x + y * y - along * along / length
        if distance > most:
            found, most = i, distance
    return found, most
