"""Read polygons from a value, place them in the image, and check their bounds and area before kernels see them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._kernels.cpu.rasterize.ring_measures import has_area
from .._kernels.steps.boxes import has_fraction, is_in_unit_frame
from ..limits import Limits
from ..status import Status
from .polygon_shapes import read_parts
from .results import MaskValue, NoMask, Points, PolygonPart, Polygons
from .shape import Bounds, NotAPolygon

Pair = tuple[float, float]


def read(value: list[Any] | dict[str, Any], limits: Limits, size: tuple[int, int] | None = None) -> MaskValue:
    """Read polygons from parsed JSON.

    >>> read([[100, 200], [700, 200], [700, 600]], Limits()).payload.parts[0].outer.shape
    (3, 2)

    Parameters
    ----------
    value : list or dict
        A polygon in any structure that models write.
    limits : Limits
        Bounds on untrusted input.
    size : tuple of int, optional
        (width, height) of the image, which says how fine edges of curves must be.
    """
    try:
        shape = read_parts(value, Bounds(limits.max_vertices, size))
    except NotAPolygon as error:
        return MaskValue(error.form, NoMask(error.status, str(error)))
    absence = _too_many(shape.parts, limits) or _without_area(shape.parts)
    return MaskValue("ring", absence or Polygons(shape.parts, shape.has_named_axes), shape.notes)


def is_unit(polygons: Polygons) -> bool:
    """Tell whether the coordinates run from 0 to 1: all inside, one of them a fraction."""
    rings = _rings(polygons.parts)
    return all(is_in_unit_frame(ring).all() for ring in rings) and any(has_fraction(ring).any() for ring in rings)


def extent(polygons: Polygons) -> tuple[float, float, float, float]:
    """Return minima and maxima a0, b0, a1, b1 of the points' first and second numbers; holes do not count."""
    parts = polygons.parts
    points = parts[0].outer if len(parts) == 1 else np.concatenate([part.outer for part in parts])
    (a0, b0), (a1, b1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return a0, b0, a1, b1


def place(polygons: Polygons, is_yx: bool, origin: Pair, scale: Pair, far: Pair) -> Polygons:
    """Return polygons as x, y, in a frame of the image.

    Parameters
    ----------
    polygons : Polygons
        As written.
    is_yx : bool
        The first number of a point is y.
    origin, scale : tuple of float
        What is added to x and to y after they are multiplied by the scale: (0, 0) and (1, 1) leave them as they are.
    far : tuple of float
        The coordinates of the far sides of the image, x and y.
    """

    def placed(ring: Points) -> Points:
        ring = ring[:, ::-1] if is_yx else ring
        return ring if (origin, scale) == ((0, 0), (1, 1)) else ring * scale + origin

    parts = tuple(PolygonPart(placed(part.outer), tuple(map(placed, part.holes))) for part in polygons.parts)
    return Polygons(parts, polygons.has_named_axes, far=far)


def beyond_limit(vertices: Points, limits: Limits) -> NoMask | None:
    """Return the reason why vertices, in thousandths of the image, lie too far away; None if they do not."""
    reach = float(np.abs(vertices).max(initial=0))
    if reach > limits.max_coordinate:
        message = f"expected coordinates within {limits.max_coordinate} (max_coordinate), got {reach:g}"
        return NoMask(Status.TOO_LARGE, message)
    return None


def _too_many(parts: tuple[PolygonPart, ...], limits: Limits) -> NoMask | None:
    count = sum(map(len, _rings(parts)))
    if count > limits.max_vertices:
        message = f"expected at most {limits.max_vertices} vertices (max_vertices), got {count}"
        return NoMask(Status.TOO_LARGE, message)
    return None


def _without_area(parts: tuple[PolygonPart, ...]) -> NoMask | None:
    if any(has_area(np.ascontiguousarray(part.outer, np.float64)) for part in parts):
        return None
    count = sum(len(part.outer) for part in parts)
    return NoMask(Status.DEGENERATE, f"expected a ring with an area, got {count} vertices on one line or point")


def _rings(parts: tuple[PolygonPart, ...]) -> list[Points]:
    return [ring for part in parts for ring in (part.outer, *part.holes)]
