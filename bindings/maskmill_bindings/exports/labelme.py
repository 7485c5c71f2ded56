"""LabelMe's files: one JSON file per image, with one shape per mask.

Format, as LabelMe 5.3 and later write it: ``shapes`` beside ``imagePath``, ``imageHeight``, ``imageWidth`` and
``imageData``, which is null where the image is a file. A shape ``mask`` has the first and the last pixel of a box as
its two points, both inside, and ``mask``, a PNG of the box in base64 whose pixels are foreground where they are not 0.
LabelMe fills the points of a shape ``polygon`` together with the pixels under the outline, so points stand for pixels,
see `to_contour`. Shapes with the same label and ``group_id`` are one object. LabelMe keeps fields that it does not
know: ``score`` of a shape, and ``key`` of a file whose image has another name.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pybase64
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, MaskmillError

from .._safe_text import UniqueNames, replace_surrogates
from ..record import Record, as_records
from ._geometry.contours import to_contour
from ._geometry.foreign_shapes import (
    ForeignShape,
    Rle,
    fill_outlined,
    merge_rles,
    paste_box,
    shapes_to_masks,
    translate_annotation_errors,
)
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings

if TYPE_CHECKING:
    from maskmill import Masks
    from maskmill.masks import Mask

_VERSION: Final = "5.5.0"
_PNG: Final = struct.Struct(">8s8xII")


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
    """
    settings, names, folder = settings or Settings(), UniqueNames(), Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    shapes_of = _polygons if settings.polygons else _pixels
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


def _polygons(row: Mask, number: int) -> list[dict[str, Any]]:
    """Return a row as one polygon per part, in a group if there are several."""
    parts = row.polygons()
    group = number if len(parts) > 1 else None
    return [_shape(row, "polygon", to_contour(part).tolist(), group_id=group) for part in parts]


def _to_png(pixels: NDArray[np.bool_]) -> str:
    """Return the PNG of some pixels in base64."""
    import cv2

    is_encoded, data = cv2.imencode(".png", pixels.astype(np.uint8))
    if not is_encoded:
        raise MaskmillError(f"OpenCV cannot encode {pixels.shape} as PNG")
    return pybase64.b64encode(data.tobytes()).decode()


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of a JSON file, or of those in a folder, in the order of their names.

    Masks, polygons and rectangles become rows, one row per group with the same label and ``group_id``. Other shapes are
    left out with a `LossWarning`. Corners between pixels are rounded.
    """
    path, losses = Path(path), LossWarner()
    for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        with translate_annotation_errors(str(file)):
            data = orjson.loads(file.read_bytes())
            image = str(data["imagePath"])
            masks = _masks(data["shapes"], (data["imageWidth"], data["imageHeight"]), losses)
            key = str(data.get("key", image))
        yield Record(key, masks, image, file.name)


def _masks(shapes: list[dict[str, Any]], size: tuple[int, int], losses: LossWarner) -> Masks:
    """Return one row per shape without a group, and one per group of shapes."""
    shapes_to_masks([], size)  # checks the size
    grouped: dict[Any, list[dict[str, Any]]] = {}
    for number, shape in enumerate(shapes):
        if shape["shape_type"] not in _READERS:
            losses.warn("shapes that are no mask, polygon or rectangle are left out")
        else:
            group = shape.get("group_id")
            name = (None, number) if group is None else (str(shape["label"]), str(group))
            grouped.setdefault(name, []).append(shape)
    return shapes_to_masks([_merge(group, size) for group in grouped.values()], size)


def _merge(shapes: list[dict[str, Any]], size: tuple[int, int]) -> ForeignShape:
    """Return the shapes of one group as one mask."""
    rles = [_READERS[shape["shape_type"]](shape, size) for shape in shapes]
    score = shapes[0].get("score")
    return ForeignShape(
        str(shapes[0]["label"]), merge_rles(rles, size), float("nan") if score is None else float(score)
    )


def _of_pixels(shape: dict[str, Any], size: tuple[int, int]) -> Rle:
    """Return the mask of a shape of type ``mask``."""
    (x0, y0), (x1, y1) = ([int(v) for v in point] for point in shape["points"])
    return paste_box(_from_png(shape["mask"], x1 - x0 + 1, y1 - y0 + 1, size), x0, y0, size)


def _from_png(text: str, width: int, height: int, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels of a PNG, after comparing the size in its header with what is expected."""
    import cv2

    data = pybase64.b64decode(text, validate=True)
    png_size = _PNG.unpack_from(data.ljust(_PNG.size, b"\0"))[1:]
    if png_size != (width, height) or width > size[0] or height > size[1]:
        raise ArgumentError(f"a PNG of {width}x{height} inside {size}", f"one of {png_size[0]}x{png_size[1]}", "mask")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if pixels is None or pixels.shape != (height, width):
        raise ArgumentError("a PNG", "something else", "mask")
    return np.asarray(pixels) > 0


def _of_polygon(shape: dict[str, Any], size: tuple[int, int]) -> Rle:
    """Return the mask of a polygon."""
    points = np.array(shape["points"], np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise ArgumentError("x, y of at least 3 points", f"an array of {points.shape}", "points")
    return fill_outlined([np.round(points)], size)


def _of_rectangle(shape: dict[str, Any], size: tuple[int, int]) -> Rle:
    """Return the mask of a rectangle."""
    points = np.array(shape["points"], np.float64)
    (x0, y0), (x1, y1) = points.min(0), points.max(0)
    return fill_outlined([np.round([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])], size)


_READERS: Final = {"mask": _of_pixels, "polygon": _of_polygon, "rectangle": _of_rectangle}
