"""GeoJSON (RFC 7946): one FeatureCollection, a feature a mask, a feature a line.

Polygons run along the edges of pixels, so that every pixel is kept, holes and parts too. Rings are closed; outer rings
run counterclockwise and holes clockwise in the coordinates as they are written, the RFC's right-hand rule. The frame
of the coordinates is that of the image's georeference, if it has an affine one, and then y goes as it says, mostly up;
else they are pixels, x to the right and y *down*. Each feature says which, in its property ``frame``, with the
``transform`` from pixels where there is one; the foreign member ``maskmill`` says it of the first image. The member
``crs``, which the RFC took out, is what GDAL and QGIS still read: it says for pixels that they are no degrees.

A row without a pixel is a feature whose geometry is null. What is lost: the boxes that the model gave, the form of
a mask and problems; and an image without a row.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, expected, told

from .._safe_text import sound
from ..record import Record, as_records
from . import Settings
from ._geometry.georeference import PIXELS, Frame, frame_of
from ._shared.image_files import image_file
from ._shared.loss_warnings import Losses
from ._shared.table_rows import with_rows

if TYPE_CHECKING:
    from maskmill import Mask, Masks
    from maskmill.masks._polygons import Polygon

_HEAD: Final = b'{"type":"FeatureCollection",'
_HEAD_END: Final = b'"features":[\n'


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write all masks as one FeatureCollection.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write([Record("a", masks)], Path(folder, "masks.geojson"))
    ...     orjson.loads(file.read_bytes())["features"][0]["geometry"]
    ...     [(record.key, record.masks.areas.tolist()) for record in read(file)]
    {'type': 'Polygon', 'coordinates': [[[1, 0], [4, 0], [4, 3], [3, 3], [3, 2], [2, 2], [2, 1], [1, 1], [1, 0]]]}
    [('a', [6])]

    Parameters
    ----------
    records
        Also the masks of one image.
    path
        The file.
    settings
        The folder with the images, for their georeference.

    Raises
    ------
    maskmill.errors.ArgumentError
        A georeferenced image is of another size than its masks.
    maskmill.errors.MissingPackageError
        There is a folder with images, and no rasterio to read their georeference.
    OSError
        The file cannot be written.

    Warns
    -----
    LossWarning
        An image has no row; the images have more than one frame.
    """
    file, losses = Path(path), Losses()
    images = settings.images if settings else None
    first: Frame | None = None
    with file.open("wb") as out:
        before = b""
        for record in with_rows(as_records(records), losses):
            frame = frame_of(image_file(record, images), record.masks.size)
            if first is None:
                out.write(_head(frame))
                first = frame
            if frame.name != first.name:
                losses.tell("the images have more than one frame, and a GeoJSON file one `crs`: that of the first")
            for feature in _features(record, frame):
                out.write(before + orjson.dumps(feature, option=orjson.OPT_SERIALIZE_NUMPY))
                before = b",\n"
        out.write((b"" if first else _head(Frame())) + b"\n]}\n")
    return [file]


def read(path: str | Path) -> Iterator[Record]:
    """The records of a file that `write` made, with labels, scores and statuses, one at a time.

    Of other files those are read whose features have the properties ``key`` and ``size`` [width, height], and either
    coordinates in pixels or the properties ``frame`` and ``transform``; such a file is held in memory.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no GeoJSON, or a feature lacks a property, or its geometry is neither a Polygon nor a MultiPolygon.
    OSError
        The file cannot be read.
    """
    file = Path(path)
    features = enumerate(_features_in(file))
    for _, group in groupby(features, lambda numbered: _identity(numbered[1], f"feature {numbered[0]} of {file}")):
        yield _record(list(group), file)


# Writing.


def _head(frame: Frame) -> bytes:
    about: dict[str, Any] = {"frame": frame.name, "y": "down" if frame.name == PIXELS else "as the frame has it"}
    members = {"maskmill": about} if frame.is_longitude_latitude else {"crs": frame.crs, "maskmill": about}
    return _HEAD + orjson.dumps(members)[1:-1] + b"," + _HEAD_END


