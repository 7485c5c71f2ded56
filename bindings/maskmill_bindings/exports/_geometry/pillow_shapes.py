"""Fill shapes as Pillow's `ImageDraw` fills them, pixel for pixel, which is how LabelMe makes masks of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maskmill.errors import ArgumentError, expected

from .foreign_shapes import Rle, Size

if TYPE_CHECKING:
    from maskmill._kernels.cpu.run_lengths import Counts

_MAX_COORDINATE: Final = 1 << 20
"""Bound on coordinates in pixels, within which Pillow's float32 arithmetic holds the differences of vertices."""


def fill_polygon(points: ArrayLike, size: Size) -> Rle:
    """Return the mask of a polygon, or of an oriented rectangle, as `ImageDraw.polygon` fills it.

    >>> fill_polygon([[0, 0], [1, 0], [1, 1], [0, 1]], (3, 2))["counts"].tolist()
    [0, 4, 2]

    Parameters
    ----------
    points : array_like
        (V, 2) x, y in pixels, V at least 3. Fractions are cut off. Pixels under the outline belong to the mask.
    size : tuple[int, int]
        (width, height) of the image.

    Raises
    ------
    maskmill.errors.ArgumentError
        There are fewer than 3 points, or a coordinate is not finite or not below 2**20 in magnitude.
    """
    from maskmill._kernels.cpu.rasterize.scan_lines import fill_scan_lines

    vertices = _read(points, "polygon")
    if len(vertices) < 3:
        raise expected("at least 3 points", len(vertices), "polygon")
    return _to_coco(fill_scan_lines(vertices.astype(np.int64), width=size[0], height=size[1]), size)


def fill_rectangle(points: ArrayLike, size: Size) -> Rle:
    """Return the mask of a rectangle as `ImageDraw.rectangle` fills it.

    >>> fill_rectangle([[1, 1], [0, 0]], (3, 2))["counts"].tolist()
    [0, 4, 2]

    Parameters
    ----------
    points : array_like
        (2, 2) x, y in pixels of two opposite corners. Fractions are cut off, and both corners belong to the mask.
    size : tuple[int, int]
        (width, height) of the image.

    Raises
    ------
    maskmill.errors.ArgumentError
        There are not 2 points, or a coordinate is not finite or not below 2**20 in magnitude.
    """
    from maskmill._kernels.cpu.run_geometry import rectangle

    corners = _read_two(points, "rectangle").astype(np.int64)
    (x0, y0), (x1, y1) = corners.min(0).tolist(), (corners.max(0) + 1).tolist()
    return _to_coco(rectangle(x0, y0, x1, y1, width=size[0], height=size[1]), size)


def fill_circle(points: ArrayLike, size: Size) -> Rle:
    """Return the mask of a circle as `ImageDraw.ellipse` fills it.

    >>> fill_circle([[1, 1], [1, 2]], (3, 3))["counts"].tolist()
    [1, 1, 1, 3, 1, 1, 1]

    Parameters
    ----------
    points : array_like
        (2, 2) x, y in pixels of the centre and of a point on the circle. Fractions of its box are cut off. A box of one
        pixel makes an empty mask.
    size : tuple[int, int]
        (width, height) of the image.

    Raises
    ------
    maskmill.errors.ArgumentError
        There are not 2 points, a coordinate is not finite or not below 2**20 in magnitude, or the circle is wider than
        46340 pixels, where Pillow's integers overflow.
    """
    from maskmill._kernels.cpu.rasterize.ellipse import MAX_SIDE, fill_ellipse

    (cx, cy), (px, py) = _read_two(points, "circle").tolist()
    radius = math.sqrt((cx - px) ** 2 + (cy - py) ** 2)  # as LabelMe computes it; hypot may round another way
    x0, y0, x1, y1 = int(cx - radius), int(cy - radius), int(cx + radius), int(cy + radius)
    if max(x1 - x0, y1 - y0) > MAX_SIDE:
        raise ArgumentError(f"a circle at most {MAX_SIDE} pixels wide", f"{2 * radius:.0f}", "circle")
    return _to_coco(fill_ellipse(x0, y0, x1, y1, width=size[0], height=size[1]), size)


def _read(points: ArrayLike, at: str) -> NDArray[np.float64]:
    """Return points (V, 2), checked."""
    try:
        read = np.asarray(points, np.float64)
    except (TypeError, ValueError):
        raise expected("points (V, 2) of x, y in pixels", points, at) from None
    if read.ndim != 2 or read.shape[1] != 2:
        raise ArgumentError("points (V, 2) of x, y in pixels", f"an array of {read.shape}", at)
    far = ~(np.abs(read) < _MAX_COORDINATE)  # also true for NaN
    if far.any():
        raise expected(f"finite coordinates below {_MAX_COORDINATE} pixels", float(read[far][0]), at)
    return read


def _read_two(points: ArrayLike, at: str) -> NDArray[np.float64]:
    read = _read(points, at)
    if len(read) != 2:
        raise expected("2 points", len(read), at)
    return read


def _to_coco(counts: Counts, size: Size) -> Rle:

    return {"size": [size[1], size[0]], "counts": counts}
