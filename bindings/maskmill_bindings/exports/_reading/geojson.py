"""Read GeoJSON: the files of `geojson.write`, and those of QuPath and others, whose coordinates are pixels.

No tool draws GeoJSON, so that polygons are filled by the pixels whose centre is inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from maskmill._images.size import Size
from maskmill.errors import ArgumentError, excerpt

from ...record import Record, Unread
from .._geometry.foreign_shapes import Rle
from .._geometry.georeference import PIXELS, CoordinateFrame
from .geojson_file import is_ours, load_features, stream_features
from .options import NO_SIZE, ReadOptions
from .parts.rows import ShapeRow, fill_row, note_clipped, read_score, rows_to_masks, shape_error
from .parts.values import Object, Points, as_list, as_text, check_size, finite

_KEYS: Final = ("key", "image", "image_id", "file_name", "filename")
_LABELS: Final = ("label", "classification", "class", "class_name", "category", "name", "type")
_SCORES: Final = ("score", "confidence", "probability")

Part = tuple[Points, list[Points]]
"""An outer ring and its holes."""


class _Identity(NamedTuple):
    """What the features of one image have in common; the sides are as the file gives them."""

    key: str
    image: str
    width: Any
    height: Any
    answer: str


def read_entries(path: Path, options: ReadOptions) -> Iterator[Record | Unread]:
    """Yield one record per image."""
    if is_ours(path):
        numbered = enumerate(stream_features(path))
        for identity, group in groupby(numbered, lambda pair: _identity(pair[1], path)):
            yield _entry(identity, list(group), path, options)
        return
    features, system = load_features(path)
    if system and "pixel" not in system and not all(_has_transform(feature) for feature in features):
        reason = (
            f"expected coordinates in pixels, or properties `frame` and `transform`, got those of {excerpt(system)}"
        )
        yield Unread(path.stem, reason, source=path.name)
        return
    groups: dict[_Identity, list[tuple[int, Any]]] = {}
    for pair in enumerate(features):
        groups.setdefault(_identity(pair[1], path), []).append(pair)
    for identity, listed in groups.items():
        yield _entry(identity, listed, path, options)


def _has_transform(feature: Any) -> bool:
    return "transform" in _properties(feature)


def _properties(feature: Any) -> Object:
    """Return the properties of a feature; none where it has none."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _identity(feature: Any, path: Path) -> _Identity:
    """Return what a feature says of its image; the file's name is the key where it says nothing."""
    given = _properties(feature)
    image = as_text(given.get("image") or given.get("file_name"))
    key = next((as_text(given[name]) for name in _KEYS if as_text(given.get(name))), path.stem)
    size = given.get("size")
    pair = isinstance(size, list) and len(size) == 2
    sides = size if pair and isinstance(size, list) else [given.get("width"), given.get("height")]
    width, height = (as_text(side) if isinstance(side, (int, float, str)) else None for side in sides)
    return _Identity(key, image, width, height, as_text(given.get("answer")))


def _entry(
    identity: _Identity, numbered: Iterable[tuple[int, Any]], path: Path, options: ReadOptions
) -> Record | Unread:
    """Return the record of the features of one image."""
    listed = list(numbered)
    line = listed[0][0] + 1
    key, image = identity.key, identity.image
    try:
        size = check_size(identity.width or None, identity.height or None, f"feature {line - 1} of {path.name}")
        size = size or options.image_size(key, image, path.parent)
        if size is None:
            raise ArgumentError(NO_SIZE)
    except ArgumentError as error:
        return Unread(key, str(error), image, path.name, line)
    rows = [_row(feature, f"feature {number}", size) for number, feature in listed]
    return Record(key, rows_to_masks(rows, size), image, path.name, line)


def _row(feature: Any, at: str, size: Size) -> ShapeRow:
    """Return the row of one feature."""
    given = _properties(feature)
    row = ShapeRow(_label(given), form="ring")
    read_score(next((given[name] for name in _SCORES if given.get(name) is not None), None), row)
    status = _status(given)
    row = fill_row(row, partial(_draw, feature, at, size))
    if status and (row.rle is not None or row.status == "nothing"):
        row.status, row.notes = status, [note for note in row.notes if note.code != "nothing"]
    return row


