"""Read YOLO's segmentation labels: data sets of Ultralytics, Roboflow and others, with the images or beside them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from maskmill._images.header_size import image_file_size
from maskmill._images.size import Size
from maskmill.errors import ArgumentError, excerpt

from ...record import Record, Unread
from .._geometry.foreign_shapes import Rle, fill_enclosed, fill_outlined
from .._shared.folder_index import INDEX
from .._shared.yolo_class_names import read_class_names
from .options import NO_SIZE, ReadOptions
from .parts.rows import ShapeRow, fill_row, note_clipped, rows_to_masks, shape_error
from .parts.values import as_object, as_text, check_size, finite, parse_json
from .yolo_folders import LabelFile, find_label_files

_BOX: Final = (4, 5)
"""Numbers after the class of a box, without and with a score."""

_OUTSIDE: Final = 0.5
"""How far a point may lie outside the image, in sides of it; a number beyond is no fraction."""

Names = dict[int, str]


def read_entries(path: Path, options: ReadOptions) -> Iterator[Record | Unread]:
    """Yield one record per image of a data set, also of images without labels."""
    folder = path if path.is_dir() else path.parent
    names = read_class_names(folder, path if path.is_file() else None)
    if path.is_dir() and (folder / INDEX).is_file():
        yield from _indexed(folder, names, options)
        return
    for file in find_label_files(folder):
        yield _entry(file, folder, names, options)


def _entry(file: LabelFile, folder: Path, names: Names, options: ReadOptions) -> Record | Unread:
    """Return the record of one label file, or of one image without."""
    source = file.labels.relative_to(folder).as_posix() if file.labels else ""
    image = file.image.relative_to(folder).as_posix() if file.image else ""
    key = image or source
    size = image_file_size(str(file.image)) if file.image else None
    size = size or options.image_size(Path(key).stem, image)
    if size is None:
        reason = NO_SIZE if file.image else f"expected an image beside the labels, got none: {NO_SIZE}"
        return Unread(key, reason, image, source or image)
    try:
        rows = _rows(file.labels, size, names, options)
    except ArgumentError as error:
        return Unread(key, str(error), image, source)
    return Record(key, rows_to_masks(rows, size), image, source)


def _indexed(folder: Path, names: Names, options: ReadOptions) -> Iterator[Record | Unread]:
    """Yield the records of a folder that `yolo.write` wrote, whose index names the images."""
    with (folder / INDEX).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            at = f"line {number} of {INDEX}"
            try:
                entry = as_object(parse_json(line, at), at)
                labels, size = _label_file(folder, as_text(entry.get("name"))), _index_size(entry, at)
                rows = _rows(labels, size, names, options)
            except ArgumentError as error:
                yield Unread(f"line {number}", str(error), source=INDEX, line=number)
                continue
            key, image, model = (as_text(entry.get(name)) for name in ("key", "image", "model"))
            yield Record(key, rows_to_masks(rows, size), image, INDEX, number, model)


def _index_size(entry: dict[str, Any], at: str) -> Size:
    """Return the size in an index line."""
    sides = entry.get("size")
    size = check_size(sides[0], sides[1], at) if isinstance(sides, list) and len(sides) == 2 else None
    if size is None:
        raise ArgumentError("`size` as [width, height]", excerpt(sides), at)
    return size


def _label_file(folder: Path, name: str) -> Path:
    """Return the label file that an index line names."""
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts or "\0" in name:
        raise ArgumentError("the name of a label file in the folder", excerpt(name), "name")
    return folder / "labels" / f"{name}.txt"


def _rows(file: Path | None, size: Size, names: Names, options: ReadOptions) -> list[ShapeRow]:
    """Return one row per line of a label file; none where there is no file."""
    if file is None:
        return []
    try:
        text = file.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise ArgumentError("a file that can be read", error.strerror or "another", file.name) from None
    lines = enumerate((line.split() for line in text.splitlines()), 1)
    return [_row(values, f"line {number} of {file.name}", size, names, options) for number, values in lines if values]


def _row(values: list[str], at: str, size: Size, names: Names, options: ReadOptions) -> ShapeRow:
    """Return the row of one line."""
    row = ShapeRow(form="ring")
    return fill_row(row, partial(_draw, values, at, size, names, options))


def _draw(values: list[str], at: str, size: Size, names: Names, options: ReadOptions, row: ShapeRow) -> Rle:
    """Return the mask of one line, and set label and score of the row."""
    numbers = finite(values, at)
    _set_label(row, float(numbers[0]), names, at)
    shares = numbers[1:]
    if len(shares) in _BOX:
        x, y, width, height = (shares[:4] * [*size, *size]).tolist()
        row.box, row.form = (x - width / 2, y - height / 2, x + width / 2, y + height / 2), "none"
        raise shape_error("nothing", "a polygon", "a box", at)
    if len(shares) < 6:
        raise shape_error("degenerate", "x, y of at least 3 points after the class", f"{len(shares)} numbers", at)
    if len(shares) % 2:  # predictions end with a score
        row.score = float(shares[-1])
    points = shares[: len(shares) // 2 * 2].reshape(-1, 2)
    if points.min() < -_OUTSIDE or points.max() > 1 + _OUTSIDE:
        wrong = points.ravel()[np.abs(points.ravel() - 0.5).argmax()]
        raise shape_error("garbage", "points as fractions of the image, 0 to 1", f"{wrong:g}", at)
    note_clipped(row, [points * size], size)
    if not options.is_native:
        return fill_enclosed([points * size], size)
    pixels = points.astype(np.float32) * np.array(size, np.float32)  # in float32 and cut, as Ultralytics has it
    return fill_outlined([pixels.astype(np.int32)], size)


def _set_label(row: ShapeRow, number: float, names: Names, at: str) -> None:
    """Set the label of a row to the name of its class, or to its number where it has none."""
    if number % 1 or number < 0:
        raise shape_error("garbage", "the number of a class", f"{number:g}", at)
    row.label = names.get(int(number), str(int(number)))
    if names and int(number) not in names:
        row.note("category_unknown", f"expected one of {len(names)} classes, got {int(number)} - at `{at}`")
