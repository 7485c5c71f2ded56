"""Read polygons from well-known text: POLYGON and MULTIPOLYGON, with further dimensions and with an SRID."""

from __future__ import annotations

import re
from typing import Any, Final

from ...errors import excerpt
from ...status import Status
from ..shape import Bounds, NotAPolygon, PolygonShape, as_one_part, too_many_vertices, unite
from ..vertices import read_ring
from . import geojson

_KINDS: Final = (
    "POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION|CIRCULARSTRING"
    "|COMPOUNDCURVE|CURVEPOLYGON|MULTICURVE|MULTISURFACE|CURVE|SURFACE|POLYHEDRALSURFACE|TIN|TRIANGLE|LINEARRING"
)
_START: Final = re.compile(rf"\s*(?:SRID\s*=\s*\d+\s*;\s*)?(?:{_KINDS})\s*(?:ZM?|M)?\s*(?:\(|EMPTY\b)", re.IGNORECASE)
_TOKEN: Final = re.compile(r"\s*+(?:([A-Za-z]+)|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([(),]))")
_SRID: Final = re.compile(r"\s*SRID\s*=\s*\d+\s*;", re.IGNORECASE)
_DIMENSIONS: Final = frozenset(("Z", "M", "ZM"))
_RINGS: Final = {"POLYGON": 2, "TRIANGLE": 2, "MULTIPOLYGON": 3}
_NO_AREA: Final = ("POINT", "LINESTRING", "MULTIPOINT", "MULTILINESTRING", "LINEARRING")


def is_wkt(text: str) -> bool:
    """Tell whether a text begins like well-known text.

    >>> is_wkt("SRID=4326;POLYGON((0 0, 1 0, 1 1))"), is_wkt("polygon of a cat")
    (True, False)
    """
    return _START.match(text) is not None


def read(text: str, bounds: Bounds) -> PolygonShape:
    """Read the polygons of well-known text, whose axes are x and y.

    >>> read("POLYGON ((1 2, 3 4, 5 0))", Bounds(99)).parts[0].outer.tolist()
    [[1.0, 2.0], [3.0, 4.0], [5.0, 0.0]]

    Raises
    ------
    NotAPolygon
        It has no polygon, or does not follow the grammar.
    """
    srid = _SRID.match(text)
    words = _split(text, srid.end() if srid else 0, bounds)
    polygons: list[Any] = []
    others: list[str] = []
    for kind, body in _geometries(words):
        if kind not in _RINGS:
            others.append(kind)
        elif body:
            polygons.extend(body if kind == "MULTIPOLYGON" else [body])
    if polygons:
        if any(kind not in _NO_AREA for kind in others):
            raise _unsupported(others)
        return unite([_part(rings) for rings in polygons])
    if not others:
        raise NotAPolygon("the well-known text has no ring", status=Status.NOTHING)
    raise geojson.without_area(others[0]) if others[0] in _NO_AREA else _unsupported(others)


def _unsupported(kinds: list[str]) -> NotAPolygon:
    kind = next(kind for kind in kinds if kind not in _NO_AREA)
    return NotAPolygon(f"expected POLYGON or MULTIPOLYGON, got {kind}")


def _split(text: str, start: int, bounds: Bounds) -> list[str]:
    """Return names in capitals, numbers, brackets and commas."""
    words, place = [], start
    text = text.rstrip(" \t\r\n;")
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise NotAPolygon(f"expected well-known text, got {excerpt(text[place:])} in it")
        words.append(match[0].strip().upper())
        place = match.end()
        if len(words) > 12 * bounds.max_vertices:
            raise too_many_vertices(bounds.max_vertices, bounds.max_vertices + 1)
    return words


def _geometries(words: list[str]) -> list[tuple[str, Any]]:
    """Return the kind of each geometry and its brackets as lists; a collection is opened."""
    found, place = [], 0
    while place < len(words):
        kind = words[place]
        place += 1
        if kind in ("(", ")", ","):
            continue
        if place < len(words) and words[place] in _DIMENSIONS:
            place += 1
        kind = kind.removesuffix("ZM").removesuffix("Z").removesuffix("M") if kind not in _RINGS else kind
        if kind == "GEOMETRYCOLLECTION":
            continue
        body, place = ([], place + 1) if words[place : place + 1] == ["EMPTY"] else _brackets(words, place)
        found.append((kind, body))
    return found


def _brackets(words: list[str], place: int) -> tuple[Any, int]:
    """Return nested lists of words for nested brackets, and the place after them."""
    stack: list[list[Any]] = [[]]
    while place < len(words):
        word = words[place]
        place += 1
        if word == "(":
            stack.append([[]])
        elif word == ",":
            stack[-1].append([])
        elif word == ")":
            if len(stack) < 2:
                break
            entries = stack.pop()
            (stack[-1][-1] if len(stack) > 1 else stack[0]).append(entries)
            if len(stack) == 1:
                return _plain(stack[0][0]), place
        elif len(stack) == 1:
            break
        else:
            stack[-1][-1].append(word)
        if len(stack) > 6:
            break
    raise NotAPolygon("expected well-known text, got brackets that do not close")


def _plain(entries: list[Any]) -> list[Any]:
    """Return entries without the list around a bracket that stands alone between commas."""
    return [_plain(entry[0]) if len(entry) == 1 and isinstance(entry[0], list) else entry for entry in entries]


def _part(rings: Any) -> PolygonShape:
    """Return the part of the rings of one polygon."""
    shapes = []
    for ring in rings:
        shape = read_ring(ring) if isinstance(ring, list) else None
        if shape is None:
            raise NotAPolygon(f"expected rings of points in well-known text, got {excerpt(ring)}")
        shapes.append(shape)
    shape = as_one_part(shapes)
    return PolygonShape(shape.parts, True, shape.notes)
