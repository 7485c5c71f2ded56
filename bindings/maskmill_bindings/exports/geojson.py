"""GeoJSON (RFC 7946): one FeatureCollection, one feature per mask, one line per feature.

Polygons run along the edges of pixels, so that every pixel is kept, with holes and parts. Rings are closed; outer rings
run counterclockwise and holes clockwise in the coordinates as they are written, the RFC's right-hand rule. If the image
has an affine georeference, coordinates are in its coordinate reference system, where y mostly goes up; else they are
pixels, x to the right and y *down*. Each feature names its frame in the property ``frame``, with the ``transform`` from
pixels if there is one; the foreign member ``maskmill`` names that of the first image. GDAL and QGIS still read the
member ``crs``, which the RFC removed; for pixels it says that they are not degrees.

A row without a pixel is a feature whose geometry is null. What is lost: the model's boxes, the forms of masks,
problems, and images without a row.
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

from maskmill.errors import ArgumentError, expected

from .._safe_text import replace_surrogates
from ..record import Record, as_records
from ._geometry.georeference import PIXELS, CoordinateFrame, read_frame
from ._shared.image_files import find_image
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings
from ._shared.table_rows import warn_of_empty_images

if TYPE_CHECKING:
    from maskmill import Mask, Masks
    from maskmill.masks import Polygon

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
    records : Masks, Record or iterable of Record
        An image without a row leaves nothing in the file.
    path : str or Path
        File to write.
    settings : Settings, optional
        The folder with the images, for their georeference.

    Raises
    ------
    maskmill.errors.ArgumentError
        The size of a georeferenced image is not that of its masks.
    maskmill.errors.MissingPackageError
        The settings name a folder with images, and rasterio is not installed.

    Warns
    -----
    LossWarning
        An image has no row; the images have more than one frame.
    """
    file, losses = Path(path), LossWarner()
    images = settings.images if settings else None
    first: CoordinateFrame | None = None
    with file.open("wb") as out:
        before, last, answer = b"", None, 1
        for record in warn_of_empty_images(as_records(records), losses):
            frame = read_frame(find_image(record, images), record.masks.size)
            if first is None:
                out.write(_head(frame))
                first = frame
            if frame.name != first.name:
                losses.warn("the images have more than one frame, and a GeoJSON file one `crs`: that of the first")
            about = (record.key, record.image, record.masks.size)
            last, answer = about, answer + 1 if about == last else 1
            for feature in _features(record, frame, answer):
                out.write(before + orjson.dumps(feature, option=orjson.OPT_SERIALIZE_NUMPY))
                before = b",\n"
        out.write((b"" if first else _head(CoordinateFrame())) + b"\n]}\n")
    return [file]


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of a file that `write` wrote, with labels, scores and statuses.

    A file of another tool is held in memory. Its features need the properties ``key`` and ``size`` [width, height], and
    either coordinates in pixels or the properties ``frame`` and ``transform``; their geometry is a Polygon, a
    MultiPolygon or null.
    """
    file = Path(path)
    features = enumerate(_features_in(file))
    for _, group in groupby(features, lambda numbered: _identity(numbered[1], f"feature {numbered[0]} of {file}")):
        yield _record(list(group), file)


# Writing.


def _head(frame: CoordinateFrame) -> bytes:
    """Return the start of the file, up to the first feature."""
    about: dict[str, Any] = {"frame": frame.name, "y": "down" if frame.name == PIXELS else "as the frame has it"}
    members = {"maskmill": about} if frame.is_longitude_latitude else {"crs": frame.crs, "maskmill": about}
    return _HEAD + orjson.dumps(members)[1:-1] + b"," + _HEAD_END


def _features(record: Record, frame: CoordinateFrame, answer: int) -> Iterator[dict[str, Any]]:
    """Yield one feature per row of a record; `answer` keeps adjacent records about one image apart."""
    common: dict[str, Any] = {"size": record.masks.size, "frame": frame.name}
    if frame.name != PIXELS:
        common["transform"] = frame.transform
    if answer > 1:
        common["answer"] = answer
    for mask in record.masks:
        properties = {**_properties(record, mask), **common}
        yield {"type": "Feature", "geometry": _geometry(mask.polygons(), frame), "properties": properties}


def _properties(record: Record, mask: Mask) -> dict[str, Any]:
    """Return the properties of a mask that do not depend on the frame."""
    return {
        "key": replace_surrogates(record.key),
        "image": replace_surrogates(record.image),
        "label": replace_surrogates(mask.label),
        "score": None if math.isnan(mask.score) else mask.score,
        "status": str(mask.status),
        "area": mask.area,
    }


def _geometry(parts: list[Polygon], frame: CoordinateFrame) -> dict[str, Any] | None:
    """Return the geometry of a mask; None without a polygon."""
    rings = [[_closed(frame.from_pixels(ring)) for ring in (part.outer, *part.holes)] for part in parts]
    if not rings:
        return None
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def _closed(ring: NDArray[Any]) -> NDArray[Any]:
    """Return a ring with its first point repeated at the end."""
    return np.concatenate([ring, ring[:1]])


# Reading.


def _features_in(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the features of a file that `write` wrote line by line, of any other file from memory."""
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
            raise ArgumentError("a complete FeatureCollection", "one that breaks off", f"line {number} of {file}")