def _features(record: Record, frame: Frame) -> Iterator[dict[str, Any]]:
    common: dict[str, Any] = {"size": record.masks.size, "frame": frame.name}
    if frame.name != PIXELS:
        common["transform"] = frame.transform
    for mask in record.masks:
        properties = {**_properties(record, mask), **common}
        yield {"type": "Feature", "geometry": _geometry(mask.polygons(), frame), "properties": properties}


def _properties(record: Record, mask: Mask) -> dict[str, Any]:
    return {
        "key": sound(record.key),
        "image": sound(record.image),
        "label": sound(mask.label),
        "score": None if math.isnan(mask.score) else mask.score,
        "status": str(mask.status),
        "area": mask.area,
    }


def _geometry(parts: list[Polygon], frame: Frame) -> dict[str, Any] | None:
    rings = [[_closed(frame.from_pixels(ring)) for ring in (part.outer, *part.holes)] for part in parts]
    if not rings:
        return None
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def _closed(ring: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([ring, ring[:1]])


# Reading.


def _features_in(file: Path) -> Iterator[dict[str, Any]]:
    """The features of our own files line by line, those of others out of the whole file."""
    with file.open("rb") as lines:
        head = next(lines, b"")
        if not (head.startswith(_HEAD) and head.endswith(_HEAD_END)):
            yield from _parsed(head + lines.read(), str(file)).get("features", ())
            return
        number, line = 0, b""
        for number, line in enumerate(lines, 2):
            if line.startswith((b"{", b"]")) and line != b"]}\n":
                yield _parsed(line.rstrip(b",\n"), f"line {number} of {file}")
        if line != b"]}\n":
            raise told("a whole FeatureCollection", "one that breaks off", f"line {number} of {file}")


def _parsed(text: bytes, at: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except ValueError as error:
        raise told("GeoJSON", str(error), at) from None
    if not isinstance(value, dict):
        raise expected("a GeoJSON object", value, at)
    return value


def _identity(feature: Any, at: str) -> tuple[str, str, int, int]:
    try:
        properties = feature["properties"]
        width, height = properties["size"]
        return str(properties["key"]), str(properties.get("image") or ""), int(width), int(height)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise told("a feature with the properties `key` and `size`", "one without", at) from None


def _record(numbered: list[tuple[int, dict[str, Any]]], file: Path) -> Record:
    from maskmill import Masks

    first = numbered[0][0]
    key, image, width, height = _identity(numbered[0][1], f"feature {first} of {file}")
    rows = [feature["properties"] for _, feature in numbered]
    try:
        masks = Masks.from_polygons(
            [_polygons(feature) for _, feature in numbered],
            (width, height),
            labels=[str(row.get("label") or "") for row in rows],
            scores=[math.nan if row.get("score") is None else row["score"] for row in rows],
            status=[row["status"] for row in rows] if all(row.get("status") for row in rows) else None,
        )
    except ArgumentError as error:
        raise ArgumentError(f"{error}, from feature {first} of {file} on") from None
    return Record(key, masks, image, file.name, first + 1)


def _polygons(feature: dict[str, Any]) -> list[Any]:
    geometry, frame = feature.get("geometry"), _frame(feature["properties"])
    if geometry is None:
        return []
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise expected("a Polygon or a MultiPolygon", kind, "geometry")
    parts = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    try:
        return [_part([frame.to_pixels(np.array(ring, np.float64)[:-1]) for ring in part]) for part in parts]
    except (TypeError, ValueError, IndexError, np.linalg.LinAlgError) as error:
        raise told("rings of x, y", f"{type(error).__name__}: {error}", "coordinates") from None


def _part(rings: list[NDArray[Any]]) -> tuple[NDArray[Any], tuple[NDArray[Any], ...]]:
    return rings[0], tuple(rings[1:])


def _frame(properties: dict[str, Any]) -> Frame:
    name, transform = properties.get("frame", PIXELS), properties.get("transform")
    if name == PIXELS:
        return Frame()
    if not isinstance(transform, list) or len(transform) != 6:
        raise expected("`transform` as six numbers, from pixels to the frame", transform, "properties")
    return Frame(str(name), tuple(map(float, transform)))
