"""LabelMe's files: one JSON file per image, with one shape per mask.

Format, as LabelMe 5.3 and later write it: ``shapes`` beside ``imagePath``, ``imageHeight``, ``imageWidth`` and
``imageData``, which is null where the image is a file. A shape ``mask`` has the first and the last pixel of a box as
its two points, both inside, and ``mask``, a PNG of the box in base64 whose pixels are foreground where they are not 0.
LabelMe fills the points of a shape ``polygon`` together with the pixels under the outline, so points stand for pixels,
see `to_contour`. Shapes with the same label and ``group_id`` are one object. LabelMe keeps fields that it does not
know: ``score`` of a shape, and ``key`` of a file whose image has another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pybase64
from numpy.typing import NDArray

from maskmill.errors import MaskmillError

from .._safe_text import UniqueNames, replace_surrogates
from ..record import Record, as_records
from ._geometry.contours import to_contours
from ._reading.labelme import read_entries
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._shared.settings import Settings

if TYPE_CHECKING:
    from maskmill import Masks
    from maskmill.masks import Mask

_VERSION: Final = "5.5.0"


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write a folder of JSON files, to be put beside the images.

    >>> import maskmill, tempfile
    >>> masks = maskmill.Masks.from_dense(np.ones((1, 2, 3), bool), labels=["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write(Record("a.jpg", masks), folder)
    ...     [shape] = orjson.loads(file.read_bytes())["shapes"]
    >>> file.name, shape["shape_type"], shape["points"]
    ('a.json', 'mask', [[0, 0], [2, 1]])

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Rows without a pixel are left out.
    path : str or Path
        Folder to write.
    settings : Settings, optional
        With `polygons`, one polygon per part of a mask instead of its pixels, with holes joined by keyholes.
        `simplify` gives them fewer vertices.
    """
    settings, names, folder = settings or Settings(), UniqueNames(), Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    shapes_of = partial(_polygons, settings.simplify) if settings.polygons else _pixels
    files = []
    for record in as_records(records):
        rows = record.masks[record.masks.areas > 0]
        shapes = [shape for number, row in enumerate(rows) for shape in shapes_of(row, number)]
        files.append(folder / f"{names.name_for(record.stem)}.json")
        files[-1].write_bytes(orjson.dumps(_file(record, shapes), option=orjson.OPT_INDENT_2))
    return files


def _file(record: Record, shapes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the JSON of one image."""
    width, height = record.masks.size
    return {
        "version": _VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": replace_surrogates(record.name),
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
        **({"key": replace_surrogates(record.key)} if record.key != record.name else {}),
    }


def _shape(row: Mask, kind: str, points: Any, **more: Any) -> dict[str, Any]:
    """Return the JSON of one shape."""
    return {
        "label": replace_surrogates(row.label),
        "points": points,
        "group_id": None,
        "description": "",
        "shape_type": kind,
        "flags": {},
        "mask": None,
        **({} if np.isnan(row.score) else {"score": row.score}),
        **more,
    }


def _pixels(row: Mask, number: int) -> list[dict[str, Any]]:
    """Return a row as one shape of type ``mask``."""
    y, x, pixels = row.crop()
    height, width = pixels.shape
    return [_shape(row, "mask", [[x, y], [x + width - 1, y + height - 1]], mask=_to_png(pixels))]


def _polygons(tolerance: float, row: Mask, number: int) -> list[dict[str, Any]]:
    """Return a row as one polygon per part, in a group if there are several."""
    parts = row.polygons()
    group = number if len(parts) > 1 else None
    return [_shape(row, "polygon", to_contours(part, tolerance).tolist(), group_id=group) for part in parts]


def _to_png(pixels: NDArray[np.bool_]) -> str:
    """Return the PNG of some pixels in base64."""
    import cv2

    is_encoded, data = cv2.imencode(".png", pixels.astype(np.uint8))
    if not is_encoded:
        raise MaskmillError(f"OpenCV cannot encode {pixels.shape} as PNG")
    return pybase64.b64encode(data.tobytes()).decode()


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a JSON file, or of those in a folder, in the order of their names.

    Masks, polygons, rectangles, circles and oriented rectangles become rows, one row per group with the same label and
    ``group_id``; lines, points and unknown shapes rows with the status ``nothing``. `native` draws them as LabelMe
    does, which cuts coordinates to whole numbers and counts the outline to the shape. A size comes from the file, from
    the image in it, or from the image beside it.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    options = ReadOptions(rule, size, images, on_unread)
    return options.deliver(read_entries(Path(path), options))
