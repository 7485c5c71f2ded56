"""Ellipses and turned rectangles: corners, and the pixels whose centre is inside."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError

from .foreign_shapes import Rle, Size, paste_box

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_MAX_COORDINATE = 1 << 20
"""Bound on centres and radii, in pixels."""


def turn(points: ArrayLike, about: tuple[float, float], degrees: float) -> NDArray[np.float64]:
    """Return points (V, 2) turned about a point, clockwise on the screen.

    >>> turn([[2, 0]], (0, 0), 90).round(9).tolist()
    [[0.0, 2.0]]

    Parameters
    ----------
    points : array_like
        (V, 2) x, y.
    about : tuple of float
        The point that stays.
    degrees : float
        The angle.
    """
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    x, y = (np.asarray(points, np.float64) - about).T
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], 1) + about


def rectangle(corners: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """Return the corners (4, 2) of an upright rectangle x0, y0, x1, y1."""
    x0, y0, x1, y1 = corners
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float64)


def fill_ellipse(centre: tuple[float, float], radii: tuple[float, float], degrees: float, size: Size) -> Rle:
    """Return the mask of the pixels whose centre is inside an ellipse, or on it.

    >>> fill_ellipse((2, 2), (1, 2), 0, (4, 4))["counts"].tolist()
    [4, 8, 4]

    Parameters
    ----------
    centre, radii : tuple of float
        x and y of the centre, and the radii along x and y before it is turned, in pixels.
    degrees : float
        How far it is turned about its centre, clockwise on the screen.
    size : tuple of int
        (width, height) of the image.

    Raises
    ------
    maskmill.errors.ArgumentError
        A radius is not positive, or a number is not finite or far outside the image.
    """
    if not max(map(abs, (*centre, *radii))) < _MAX_COORDINATE or not min(radii) > 0:  # also for NaN
        raise ArgumentError(f"an ellipse within {_MAX_COORDINATE} pixels", f"radii {radii} at {centre}", "ellipse")
    reach = max(radii)
    low = np.clip(np.floor(np.subtract(centre, reach)), 0, np.subtract(size, 1)).astype(int)
    high = np.clip(np.ceil(np.add(centre, reach)), low + 1, size).astype(int)
    x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
    upright = turn(np.stack([x.ravel(), y.ravel()], 1), centre, -degrees) - centre
    inside = (np.square(upright / radii).sum(1) <= 1).reshape(x.shape)
    return paste_box(inside, int(low[0]), int(low[1]), size)
