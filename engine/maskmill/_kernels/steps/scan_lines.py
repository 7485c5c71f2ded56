"""Pillow's arithmetic for polygons, rounding for rounding: float32, and half pixels away from zero or towards it.

The rounding of positive numbers adds or subtracts the half in float32, that of negative ones in float64.
"""

from __future__ import annotations

import math

import numpy as np

from .._jit import step

_HALF = np.float32(0.5)


@step
def x_on_edge(row: int, x: int, y: int, slope: np.float32) -> np.float32:
    """Return where an edge through (x, y) is in a row, float32.

    Parameters
    ----------
    row : int
        The row.
    x, y : int
        A point of the edge, in pixels.
    slope : np.float32
        Pixels to the right per row.
    """
    return np.float32(np.float32(np.float32(row - y) * slope) + np.float32(x))


@step
def nearest(x: np.float32) -> np.float32:
    """Return the nearest integer, half ones away from zero."""
    size = math.floor(abs(np.float64(x)) + 0.5)
    return np.float32(size if x >= 0 else -size)


@step
def first_pixel(x: np.float32) -> int:
    """Return the first pixel of a run that begins at `x`: half ones away from zero."""
    if x >= 0:
        return math.floor(np.float32(x + _HALF))
    return -math.floor(abs(np.float64(x)) + 0.5)


@step
def last_pixel(x: np.float32) -> int:
    """Return the last pixel of a run that ends at `x`: half ones towards zero."""
    if x >= 0:
        return math.ceil(np.float32(x - _HALF))
    return -math.ceil(abs(np.float64(x)) - 0.5)


@step
def corner(x: np.float32, own: np.float32, other: np.float32) -> np.float32:
    """Return where a run begins or ends at a corner, so that it touches the run of the next row.

    Parameters
    ----------
    x : np.float32
        The corner.
    own, other : np.float32
        Where its two edges are in the next row.
    """
    one = np.float32(1)
    if x > np.float32(own + one) and x > np.float32(other + one):
        return np.float32(nearest(max(own, other)) + one)
    if x < np.float32(own - one) and x < np.float32(other - one):
        return np.float32(nearest(min(own, other)) - one)
    return x
