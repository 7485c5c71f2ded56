"""Parse SVG as a stream: the shapes with their titles, and what the elements around them say of fill and place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError

_CHUNK: Final = 1 << 18
_MAX_DEPTH: Final = 256
SHAPES: Final = ("path", "rect", "circle", "ellipse", "polygon", "polyline")
_WITHOUT_AREA: Final = ("line", "text", "use")
_NOT_DRAWN: Final = (
    *("defs", "clippath", "mask", "symbol", "pattern", "marker", "filter", "metadata", "lineargradient"),
    *("radialgradient", "foreignobject", "script", "title", "desc", "image", "style"),
)
_TRANSFORM: Final = re.compile(r"\s*,?\s*([a-zA-Z]+)\s*\(([^()]*)\)")
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_STYLED: Final = re.compile(r"fill-rule|transform|clip-path|display\s*:\s*none|fill\s*:\s*none|visibility\s*:\s*hidden")
_IDENTITY: Final = np.array([[1.0, 0, 0], [0, 1, 0]])

Matrix = NDArray[np.float64]
Attributes = dict[str, str]


@dataclass(frozen=True)
class Context:
    """What an element inherits.

    Attributes
    ----------
    rule : str
        ``nonzero`` or ``evenodd``.
    fill : str
        The paint, in small letters; empty where none is given.
    matrix : NDArray[np.float64]
        (2, 3), from the element's coordinates to those of the picture.
    fault : str
        Why the element cannot be read exactly; empty where it can.
    is_drawn : bool
        False inside definitions.
    """

    rule: str = "nonzero"
    fill: str = ""
    matrix: Matrix = field(default_factory=lambda: _IDENTITY)
    fault: str = ""
    is_drawn: bool = True


@dataclass
class Shape:
    """One shape of a file, in order."""

    name: str
    attributes: Attributes
    context: Context
    title: str = ""


@dataclass
class SvgFile:
    """The attributes of the root element, and the shapes."""

    root: Attributes = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    style: str = ""

    @property
    def styled(self) -> str:
        """A property that a style sheet sets and that changes masks; empty where there is none."""
        found = _STYLED.search(self.style)
        return found[0] if found else ""


class _Handler:
    """Builds an `SvgFile` from what expat parses."""

    def __init__(self, at: str) -> None:
        self.file = SvgFile()
        self._at = at
        self._stack: list[tuple[str, Context]] = []
        self._open: list[Shape] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        """Enter an element."""
        name = tag.rpartition("}")[2].rpartition(":")[2].lower()
        if not self._stack:
            if name != "svg":
                raise ArgumentError("an SVG file, with the element svg", f"<{tag[:40]}>", self._at)
            self.file.root = attributes
        if len(self._stack) >= _MAX_DEPTH:
            raise ArgumentError(f"elements nested at most {_MAX_DEPTH} deep", "more", self._at)
        around = self._stack[-1][1] if self._stack else Context()
        context = _enter(name, _with_style(attributes), around, is_root=not self._stack)
        self._stack.append((name, context))
        if name in (*SHAPES, *_WITHOUT_AREA) and context.is_drawn:
            self._open.append(Shape(name, _with_style(attributes), context))
            self.file.shapes.append(self._open[-1])

    def end(self, tag: str) -> None:
        """Leave an element."""
        name, context = self._stack.pop()
        if self._open and name == self._open[-1].name and context is self._open[-1].context:
            self._open.pop()

    def text(self, text: str) -> None:
        """Add the text of a title, or of a style sheet."""
        if self._stack and self._stack[-1][0] == "title" and self._open:
            self._open[-1].title += text
        elif self._stack and self._stack[-1][0] == "style":
            self.file.style += text

    def doctype(self, name: str, *_: object) -> None:
        """Refuse a document type, which could declare entities that grow without bounds."""
        raise ArgumentError("SVG without a document type", f"<!DOCTYPE {name}", self._at)


def parse_svg(file: Path) -> SvgFile:
    """Return the shapes of a file.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no SVG, declares a document type, or is nested too deeply.
    """
    handler, parser = _Handler(str(file)), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = handler.text, handler.doctype
    parser.buffer_text = True
    try:
        with file.open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except ArgumentError:
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise ArgumentError("an SVG file", str(error), str(file)) from None
    return handler.file


def _with_style(attributes: Attributes) -> Attributes:
    """Return attributes with the declarations of ``style``, which count more than attributes of the same name."""
    found = dict(attributes)
    for declaration in attributes.get("style", "").split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip().lower()] = value.strip()
    return found


def _enter(name: str, attributes: Attributes, around: Context, is_root: bool) -> Context:
    """Return what holds inside an element."""
    context = around if name not in _NOT_DRAWN else replace(around, is_drawn=False)
    rule, fill = attributes.get("fill-rule", "").strip().lower(), attributes.get("fill", "").strip().lower()
    context = replace(context, rule=rule or context.rule, fill=fill or context.fill)
    if attributes.get("display", "").strip() == "none" or attributes.get("visibility", "").strip() == "hidden":
        context = replace(context, fault=f"a hidden <{name}>")
    for other in ("clip-path", "mask"):
        if attributes.get(other, "none").strip() not in ("none", ""):
            context = replace(context, fault=f"<{name}> with `{other}`")
    if name == "svg" and not is_root:
        context = replace(context, fault="a picture in the picture")
    if "transform" in attributes:
        matrix = read_transform(attributes["transform"])
        if matrix is None:
            return replace(context, fault=f"transform={attributes['transform'][:40]!r}")
        return replace(context, matrix=_compose(context.matrix, matrix))
    return context


def _compose(outer: Matrix, inner: Matrix) -> Matrix:
    """Return the matrix that applies `inner` first."""
    joined: Matrix = np.vstack([outer, [0, 0, 1]]) @ np.vstack([inner, [0, 0, 1]])
    return joined[:2]


def read_transform(text: str) -> Matrix | None:
    """Return the matrix (2, 3) of a list of transforms; None where it is none.

    >>> read_transform("translate(2 3) scale(2)").tolist()
    [[2.0, 0.0, 2.0], [0.0, 2.0, 3.0]]
    """
    matrix, place = _IDENTITY, 0
    while place < len(text.rstrip()):
        step = _TRANSFORM.match(text, place)
        one = _matrix(step[1].lower(), [float(v) for v in _NUMBER.findall(step[2])]) if step else None
        if one is None or step is None:
            return None
        matrix, place = _compose(matrix, np.array(one, np.float64)), step.end()
    return matrix if np.isfinite(matrix).all() else None


def _matrix(name: str, numbers: list[float]) -> list[list[float]] | None:
    """Return the matrix of one transform."""
    count = len(numbers)
    if name == "matrix" and count == 6:
        a, b, c, d, e, f = numbers
        return [[a, c, e], [b, d, f]]
    if name == "translate" and count in (1, 2):
        return [[1, 0, numbers[0]], [0, 1, numbers[1] if count == 2 else 0]]
    if name == "scale" and count in (1, 2):
        return [[numbers[0], 0, 0], [0, numbers[-1], 0]]
    if name == "rotate" and count in (1, 3):
        return _rotation(*numbers)
    if name in ("skewx", "skewy") and count == 1:
        slope = float(np.tan(np.radians(numbers[0])))
        return [[1, slope, 0], [0, 1, 0]] if name == "skewx" else [[1, 0, 0], [slope, 1, 0]]
    return None


def _rotation(degrees: float, x: float = 0, y: float = 0) -> list[list[float]]:
    """Return the matrix of a rotation about a point."""
    cosine, sine = float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))
    return [[cosine, -sine, x - x * cosine + y * sine], [sine, cosine, y - x * sine - y * cosine]]