def _parsed(text: bytes, at: str) -> dict[str, Any]:
    """Return the JSON object in a text."""
    try:
        value = orjson.loads(text)
    except ValueError as error:
        raise ArgumentError("GeoJSON", str(error), at) from None
    if not isinstance(value, dict):
        raise expected("a GeoJSON object", value, at)
    return value


def _identity(feature: Any, at: str) -> tuple[str, str, int, int, int]:
    """Return the key, image, width and height that a feature names, and the number of its answer."""
    try:
        properties = feature["properties"]
        width, height = properties["size"]
        answer = int(properties.get("answer") or 1)
        return str(properties["key"]), str(properties.get("image") or ""), int(width), int(height), answer
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ArgumentError("a feature with the properties `key` and `size`", "one without", at) from None


def _record(numbered: list[tuple[int, dict[str, Any]]], file: Path) -> Record:
    """Return the record of adjacent features of one image."""
    from maskmill import Masks

    first = numbered[0][0]
    key, image, width, height, _ = _identity(numbered[0][1], f"feature {first} of {file}")
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
        raise error.within(f"from feature {first} of {file} on") from None
    return Record(key, masks, image, file.name, first + 1)


def _polygons(feature: dict[str, Any]) -> list[Any]:
    """Return the polygons of a feature, in pixels."""
    geometry, frame = feature.get("geometry"), _frame(feature["properties"])
    if geometry is None:
        return []
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise expected("a Polygon or a MultiPolygon", kind, "geometry")
    parts = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    try:
        return [_to_part([frame.to_pixels(np.array(ring, np.float64)[:-1]) for ring in part]) for part in parts]
    except (TypeError, ValueError, IndexError, np.linalg.LinAlgError) as error:
        raise ArgumentError("rings of x, y", f"{type(error).__name__}: {error}", "coordinates") from None


def _to_part(rings: list[NDArray[Any]]) -> tuple[NDArray[Any], tuple[NDArray[Any], ...]]:
    """Return an outer ring and its holes."""
    return rings[0], tuple(rings[1:])


def _frame(properties: dict[str, Any]) -> CoordinateFrame:
    """Return the frame that the properties of a feature name."""
    name, transform = properties.get("frame", PIXELS), properties.get("transform")
    if name == PIXELS:
        return CoordinateFrame()
    if not isinstance(transform, list) or len(transform) != 6:
        raise expected("`transform` as six numbers, from pixels to the frame", transform, "properties")
    return CoordinateFrame(str(name), tuple(map(float, transform)))
