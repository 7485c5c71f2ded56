"""Boxes and coordinates in thousandths of the image: their frame, and the pixels they stand for.

Both paths call these steps: kernels with numbers, plain Python with numbers or whole arrays.
"""

from __future__ import annotations

from typing import Any

from .._jit import shared

THOUSAND = 1000
"""The far side of the image in the coordinates that models write."""


@shared
def to_pixels(coordinate: float, side: int) -> float:
    """Return a coordinate in pixels of a side, multiplied before it is divided: exact for integers."""
    return coordinate * side / THOUSAND


@shared
def pixel_corners(corners: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    """Return the corners x0, y0, x1, y1 of the pixels that a box covers: ``int()`` of each.

    >>> pixel_corners((192.0, 270.9, 1728.0, 810.0))
    (192, 270, 1728, 810)
    """
    return int(corners[0]), int(corners[1]), int(corners[2]), int(corners[3])


@shared
def is_in_image(coordinate: Any) -> Any:
    """Tell whether a coordinate in thousandths lies in the image."""
    return (coordinate >= 0) & (coordinate <= THOUSAND)


@shared
def is_in_unit_frame(coordinate: Any) -> Any:
    """Tell whether a coordinate may belong to a frame that runs from 0 to 1."""
    return (coordinate >= 0) & (coordinate <= 1)


@shared
def has_fraction(coordinate: Any) -> Any:
    """Tell whether a coordinate is no integer: in the frame from 0 to 1, a coordinate of that frame for certain."""
    return coordinate % 1 != 0
