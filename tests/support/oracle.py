"""The rule for polygons in exact arithmetic, one pixel centre at a time: slow and simple.

A centre is inside a ring if the ring winds around it. A centre on an edge counts as the point an infinitesimal step
below it and an infinitely smaller step to the right: top and left edges are inside, bottom and right edges outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

Ring = Sequence[tuple[float, float]]
Part = tuple[Ring, Sequence[Ring]]
Edge = tuple[tuple[int, int], tuple[int, int]]


def ring_mask(
    parts: Iterable[Part], width: int, height: int, rows: range | None = None, columns: range | None = None
) -> NDArray[np.bool_]:
    """Return which pixels of the image, or of a window, are in an outer ring and in none of its holes."""
    window = range(height) if rows is None else rows, range(width) if columns is None else columns
    mask = np.zeros((len(window[0]), len(window[1])), dtype=bool)
    for outer, holes in parts:
        part = _winds(outer, width, height, *window)
        for hole in holes:
            part &= ~_winds(hole, width, height, *window)
        mask |= part
    return mask


def _winds(ring: Ring, width: int, height: int, rows: range, columns: range) -> NDArray[np.bool_]:
    points = [(Fraction(x) * width, Fraction(y) * height) for x, y in ring]
    unit = lcm(*(value.denominator for point in points for value in point))  # all integers from here on
    corners = [(int(x * unit), int(y * unit)) for x, y in points]
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    mask = np.zeros((len(rows), len(columns)), dtype=bool)
    for i, row in enumerate(rows):
        cy = (1000 * row + 500) * unit
        level = [(a, b) for a, b in edges if (a[1] <= cy) != (b[1] <= cy)]  # edges that meet the line just below cy
        for j, column in enumerate(columns):
            mask[i, j] = sum(_turn(edge, (1000 * column + 500) * unit, cy) for edge in level) != 0
    return mask


def _turn(edge: Edge, cx: int, cy: int) -> int:
    """Return 1 or -1 when the edge passes right of the centre, downwards or upwards, else 0."""
    (ax, ay), (bx, by) = sorted(edge, key=lambda corner: corner[1])
    right = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)  # positive when the edge is right of the centre
    passes = right > 0 or (right == 0 and bx > ax)  # leaning right, it is right of the centre a step lower
    return passes * (1 if edge[0][1] < edge[1][1] else -1)
