"""LabelMe's files: a JSON file an image, with a shape for each mask.

Format, as LabelMe 5.3 and later write it: ``shapes`` beside ``imagePath``, ``imageHeight``, ``imageWidth`` and
``imageData``, which is null where the image is a file. A shape ``mask`` has the first and last pixel of a box as its
two points, both inside, and ``mask``, a PNG of the box in base64 whose pixels are foreground where they are not 0. A
shape ``polygon`` has points that LabelMe fills together with the pixels under the outline, so they stand for pixels,
see `contour`; shapes of one label and ``group_id`` are one object. What LabelMe does not know, it keeps: ``score`` of a
shape, and ``key`` of a file whose image has another name.
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

from maskmill.errors import MaskmillError, told

from .._safe_text import Names, sound
from ..record import Record, as_records
from . import Settings
from ._geometry.contours import contour
from ._geometry.foreign_shapes import Rle, Shape, masks_of, outlined, pasted, reading, united
from ._shared.loss_warnings import Losses

if TYPE_CHECKING:
    from maskmill import Masks
    from maskmill.masks import Mask

_VERSION: Final = "5.5.0"
_PNG: Final = struct.Struct(">8s8xII")


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write a folder of JSON files, to lie beside the images.

    >>> import maskmill, tempfile
    >>> masks = maskmill.Masks.from_dense(np.ones((1, 2, 3), bool), labels=["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write(Record("a.jpg", masks), folder)
    ...     [shape] = orjson.loads(file.read_bytes())["shapes"]
    >>> file.name, shape["shape_type"], shape["points"]
    ('a.json', 'mask', [[0, 0], [2, 1]])

    Parameters
    ----------
    records
        What is written; a row without a pixel is left out.
    path
        The folder; it is made where it is missing.
    settings
        With `polygons`, a polygon for each part of a mask instead of its pixels, with holes joined by keyholes.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    settings, names, folder = settings or Settings(), Names(), Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    shapes_of = _polygons if settings.polygons else _pixels
    files = []
    for record in as_records(records):
        rows = record.masks[record.masks.areas > 0]
        shapes = [shape for number, row in enumerate(rows) for shape in shapes_of(row, number)]
        files.append(folder / f"{names.of(record.stem)}.json")
        files[-1].write_bytes(orjson.dumps(_file(record, shapes), option=orjson.OPT_INDENT_2))
    return files


def _file(record: Record, shapes: list[dict[str, Any]]) -> dict[str, Any]:
    width, height = record.masks.size
    return {
        "version": _VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": sound(record.name),
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
        **({"key": sound(record.key)} if record.key != record.name else {}),
    }


def _shape(row: Mask, kind: str, points: Any, **more: Any) -> dict[str, Any]:
    return {
        "label": sound(row.label),
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
    y, x, pixels = row.crop()
    height, width = pixels.shape
    return [_shape(row, "mask", [[x, y], [x + width - 1, y + height - 1]], mask=_to_png(pixels))]


def _polygons(row: Mask, number: int) -> list[dict[str, Any]]:
    parts = row.polygons()
    group = number if len(parts) > 1 else None
    return [_shape(row, "polygon", contour(part).tolist(), group_id=group) for part in parts]


def _to_png(pixels: NDArray[np.bool_]) -> str:
    import cv2

    good, data = cv2.imencode(".png", pixels.astype(np.uint8))
    if not good:
        raise MaskmillError(f"OpenCV cannot encode {pixels.shape} as PNG")
    return pybase64.b64encode(data.tobytes()).decode()


def read(path: str | Path) -> Iterator[Record]:
    """The records of a folder of JSON files, or of one, in order of their names.

    Masks, polygons and rectangles become rows, those of one label and ``group_id`` one together; other shapes are left
    out with a `LossWarning`. Corners between pixels are rounded.

    Raises
    ------
    maskmill.errors.ArgumentError
        A file does not hold what it should.
    OSError
        A file cannot be read.
    """
    found, losses = Path(path), Losses()
    for file in sorted(found.glob("*.json")) if found.is_dir() else [found]:
        with reading(str(file)):
            data = orjson.loads(file.read_bytes())
            image = str(data["imagePath"])
            masks = _masks(data["shapes"], (data["imageWidth"], data["imageHeight"]), losses)
            key = str(data.get("key", image))
        yield Record(key, masks, image, file.name)


def _masks(shapes: list[dict[str, Any]], size: tuple[int, int], losses: Losses) -> Masks:
    """The rows: each shape, or all of a group together."""
    masks_of([], size)  # the size can be
    grouped: dict[Any, list[dict[str, Any]]] = {}
    for number, shape in enumerate(shapes):
        if shape["shape_type"] not in _READERS:
            losses.tell("shapes that are no mask, polygon or rectangle are left out")
        else:
            group = shape.get("group_id")
            name = (None, number) if group is None else (str(shape["label"]), str(group))
            grouped.setdefault(name, []).append(shape)
    return masks_of([_together(group, size) for group in grouped.values()], size)


def _together(shapes: list[dict[str, Any]], size: tuple[int, int]) -> Shape:
    rles = [_READERS[shape["shape_type"]](shape, size) for shape in shapes]
    score = shapes[0].get("score")
    return Shape(str(shapes[0]["label"]), united(rles, size), float("nan") if score is None else float(score))


def _of_pixels(shape: dict[str, Any], size: tuple[int, int]) -> Rle:
    (x0, y0), (x1, y1) = ([int(v) for v in point] for point in shape["points"])
    return pasted(_from_png(shape["mask"], x1 - x0 + 1, y1 - y0 + 1, size), x0, y0, size)


def _from_png(text: str, width: int, height: int, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels of a PNG that says to be as large as it should; nothing is unpacked before."""
    import cv2

    data = pybase64.b64decode(text, validate=True)
    told_size = _PNG.unpack_from(data.ljust(_PNG.size, b"\0"))[1:]
    if told_size != (width, height) or width > size[0] or height > size[1]:
        raise told(f"a PNG of {width}x{height} inside {size}", f"one of {told_size[0]}x{told_size[1]}", "mask")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if pixels is None or pixels.shape != (height, width):
        raise told("a PNG", "something else", "mask")
    return np.asarray(pixels) > 0


def _of_polygon(shape: dict[str, Any], size: tuple[int, int]) -> Rle:
    points = np.array(shape["points"], np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise told("x, y of at least 3 points", f"an array of {points.shape}", "points")
    return outlined([np.round(points)], size)


def _of_rectangle(shape: dict[str, Any], size: tuple[int, int]) -> Rle:
    points = np.array(shape["points"], np.float64)
    (x0, y0), (x1, y1) = points.min(0), points.max(0)
    return outlined([np.round([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])], size)


_READERS: Final = {"mask": _of_pixels, "polygon": _of_polygon, "rectangle": _of_rectangle}
