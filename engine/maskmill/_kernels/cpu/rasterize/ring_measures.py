"""Measures of one ring that the fast and the full path share: its extent, its area, the columns it crosses.

Format: a ring is float64 (V, 2), x and y in thousandths of the image; it closes itself.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps import rings
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
    """
    if ring.shape[0] < 3:
        return False
    x, y = ring[0, 0], ring[0, 1]
    far, farthest = 0, -1.0
    for k in range(ring.shape[0]):
        distance = rings.distance(ring[k, 0] - x, ring[k, 1] - y)
        if distance > farthest:
            far, farthest = k, distance
    far_x, far_y = ring[far, 0] - x, ring[far, 1] - y
    k = 0
    while k < ring.shape[0] and not rings.is_off_line(ring[k, 0] - x, ring[k, 1] - y, far_x, far_y):
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
