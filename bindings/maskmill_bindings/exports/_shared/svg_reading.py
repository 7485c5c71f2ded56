"""Records out of SVG files."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, expected, told

from ...record import Record
from .. import LossWarning
from .._geometry.svg_paths import rings_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from maskmill import Masks

_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
_OTHER_SHAPES: Final = {"circle", "ellipse", "line", "polygon", "polyline", "use"}
"""Beside rect, which is a ground more often than a mask."""

_OURS: Final = "data-index"


class _Row(NamedTuple):
    """What a path says.

    Attributes
    ----------
    by_winding
        Rings that turn the other way than the first are holes in the ring before them; else they fill even-odd.
    """

    number: int
    rings: list[NDArray[np.float64]]
    by_winding: bool
    label: str
    score: float
    status: str | None


def record_of(file: Path) -> Record:
    """The record of one file: its paths as rows, by their ``data-index`` where they have one, else as they stand.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no SVG, or not one of those that `svg.read` reads.
    """
    try:
        root, rows = _parsed(file)
        size, rows = _size(root), sorted(rows, key=lambda row: row.number)
        masks = _masks(rows, size)
    except ElementTree.ParseError as error:
        raise told("an SVG file", str(error), str(file)) from None
    except ArgumentError as error:
        raise ArgumentError(f"{error}, in {file}") from None
    image, model = root.get("data-image", ""), root.get("data-model", "")
    return Record(root.get("data-key", file.stem), masks, image, file.name, 1, model)


def _parsed(file: Path) -> tuple[Element, list[_Row]]:
    rows: list[_Row] = []
    root = None
    with file.open("rb") as stream:
        for event, element in ElementTree.iterparse(stream, ("start", "end")):
            root = element if root is None else root
            name = element.tag.removeprefix(_NAMESPACE)
            if event == "start":
                _refuse(name, element, is_root=element is root)
            elif name == "path":
                rows.append(_row(element, len(rows)))
                element.clear()
    assert root is not None  # a file without an element is no XML
    return root, rows


def _refuse(name: str, element: Element, is_root: bool) -> None:
    if is_root and name != "svg":
        raise expected("the element svg", name, "root")
    if "transform" in element.attrib:
        raise told("elements without a transform", f"transform={element.get('transform')!r}", name)
    if name in _OTHER_SHAPES:
        warnings.warn(f"svg: {name} is not read, only path", LossWarning, stacklevel=2)


def _size(root: Element) -> tuple[int, int]:
    found = root.get("viewBox", "").replace(",", " ").split()
    try:
        x, y, width, height = map(float, found)
    except ValueError:
        x = y = width = height = math.nan
    if (x, y) != (0, 0) or width % 1 or height % 1:  # also where they are not numbers
        raise expected("viewBox as 0 0 width height in whole pixels", " ".join(found), "svg")
    return int(width), int(height)


def _row(path: Element, number: int) -> _Row:
    at = f"path {number}"
    title = path.find(f"{_NAMESPACE}title")
    try:
        own, score = int(path.get(_OURS, number)), float(path.get("data-score", "nan"))
    except ValueError as error:
        raise told("numbers as data-index and data-score", str(error), at) from None
    return _Row(
        own,
        rings_of(path.get("d", ""), at),
        _OURS in path.attrib or path.get("fill-rule") != "evenodd",
        "" if title is None else title.text or "",
        score,
        path.get("data-status"),
    )


def _masks(rows: list[_Row], size: tuple[int, int]) -> Masks:
    from maskmill import Masks

    told_status = [row.status for row in rows if row.status]
    return Masks.from_coco(
        [_rle(row, size) for row in rows],
        size,
        labels=[row.label for row in rows],
        scores=[row.score for row in rows],
        status=told_status if len(told_status) == len(rows) else None,
        forms=["ring"] * len(rows),
    )


def _rle(row: _Row, size: tuple[int, int]) -> dict[str, Any]:
    from maskmill import Masks

    if row.by_winding:
        return Masks.from_polygons([_parts(row.rings)], size).coco()[0]
    pixels = np.zeros((1, size[1], size[0]), bool)
    for ring in row.rings:  # even-odd: a pixel is in where it is in an odd number of rings
        pixels ^= Masks.from_polygons([[ring]], size).dense()
    return Masks.from_dense(pixels).coco()[0]


def _parts(rings: list[NDArray[np.float64]]) -> list[tuple[NDArray[np.float64], list[NDArray[np.float64]]]]:
    """A part for each ring that turns as the first, with those after it that turn the other way as its holes."""
    parts: list[tuple[NDArray[np.float64], list[NDArray[np.float64]]]] = []
    for ring in rings:
        if parts and _turns_left(ring) != _turns_left(rings[0]):
            parts[-1][1].append(ring)
        else:
            parts.append((ring, []))
    return parts


def _turns_left(ring: NDArray[np.float64]) -> bool:
    x, y = ring.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) < 0
