"""Find the features of a GeoJSON file: line by line where `geojson.write` wrote it, else from memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from maskmill.errors import ArgumentError, excerpt

from .parts.values import parse_json

HEAD: Final = b'{"type":"FeatureCollection",'
HEAD_END: Final = b'"features":[\n'
"""Start and end of the first line of a file that `geojson.write` writes."""

_GEOMETRIES: Final = frozenset(
    ("Polygon", "MultiPolygon", "GeometryCollection", "Point", "MultiPoint", "LineString", "MultiLineString")
)


def is_ours(file: Path) -> bool:
    """Whether `geojson.write` wrote a file, by its first line."""
    with file.open("rb") as lines:
        head = lines.readline(1 << 16)
    return head.startswith(HEAD) and head.endswith(HEAD_END) and b'"maskmill":' in head


def stream_features(file: Path) -> Iterator[Any]:
    """Yield the features of a file that `geojson.write` wrote.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file breaks off.
    """
    number, line = 0, b""
    with file.open("rb") as lines:
        next(lines)
        for number, line in enumerate(lines, 2):
            if line.startswith((b"{", b"]")) and line != b"]}\n":
                yield parse_json(line.rstrip(b",\n"), f"line {number} of {file}")
    if line != b"]}\n":
        raise ArgumentError("a complete FeatureCollection", "one that breaks off", f"line {number} of {file}")


def load_features(file: Path) -> tuple[list[Any], str]:
    """Return the features of any other file, and the name of the reference system that it gives.

    A collection, a list of features, one feature and a single geometry are read.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no GeoJSON.
    """
    value = parse_json(file.read_bytes(), str(file))
    if isinstance(value, list) and value and all(_kind(feature) in ("Feature", *_GEOMETRIES) for feature in value):
        return [_as_feature(feature) for feature in value], ""
    kind = _kind(value)
    if kind == "FeatureCollection" and isinstance(value.get("features"), list):
        return value["features"], _system(value.get("crs"))
    if kind == "Feature" or kind in _GEOMETRIES:
        return [_as_feature(value)], _system(value.get("crs"))
    raise ArgumentError("a GeoJSON object", excerpt(value), str(file))


def _kind(value: Any) -> str:
    """Return the type that a GeoJSON object names; empty where it names none."""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else ""


def _as_feature(value: Any) -> Any:
    """Return a geometry as a feature without properties."""
    return value if _kind(value) == "Feature" else {"type": "Feature", "geometry": value, "properties": {}}


def _system(crs: Any) -> str:
    """Return the name of the reference system in the old member ``crs``; empty where there is none."""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else ""
