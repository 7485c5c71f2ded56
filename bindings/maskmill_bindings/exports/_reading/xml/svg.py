"""Read the masks of SVG files: every shape with an area, under its fill rule and its transforms.

There is no tool whose masks SVG holds, so that shapes are filled by the pixels whose centre is inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from maskmill._forms.shape import Bounds, NotAPolygon
from maskmill._forms.svg import basic_shapes, path_data, subpaths
from maskmill._images.size import Size
from maskmill.errors import ArgumentError, excerpt

from ....record import Record, Unread
from ..._geometry.foreign_shapes import Rle
from ..._shared.shard_paths import list_files
from ..options import NO_SIZE, ReadOptions
from ..parts.rows import ShapeRow, fill_row, note_clipped, rows_to_masks, shape_error
from ..parts.values import Points, check_size
from .svg_elements import SHAPES, Shape, SvgFile, parse_svg

_INDEX: Final = "data-index"
"""The attribute that tells paths that `svg.write` wrote from other paths."""

_LABELS: Final = ("data-label", "inkscape:label", "aria-label", "data-name", "id")
_MAX_VERTICES: Final = 1 << 22
_SEPARATORS: Final = re.compile(r"[\s,]+")
_LENGTH: Final = re.compile(r"\s*(\d+(?:\.\d*)?)(?:px)?\s*")

Part = tuple[Points, list[Points]]
"""An outer ring and its holes."""


def read_entries(path: Path, options: ReadOptions) -> Iterator[Record | Unread]:
    """Yield the records of an SVG file, or of those in a folder, in the order of their names."""
    files = list_files(path, ".svg") if path.is_dir() else [path]
    for file in files:
        try:
            yield _entry(file, parse_svg(file), options)
        except ArgumentError as error:
            if path == file:
                raise
            yield Unread(file.name, str(error), source=file.name)


def _entry(file: Path, svg: SvgFile, options: ReadOptions) -> Record:
    """Return the record of one file."""
    key, image = svg.root.get("data-key", file.stem), svg.root.get("data-image", "")
    size, frame = _frame(svg.root, key, image, options, file)
    shapes = [shape for i, shape in enumerate(svg.shapes) if not _is_background(shape, i, len(svg.shapes), size)]
    found = [_row(shape, i, size, frame, svg.styled) for i, shape in enumerate(shapes)]
    rows = [row for _, row in sorted(found, key=lambda numbered: numbered[0])]
    return Record(key, rows_to_masks(rows, size), image, file.name, 1, svg.root.get("data-model", ""))


def _frame(root: dict[str, str], key: str, image: str, options: ReadOptions, file: Path) -> tuple[Size, Points]:
    """Return the (width, height) of the picture, and its frame: left, top, and pixels per unit along x and y.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file gives no frame in pixels, or one of other proportions than the picture.
    """
    at = f"svg in {file}"
    view = [float(word) for word in _SEPARATORS.split(root.get("viewBox", "").strip()) if _is_number(word)]
    if len(view) not in (0, 4) or (view and not min(view[2:]) > 0) or (not view and root.get("viewBox", "").strip()):
        raise ArgumentError("viewBox as four numbers", excerpt(root.get("viewBox")), at)
    sides = [_LENGTH.fullmatch(root.get(name, "")) for name in ("width", "height")]
    given = [float(side[1]) for side in sides if side]
    size = None
    if len(given) == 2 and not (given[0] % 1 or given[1] % 1):
        size = check_size(given[0], given[1], at)
    elif view and not (view[2] % 1 or view[3] % 1):
        size = check_size(view[2], view[3], at)
    size = size or options.image_size(key, image, file.parent)
    if size is None:
        raise ArgumentError("viewBox, or width and height, in whole pixels", NO_SIZE.removeprefix("expected "), at)
    left, top, width, height = view or (0.0, 0.0, *map(float, size))
    scale = size[0] / width, size[1] / height
    if abs(scale[0] - scale[1]) > 1e-9 * max(scale):
        raise ArgumentError(f"a viewBox with the proportions of {size[0]}x{size[1]}", f"{width:g}x{height:g}", at)
    return size, np.array([left, top, *scale])


def _is_number(word: str) -> bool:
    try:
        return bool(np.isfinite(float(word)))
    except ValueError:
        return False


def _is_background(shape: Shape, place: int, count: int, size: Size) -> bool:
    """Whether a shape is the rectangle behind all others."""
    given = shape.attributes
    if shape.name != "rect" or place or given.get("x", "0") != "0" or given.get("y", "0") != "0":
        return False
    whole = ("100%", "100%"), (str(size[0]), str(size[1]))
    sides = given.get("width", ""), given.get("height", "")
    return sides == whole[0] or (count > 1 and sides == whole[1])


def _row(shape: Shape, place: int, size: Size, frame: Points, styled: str) -> tuple[int, ShapeRow]:
    """Return the number and the row of a shape."""
    given = shape.attributes
    label = shape.title or next((given[name] for name in _LABELS if given.get(name)), "")
    row = ShapeRow(label if _INDEX not in given else shape.title, form="ring")
    index = given.get(_INDEX, "")
    number = int(index) if index.isdecimal() and len(index) < 10 else place
    score = given.get("data-score", "")
    if score and _is_number(score):
        row.score = float(score)
    if status := given.get("data-status", ""):
        _keep_status(row, status)
    if _INDEX in given and not given.get("d", "").strip():
        row.rle = {"counts": [size[0] * size[1]]}
        return number, row
    kept = row.status
    row = fill_row(row, partial(_draw, shape, f"{shape.name} {place}", size, frame, styled))
    row.status = row.status or kept
    return number, row


def _keep_status(row: ShapeRow, status: str) -> None:
    """Set the status that `svg.write` wrote, if it is one."""
    from maskmill import Status

    if status in set(Status):
        row.status = Status(status).value


def _draw(shape: Shape, at: str, size: Size, frame: Points, styled: str, row: ShapeRow) -> Rle:
    """Return the mask of a shape."""
    if shape.name not in SHAPES:
        raise shape_error("nothing", "a shape with an area", f"<{shape.name}>", at)
    if shape.context.fill == "none":
        raise shape_error("nothing", "a filled shape", "fill none", at)
    fault = shape.context.fault or (f"a style sheet that sets `{styled}`" if styled else "")
    if fault:
        raise shape_error(
            "nothing" if "hidden" in fault else "garbage", "a shape that is drawn as it stands", fault, at
        )
    rule: Literal["nonzero", "evenodd"] = "evenodd" if shape.context.rule == "evenodd" else "nonzero"
    try:
        parts = _parts(shape, rule, size, row)
    except NotAPolygon as error:
        row.form = "ring"
        raise shape_error(error.status, *_split(str(error)), at) from None
    if not parts:
        raise shape_error("degenerate", "a shape with an area", "none", at)
    placed = [(_place(outer, shape, frame), [_place(hole, shape, frame) for hole in holes]) for outer, holes in parts]
    note_clipped(row, [outer for outer, _ in placed], size)
    return _fill(placed, size)


def _split(message: str) -> tuple[str, str]:
    """Return what was expected and what came, of a reason of the engine."""
    wanted, comma, got = message.removeprefix("expected ").rpartition(", got ")
    return (wanted, got) if comma else ("a shape that can be read", message)


def _fill(parts: list[Part], size: Size) -> Rle:
    from maskmill import Masks

    rle: Rle = Masks.from_polygons([[(outer, tuple(holes)) for outer, holes in parts]], size).coco()[0]
    return rle


def _parts(shape: Shape, rule: Literal["nonzero", "evenodd"], size: Size, row: ShapeRow) -> list[Part]:
    """Return the parts of a shape in its coordinates."""
    bounds, given = Bounds(_MAX_VERTICES, size), shape.attributes
    if _INDEX in given:  # each outer ring is followed by its holes, however many
        return _group_by_winding(path_data.read_rings(given.get("d", ""), bounds)[0])
    if shape.name in ("polygon", "polyline"):
        rings = [_vertices(given.get("points", ""))]
        return [(part.outer, list(part.holes)) for part in subpaths.to_parts(rings, rule)]
    data = given.get("d", "") if shape.name == "path" else basic_shapes.to_path(shape.name, given)
    read = path_data.read(data, bounds, rule) if data.strip() else None
    row.notes.extend(read.notes if read else [])
    return [(part.outer, list(part.holes)) for part in (read.parts if read else ())]


def _vertices(text: str) -> Points:
    """Return the vertices of ``points``."""
    words = [word for word in _SEPARATORS.split(text.strip()) if word]
    if len(words) % 2 or not all(map(_is_number, words)):
        raise NotAPolygon(f"expected an even number of coordinates, got {excerpt(text)}")
    return np.array(words, np.float64).reshape(-1, 2)


def _place(ring: Points, shape: Shape, frame: Points) -> Points:
    """Return a ring in pixels of the picture."""
    matrix = shape.context.matrix
    placed: Any = (ring @ matrix[:, :2].T + matrix[:, 2] - frame[:2]) * frame[2:]
    return np.asarray(placed, np.float64)


def _group_by_winding(rings: list[Points]) -> list[Part]:
    """Return one part per ring that turns as the first does; following rings that turn against it are its holes."""
    parts: list[Part] = []
    for ring in (ring for ring in rings if len(ring) > 2):
        if parts and _turns_left(ring) != _turns_left(parts[0][0]):
            parts[-1][1].append(ring)
        else:
            parts.append((ring, []))
    return parts


def _turns_left(ring: Points) -> bool:
    """Whether a ring has a negative area."""
    x, y = ring.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) < 0
