"""The axis order of a polygon's points, x, y or y, x: how well each fits the box, and which one to read."""

from __future__ import annotations

from .._jit import shared

AGREEMENT = 0.5
"""Intersection over union from which a mask and its box agree."""

NEARLY, CERTAIN = 0.85, 0.93
"""Below the first, a polygon that agrees is compared in pixels too, which are taken from the second on."""

CLEAR = 0.05
"""Smallest difference of the two overlaps with the box that decides for a polygon."""

_Box = tuple[float, float, float, float]


@shared
def overlap(a: _Box, b: _Box) -> float:
    """Return the intersection over union of two boxes y0, x0, y1, x1; 0 where neither has an area."""
    height = min(a[2], b[2]) - max(a[0], b[0])
    width = min(a[3], b[3]) - max(a[1], b[1])
    common = max(height, 0.0) * max(width, 0.0)
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    return common / total if total > 0 else 0.0


@shared
def overlaps(box: _Box, extent: _Box) -> tuple[float, float]:
    """Return how well points read as x, y fit the box, and how well they do read as y, x.

    `extent` holds the minima and maxima of the points' first and second numbers: a0, b0, a1, b1.
    """
    a0, b0, a1, b1 = extent
    return overlap(box, (b0, a0, b1, a1)), overlap(box, extent)


@shared
def is_clear(margin: float) -> bool:
    """Tell whether a polygon's own box decides its axis order."""
    return abs(margin) >= CLEAR


@shared
def vote(margin: float) -> float:
    """Return what a polygon adds to the balance of its reply: its margin where that is clear, else 0."""
    return margin if abs(margin) >= CLEAR else 0.0


@shared
def is_swapped(always: bool, margin: float, balance: float) -> bool:
    """Tell whether the points of a polygon are read as y, x.

    Parameters
    ----------
    always : bool
        Whether the caller wants all polygons read so.
    margin : float
        The polygon's own, which decides if it is clear.
    balance : float
        The sum of the votes of the reply, which decides otherwise.
    """
    return always or (margin if is_clear(margin) else balance) < 0
