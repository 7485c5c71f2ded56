"""Outlines on a grid of fifths of a pixel, as COCO's tools draw them: where an edge crosses the middle of a column.

Format: a coordinate is an integer number of fifths. An outline is a walk over the points of this grid: an edge that is
at least as wide as high has a point at each x, another one a point at each y, and the other coordinate is rounded. The
walk crosses the middle of column c where it steps between x = 5 * c + 2 and 5 * c + 3, at the smaller y of both points.

The arithmetic is that of the reference, rounding for rounding: `y + slope * steps + 0.5` in float64, cut to an integer.
Cut values below zero are one more than rounded ones; `pixel_of` makes all of them 0, as the reference does.
"""

from __future__ import annotations

import numpy as np

from .._jit import step


@step
def to_fifths(coordinate: float) -> int:
    """Return a coordinate in pixels as fifths: rounded to the nearest if it is positive, else cut towards zero."""
    return int(5.0 * coordinate + 0.5)


@step
def pixel_of(fifth: int, side: int) -> int:
    """Return the first pixel whose middle is not before a position in fifths, within 0 .. side."""
    return min((max(fifth, 0) + 2) // 5, side)


@step
def row_of(y: float, height: int) -> float:
    """Return `pixel_of` of a y cut to an integer. It stays a float, and no tie is near: so it vectorises."""
    return np.floor((np.floor(min(max(y, 0.0), 5.0 * height)) + 2.5) * 0.2)


@step
def y_on_flat_edge(column: float, x: float, y: float, slope: float) -> float:
    """Return the y, not yet cut, at which an edge from (x, y) to the right crosses the middle of a column.

    Parameters
    ----------
    column : float
        The column.
    x, y : float
        The left end of the edge.
    slope : float
        Fifths down per fifth to the right, at most 1 in magnitude.
    """
    steps = 5.0 * column + 2.0 - x
    return y + slope * (steps if slope >= 0.0 else steps + 1.0) + 0.5


@step
def y_on_steep_edge(column: float, x: float, y: float, slope: float, inverse: float) -> float:
    """Return the y at which an edge from (x, y) down crosses the middle of a column.

    The first y at or behind the crossing is the exact one, rounded, or the next: one comparison in the arithmetic of
    the reference decides, also where the exact one is an integer and the reference's rounding counts.

    Parameters
    ----------
    column : float
        The column.
    x, y : float
        The upper end of the edge.
    slope : float
        Fifths to the right per fifth down, below 1 in magnitude, not 0.
    inverse : float
        1 / slope, to within a few roundings.
    """
    behind = 5.0 * column + 3.0
    steps = np.rint((behind - 0.5 - x) * inverse)
    is_right = x + slope * steps + 0.5 >= behind
    return y + steps - (1.0 if is_right == (slope > 0.0) else 0.0)
