"""Read LabelMe's files: polygons, rectangles, circles, oriented rectangles and masks, as LabelMe draws them.

Which pixels a shape has, LabelMe decides with Pillow's ``ImageDraw`` (``labelme/_utils/shape.py``): coordinates are cut
to whole numbers, and the outline belongs to the shape.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pybase64
from numpy.typing import NDArray

from maskmill._images.header_size import image_size
from maskmill._images.size import Size
from maskmill.errors import ArgumentError, excerpt
from maskmill.status import FormName

from ...record import Record, Unread
from .._geometry import pillow_shapes
from .._geometry.ellipses import fill_ellipse, rectangle
from .._geometry.foreign_shapes import Rle, fill_enclosed, merge_rles, paste_box
from .options import NO_SIZE, ReadOptions
from .parts.embedded_images import read_embedded
from .parts.rows import ShapeRow, fill_row, note_clipped, read_score, rows_to_masks, shape_error
from .parts.values import Object, Points, as_list, as_object, as_text, check_size, points, read_json

_POINTS: Final = {"rectangle": (2, 4), "circle": (2,), "oriented_rectangle": (4,), "mask": (2,)}
"""How many points a shape of each kind may have; a polygon any number from 3."""

_NO_AREA: Final = ("line", "linestrip", "point", "points")
_HEAD_BYTES: Final = 1 << 18
"""Bytes of an embedded image that are decoded to find its size."""


def read_entries(path: Path, options: ReadOptions) -> Iterator[Record | Unread]:
    """Yield the records of a JSON file, or of those in a folder, in the order of their names."""
    if not path.is_dir():
        yield _entry(path, _load(path), options)
        return
    files = sorted(path.glob("*.json")) or sorted(path.rglob("*.json"))
    if not files:
        raise ArgumentError("a folder with LabelMe's JSON files", "none", str(path))
    for file in files:
        try:
            data = _load(file)
        except (ArgumentError, OSError) as error:
            yield Unread(file.name, str(error), source=file.name)
        else:
            yield _entry(file, data, options)


def _load(file: Path) -> Object:
    """Return the content of a file.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no file of LabelMe.
    """
    data = as_object(read_json(file), str(file))
    if "shapes" not in data:
        raise ArgumentError("a LabelMe file, with `shapes`", excerpt(data), str(file))
    return data


def _entry(file: Path, data: Object, options: ReadOptions) -> Record | Unread:
    """Return the record of one file."""
    image = as_text(data.get("imagePath")).replace("\\", "/")
    key = as_text(data.get("key")) or image or file.name
    try:
        shapes = as_list(data["shapes"] or [], f"shapes in {file.name}")
        size = check_size(data.get("imageWidth"), data.get("imageHeight"), file.name)
        size = size or _embedded_size(data.get("imageData")) or options.image_size(key, image, file.parent)
        if size is None:
            raise ArgumentError(NO_SIZE)
    except ArgumentError as error:
        return Unread(key, str(error), image, file.name)
    return Record(key, rows_to_masks(_rows(shapes, size, options), size), image, file.name)


def _embedded_size(data: Any) -> Size | None:
    """Return the size of the image that a file holds in base64; None where it holds none."""
    if not isinstance(data, str):
        return None
    digits = data[:_HEAD_BYTES].encode("ascii", "replace")
    try:
        return image_size(io.BytesIO(pybase64.b64decode(digits[: len(digits) // 4 * 4])))
    except ValueError:
        return None


def _rows(shapes: list[Any], size: Size, options: ReadOptions) -> list[ShapeRow]:
    """Return one row per shape without a group, and one per group of shapes with the same label."""
    groups: dict[Any, list[tuple[str, Any]]] = {}
    for i, shape in enumerate(shapes):
        group = shape.get("group_id") if isinstance(shape, dict) else None
        name = (-1, i) if group is None else (as_text(shape.get("label")), str(group))
        groups.setdefault(name, []).append((f"shapes[{i}]", shape))
    return [_unite([_row(shape, at, size, options) for at, shape in group], size) for group in groups.values()]


def _unite(rows: list[ShapeRow], size: Size) -> ShapeRow:
    """Return the rows of one object as one: the union of the masks, or the first reason where there is none."""
    drawn = [row for row in rows if row.rle is not None]
    if not drawn or len(rows) == 1:
        return (drawn or rows)[0]
    whole = drawn[0]
    whole.rle = merge_rles([row.rle for row in drawn if row.rle is not None], size)
    whole.notes = [note for row in drawn for note in row.notes]
    for row in rows:
        if row.rle is None:
            whole.note("part_dropped", row.notes[-1].message)
    return whole


def _row(shape: Any, at: str, size: Size, options: ReadOptions) -> ShapeRow:
    """Return the row of one shape."""
    if not isinstance(shape, dict):
        return fill_row(ShapeRow(), partial(_refuse, shape, at))
    kind = shape.get("shape_type") or "polygon"
    form: FormName = "png" if kind == "mask" else "none" if kind in _NO_AREA else "ring"
    row = ShapeRow(as_text(shape.get("label")), form=form)
    read_score(shape.get("score"), row)
    return fill_row(row, partial(_draw, shape, str(kind), at, size, options))


def _refuse(shape: Any, at: str, row: ShapeRow) -> Rle:
    raise shape_error("garbage", "a shape", shape, at)


def _draw(shape: Object, kind: str, at: str, size: Size, options: ReadOptions, row: ShapeRow) -> Rle:
    """Return the mask of a shape."""
    if kind in _NO_AREA or kind not in ("polygon", *_POINTS):
        raise shape_error("nothing", "a shape with an area", f"a {kind[:40]}", at)
    vertices = _points(shape, kind, at, row)
    if kind == "mask":
        return _paste_mask(shape, vertices, at, size, row)
    note_clipped(row, [vertices], size)
    if kind == "circle":
        return _draw_circle(vertices, size, options)
    if kind == "rectangle":
        low, high = vertices.min(0), vertices.max(0)
        if options.is_native:
            return pillow_shapes.fill_rectangle([low, high], size)
        vertices = rectangle((low[0], low[1], high[0], high[1]))
    return pillow_shapes.fill_polygon(vertices, size) if options.is_native else fill_enclosed([vertices], size)


def _points(shape: Object, kind: str, at: str, row: ShapeRow) -> Points:
    """Return the vertices of a shape, as many as its kind has."""
    given = shape.get("points")
    if isinstance(given, list) and given and all(isinstance(point, dict) for point in given):
        row.note("shape_mended", f"expected points as [x, y], got objects - at `points in {at}`")
        given = [[point.get("x"), point.get("y")] for point in given]
    vertices = points(given, f"points in {at}")
    counts = _POINTS.get(kind)
    if counts is None and len(vertices) < 3:
        raise shape_error("degenerate", "at least 3 points", str(len(vertices)), f"points in {at}")
    if counts is not None and len(vertices) not in counts:
        raise shape_error("degenerate", f"{counts[0]} points of a {kind}", str(len(vertices)), f"points in {at}")
    if kind == "rectangle" and len(vertices) == 4:
        row.note("shape_mended", f"expected 2 points of a rectangle, got 4: its extent was read - at `points in {at}`")
    return vertices


def _draw_circle(vertices: Points, size: Size, options: ReadOptions) -> Rle:
    """Return the mask of a circle, given by its centre and a point on it."""
    if options.is_native:
        return pillow_shapes.fill_circle(vertices, size)
    (cx, cy), (x, y) = vertices.tolist()
    radius = math.hypot(x - cx, y - cy)
    if not radius > 0:
        raise shape_error("degenerate", "a circle with a radius", "two equal points", "points")
    return fill_ellipse((cx, cy), (radius, radius), 0, size)


def _paste_mask(shape: Object, corners: Points, at: str, size: Size, row: ShapeRow) -> Rle:
    """Return the mask of a picture at its place, cut where it leaves the image.

    The corners are the first and the last pixel, rounded. Where they are whole numbers, the picture is cut to them;
    fractional corners, which moving a mask leaves, say only where it begins.
    """
    pixels = read_embedded(shape.get("mask"), f"mask in {at}")
    if np.abs(corners).max() > 1 << 20:
        raise shape_error("garbage", "corners near the image", excerpt(corners.tolist()), f"points in {at}")
    (x0, y0), (x1, y1) = np.round(corners).astype(int).tolist()
    if not (corners % 1).any():
        pixels = _cut_to_corners(pixels, (x1 - x0 + 1, y1 - y0 + 1), f"mask in {at}", row)
    height, width = pixels.shape
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x0 + width, size[0]), min(y0 + height, size[1])
    if (left, top, right, bottom) != (x0, y0, x0 + width, y0 + height):
        row.note("clipped", f"the picture of {width}x{height} at {(x0, y0)} leaves the image of {size[0]}x{size[1]}")
    if left >= right or top >= bottom:
        return {"counts": [size[0] * size[1]]}
    return paste_box(pixels[top - y0 : bottom - y0, left - x0 : right - x0], left, top, size)


def _cut_to_corners(pixels: NDArray[np.bool_], extent: Size, at: str, row: ShapeRow) -> NDArray[np.bool_]:
    """Return the part of a picture that its corners show, which is all of it, or less."""
    found = pixels.shape[1], pixels.shape[0]
    if found == extent:
        return pixels
    if min(extent) < 1 or found[0] < extent[0] or found[1] < extent[1]:
        raise shape_error("garbage", f"a picture of {extent[0]}x{extent[1]}", f"one of {found[0]}x{found[1]}", at)
    row.note("shape_mended", f"expected a picture of {extent[0]}x{extent[1]}, got {found[0]}x{found[1]} - at `{at}`")
    return pixels[: extent[1], : extent[0]]
