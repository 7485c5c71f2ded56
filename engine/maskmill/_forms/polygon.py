"""Read polygons from a value, and check their bounds, frame and area before the kernels see them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from .._kernels.cpu.rasterize.ring_measures import has_area
from .._kernels.steps.boxes import has_fraction, is_in_unit_frame
from ..limits import Limits
from ..status import Note, Status
from .polygon_shapes import NotAPolygon, read_parts
from .results import MaskValue, NoMask, Points, PolygonPart, Polygons

_UNIT: Final = Note("ring_unit", "the ring runs from 0 to 1; read as 0 to 1000")


def read(value: list[Any] | dict[str, Any], limits: Limits) -> MaskValue:
    """Read polygons from parsed JSON.

    >>> read([[100, 200], [700, 200], [700, 600]], Limits()).payload.parts[0].outer.shape
    (3, 2)
    """
    try:
        shape = read_parts(value, limits.max_vertices)
    except NotAPolygon as error:
        return MaskValue(error.form, NoMask(error.status, str(error)))
    parts, notes = shape.parts, shape.notes
    if _is_unit_frame(parts):
        parts = _scale_to_thousandths(parts)
        notes.append(_UNIT)
    absence = _out_of_bounds(parts, limits) or _without_area(parts)
    return MaskValue("ring", absence or Polygons(parts, shape.has_named_axes), notes)


def scale_unit_frame(mask: MaskValue) -> MaskValue:
    """Scale polygons whose coordinates are all 0 or 1 to thousandths, because their box runs from 0 to 1 too."""
    payload = mask.payload
    if not isinstance(payload, Polygons) or not all(is_in_unit_frame(ring).all() for ring in _rings(payload.parts)):
        return mask
    return MaskValue(
        mask.form, Polygons(_scale_to_thousandths(payload.parts), payload.has_named_axes), [*mask.notes, _UNIT]
    )


def _scale_to_thousandths(parts: tuple[PolygonPart, ...]) -> tuple[PolygonPart, ...]:
    return tuple(PolygonPart(part.outer * 1000, tuple(hole * 1000 for hole in part.holes)) for part in parts)


def _is_unit_frame(parts: tuple[PolygonPart, ...]) -> bool:
    """Tell whether the coordinates run from 0 to 1: all inside, one of them a fraction."""
    rings = _rings(parts)
    return all(is_in_unit_frame(ring).all() for ring in rings) and any(has_fraction(ring).any() for ring in rings)


def _out_of_bounds(parts: tuple[PolygonPart, ...], limits: Limits) -> NoMask | None:
    rings = _rings(parts)
    count = sum(len(ring) for ring in rings)
    if count > limits.max_vertices:
        message = f"expected at most {limits.max_vertices} vertices (max_vertices), got {count}"
        return NoMask(Status.TOO_LARGE, message)
    reach = max(float(np.abs(ring).max(initial=0)) for ring in rings) if rings else 0.0
    if reach > limits.max_coordinate:
        message = f"expected coordinates within {limits.max_coordinate} (max_coordinate), got {reach:g}"
        return NoMask(Status.TOO_LARGE, message)
    return None


def _without_area(parts: tuple[PolygonPart, ...]) -> NoMask | None:
    if any(has_area(np.ascontiguousarray(part.outer, np.float64)) for part in parts):
        return None
    count = sum(len(part.outer) for part in parts)
    return NoMask(Status.DEGENERATE, f"expected a ring with an area, got {count} vertices on one line or point")


def _rings(parts: tuple[PolygonPart, ...]) -> list[Points]:
    return [ring for part in parts for ring in (part.outer, *part.holes)]
