"""Rings out of a value: what bounds, frame and area must hold before the kernels see them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..limits import Limits
from ..status import Note, Status
from .polygon_shapes import Unfit, parts_of
from .results import Found, Part, Points, Reason, Rings

_UNIT: Final = Note("ring_unit", "the ring runs from 0 to 1; read as 0 to 1000")


def read(value: list[Any] | dict[str, Any], limits: Limits) -> Found:
    """Read rings out of parsed JSON.

    >>> read([[100, 200], [700, 200], [700, 600]], Limits()).payload.parts[0].outer.shape
    (3, 2)
    """
    try:
        shape = parts_of(value, limits.max_vertices)
    except Unfit as unfit:
        return Found(unfit.form, Reason(unfit.status, str(unfit)))
    parts, notes = shape.parts, shape.notes
    if _is_unit_frame(parts):
        parts = _thousandfold(parts)
        notes.append(_UNIT)
    reason = _out_of_bounds(parts, limits) or _without_area(parts)
    return Found("ring", reason or Rings(parts, shape.named), notes)


def in_unit_frame(found: Found) -> Found:
    """Read rings of 0 and 1 alone as running from 0 to 1, because their box does."""
    payload = found.payload
    if not isinstance(payload, Rings) or not all(((r >= 0) & (r <= 1)).all() for r in _rings(payload.parts)):
        return found
    return Found(found.form, Rings(_thousandfold(payload.parts), payload.named), [*found.notes, _UNIT])


def _thousandfold(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(Part(part.outer * 1000, tuple(hole * 1000 for hole in part.holes)) for part in parts)


def _is_unit_frame(parts: tuple[Part, ...]) -> bool:
    """Tell whether the coordinates run from 0 to 1: all inside, one of them a fraction."""
    rings = _rings(parts)
    return all(((ring >= 0) & (ring <= 1)).all() for ring in rings) and any((ring % 1).any() for ring in rings)


def _out_of_bounds(parts: tuple[Part, ...], limits: Limits) -> Reason | None:
    rings = _rings(parts)
    count = sum(len(ring) for ring in rings)
    if count > limits.max_vertices:
        message = f"expected at most {limits.max_vertices} vertices (max_vertices), got {count}"
        return Reason(Status.TOO_LARGE, message)
    reach = max(float(np.abs(ring).max(initial=0)) for ring in rings) if rings else 0.0
    if reach > limits.max_coordinate:
        message = f"expected coordinates within {limits.max_coordinate} (max_coordinate), got {reach:g}"
        return Reason(Status.TOO_LARGE, message)
    return None


def _without_area(parts: tuple[Part, ...]) -> Reason | None:
    if any(_has_area(part.outer) for part in parts):
        return None
    count = sum(len(part.outer) for part in parts)
    return Reason(Status.DEGENERATE, f"expected a ring with an area, got {count} vertices on one line or point")


def _has_area(ring: Points) -> bool:
    """Tell whether the vertices span a plane: a self-crossing ring does, whatever its signed area."""
    if len(ring) < 3:
        return False
    offset = ring - ring[0]
    far = offset[np.abs(offset).sum(axis=1).argmax()]
    return bool((offset[:, 0] * far[1] != offset[:, 1] * far[0]).any())


def _rings(parts: tuple[Part, ...]) -> list[Points]:
    return [ring for part in parts for ring in (part.outer, *part.holes)]
