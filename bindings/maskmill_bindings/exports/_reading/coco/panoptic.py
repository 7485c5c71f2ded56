"""Read COCO's panoptic pictures, whose colours are the ids of segments."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill._images.size import Size
from maskmill.errors import ArgumentError, excerpt, expected

from ...._images.png_files import read_image
from ....record import Record, Unread
from ..._geometry.foreign_shapes import Rle
from ..options import ReadOptions
from ..parts.rows import ShapeRow
from ..parts.values import Object, as_text, check_size, whole_number
from .files import CocoFile, CocoImage, begin_row, is_id, key_of, load_coco, name_of, to_record, to_unread

_FILE: Final = "panoptic.json"
_PICTURES: Final = "panoptic"
Ids = NDArray[np.uint32]


def read_entries(path: Path, options: ReadOptions) -> Iterator[Record | Unread]:
    """Yield one record per image, and what the pictures show without a segment."""
    for json_file in _json_files(path):
        file = load_coco(json_file)
        for image in file.images.values():
            yield from _read_image(image, file, json_file)
        yield from file.unread


def _json_files(path: Path) -> list[Path]:
    """Return the JSON files of a folder that have pictures, or the file itself."""
    if not path.is_dir():
        return [path]
    if (path / _FILE).is_file():
        return [path / _FILE]
    files = sorted([*path.glob("*.json"), *path.glob("annotations/*.json")])
    named = [file for file in files if b'"segments_info"' in file.read_bytes()]
    if not named:
        raise ArgumentError(f"a folder with {_FILE}, or another JSON file with `segments_info`", "none", str(path))
    return named


def _read_image(image: CocoImage, file: CocoFile, json_file: Path) -> Iterator[Record | Unread]:
    """Yield the record of one image; the segments that its picture shows and the file does not list."""
    annotations = [annotation for _, annotation in image.annotations]
    try:
        size = check_size(image.entry.get("width"), image.entry.get("height"), f"image {key_of(image)}")
        if not annotations:
            if size is None:
                raise expected("a size or a picture", None, f"image {key_of(image)}")
            yield to_record(image, [], size, file)
            return
        if len(annotations) > 1:
            raise expected("one annotation per image", len(annotations), f"image {key_of(image)}")
        segments = _segments(annotations[0])
        picture = _find_picture(annotations[0], image, json_file)
        visible = _visible(read_image(picture), [number for number, _ in segments], size, picture)
    except ArgumentError as error:
        yield to_unread(image, error, file)
        return
    shown, size = visible
    yield to_record(image, [_row(number, segment, shown, size, file) for number, segment in segments], size, file)
    for number in sorted(set(shown) - {number for number, _ in segments}):
        reason = f"expected a segment of the file, got the colour of {number} in {picture.name}, which it does not list"
        yield Unread(key_of(image), reason, name_of(image), file.name, image.number)


def _segments(annotation: Object) -> list[tuple[int, Object]]:
    """Return id and content of the segments; those without an id have -1."""
    listed = annotation.get("segments_info")
    if not isinstance(listed, list):
        raise expected("a list", listed, "segments_info")
    return [(_segment_id(segment), segment if isinstance(segment, dict) else {}) for segment in listed]


def _segment_id(segment: Any) -> int:
    number = segment.get("id") if isinstance(segment, dict) else None
    try:
        return whole_number(number, "id") if is_id(number) else -1
    except ArgumentError:
        return -1


def _find_picture(annotation: Object, image: CocoImage, json_file: Path) -> Path:
    """Return the picture of an image: by the annotation's file name, or by the image's with the suffix .png."""
    given = as_text(annotation.get("file_name")) or name_of(image)
    names = dict.fromkeys((given, Path(given).name, f"{Path(given).stem}.png"))
    folder = json_file.parent
    folders = [json_file.with_suffix(""), folder / _PICTURES, folder, folder.parent / json_file.stem]
    folders += [folder.parent / _PICTURES, folder.parent]
    for name in names:
        if not name or Path(name).is_absolute() or ".." in Path(name).parts or "\0" in name:
            continue
        for place in folders:
            with suppress(OSError):  # of a name that is too long
                if (place / name).is_file():
                    return place / name
    raise ArgumentError("the picture of the image", f"no file {excerpt(given)}", f"{json_file.stem}/")


def _visible(pixels: NDArray[Any], listed: list[int], size: Size | None, picture: Path) -> tuple[dict[int, Rle], Size]:
    """Return the masks of a picture by the ids of their segments, and its (width, height)."""
    from maskmill import Masks

    found = pixels.shape[1], pixels.shape[0]
    if size is not None and size != found:
        raise ArgumentError(f"a picture of {size[0]}x{size[1]}", f"one of {found[0]}x{found[1]}", picture.name)
    readings = [Masks.from_map(ids) for ids in _readings(pixels, picture)]
    known = set(listed)
    best = max(readings, key=lambda masks: len(known & set(map(int, masks.labels))) - len(masks))
    return dict(zip(map(int, best.labels), best.coco(), strict=True)), found


def _readings(pixels: NDArray[Any], picture: Path) -> Iterator[Ids]:
    """Yield the ids (H, W) of a picture: R + 256 G + 65536 B; of grey ones the value, alone or with a second channel.

    Tools write the ids of small data sets as grey, and class and instance as two channels. Which reading is right, the
    list of segments shows: the one that names most of them, and fewest others.
    """
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ArgumentError("a picture of 8 or 16 bits", str(pixels.dtype), picture.name)
    channels = np.atleast_3d(pixels).astype(np.uint32)
    if channels.shape[2] < 3:
        yield channels[..., 0]
        if channels.shape[2] == 2:
            yield channels[..., 0] + 256 * channels[..., 1]
        return
    red, green, blue = channels[..., 0], channels[..., 1], channels[..., 2]
    yield red + 256 * green + 65536 * blue
    if (red == green).all() and (red == blue).all():
        yield red
        if channels.shape[2] == 4:
            yield red + 256 * channels[..., 3]


def _row(number: int, segment: Object, shown: dict[int, Rle], size: Size, file: CocoFile) -> ShapeRow:
    """Return the row of one segment."""
    row = begin_row(segment, file.labels, f"segment {number}")
    row.form, row.rle = "pixels", shown.get(number)
    if row.rle is None:
        row.status = "empty" if number >= 0 else "garbage"
        wanted, got = ("pixels of the segment", "none") if number >= 0 else ("a segment with an id", excerpt(segment))
        row.note(row.status, f"expected {wanted}, got {got} - at `segment {number}`")
    return row
