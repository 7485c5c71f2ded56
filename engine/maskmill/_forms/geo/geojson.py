"""Find the polygons in GeoJSON: geometries, features, and collections of them."""

from __future__ import annotations

from typing import Any, Final

from ...errors import excerpt
from ...status import Status
from ..shape import NotAPolygon

_WITHOUT_AREA: Final = frozenset(("Point", "MultiPoint", "LineString", "MultiLineString"))
_COLLECTIONS: Final = {"FeatureCollection": "features", "GeometryCollection": "geometries"}
_LEVELS: Final = 8

Rings = list[Any]


def is_geometry(value: dict[str, Any]) -> bool:
    """Tell whether an object is GeoJSON: its type and the member that belongs to it.

    >>> is_geometry({"type": "Feature", "geometry": None}), is_geometry({"type": "polygon", "points": []})
    (True, False)
    """
    kind = value.get("type")
    if not isinstance(kind, str):
        return False
    if kind in _COLLECTIONS:
        return isinstance(value.get(_COLLECTIONS[kind]), list)
    if kind == "Feature":
        return "geometry" in value
    return kind in ("Polygon", "MultiPolygon", *_WITHOUT_AREA) and isinstance(value.get("coordinates"), list)


def polygons_of(value: dict[str, Any]) -> list[Rings]:
    """Return the rings of each polygon; geometries without an area beside polygons add nothing.

    >>> polygons_of({"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1]]]]})
    [[[[0, 0], [1, 0], [1, 1]]]]

    Raises
    ------
    NotAPolygon
        There are geometries, and none of them has an area.
    """
    polygons: list[Rings] = []
    others: list[str] = []
    _collect(value, polygons, others, 0)
    if others and not polygons:
        raise without_area(others[0])
    return polygons


def without_area(kind: str) -> NotAPolygon:
    """Return the refusal of a geometry of lines or points."""
    return NotAPolygon(f"expected polygons, got a {kind}, which has no area", status=Status.DEGENERATE)


def _collect(value: Any, polygons: list[Rings], others: list[str], level: int) -> None:
    if value is None or value == {}:
        return
    if not isinstance(value, dict) or not is_geometry(value) or level > _LEVELS:
        raise NotAPolygon(f"expected a GeoJSON geometry, got {excerpt(value)}", form="unknown")
    kind = value["type"]
    if kind in _COLLECTIONS:
        for member in value[_COLLECTIONS[kind]]:
            _collect(member, polygons, others, level + 1)
    elif kind == "Feature":
        _collect(value["geometry"], polygons, others, level + 1)
    elif kind in _WITHOUT_AREA:
        others.append(kind)
    else:
        polygons.extend(_polygons(value["coordinates"]))


def _polygons(coordinates: list[Any]) -> list[Rings]:
    """Return the polygons of coordinates that are as deep as those of many, of one, or of its only ring."""
    entries, depth = coordinates, _depth(coordinates)
    for _ in range(depth, 4):
        entries = [entries]
    for rings in entries:
        if not isinstance(rings, list) or not all(isinstance(ring, list) for ring in rings):
            raise NotAPolygon(f"expected lists of rings, got {excerpt(rings)}", form="unknown")
    return [[ring for ring in rings if ring] for rings in entries if any(rings)]


def _depth(value: Any) -> int:
    """Return how deep the first lists are nested, 4 for those of a MultiPolygon: at least 2, of a ring."""
    depth = 0
    while isinstance(value, list) and depth < 4:
        value = next((entry for entry in value if entry != []), None)
        depth += 1
    return max(depth, 2) if value is not None else 3
