"""Write what COCO's formats share: JSON lists as a stream, and entries of images, categories and masks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any

import orjson

from ..._safe_text import replace_surrogates
from ...record import Record

Entry = dict[str, Any]


class JsonList:
    r"""Writes the values of a JSON list one at a time, one per line.

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
def open_coco_file(file: Path, categories: list[Entry]) -> Iterator[tuple[JsonList, JsonList]]:
    """Open a COCO file and return its lists of images and annotations, to append to.

    Annotations go straight to the file, images to a temporary file beside it first.
    """
    with file.open("wb") as out, TemporaryFile(dir=file.parent) as images:
        out.write(b'{"annotations":[')
        yield JsonList(images), JsonList(out)
        out.write(b'],\n"images":[')
        images.seek(0)
        copyfileobj(images, out)
        out.write(b'],\n"categories":' + orjson.dumps(categories) + b"}\n")


def to_categories(classes: Sequence[str]) -> list[Entry]:
    """Return COCO's categories, with ids from 1."""
    return [{"id": i, "name": replace_surrogates(name), "supercategory": ""} for i, name in enumerate(classes, 1)]


def to_image_entry(record: Record, number: int) -> Entry:
    """Return COCO's image of a record, with the record's key if it is not the image's file name."""
    width, height = record.masks.size
    image: Entry = {"id": number, "file_name": replace_surrogates(record.name), "width": width, "height": height}
    return image if record.key == record.name else {**image, "key": replace_surrogates(record.key)}


def to_annotation(category: int, area: int, extent: Sequence[int], score: float, filled: bool) -> Entry:
    """Return COCO's annotation of a mask without its ids and its segmentation.

    >>> to_annotation(1, 6, (1, 0, 4, 3), math.nan, False)
    {'category_id': 1, 'area': 6, 'bbox': [1, 0, 3, 3], 'iscrowd': 0}

    Parameters
    ----------
    category : int
        Id of its category.
    area : int
        Number of its pixels.
    extent : sequence of int
        The tight box x0, y0, x1, y1, ends exclusive.
    score : float
        Left out where it is NaN.
    filled : bool
        Whether the mask is the filled box; left out where it is not.
    """
    x0, y0, x1, y1 = extent
    mask: Entry = {"category_id": category, "area": area, "bbox": [x0, y0, x1 - x0, y1 - y0], "iscrowd": 0}
    if math.isfinite(score):
        mask["score"] = score
    if filled:
        mask["filled"] = True
    return mask
