"""Ellipses to run lengths by Pillow's rule, pixel for pixel.

Format: a box x0, y0, x1, y1 of pixels, both ends included. With the centre of the box as origin and half a pixel as
unit, the pixels of a column or row are all even or all odd. The outline of a quarter is a walk over these points from
the right end to the bottom: of the pixels below, below left and left, the next is the one that is nearest to the curve
by the value of its equation, and the first of equal ones. The widest point of each row is the end of its run.

State: the pixel of the walk. Its products fit in 64 bits for sides below 46341.

The rule, as it differs from that of a textbook: a box of one pixel is empty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ..run_lengths import Counts
from .painted_box import paint_row, place_box

MAX_SIDE = 46_340
"""Largest x1 - x0 and y1 - y0: twice its fourth power is below 2**63."""

_Pixels = NDArray[np.bool_]


def fill_ellipse(x0: int, y0: int, x1: int, y1: int, *, width: int, height: int) -> Counts:
    """Return the run lengths of an ellipse as Pillow fills it.

    >>> fill_ellipse(0, 0, 3, 3, width=4, height=4).tolist()
    [1, 2, 1, 8, 1, 2, 1]

    Parameters
    ----------
    x0, y0, x1, y1 : int
        Its box in pixels, ends included; the sides are 0..`MAX_SIDE`, which is not checked.
    width, height : int
        The image in pixels, each 1..65535, their product below 2**31.
    """
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1 + 1, width), min(y1 + 1, height)
    if left >= right or top >= bottom:
        return np.array([width * height], np.int32)
    pixels = np.zeros((bottom - top, right - left), np.bool_)
    _fill_into(x0 - left, y0 - top, x1 - left, y1 - top, pixels)
    return place_box(pixels, left, top, width=width, height=height)


@kernel
def _fill_into(x0: int, y0: int, x1: int, y1: int, pixels: _Pixels) -> None:
    """Paint the ellipse of a box into pixels."""
    wide, high = x1 - x0, y1 - y0
    if wide + high == 0:
        return
    x, y, painted = wide, high % 2, -1
    while True:
        if y > painted:
            paint_row(pixels, y0 + (high - y) // 2, x0 + (wide - x) // 2, x0 + (wide + x) // 2)
            paint_row(pixels, y0 + (high + y) // 2, x0 + (wide - x) // 2, x0 + (wide + x) // 2)
            painted = y
        if x == wide % 2 and y == high:
            return
        below = _distance(x, y + 2, wide, high)
        if x > 1:
            diagonal, left = _distance(x - 2, y + 2, wide, high), _distance(x - 2, y, wide, high)
            if left < min(below, diagonal):
                x -= 2
            elif diagonal < below:
                x, y = x - 2, y + 2
            else:
                y += 2
        else:
            y += 2


@step
def _distance(x: int, y: int, wide: int, high: int) -> int:
    """Return how far a point is from the curve, by the value of its equation."""
    return abs(wide * wide * y * y + high * high * x * x - wide * wide * high * high)
