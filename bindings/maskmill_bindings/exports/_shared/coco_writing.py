"""What COCO's files have in common where they are written: lists as a stream, images, categories, masks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any

import orjson

from ..._safe_text import sound
from ...record import Record

Entry = dict[str, Any]


class JsonList:
    r"""The values of a JSON list, written one at a time, a line each.

    >>> from io import BytesIO
    >>> file = BytesIO()
    >>> values = JsonList(file)
    >>> for number in (1, 2):
    ...     values.append({"id": number})
    >>> file.getvalue()
    b'{"id":1},\n{"id":2}'
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._before = b""

    def append(self, value: Any) -> None:
        """Write the next value."""
        self._file.write(self._before + orjson.dumps(value))
        self._before = b",\n"


@contextmanager
def writing(file: Path, categories: list[Entry]) -> Iterator[tuple[JsonList, JsonList]]:
    """The lists of images and of annotations of a COCO file, to append to.

    Annotations go to the file as they come; images wait in a temporary file beside it.
    """
    with file.open("wb") as out, TemporaryFile(dir=file.parent) as images:
        out.write(b'{"annotations":[')
        yield JsonList(images), JsonList(out)
        out.write(b'],\n"images":[')
        images.seek(0)
        copyfileobj(images, out)
        out.write(b'],\n"categories":' + orjson.dumps(categories) + b"}\n")


def categories_of(classes: Sequence[str]) -> list[Entry]:
    """COCO's categories, numbered from 1."""
    return [{"id": i, "name": sound(name), "supercategory": ""} for i, name in enumerate(classes, 1)]


def image_of(record: Record, number: int) -> Entry:
    """COCO's image of a record, with its key where that is not the file's name."""
    width, height = record.masks.size
    image: Entry = {"id": number, "file_name": sound(record.name), "width": width, "height": height}
    return image if record.key == record.name else {**image, "key": sound(record.key)}


def mask_of(category: int, area: int, extent: Sequence[int], score: float, filled: bool) -> Entry:
    """What COCO says of a mask beside its numbers and pixels.

    >>> mask_of(1, 6, (1, 0, 4, 3), math.nan, False)
    {'category_id': 1, 'area': 6, 'bbox': [1, 0, 3, 3], 'iscrowd': 0}

    Parameters
    ----------
    category
        Number of its category.
    area, extent
        Its pixels, and the x0, y0, x1, y1 around them.
    score, filled
        As the columns of `maskmill.Masks`; named where there is a score and where the box was filled.
    """
    x0, y0, x1, y1 = extent
    mask: Entry = {"category_id": category, "area": area, "bbox": [x0, y0, x1 - x0, y1 - y0], "iscrowd": 0}
    if math.isfinite(score):
        mask["score"] = score
    if filled:
        mask["filled"] = True
    return mask
