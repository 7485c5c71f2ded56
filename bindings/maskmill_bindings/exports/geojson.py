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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from .._safe_text import replace_surrogates
from ..record import Record, as_records
from ._geometry.georeference import PIXELS, CoordinateFrame, read_frame
from ._geometry.simplified import simplify_polygon
from ._reading.geojson import read_entries
from ._reading.geojson_file import HEAD, HEAD_END
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._shared.image_files import find_image
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings
from ._shared.table_rows import warn_of_empty_images

if TYPE_CHECKING:
    from maskmill import Mask, Masks
    from maskmill.masks import Polygon


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
        The folder with the images, for their georeference. `simplify` gives outlines fewer vertices.

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
    chosen = settings or Settings()
    images, tolerance = chosen.images, chosen.simplify
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
            for feature in _features(record, frame, answer, tolerance):
                out.write(before + orjson.dumps(feature, option=orjson.OPT_SERIALIZE_NUMPY))
                before = b",\n"
        out.write((b"" if first else _head(CoordinateFrame())) + b"\n]}\n")
    return [file]


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a file that `write` wrote, with labels, scores and statuses, or of another tool's file.

    A file of another tool is held in memory: a collection, a list of features as QuPath writes it, a feature or a
    geometry. Its coordinates are pixels, unless properties ``frame`` and ``transform`` say otherwise. Features belong
    to the image that a property ``key``, ``image`` or ``file_name`` names, or else to one called as the file. A ring
    that is not closed is closed. Geometries without an area are rows with the status ``nothing``. Polygons are filled
    by pixel centres under both rules, since no tool draws them.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    options = ReadOptions(rule, size, images, on_unread)
    return options.deliver(read_entries(Path(path), options))


# Writing.


def _head(frame: CoordinateFrame) -> bytes:
    """Return the start of the file, up to the first feature."""
    about: dict[str, Any] = {"frame": frame.name, "y": "down" if frame.name == PIXELS else "as the frame has it"}
    members = {"maskmill": about} if frame.is_longitude_latitude else {"crs": frame.crs, "maskmill": about}
    return HEAD + orjson.dumps(members)[1:-1] + b"," + HEAD_END


def _features(record: Record, frame: CoordinateFrame, answer: int, tolerance: float) -> Iterator[dict[str, Any]]:
    """Yield one feature per row of a record; `answer` keeps adjacent records about one image apart."""
    common: dict[str, Any] = {"size": record.masks.size, "frame": frame.name}
    if frame.name != PIXELS:
        common["transform"] = frame.transform
    if answer > 1:
        common["answer"] = answer
    for mask in record.masks:
        properties = {**_properties(record, mask), **common}
        parts = [simplify_polygon(part, tolerance) for part in mask.polygons()]
        yield {"type": "Feature", "geometry": _geometry(parts, frame), "properties": properties}


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
