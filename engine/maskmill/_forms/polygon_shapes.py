"""The structures in which models write polygons, distinguished by structure alone.

========================================  =================================================
value                                     read as
========================================  =================================================
``[a, b, a, b, …]``                       one ring
``[[a, b], …]``, ``[{"x", "y"}, …]``      one ring
``[[a, b, a, b, …], […]]``                chunks: pieces of one ring, or separate rings
``[[[a, b], …], …]``                      several rings, united
``{"outer": …, "holes": […]}``, a list    parts with holes, united
``{"type": "Polygon", "coordinates"}``    GeoJSON: the first ring is the outer one
========================================  =================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import numpy as np

from .._boxes import as_number
from .._reply import keys
from ..errors import excerpt
from ..status import Note, Status
from .results import Points, PolygonPart

_NUMERIC_TEXT: Final = re.compile(r"[-+\d\s.,;eE]+")
_SEPARATORS: Final = re.compile(r"[\s,;]+")
_OUTER: Final = ("outer", "exterior", "outline")
_HOLES: Final = tuple(keys.HOLES)
_WRAPPERS: Final = ("points", "polygon", "polygons", "vertices", "contour", "contours", "rings", "parts")
_LEVELS: Final = 5


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


def parse_numbers(text: str) -> list[float] | None:
    """Parse text of numbers alone, ``a,b,a,b`` or ``a b a b``; return None for any other text.

    >>> parse_numbers("1,2 3,4")
    [1.0, 2.0, 3.0, 4.0]
    """
    if not _NUMERIC_TEXT.fullmatch(text):
        return None
    words = [word for word in _SEPARATORS.split(text) if word]
    numbers = [n for word in words if (n := as_number(word)) is not None]
    return numbers if numbers and len(numbers) == len(words) else None


def read_parts(value: Any, max_vertices: int, level: int = 0) -> PolygonShape:
    """Read the parts of a polygon from a value in any of the structures above.

    Parameters
    ----------
    value : Any
        Parsed JSON.
    max_vertices : int
        Longer lists are refused.
    level : int
        Levels of nesting already entered.

    Raises
    ------
    Unfit
        The structure is another one, or a list is longer than `max_vertices`.
    """
    if isinstance(value, dict):
        return _object(value, max_vertices, level)
    if not isinstance(value, list) or not value or level > _LEVELS:
        raise _unknown(value)
    if len(value) > 2 * max_vertices:
        message = f"expected at most {max_vertices} vertices (max_vertices), got at least {len(value) // 2}"
        raise NotAPolygon(message, status=Status.TOO_LARGE)
    kinds = set(map(type, value))
    if kinds == {str} and as_number(value[0]) is None:
        raise _unknown(value)
    if kinds <= {int, float, str}:
        return PolygonShape((PolygonPart(_flat(value)),))
    if kinds <= {list, dict, type(None)}:
        value = [entry for entry in value if not _is_hollow(entry)]
        kinds = set(map(type, value))
    if kinds == {dict}:
        return _objects(value, max_vertices, level)
    if kinds == {list}:
        return _lists(value, max_vertices, level)
    raise _unknown(value)


def _is_hollow(entry: Any) -> bool:
    """Tell whether an entry among rings is empty: an empty list, null, or a part without an outer ring."""
    if isinstance(entry, dict):
        return any(key in entry and not entry[key] for key in _OUTER)
    return entry is None or entry == []


def _unknown(value: Any) -> NotAPolygon:
    message = f"expected points, flat coordinates, rings, or parts with `outer` and `holes`, got {excerpt(value)}"
    return NotAPolygon(message, form="unknown")


# Objects.


def _object(value: dict[str, Any], max_vertices: int, level: int) -> PolygonShape:
    if _is_point(value):
        return PolygonShape((PolygonPart(_named_points([value])),), has_named_axes=True)
    names = keys.fold_keys(value)
    outer = _first(value, names, _OUTER)
    if outer:
        return _with_holes(outer, _first(value, names, _HOLES), max_vertices, level)
    if value.get("type") in ("Polygon", "MultiPolygon") and isinstance(value.get("coordinates"), list):
        return _geojson(value, max_vertices, level)
    wrapped = _first(value, names, _WRAPPERS)
    if not wrapped:
        raise _unknown(value)
    return read_parts(wrapped, max_vertices, level + 1)


def _first(value: dict[str, Any], names: dict[str, str], wanted: tuple[str, ...]) -> Any:
    """Return the first of the wanted entries that is not empty; an empty list if there is none."""
    return next((value[names[name]] for name in wanted if name in names and value[names[name]]), [])


def _with_holes(outer: Any, inner: Any, max_vertices: int, level: int) -> PolygonShape:
    shape = read_parts(outer, max_vertices, level + 1)
    if isinstance(inner, list) and all(_is_hollow(hole) for hole in inner):
        return shape
    holes = read_parts(inner, max_vertices, level + 1)
    rings = tuple(part.outer for part in holes.parts)
    return PolygonShape(
        tuple(PolygonPart(part.outer, rings) for part in shape.parts), shape.has_named_axes, shape.notes
    )


def _geojson(value: dict[str, Any], max_vertices: int, level: int) -> PolygonShape:
    polygons = value["coordinates"] if value["type"] == "MultiPolygon" else [value["coordinates"]]
    if not polygons:
        raise NotAPolygon("the geometry has no ring", status=Status.NOTHING)
    parts = []
    for polygon in polygons:
        rings = [part.outer for part in read_parts(polygon, max_vertices, level + 1).parts]
        parts.append(PolygonPart(rings[0], tuple(rings[1:])))
    return PolygonShape(tuple(parts))


def _objects(value: list[dict[str, Any]], max_vertices: int, level: int) -> PolygonShape:
    if all(_is_point(point) for point in value):
        return PolygonShape((PolygonPart(_named_points(value)),), has_named_axes=True)
    return _united([_object(entry, max_vertices, level + 1) for entry in value])


def _is_point(value: dict[str, Any]) -> bool:
    point = keys.point_coordinates(value)
    return point is not None and as_number(point[0]) is not None


def _named_points(value: list[dict[str, Any]]) -> Points:
    return _numbers([v for point in value for v in keys.point_coordinates(point) or ()]).reshape(-1, 2)


# Lists.


def _lists(value: list[list[Any]], max_vertices: int, level: int) -> PolygonShape:
    flat = all(not isinstance(v, (list, dict)) for entry in value for v in entry)
    if flat and all(len(entry) == 2 for entry in value):
        return PolygonShape((PolygonPart(_numbers(list(chain.from_iterable(value))).reshape(-1, 2)),))
    if flat:
        return _chunks(value)
    if any(not isinstance(v, (list, dict)) for entry in value for v in entry):
        raise NotAPolygon("expected rings side by side, got coordinates beside lists of them", form="unknown")
    return _united([read_parts(entry, max_vertices, level + 1) for entry in value])


def _united(shapes: list[PolygonShape]) -> PolygonShape:
    parts = tuple(part for shape in shapes for part in shape.parts)
    notes = [note for shape in shapes for note in shape.notes]
    return PolygonShape(parts, all(shape.has_named_axes for shape in shapes), notes)


def _chunks(value: list[list[Any]]) -> PolygonShape:
    """Read flat lists side by side: pieces of one ring if their ends lie nearer to the next start than to their own."""
    if len(value) > 2 and all(v in (0, 1) for entry in value for v in entry):
        raise NotAPolygon(f"expected coordinates, got a bitmap of {len(value)} rows of 0 and 1", form="unknown")
    chunks = [_flat(entry) for entry in value]
    if len(chunks) == 1:
        return PolygonShape((PolygonPart(chunks[0]),))
    if _are_pieces(chunks):
        note = Note("chunks_joined", f"{len(chunks)} flat lists were read as pieces of one ring")
        return PolygonShape((PolygonPart(np.concatenate(chunks)),), notes=[note])
    note = Note("chunks_apart", f"{len(chunks)} flat lists were read as separate rings")
    return PolygonShape(tuple(PolygonPart(chunk) for chunk in chunks), notes=[note])


def _are_pieces(chunks: list[Points]) -> bool:
    if any(len(chunk) < 3 for chunk in chunks):
        return True
    starts = np.array([chunk[0] for chunk in chunks])
    ends = np.array([chunk[-1] for chunk in chunks])
    closing = np.hypot(*(ends - starts).T).sum()
    joining = np.hypot(*(ends - np.roll(starts, -1, axis=0)).T).sum()
    return bool(joining < closing)


# Numbers.


def _flat(value: list[Any]) -> Points:
    if len(value) % 2:
        raise NotAPolygon(f"expected an even number of coordinates, got {len(value)}")
    return _numbers(value).reshape(-1, 2)


def _numbers(value: list[Any]) -> Points:
    if not set(map(type, value)) <= {int, float}:
        value = [as_number(v) for v in value]
        if None in value:
            raise NotAPolygon("expected finite numbers as coordinates, got something else among them")
    try:
        numbers = np.array(value, dtype=np.float64)
    except OverflowError:
        raise NotAPolygon("expected finite numbers as coordinates, got an integer past every float") from None
    if not np.isfinite(numbers).all():
        raise NotAPolygon("expected finite numbers as coordinates, got NaN or infinity among them")
    return numbers
