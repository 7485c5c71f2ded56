"""Measures of one ring that the fast and the full path share: its extent, its area, the columns it crosses.

Format: a ring is float64 (V, 2), x and y in thousandths of the image; it closes itself.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps.boxes import THOUSAND, to_pixels

_Reals = NDArray[np.float64]


@kernel
def extent_of(ring: _Reals) -> tuple[float, float, float, float]:
    """Return the minima and maxima of the first and second coordinates: a0, b0, a1, b1."""
    a0, b0 = ring[0, 0], ring[0, 1]
    a1, b1 = a0, b0
    for k in range(1, ring.shape[0]):
        a0, a1 = min(a0, ring[k, 0]), max(a1, ring[k, 0])
        b0, b1 = min(b0, ring[k, 1]), max(b1, ring[k, 1])
    return a0, b0, a1, b1


@kernel
def has_area(ring: _Reals) -> bool:
    """Tell whether the vertices span a plane: those of a self-crossing ring do, whatever its signed area.

    >>> has_area(np.array([[0.0, 0.0], [2.0, 2.0], [1.0, 1.0]]))
    False

    A vertex on the line from the first vertex to the one farthest from it has a cross product of 0.
    """
    if ring.shape[0] < 3:
        return False
    x, y = _near(ring[0, 0]), _near(ring[0, 1])
    far_x, far_y = 0.0, 0.0
    for k in range(1, ring.shape[0]):
        across, down = _near(ring[k, 0]) - x, _near(ring[k, 1]) - y
        if abs(across) + abs(down) > abs(far_x) + abs(far_y):
            far_x, far_y = across, down
    k = 1
    while k < ring.shape[0] and (_near(ring[k, 0]) - x) * far_y == (_near(ring[k, 1]) - y) * far_x:
        k += 1
    return k < ring.shape[0]


@kernel
def columns_crossed(ring: _Reals, width: int) -> int:
    """Return how many columns of the image the edges of a ring cross, all together: what the ring costs.

    >>> columns_crossed(np.array([[0.0, 0.0], [500.0, 0.0], [500.0, 500.0]]), 640)
    640

    Each edge crosses at most `width`, and rounding does not change that.
    """
    crossed, before = 0.0, _column(ring[ring.shape[0] - 1, 0], width)
    for i in range(ring.shape[0]):
        column = _column(ring[i, 0], width)
        crossed += abs(column - before)
        before = column
    return math.ceil(crossed)


@kernel
def _column(x: float, width: int) -> float:
    """Return x in pixels, clipped to the image."""
    return to_pixels(min(max(x, 0.0), float(THOUSAND)), width)


@kernel
def _near(coordinate: float) -> float:
    """Return a coordinate, clipped so far beyond every limit that products of two differences stay finite."""
    return min(max(coordinate, -1e150), 1e150)