def _status(given: Object) -> Any:
    """Return the status that `geojson.write` wrote; empty for any other value."""
    from maskmill import Status

    status = given.get("status")
    return Status(status).value if isinstance(status, str) and status in set(Status) else ""


def _label(given: Object) -> str:
    """Return the label of a feature, under the names that tools give it; QuPath's ``classification`` has a name."""
    for name in _LABELS:
        value = given.get(name)
        if isinstance(value, dict):
            names = value.get("names")
            value = value.get("name") or (": ".join(map(as_text, names)) if isinstance(names, list) else "")
        if as_text(value):
            return as_text(value)
    return ""


def _draw(feature: Any, at: str, size: Size, row: ShapeRow) -> Rle:
    """Return the mask of a feature."""
    from maskmill import Masks

    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if geometry is None:
        row.form = "none"
        raise shape_error("nothing", "a geometry", "none", at)
    frame = _frame(_properties(feature), at)
    parts = [_part(rings, frame, at, row) for rings in _polygons(geometry, at, row)]
    if not any(len(outer) > 2 for outer, _ in parts):
        raise shape_error("degenerate", "rings of at least 3 points", "fewer", at)
    kept = [(outer, tuple(hole for hole in holes if len(hole) > 2)) for outer, holes in parts if len(outer) > 2]
    if len(kept) < len(parts):
        row.note(
            "part_dropped", f"expected at least 3 points per part, got fewer in {len(parts) - len(kept)} - at `{at}`"
        )
    note_clipped(row, [outer for outer, _ in kept], size)
    rle: Rle = Masks.from_polygons([kept], size).coco()[0]
    return rle


def _polygons(geometry: Any, at: str, row: ShapeRow, depth: int = 0) -> Iterator[Any]:
    """Yield the coordinates of each polygon of a geometry."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "Polygon":
        yield coordinates
    elif kind == "MultiPolygon":
        yield from as_list(coordinates, f"coordinates of {at}")
    elif kind == "GeometryCollection" and depth < 8:
        for one in as_list(geometry.get("geometries"), f"geometries of {at}"):
            yield from _polygons(one, at, row, depth + 1)
    else:
        row.form = "none" if isinstance(kind, str) else "ring"
        status = "nothing" if isinstance(kind, str) else "garbage"
        raise shape_error("nothing" if status == "nothing" else "garbage", "a Polygon or a MultiPolygon", kind, at)


def _part(rings: Any, frame: CoordinateFrame, at: str, row: ShapeRow) -> Part:
    """Return the outer ring of a polygon and its holes, in pixels."""
    listed = as_list(rings, f"coordinates of {at}")
    if not listed:
        return np.empty((0, 2)), []
    outer, *holes = [frame.to_pixels(_ring(ring, f"coordinates of {at}", row)) for ring in listed]
    return outer, holes


def _ring(ring: Any, at: str, row: ShapeRow) -> Points:
    """Return the vertices of a ring without the last, which repeats the first."""
    listed = as_list(ring, at)
    if not listed:
        return np.empty((0, 2))
    if wrong := [point for point in listed if not isinstance(point, list) or len(point) < 2]:
        raise shape_error("garbage", "positions as [x, y]", wrong[0], at)
    if max(map(len, listed)) > 2:
        row.note("numbers_dropped", f"expected positions of two numbers, got more: they are dropped - at `{at}`")
    vertices = finite([point[:2] for point in listed], at).reshape(-1, 2)
    if len(vertices) > 1 and (vertices[0] == vertices[-1]).all():
        return vertices[:-1]
    row.note("ring_closed", f"expected a ring that ends where it begins, got {vertices[-1].tolist()} - at `{at}`")
    return vertices


def _frame(given: Object, at: str) -> CoordinateFrame:
    """Return the frame that the properties of a feature name."""
    name, transform = given.get("frame", PIXELS), given.get("transform")
    if name == PIXELS or transform is None:
        return CoordinateFrame()
    numbers = finite(transform if isinstance(transform, list) else [], f"transform of {at}")
    a, b, _, d, e, _ = numbers.tolist() if numbers.shape == (6,) else [0.0] * 6
    if not abs(a * e - b * d) > 0:
        raise shape_error("garbage", "`transform` as six numbers, from pixels to the frame", transform, at)
    return CoordinateFrame(as_text(name), tuple(numbers.tolist()))
