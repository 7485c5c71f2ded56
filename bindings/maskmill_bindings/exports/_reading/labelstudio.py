"""Read Label Studio's exports: tasks with annotations of one or more people, predictions, and JSON-MIN.

No tool of Label Studio draws polygons, so that they are filled by the pixels whose centre is inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from maskmill._images.size import Size
from maskmill.errors import ArgumentError, excerpt
from maskmill.status import FormName

from ...record import Record, Unread
from .._geometry.ellipses import fill_ellipse, rectangle, turn
from .._geometry.foreign_shapes import Rle, fill_enclosed, from_ranges
from .._shared import labelstudio_rle
from .._shared.loss_warnings import LossWarner
from .options import NO_SIZE, ReadOptions
from .parts.drawing import keep_areas
from .parts.embedded_images import read_embedded
from .parts.json_array import read_values
from .parts.rows import ShapeRow, fill_row, note_clipped, read_score, rows_to_masks, shape_error
from .parts.values import Object, as_text, check_size, finite, number, points

_TAGS: Final = re.compile(r"(?:brush|polygon|rectangle|ellipse|bitmask|keypoint|vector|hypertext)?labels")
"""Names of the values that hold the labels of a region."""

_SHAPES: Final = ("rle", "points", "imageDataURL", "radiusX", "width", "vertices", "x")
"""Values that tell a region of the image from a choice or a text."""


class _Answer(NamedTuple):
    """What one person or one model says of a task: who, and the regions."""

    author: str
    regions: list[Any]


def read_entries(path: Path, options: ReadOptions) -> Iterator[Record | Unread]:
    """Yield the records of a file: one per task, or one per answer where a task has several."""
    losses = LossWarner()
    for line, task in enumerate(read_values(path), 1):
        if isinstance(task, dict):
            yield from _read_task(task, line, path, options)
            if any(answer.get("was_cancelled") for answer in _listed(task, "annotations", "completions")):
                losses.warn("annotations of Label Studio that were cancelled are not read")
        else:
            yield Unread(f"task {line}", f"expected a task, got {excerpt(task)}", source=path.name, line=line)


def _read_task(task: Object, line: int, path: Path, options: ReadOptions) -> Iterator[Record | Unread]:
    """Yield the records of one task."""
    data = task["data"] if isinstance(task.get("data"), dict) else task
    image = _image_of(data)
    key = as_text(data.get("key")) or image or as_text(task.get("id")) or f"task {line}"
    if "data" in task and task["data"] is not data:
        yield Unread(key, f"expected `data` as an object, got {excerpt(task['data'])}", image, path.name, line)
        return
    answers = list(_answers(task)) or [_Answer("", [])]
    for answer in answers:
        regions = _regions(answer.regions)
        at = f"task {line}"
        try:
            size = _size(data, regions, at) or options.image_size(key, image, path.parent)
            if size is None:
                raise ArgumentError(NO_SIZE)
        except ArgumentError as error:
            yield Unread(key, str(error), image, path.name, line)
            continue
        rows = [_row(region, f"{name} of {at}", size) for name, region in regions if _is_region(region)]
        yield Record(key, rows_to_masks(rows, size), image, path.name, line, answer.author)


def _image_of(data: Object) -> str:
    """Return what a task says of its image: the value `image`, or the first text."""
    values = (data.get("image"), *(data.values() if "image" not in data else ()))
    return next((value for value in values if isinstance(value, str)), "")


def _answers(task: Object) -> Iterator[_Answer]:
    """Yield the annotations that are not cancelled; else the predictions; else the regions of JSON-MIN."""
    found = [answer for answer in _listed(task, "annotations", "completions") if not answer.get("was_cancelled")]
    found = found or _listed(task, "predictions")
    for answer in found:
        result = answer.get("result")
        author = as_text(answer.get("model_version")) or (_author(answer) if len(found) > 1 else "")
        yield _Answer(author, result if isinstance(result, list) else [])
    if not found and "data" not in task:
        regions = [region for value in task.values() if isinstance(value, list) for region in value]
        yield _Answer(as_text(task.get("annotator")), regions)


def _listed(task: Object, *names: str) -> list[Object]:
    """Return the objects in the first list of these names that a task has."""
    for name in names:
        value = task.get(name)
        if isinstance(value, list):
            return [answer for answer in value if isinstance(answer, dict)]
    return []


def _author(answer: Object) -> str:
    """Return who wrote an annotation, to tell those of one task apart."""
    by = answer.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    return f"annotator {as_text(by)}" if as_text(by) else f"annotation {as_text(answer.get('id'))}"


def _regions(result: list[Any]) -> list[tuple[str, Any]]:
    """Return the regions with their places; of two with one id, which separate tags write, the one with a label."""
    by_id: dict[Any, tuple[str, Any]] = {}
    for i, region in enumerate(result):
        given = region.get("id") if isinstance(region, dict) else None
        name = given if isinstance(given, str) else i
        known = by_id.get(name)
        if known is None or _label(_value(region)):
            by_id[name] = (f"region {i}", region)
    return list(by_id.values())


def _value(region: Any) -> Object:
    """Return what holds the shape of a region: its value, or itself in JSON-MIN."""
    if not isinstance(region, dict):
        return {}
    value = region.get("value", region)
    return value if isinstance(value, dict) else {}


def _is_region(region: Any) -> bool:
    """Whether a result is about a part of the image, not a choice, a text or a relation."""
    value = _value(region)
    return not isinstance(region, dict) or any(name in value for name in _SHAPES) or "original_width" in region


def _label(value: Object) -> str:
    """Return the first label of a region; empty without one."""
    for name, labels in value.items():
        if _TAGS.fullmatch(name) and isinstance(labels, list) and labels:
            return as_text(labels[0])
    return ""


def _size(data: Object, regions: list[tuple[str, Any]], at: str) -> Size | None:
    """Return the (width, height) that the regions or the data name."""
    for _, region in regions:
        if isinstance(region, dict):
            size = check_size(region.get("original_width"), region.get("original_height"), at)
            if size is not None:
                return size
    return check_size(data.get("width"), data.get("height"), at)


def _row(region: Any, at: str, size: Size) -> ShapeRow:
    """Return the row of one region."""
    value = _value(region)
    form: FormName = "rle" if "rle" in value else "png" if "imageDataURL" in value else "ring"
    row = ShapeRow(_label(value), form=form)
    if isinstance(region, dict):
        read_score(region.get("score"), row)
    return fill_row(row, partial(_draw, region, value, at, size))


def _draw(region: Any, value: Object, at: str, size: Size, row: ShapeRow) -> Rle:
    """Return the mask of a region."""
    if not isinstance(region, dict):
        raise shape_error("garbage", "a region", region, at)
    if region.get("image_rotation"):
        raise shape_error("nothing", "an image that is not turned", f"{region['image_rotation']} degrees", at)
    if "rle" in value:
        return _brush(value["rle"], size, at)
    if "imageDataURL" in value:
        return _bitmask(value["imageDataURL"], size, at)
    ring = _ring(value, size, at)
    if ring is not None:
        rings = keep_areas(row, [ring], at)
        note_clipped(row, rings, size)
        return fill_enclosed(rings, size)
    if "radiusX" in value:
        return _ellipse(value, size, at)
    raise shape_error("nothing", "a brush mask, a polygon, a rectangle or an ellipse", _kind(region), at)


def _kind(region: Object) -> str:
    """Return the kind of a region, for messages."""
    return as_text(region.get("type"))[:40] or "another"


def _brush(rle: Any, size: Size, at: str) -> Rle:
    """Return the mask of a brush."""
    if not isinstance(rle, list) or not all(isinstance(v, int) and 0 <= v < 256 for v in rle):
        raise shape_error("garbage", "`rle` as a list of bytes", rle, at)
    return from_ranges(labelstudio_rle.unpack_brush(bytes(rle), size[0] * size[1]), size)


def _bitmask(text: Any, size: Size, at: str) -> Rle:
    """Return the mask of a picture of the whole image."""
    from maskmill import Masks

    pixels = read_embedded(text, at)
    if pixels.shape != size[::-1]:
        raise shape_error("garbage", f"a picture of {size[0]}x{size[1]}", f"{pixels.shape[1]}x{pixels.shape[0]}", at)
    rle: Rle = Masks.from_dense(pixels[None]).coco()[0]
    return rle


def _ring(value: Object, size: Size, at: str) -> Any:
    """Return the vertices (V, 2) of a polygon or a rectangle in pixels; None for another shape."""
    if "points" in value:
        return points(value["points"], f"points of {at}") * size / 100
    if "width" not in value or "height" not in value or "x" not in value:
        return None
    x, y, width, height = (number(value.get(name), f"{name} of {at}") for name in ("x", "y", "width", "height"))
    corners = rectangle((x, y, x + width, y + height)) * size / 100
    degrees = number(value.get("rotation") or 0, f"rotation of {at}")
    origin = corners[0].tolist()
    return turn(corners, (origin[0], origin[1]), degrees) if degrees else corners


def _ellipse(value: Object, size: Size, at: str) -> Rle:
    """Return the mask of an ellipse."""
    names = ("x", "y", "radiusX", "radiusY")
    numbers = finite([number(value.get(name), f"{name} of {at}") for name in names], at)
    cx, cy, rx, ry = (numbers * [*size, *size] / 100).tolist()
    if not min(rx, ry) > 0:
        raise shape_error("degenerate", "radii above 0", f"{rx:g} and {ry:g}", at)
    return fill_ellipse((cx, cy), (rx, ry), number(value.get("rotation") or 0, f"rotation of {at}"), size)
