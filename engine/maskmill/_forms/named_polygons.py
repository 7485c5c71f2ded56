"""Points whose numbers stand under names: lists in parallel, numbered corners, and maps from a name to a point."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final, NamedTuple

from ..errors import excerpt
from . import polygon_text, vertices
from .shape import NotAPolygon

_NUMBERED: Final = re.compile(r"([xy])(\d{1,4})")
_CORNER_SIGNS: Final = ("tl", "tr", "br", "bl")
_CORNERS: Final = (
    ("topleft", "topright", "bottomright", "bottomleft"),
    ("upperleft", "upperright", "lowerright", "lowerleft"),
    ("lefttop", "righttop", "rightbottom", "leftbottom"),
    ("nw", "ne", "se", "sw"),
    ("lt", "rt", "rb", "lb"),
    ("ul", "ur", "lr", "ll"),
    _CORNER_SIGNS,
)
_COUNTED: Final = re.compile(r"\D*(\d{1,5})")


class NamedPoints(NamedTuple):
    """A list of points, or of rings, and whether the names were x and y."""

    value: list[Any]
    is_named: bool


def read_points(value: dict[str, Any], names: dict[str, str]) -> NamedPoints | None:
    """Return the points that an object holds under names; None if it holds none.

    >>> value = {"all_points_x": [1, 5, 5], "all_points_y": [2, 2, 9]}
    >>> read_points(value, {"allpointsx": "all_points_x", "allpointsy": "all_points_y"})
    NamedPoints(value=[[1, 2], [5, 2], [5, 9]], is_named=True)

    Parameters
    ----------
    value : dict
        The object.
    names : dict of str to str
        Its keys by their folded form.

    Raises
    ------
    NotAPolygon
        Lists in parallel differ in length.
    """
    for name, key in names.items():
        partner = _partner(name, names)
        if partner is not None:
            pairs = _zip(_listed(value[key]), _listed(value[names[partner]]))
            if pairs is not None:
                return NamedPoints(pairs, True)
    return _named_corners(value, names) or _numbered_corners(value, names) or _counted_points(value, names)


def _partner(name: str, names: dict[str, str]) -> str | None:
    """Return the key of the ys that belongs to a key of xs: the same name, with a y where that begins or ends in x."""
    at_start, at_end = f"y{name[1:]}", name[:-1] + "y"
    if name.startswith("x") and at_start in names:
        return at_start
    if name.endswith("x") and at_end in names:
        return at_end
    plural = f"{name[:-2]}ys"
    if name.endswith("xs") and plural in names:
        return plural
    return next((ys for xs, ys in (("cols", "rows"), ("columns", "rows")) if name == xs and ys in names), None)


def _listed(value: Any) -> Any:
    """Return the numbers of a text as a list; anything else as it is."""
    return (polygon_text.split_numbers(value) or value) if isinstance(value, str) else value


def _zip(xs: Any, ys: Any) -> list[Any] | None:
    """Return two lists, of numbers or of lists of them, point by point; None if they are no lists."""
    if not isinstance(xs, list) or not isinstance(ys, list):
        return None
    if len(xs) != len(ys):
        raise NotAPolygon(f"expected as many x as y, got {len(xs)} and {len(ys)}")
    if any(isinstance(entry, list) for entry in (*xs, *ys)):
        rings = [_zip(x, y) for x, y in zip(xs, ys, strict=True)]
        if any(ring is None for ring in rings):
            raise NotAPolygon(f"expected lists of x and of y, got {excerpt(xs)} and {excerpt(ys)}")
        return rings
    return [list(pair) for pair in zip(xs, ys, strict=True)]


def _named_corners(value: dict[str, Any], names: dict[str, str]) -> NamedPoints | None:
    """Return the points of an object that names the four corners of its ring, in whatever order it gives them."""
    if len(value) != len(_CORNER_SIGNS):
        return None
    for corners in _CORNERS:
        if all(name in names for name in corners):
            points = [value[names[name]] for name in corners]
            return NamedPoints(points, False) if all(vertices.read_vertex(point) for point in points) else None
    return None


def _numbered_corners(value: dict[str, Any], names: dict[str, str]) -> NamedPoints | None:
    """Return the points of ``x1, y1, x2, y2, x3, y3, …``: three or more, for two are a box."""
    found = {(match[1], int(match[2])): key for name, key in names.items() if (match := _NUMBERED.fullmatch(name))}
    numbers = sorted(number for axis, number in found if axis == "x" and ("y", number) in found)
    if len(numbers) < 3 or len(found) != 2 * len(numbers):
        return None
    return NamedPoints([[value[found["x", n]], value[found["y", n]]] for n in numbers], True)


def _counted_points(value: dict[str, Any], names: dict[str, str]) -> NamedPoints | None:
    """Return the points of a map whose keys end in ascending numbers: ``{"p1": [x, y], "p2": …}``."""
    if len(names) < 3 or len(names) != len(value):
        return None
    counted = [_COUNTED.fullmatch(name) for name in names]
    numbers = [int(match[1]) for match in counted if match]
    if len(numbers) < len(names) or any(a >= b for a, b in pairwise(numbers)):
        return None
    points = list(value.values())
    return NamedPoints(points, False) if all(vertices.read_vertex(point) for point in points) else None
