"""Rectangles, circles and ellipses of SVG as path data, so that their curves are flattened like all others."""

from __future__ import annotations

from typing import Final

from ..._boxes import as_number
from ...errors import excerpt
from ..shape import NotAPolygon

NAMES: Final = ("rect", "circle", "ellipse")

Attributes = dict[str, str]


def to_path(name: str, attributes: Attributes) -> str:
    """Return the path data of a shape.

    >>> to_path("rect", {"x": "1", "width": "4", "height": "2"}), to_path("circle", {"r": "2"})
    ('M1 0h4v2h-4z', 'M-2 0a2 2 0 0 1 4 0a2 2 0 0 1 -4 0z')

    Parameters
    ----------
    name : str
        One of `NAMES`.
    attributes : dict of str to str
        Those of the element.

    Raises
    ------
    NotAPolygon
        A length is missing, no number, or negative.
    """
    if name == "rect":
        return _rectangle(name, attributes)
    radii = [_length(name, attributes, key) for key in (("r", "r") if name == "circle" else ("rx", "ry"))]
    return _ellipse(_number(name, attributes, "cx"), _number(name, attributes, "cy"), *radii)


def _rectangle(name: str, attributes: Attributes) -> str:
    x, y = _number(name, attributes, "x"), _number(name, attributes, "y")
    width, height = _length(name, attributes, "width"), _length(name, attributes, "height")
    given = [attributes.get("rx", attributes.get("ry", "0")), attributes.get("ry", attributes.get("rx", "0"))]
    rx, ry = (_number(name, {"r": radius}, "r") for radius in given)
    rx, ry = min(rx, width / 2), min(ry, height / 2)
    if rx <= 0 or ry <= 0:
        return f"M{x:.12g} {y:.12g}h{width:.12g}v{height:.12g}h{-width:.12g}z"
    across, down = f"{width - 2 * rx:.12g}", f"{height - 2 * ry:.12g}"
    corner = f"a{rx:.12g} {ry:.12g} 0 0 1 "
    edges = (
        f"M{x + rx:.12g} {y:.12g}h{across}{corner}{rx:.12g} {ry:.12g}",
        f"v{down}{corner}{-rx:.12g} {ry:.12g}",
        f"h-{across}{corner}{-rx:.12g} {-ry:.12g}",
        f"v-{down}{corner}{rx:.12g} {-ry:.12g}z",
    )
    return "".join(edges)


def _ellipse(x: float, y: float, rx: float, ry: float) -> str:
    arc = f"a{rx:.12g} {ry:.12g} 0 0 1"
    return f"M{x - rx:.12g} {y:.12g}{arc} {2 * rx:.12g} 0{arc} {-2 * rx:.12g} 0z"


def _number(name: str, attributes: Attributes, key: str) -> float:
    word = attributes.get(key, "0").strip().lower().removesuffix("px")
    number = as_number(word)
    if number is None:
        raise NotAPolygon(f"expected a number as `{key}` of <{name}>, got {excerpt(word)}")
    return float(number)


def _length(name: str, attributes: Attributes, key: str) -> float:
    number = _number(name, attributes, key)
    if not 0 < number < 1e9:
        raise NotAPolygon(f"expected a length as `{key}` of <{name}>, got {excerpt(attributes.get(key))}")
    return number
