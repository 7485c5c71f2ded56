"""What the readers of polygons share: a polygon as written, the reason why there is none, and bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ..status import Note, Status
from .results import PolygonPart


class Bounds(NamedTuple):
    """What readers of polygons may spend, and the (width, height) of the image, None where it is not known."""

    max_vertices: int
    size: tuple[int, int] | None = None


@dataclass(slots=True)
class PolygonShape:
    """The parts of a polygon as written, whether the points named x and y, and notes about decisions."""

    parts: tuple[PolygonPart, ...]
    has_named_axes: bool = False
    notes: list[Note] = field(default_factory=list)


class NotAPolygon(Exception):  # noqa: N818 - it never leaves this package
    """The value holds no polygon; the message says why."""

    def __init__(self, message: str, form: str = "ring", status: Status = Status.GARBAGE) -> None:
        super().__init__(message)
        self.form = form
        self.status = status


def too_many_vertices(max_vertices: int, count: int) -> NotAPolygon:
    """Return the refusal of a polygon with at least `count` vertices."""
    message = f"expected at most {max_vertices} vertices (max_vertices), got at least {count}"
    return NotAPolygon(message, status=Status.TOO_LARGE)


def unite(shapes: list[PolygonShape]) -> PolygonShape:
    """Return the parts of several shapes as one shape; equal notes are kept once."""
    parts = tuple(part for shape in shapes for part in shape.parts)
    notes = list(dict.fromkeys(note for shape in shapes for note in shape.notes))
    return PolygonShape(parts, all(shape.has_named_axes for shape in shapes), notes)


def as_one_part(rings: list[PolygonShape]) -> PolygonShape:
    """Return rings as one part, the first of them as the outer one."""
    shape = unite(rings)
    if not shape.parts:
        raise NotAPolygon("the geometry has no ring", status=Status.NOTHING)
    outer, *holes = [part.outer for part in shape.parts]
    return PolygonShape((PolygonPart(outer, tuple(holes)),), notes=shape.notes)
