"""Read CVAT's XML, *CVAT for images 1.1*: masks, polygons, boxes and ellipses.

CVAT's own exporters draw polygons, and boxes as polygons of their corners, with pycocotools, and ellipses with
``cv2.ellipse`` after rounding centre and radii: the rule `native`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from maskmill._images.size import Size
from maskmill.errors import ArgumentError
from maskmill.status import FormName

from ....record import Record, Unread
from ..._geometry.ellipses import fill_ellipse, rectangle, turn
from ..._geometry.foreign_shapes import Rle, paste_box
from ..options import NO_SIZE, ReadOptions
from ..parts.drawing import draw_as_coco
from ..parts.rows import ShapeRow, fill_row, rows_to_masks, shape_error
from ..parts.values import Points, check_size, finite, number, whole_number
from .cvat_elements import CvatImage, read_images

Attributes = Mapping[str, str]

_NO_AREA: Final = ("polyline", "points", "cuboid", "skeleton")
"""Shapes that give no mask."""


def read_entries(path: Path, options: ReadOptions) -> Iterator[Record | Unread]:
    """Yield one record per image of a CVAT file."""
    for line, image in enumerate(read_images(path), 1):
        yield _entry(image, line, path, options) if isinstance(image, CvatImage) else image


def _entry(image: CvatImage, line: int, path: Path, options: ReadOptions) -> Record | Unread:
    """Return the record of one image."""
    name = image.attributes.get("name", "") or image.attributes.get("id", "") or f"image {line}"
    try:
        width, height = image.attributes.get("width"), image.attributes.get("height")
        size = check_size(width, height, f"image {name!r}") or options.image_size(name, name, path.parent)
    except ArgumentError as error:
        return Unread(name, str(error), name, path.name, line)
    if size is None:
        return Unread(name, NO_SIZE, name, path.name, line)
    rows = [_row(kind, attributes, size, options) for kind, attributes in image.shapes]
    return Record(name, rows_to_masks(rows, size), name, path.name, line)


def _row(kind: str, attributes: Attributes, size: Size, options: ReadOptions) -> ShapeRow:
    """Return the row of one shape."""
    form: FormName = "rle" if kind == "mask" else "none" if kind in _NO_AREA else "ring"
    row = ShapeRow(attributes.get("label", ""), form=form)
    return fill_row(row, partial(_draw, kind, attributes, size, options))


def _draw(kind: str, attributes: Attributes, size: Size, options: ReadOptions, row: ShapeRow) -> Rle:
    """Return the mask of a shape."""
    if kind in _NO_AREA:
        raise shape_error("nothing", "a shape with an area", f"a {kind}", kind)
    if kind == "mask":
        return _paste_mask(row, attributes, size)
    if kind == "ellipse":
        return _draw_ellipse(attributes, size, options)
    ring = _box(attributes) if kind == "box" else _polygon(attributes)
    return draw_as_coco(row, [ring], size, options, kind)


def _paste_mask(row: ShapeRow, attributes: Attributes, size: Size) -> Rle:
    """Return the mask of a ``<mask>``, cut where it leaves the image."""
    left, top, width, height = (whole_number(attributes.get(n), n) for n in ("left", "top", "width", "height"))
    counts = finite(attributes.get("rle", "").split(","), "rle")
    pixels = width * height
    if width < 1 or height < 1 or pixels > 4 * size[0] * size[1]:
        raise shape_error("garbage", f"a box in an image of {size[0]}x{size[1]}", f"{width}x{height}", "mask")
    if (counts % 1).any() or (counts < 0).any() or counts.sum() != pixels:
        raise shape_error("garbage", f"run lengths that sum up to {pixels}", f"{counts.sum():g}", "rle")
    runs = counts.astype(np.int64)
    crop = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, size[0]), min(top + height, size[1])
    if (x0, y0, x1, y1) != (left, top, left + width, top + height):
        row.note("clipped", f"the box of {width}x{height} at {(left, top)} leaves the image of {size[0]}x{size[1]}")
    if x0 >= x1 or y0 >= y1:
        return {"counts": [size[0] * size[1]]}
    return paste_box(crop[y0 - top : y1 - top, x0 - left : x1 - left], x0, y0, size)


def _polygon(attributes: Attributes) -> Points:
    """Return the vertices of a ``<polygon>``."""
    pairs = [pair.split(",") for pair in attributes.get("points", "").split(";") if pair.strip()]
    if wrong := next((pair for pair in pairs if len(pair) != 2), None):
        raise shape_error("garbage", "points as x,y", ",".join(wrong)[:60], "points")
    return finite(pairs, "points").reshape(-1, 2)


def _box(attributes: Attributes) -> Points:
    """Return the corners of a ``<box>``, turned about its middle as CVAT turns them."""
    x0, y0, x1, y1 = (number(attributes.get(name), name) for name in ("xtl", "ytl", "xbr", "ybr"))
    corners = rectangle((x0, y0, x1, y1))
    degrees = number(attributes.get("rotation") or 0, "rotation")
    return turn(corners, ((x0 + x1) / 2, (y0 + y1) / 2), degrees) if degrees else corners


def _draw_ellipse(attributes: Attributes, size: Size, options: ReadOptions) -> Rle:
    """Return the mask of an ``<ellipse>``."""
    cx, cy, rx, ry = (number(attributes.get(name), name) for name in ("cx", "cy", "rx", "ry"))
    degrees = number(attributes.get("rotation") or 0, "rotation")
    if not (rx > 0 and ry > 0):
        raise shape_error("degenerate", "radii above 0", f"{rx:g} and {ry:g}", "ellipse")
    if not options.is_native:
        return fill_ellipse((cx, cy), (rx, ry), degrees, size)
    return _ellipse_of_opencv((round(cx), round(cy)), (round(rx), round(ry)), degrees, size)


def _ellipse_of_opencv(centre: tuple[int, int], radii: tuple[int, int], degrees: float, size: Size) -> Rle:
    """Return the pixels that ``cv2.ellipse`` fills, drawn in the part of the image that the ellipse can reach."""
    import cv2

    reach = max(radii) + 1
    if max(map(abs, (*centre, reach))) > 1 << 15:
        raise shape_error("too_large", "an ellipse within 32768 pixels", f"radii {radii} at {centre}", "ellipse")
    low = np.clip(np.subtract(centre, reach), 0, np.subtract(size, 1))
    high = np.clip(np.add(centre, reach + 1), low + 1, size)
    pixels = np.zeros((high - low)[::-1], np.uint8)
    cv2.ellipse(pixels, np.subtract(centre, low).tolist(), radii, degrees, 0, 360, 1, -1)
    return paste_box(pixels.astype(np.bool_), int(low[0]), int(low[1]), size)
