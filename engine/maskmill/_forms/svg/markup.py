"""Find the polygons in SVG elements: ``<path d>``, ``<polygon points>``, ``<rect>`` and others, alone or in ``<svg>``.

What would move, hide or cut a shape gives a reason instead of a mask: transforms, clip paths, style sheets, references.
Colours and strokes say nothing about the shape and are not looked at.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final, Literal, NamedTuple

import numpy as np

from ..._boxes import as_number
from ...errors import excerpt
from ...status import Note, Status
from ..results import Points, PolygonPart
from ..shape import Bounds, NotAPolygon, PolygonShape, too_many_vertices, unite
from . import basic_shapes, path_data, subpaths

_START: Final = re.compile(
    r"\s*(?:<\?xml[^>]*+>\s*|<!--.{0,1000}?-->\s*|<!DOCTYPE[^>]*+>\s*)*<(?:\w+:)?(svg|g|path|polygon|polyline|rect|circle|ellipse)\b",
    re.IGNORECASE | re.DOTALL,
)
_COMMENT: Final = re.compile(r"<!--|<\?|<!DOCTYPE", re.IGNORECASE)
_ENDS: Final = {"<!--": "-->", "<?": "?>", "<!doctype": ">"}
_TAG: Final = re.compile(r"""<\s*(/?)\s*(?:\w+:)?([A-Za-z][\w.-]*)((?:[^<>"']|"[^"]*"|'[^']*')*+)>""")
_ATTRIBUTE: Final = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_SHAPES: Final = frozenset(("path", "polygon", "polyline", *basic_shapes.NAMES))
_HARMLESS: Final = frozenset(("svg", "g", "title", "desc", "metadata"))
_FORBIDDEN: Final = ("transform", "clip-path", "mask", "display", "visibility", "filter", "href", "xlink:href")
_WITHOUT_EFFECT: Final = {"display": ("", "inline", "block"), "visibility": ("", "visible")}
_SEPARATORS: Final = re.compile(r"[\s,]+")


class _Element(NamedTuple):
    name: str
    attributes: dict[str, str]


def is_markup(text: str) -> bool:
    """Tell whether a text begins with an SVG element that may hold a polygon.

    >>> is_markup('<polygon points="0,0 9,0 9,9"/>'), is_markup("<seg_4>")
    (True, False)
    """
    return _START.match(text) is not None


def read(text: str, bounds: Bounds) -> PolygonShape:
    """Read the shapes of an SVG element or document, whose axes are x and y; several are united.

    >>> read('<polygon points="0,0 9,0 9,9"/>', Bounds(99)).parts[0].outer.tolist()
    [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0]]

    Raises
    ------
    NotAPolygon
        There is no such shape, or something else in it that would change the picture.
    """
    elements = _elements(text)
    for element in elements:
        _refuse_unsupported(element)
    shapes = [element for element in elements if element.name in _SHAPES]
    if not shapes:
        raise NotAPolygon("the SVG has no shape that can be read", status=Status.NOTHING)
    rule = _fill_rule([element for element in elements if element.name in ("svg", "g")])
    shape = unite([_shape(element, bounds, rule) for element in shapes])
    if sum(len(part.outer) for part in shape.parts) > bounds.max_vertices:
        raise too_many_vertices(bounds.max_vertices, bounds.max_vertices + 1)
    if len(shapes) > 1:
        shape.notes.append(Note("shapes_united", f"{len(shapes)} shapes of the SVG were read as one mask"))
    frame = next((_view_box(element) for element in elements if element.name == "svg"), None)
    return shape if frame is None else _in_frame(shape, frame)


def _elements(text: str) -> list[_Element]:
    text = _without_comments(text)
    elements = [_Element(match[2].lower(), _attributes(match[3])) for match in _TAG.finditer(text) if not match[1]]
    if text.count("<") != len(_TAG.findall(text)):
        raise NotAPolygon(f"expected whole SVG elements, got {excerpt(text[-60:])} at the end")
    return elements


def _without_comments(text: str) -> str:
    """Return a text without comments, instructions and the document type."""
    kept, place = [], 0
    for match in _COMMENT.finditer(text):
        if match.start() < place:
            continue
        end = text.find(_ENDS[match[0].lower()], match.end())
        if end < 0:
            break
        kept.append(text[place : match.start()])
        place = end + len(_ENDS[match[0].lower()])
    return " ".join([*kept, text[place:]])


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(text):
        found.setdefault(name.lower(), unescape(double or single or bare))
    for declaration in found.get("style", "").split(";"):  # a style counts more than an attribute of the same name
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip().lower()] = value.strip()
    return found


def _refuse_unsupported(element: _Element) -> None:
    if element.name not in _SHAPES and element.name not in _HARMLESS:
        raise NotAPolygon(f"expected SVG of paths and polygons alone, got <{element.name}>, which is not supported")
    for name in _FORBIDDEN:
        value = element.attributes.get(name, "").strip().lower()
        if value not in _WITHOUT_EFFECT.get(name, ("", "none")):
            raise NotAPolygon(f"expected SVG without `{name}`, got {excerpt(value)} in <{element.name}>")


def _fill_rule(elements: list[_Element]) -> str:
    """Return the rule that the elements around the shapes give; non-zero, if they give none."""
    rules = [element.attributes["fill-rule"] for element in elements if "fill-rule" in element.attributes]
    return rules[-1] if rules else "nonzero"


def _shape(element: _Element, bounds: Bounds, inherited: str) -> PolygonShape:
    rule: Literal["nonzero", "evenodd"] = "nonzero"
    if element.attributes.get("fill-rule", inherited).strip().lower() == "evenodd":
        rule = "evenodd"
    if element.name == "path":
        data = element.attributes.get("d", "")
        return path_data.read(data, bounds, rule) if data.strip() else PolygonShape((), True)
    if element.name in basic_shapes.NAMES:
        return path_data.read(basic_shapes.to_path(element.name, element.attributes), bounds)
    words = [word for word in _SEPARATORS.split(element.attributes.get("points", "")) if word]
    numbers = [v for word in words if (v := as_number(word)) is not None]
    if len(numbers) != len(words) or len(numbers) % 2:
        raise NotAPolygon(f"expected an even number of coordinates, got {len(words)} words in <{element.name}>")
    if len(numbers) > 2 * bounds.max_vertices:
        raise too_many_vertices(bounds.max_vertices, len(numbers) // 2)
    ring = np.array(numbers, np.float64).reshape(-1, 2)
    return PolygonShape(subpaths.to_parts([ring], rule), True)


# The frame that a document gives.


def _view_box(element: _Element) -> list[float] | None:
    """Return left, top, width and height of the document's frame; None if it has none, or one of thousandths."""
    words = [as_number(word) for word in _SEPARATORS.split(element.attributes.get("viewbox", "").strip())]
    if "viewbox" not in element.attributes:
        sides = (element.attributes.get(name, "").removesuffix("px") for name in ("width", "height"))
        words = [0, 0, *map(as_number, sides)]
        if None in words:
            return None
    numbers = [float(v) for v in words if v is not None]
    if len(numbers) != 4 or numbers[2] <= 0 or numbers[3] <= 0:
        raise NotAPolygon(f"expected four numbers as `viewBox`, got {excerpt(element.attributes.get('viewbox'))}")
    return None if numbers == [0, 0, 1000, 1000] else numbers


def _in_frame(shape: PolygonShape, frame: list[float]) -> PolygonShape:
    """Return a shape in thousandths of the frame of its document."""
    left, top, width, height = frame
    origin, scale = np.array([left, top]), np.array([1000 / width, 1000 / height])

    def placed(ring: Points) -> Points:
        return np.asarray((ring - origin) * scale)

    parts = tuple(PolygonPart(placed(part.outer), tuple(map(placed, part.holes))) for part in shape.parts)
    place = " ".join(f"{v:g}" for v in frame)
    note = Note("svg_frame", f"the SVG's frame ({place}) was read as the whole frame of the mask", place)
    return PolygonShape(parts, True, [*shape.notes, note])
