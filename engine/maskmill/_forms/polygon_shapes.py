"""The structures in which models write polygons, distinguished by structure alone.

==========================================  =================================================
value                                       read as
==========================================  =================================================
``[a, b, a, b, …]``                         one ring
``[[a, b], …]``, ``[{"x", "y"}, …]``        one ring; `vertices` lists the forms of a point
``[[a, b, a, b, …], […]]``                  chunks: pieces of one ring, or separate rings
``[[a, a, a, …], [b, b, b, …]]``            lists in parallel, of an odd number each
``[[[a, b], …], …]``                        several rings, united
``{"x": […], "y": […]}``                    lists in parallel; `named_polygons` lists the names
``{"outer": …, "holes": […]}``, a list      parts with holes, united
``{"type": "Polygon", "coordinates"}``      GeoJSON: the first ring is the outer one
``"…"``                                     `polygon_text`: numbers, points, SVG, WKT
==========================================  =================================================
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from .._boxes import as_number
from .._reply import keys
from ..errors import excerpt
from ..status import Note, Status
from . import named_polygons, polygon_text, vertices
from .geo import geojson
from .results import Points, PolygonPart
from .rings import groups, holes, parallel
from .shape import Bounds, NotAPolygon, PolygonShape, as_one_part, too_many_vertices, unite

_OUTER: Final = ("outer", "exterior", "outline", "shell", "exteriorring", "outerring", "externalring")
_HOLES: Final = tuple(keys.HOLES)
_WRAPPERS: Final = (
    *("points", "polygon", "polygons", "vertices", "contour", "contours", "rings", "parts", "ring", "coordinates"),
    *("coords", "segmentation", "segments", "mask", "geometry", "shape", "shapeattributes", "boundary", "region"),
    *("path", "paths", "d", "svg", "svgpath", "wkt", "polyline", "value", "corners", "loops", "exteriors", "shapes"),
)
_LEVELS: Final = 6


def read_parts(value: Any, bounds: Bounds, level: int = 0) -> PolygonShape:
    """Read the parts of a polygon from a value in any of the structures above.

    Parameters
    ----------
    value : Any
        Parsed JSON.
    bounds : Bounds
        Longer lists are refused.
    level : int
        Levels of nesting already entered.

    Raises
    ------
    NotAPolygon
        The structure is another one, or a list is too long.
    """
    if isinstance(value, str) and level:
        return _text(value, bounds, level)
    if level > _LEVELS:
        raise _unknown(value)
    if isinstance(value, dict):
        return _object(value, bounds, level)
    if not isinstance(value, list) or not value:
        raise _unknown(value)
    if len(value) > 2 * bounds.max_vertices:
        raise too_many_vertices(bounds.max_vertices, len(value) // 2)
    if not any(isinstance(entry, (list, dict)) for entry in value):
        return _scalars(value, bounds, level)
    return _read_lists(value, bounds, level)


def _unknown(value: Any) -> NotAPolygon:
    message = f"expected points, flat coordinates, rings, or parts with `outer` and `holes`, got {excerpt(value)}"
    return NotAPolygon(message, form="unknown")


def _text(value: str, bounds: Bounds, level: int) -> PolygonShape:
    rings = groups.split_rings(value.strip())
    if rings is not None:
        return read_parts(rings, bounds, level + 1)
    read = polygon_text.read(value, bounds)
    if read is None:
        raise _unknown(value)
    return read if isinstance(read, PolygonShape) else read_parts(read, bounds, level + 1)


def _scalars(value: list[Any], bounds: Bounds, level: int) -> PolygonShape:
    """Read a list without lists or objects: coordinates, or a text for each point or ring."""
    texts = [entry for entry in value if isinstance(entry, str)]
    if len(texts) < len(value) - vertices.tolerated(len(value)) or any(as_number(text) is not None for text in texts):
        if not any(as_number(entry) is not None for entry in value):
            raise _unknown(value)
        return vertices.read_flat(value)
    points = [polygon_text.split_numbers(text) for text in texts]
    if all(point is not None and 2 <= len(point) <= 3 for point in points):
        lists = [polygon_text.split_numbers(entry) if isinstance(entry, str) else entry for entry in value]
        return _read_lists(lists, bounds, level)
    return unite([_text(entry, bounds, level + 1) for entry in texts if entry.strip()])


# Objects.


def _object(value: dict[str, Any], bounds: Bounds, level: int) -> PolygonShape:
    names = keys.fold_keys(value)
    outer = _first(value, names, _OUTER)
    if outer:
        return _with_holes(outer, _holes_of(value, names), bounds, level)
    if vertices.read_vertex(value) is not None:
        return vertices.read_ring([value]) or PolygonShape(())
    points = named_polygons.read_points(value, names)
    if points is not None:
        return _named(points, bounds, level)
    if geojson.is_geometry(value):
        return _geojson(value, bounds, level)
    wrapped = _first(value, names, _WRAPPERS)
    if not wrapped:
        return _named_rings(value, names, bounds, level)
    inner = _holes_of(value, names)
    shape = _with_holes(wrapped, inner, bounds, level)
    others = [key for key in names.values() if _is_unread_ring(value[key], wrapped, inner)]
    if others:
        shape.notes.append(Note("mask_unused", f"the points under {excerpt(others[0])} beside the ring were not read"))
    return shape


def _holes_of(value: dict[str, Any], names: dict[str, str]) -> Any:
    """Return the points of the holes of an object, under one key or several; an empty list if it has none."""
    found = [value[key] for name, key in names.items() if name in _HOLES or holes.names_hole(name)]
    found = [held for held in found if held and (isinstance(held, (list, dict)) or polygon_text.may_hold_points(held))]
    return found[0] if len(found) == 1 else found


def _is_unread_ring(value: Any, *read: Any) -> bool:
    """Tell whether a value beside a ring is a list of points or rings that nothing has read."""
    ring = value[0] if isinstance(value, list) and len(value) == 1 else value
    is_long = isinstance(ring, list) and len(ring) > 2 and value not in read
    return is_long and all(isinstance(entry, (list, dict)) and len(entry) > 1 for entry in ring)


def _named_rings(value: dict[str, Any], names: dict[str, str], bounds: Bounds, level: int) -> PolygonShape:
    """Read an object whose every value is a ring, of which some may say that it is a hole."""
    if len(value) < 2 or not all(isinstance(held, (list, dict)) and len(held) > 2 for held in value.values()):
        raise _unknown(value)
    shapes = {name: read_parts(value[key], bounds, level + 1) for name, key in names.items()}
    outer = [shape for name, shape in shapes.items() if not holes.names_hole(name)]
    inner = [shape for name, shape in shapes.items() if holes.names_hole(name)]
    shape = unite(outer)
    if len(outer) > 1:
        shape.notes.append(Note("shapes_united", f"{len(outer)} rings under separate names were read as one mask"))
    return holes.cut(shape, unite(inner), bounds) if inner else shape


def _named(points: named_polygons.NamedPoints, bounds: Bounds, level: int) -> PolygonShape:
    """Read points whose numbers stood under names."""
    shape = read_parts(points.value, bounds, level + 1)
    return PolygonShape(shape.parts, shape.has_named_axes or points.is_named, shape.notes)


def _first(value: dict[str, Any], names: dict[str, str], wanted: tuple[str, ...]) -> Any:
    """Return the first of the wanted entries that is a text, a list or an object, and not empty; else an empty list."""
    held = (value[names[name]] for name in wanted if name in names)
    return next((entry for entry in held if isinstance(entry, (str, list, dict)) and entry), [])


def _with_holes(outer: Any, inner: Any, bounds: Bounds, level: int) -> PolygonShape:
    shape = read_parts(outer, bounds, level + 1)
    if isinstance(inner, list) and all(_is_hollow(hole) for hole in inner):
        return shape
    return holes.cut(shape, read_parts(inner, bounds, level + 1), bounds)


def _geojson(value: dict[str, Any], bounds: Bounds, level: int) -> PolygonShape:
    polygons = geojson.polygons_of(value)
    if not polygons:
        raise NotAPolygon("the geometry has no ring", status=Status.NOTHING)
    shapes = [as_one_part([read_parts(ring, bounds, level + 2) for ring in polygon]) for polygon in polygons]
    if sum(len(part.outer) for shape in shapes for part in shape.parts) > bounds.max_vertices:
        raise too_many_vertices(bounds.max_vertices, bounds.max_vertices + 1)
    return unite(shapes)


def _is_hollow(entry: Any) -> bool:
    """Tell whether an entry among rings is empty: an empty list, null, or a part without an outer ring."""
    if isinstance(entry, dict):
        return any(key in entry and not entry[key] for key in _OUTER)
    return entry is None or entry == []


# Lists.


def _read_lists(value: list[Any], bounds: Bounds, level: int) -> PolygonShape:
    """Read a list of lists or objects: points of one ring, or several rings."""
    if parallel.are_parallel(value):
        note = Note("lists_parallel", f"two lists of {len(value[0])} numbers were read as the points' coordinates")
        pairs = [list(pair) for pair in zip(*value, strict=True)]
        ring = vertices.read_ring(pairs)
        return PolygonShape(ring.parts if ring else (), False, [note, *(ring.notes if ring else ())])
    ring = vertices.read_ring(value)
    if ring is not None:
        return ring
    count = len(value)
    value = [entry for entry in value if not _is_hollow(entry)]
    if 0 < len(value) < count and vertices.read_ring(value) is not None:
        raise NotAPolygon(f"expected points, got {count - len(value)} of {count} of them empty")
    kinds = set(map(type, value))
    if kinds == {dict}:
        return _objects(value, bounds, level)
    if kinds == {list}:
        return _lists(value, bounds, level)
    if kinds == {str}:
        return _scalars(value, bounds, level + 1)
    raise _unknown(value)


def _objects(value: list[Any], bounds: Bounds, level: int) -> PolygonShape:
    """Read objects side by side, each a ring or more; those that say so are holes of the others."""
    shapes = [_object(entry, bounds, level + 1) for entry in value]
    flags = [holes.is_hole(entry, keys.fold_keys(entry)) for entry in value]
    outer = unite([shape for shape, flag in zip(shapes, flags, strict=True) if not flag])
    if None in flags:
        outer.notes.append(holes.unsure_note())
    if not any(flags):
        return outer
    return holes.cut(outer, unite([shape for shape, flag in zip(shapes, flags, strict=True) if flag]), bounds)


def _lists(value: list[list[Any]], bounds: Bounds, level: int) -> PolygonShape:
    flat = [all(not isinstance(v, (list, dict)) for v in entry) for entry in value]
    if all(flat):
        return _chunks(value)
    if any(flat):
        raise NotAPolygon("expected rings side by side, got coordinates beside lists of them", form="unknown")
    return unite([read_parts(entry, bounds, level + 1) for entry in value])


def _chunks(value: list[list[Any]]) -> PolygonShape:
    """Read flat lists side by side: pieces of one ring if their ends lie nearer to the next start than to their own."""
    if len(value) > 2 and all(v in (0, 1) for entry in value for v in entry):
        message = f"expected coordinates, got a bitmap of {len(value)} rows of {len(value[0])}"
        raise NotAPolygon(message, form="unknown")
    shapes = [vertices.read_flat(entry) for entry in value]
    chunks = [shape.parts[0].outer for shape in shapes]
    notes = unite(shapes).notes
    if len(chunks) == 1:
        return PolygonShape((PolygonPart(chunks[0]),), notes=notes)
    if _are_pieces(chunks):
        note = Note("chunks_joined", f"{len(chunks)} flat lists were read as pieces of one ring")
        return PolygonShape((PolygonPart(np.concatenate(chunks)),), notes=[*notes, note])
    note = Note("chunks_apart", f"{len(chunks)} flat lists were read as separate rings")
    return PolygonShape(tuple(PolygonPart(chunk) for chunk in chunks), notes=[*notes, note])


def _are_pieces(chunks: list[Points]) -> bool:
    if any(len(chunk) < 3 or not parallel.area(chunk) for chunk in chunks):
        return True
    starts = np.array([chunk[0] for chunk in chunks])
    ends = np.array([chunk[-1] for chunk in chunks])
    closing = np.hypot(*(ends - starts).T).sum()
    joining = np.hypot(*(ends - np.roll(starts, -1, axis=0)).T).sum()
    return bool(joining < closing)
