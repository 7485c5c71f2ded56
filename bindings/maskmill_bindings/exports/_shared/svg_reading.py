"""Read the masks of an SVG file."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, expected

from ...record import Record
from .._geometry.svg_paths import parse_path_data
from .loss_warnings import LossWarning

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from maskmill import Masks
    from maskmill.masks import CocoRle

_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
_OTHER_SHAPES: Final = {"circle", "ellipse", "line", "polygon", "polyline", "use"}
"""Shapes that are warned of; rect is not, since it is mostly a background."""

_INDEX: Final = "data-index"
"""The attribute that tells paths that `svg.write` wrote from other paths."""


class _Row(NamedTuple):
    """One path as a row of masks.

    Attributes
    ----------
    number : int
        Place of the row among the masks.
    rings : list of NDArray[np.float64]
        (V, 2) x, y each.
    by_winding : bool
        Whether rings that turn against the first one are holes in the ring before them; else the fill is even-odd.
    label : str
        The path's title.
    score : float
        NaN where there is none.
    status : str or None
        None where the path names none.
    """

    number: int
    rings: list[NDArray[np.float64]]
    by_winding: bool
    label: str
    score: float
    status: str | None


def read_svg(file: Path) -> Record:
    """Return the record of one file: one row per path, in order of their ``data-index`` or else of the file.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no SVG file, or not one that `svg.read` can read.
    """
    try:
        root, rows = _parsed(file)
        size, rows = _size(root), sorted(rows, key=lambda row: row.number)
        masks = _masks(rows, size)
    except ElementTree.ParseError as error:
        raise ArgumentError("an SVG file", str(error), str(file)) from None
    except ArgumentError as error:
        raise error.within(f"in {file}") from None
    image, model = root.get("data-image", ""), root.get("data-model", "")
    return Record(root.get("data-key", file.stem), masks, image, file.name, 1, model)


def _parsed(file: Path) -> tuple[Element, list[_Row]]:
    """Return the root element and one row per path."""
    rows: list[_Row] = []
    root = None
    with file.open("rb") as stream:
        for event, element in ElementTree.iterparse(stream, ("start", "end")):
            root = element if root is None else root
            name = element.tag.removeprefix(_NAMESPACE)
            if event == "start":
                _check_element(name, element, is_root=element is root)
            elif name == "path":
                rows.append(_row(element, len(rows)))
                element.clear()
    assert root is not None  # a file without an element is no XML
    return root, rows


def _check_element(name: str, element: Element, is_root: bool) -> None:
    """Refuse elements that change the meaning of paths, and warn of shapes that are not read."""
    if is_root and name != "svg":
        raise expected("the element svg", name, "root")
    if "transform" in element.attrib:
        raise ArgumentError("elements without a transform", f"transform={element.get('transform')!r}", name)
    if name in _OTHER_SHAPES:
        warnings.warn(f"svg: {name} is not read, only path", LossWarning, stacklevel=2)


def _size(root: Element) -> tuple[int, int]:
    """Return (width, height) from the ``viewBox``."""
    view_box = root.get("viewBox", "").replace(",", " ").split()
    try:
        x, y, width, height = map(float, view_box)
    except ValueError:
        x = y = width = height = math.nan
    if (x, y) != (0, 0) or width % 1 or height % 1:  # also where they are not numbers
        raise expected("viewBox as 0 0 width height in whole pixels", " ".join(view_box), "svg")
    return int(width), int(height)


def _row(path: Element, number: int) -> _Row:
    """Return the row of a path; `number` counts the paths before it."""
    at = f"path {number}"
    title = path.find(f"{_NAMESPACE}title")
    try:
        index, score = int(path.get(_INDEX, number)), float(path.get("data-score", "nan"))
    except ValueError as error:
        raise ArgumentError("numbers as data-index and data-score", str(error), at) from None
    return _Row(
        index,
        parse_path_data(path.get("d", ""), at),
        _INDEX in path.attrib or path.get("fill-rule") != "evenodd",
        "" if title is None else title.text or "",
        score,
        path.get("data-status"),
    )


def _masks(rows: list[_Row], size: tuple[int, int]) -> Masks:
    """Return the rows as masks."""
    from maskmill import Masks

    statuses = [row.status for row in rows if row.status]
    return Masks.from_coco(
        [_rle(row, size) for row in rows],
        size,
        labels=[row.label for row in rows],
        scores=[row.score for row in rows],
        status=statuses if len(statuses) == len(rows) else None,
        forms=["ring"] * len(rows),
    )


def _rle(row: _Row, size: tuple[int, int]) -> CocoRle:
    """Fill the rings of a row."""
    from maskmill import Masks

    if row.by_winding:
        return Masks.from_polygons([_group_by_winding(row.rings)], size).coco()[0]
    pixels = np.zeros((1, size[1], size[0]), bool)
    for ring in row.rings:  # even-odd: a pixel is in the mask if it is in an odd number of rings
        pixels ^= Masks.from_polygons([[ring]], size).dense()
    return Masks.from_dense(pixels).coco()[0]


def _group_by_winding(rings: list[NDArray[np.float64]]) -> list[tuple[NDArray[np.float64], list[NDArray[np.float64]]]]:
    """Return one polygon per ring that turns as the first does; following rings that turn against it are its holes."""
    parts: list[tuple[NDArray[np.float64], list[NDArray[np.float64]]]] = []
    for ring in rings:
        if parts and _turns_left(ring) != _turns_left(rings[0]):
            parts[-1][1].append(ring)
        else:
            parts.append((ring, []))
    return parts


def _turns_left(ring: NDArray[np.float64]) -> bool:
    """Whether a ring has a negative area."""
    x, y = ring.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) < 0
