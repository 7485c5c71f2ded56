"""What COCO's files have in common where they are read: images with their annotations, and columns of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson

from maskmill.errors import expected, told

from ...record import Record

if TYPE_CHECKING:
    from maskmill import Masks

Entry = dict[str, Any]
Id = int | str

_KINDS: Final = {int: "a whole number", Id: "a number or a text", str: "a text", list: "a list"}


class Image(NamedTuple):
    """One image of a COCO file, its annotations, and where it stands: the file's name, and its number from 1."""

    entry: Entry
    size: tuple[int, int]
    annotations: list[Entry]
    source: str
    line: int

    @property
    def place(self) -> str:
        """For messages."""
        return f"image {self.entry['id']} of {self.source}"

    def record(self, masks: Masks) -> Record:
        """The record of this image with its masks."""
        name = str(self.entry.get("file_name") or "")
        return Record(str(self.entry.get("key") or name or self.entry["id"]), masks, name, self.source, self.line)


def load(file: Path) -> tuple[list[Image], dict[Id, str]]:
    """The images of a COCO file, and the names of its categories.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no COCO file, an image has no id or size, or an annotation names none of the images.
    OSError
        The file cannot be read.
    """
    data, name = parsed(file), file.name
    groups: dict[Id, list[Entry]] = {}
    entries = field(data, "images", list, name)
    for i, entry in enumerate(entries):
        number = field(entry, "id", Id, f"images[{i}] of {name}")
        if number in groups:
            raise told("images with an id of their own", f"{number} again", f"images[{i}] of {name}")
        groups[number] = []
    for i, annotation in enumerate(field(data, "annotations", list, name)):
        number = field(annotation, "image_id", Id, f"annotations[{i}] of {name}")
        if number not in groups:
            raise expected("the id of an image", number, f"image_id in annotations[{i}] of {name}")
        groups[number].append(annotation)
    images = [Image(entry, _size(entry, name), groups[entry["id"]], name, i) for i, entry in enumerate(entries, 1)]
    return images, _labels(data, name)


def parsed(file: Path) -> Any:
    """The value in a JSON file."""
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise told("JSON", str(error), str(file)) from None


def field(entry: Any, name: str, kind: Any, at: str) -> Any:
    """A field of an object in a JSON file, checked for its type."""
    if not isinstance(entry, dict):
        raise expected("an object", entry, at)
    value = entry.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise expected(_KINDS[kind], value, f"{name} in {at}")
    return value


def columns_of(masks: Sequence[Entry], labels: Mapping[Id, str], at: str) -> Entry:
    """The columns of annotations or segments: labels, scores, boxes, and which are filled boxes."""
    return {
        "labels": [_label(mask, labels, at) for mask in masks],
        "scores": [math.nan if mask.get("score") is None else mask["score"] for mask in masks],
        "boxes": np.array([_corners(mask, at) for mask in masks], np.float64).reshape(-1, 4),
        "filled": [bool(mask.get("filled")) for mask in masks],
    }


def _size(image: Entry, name: str) -> tuple[int, int]:
    at = f"image {image['id']} of {name}"
    return field(image, "width", int, at), field(image, "height", int, at)


def _labels(data: Entry, name: str) -> dict[Id, str]:
    categories = [
        (entry, f"categories[{i}] of {name}") for i, entry in enumerate(field(data, "categories", list, name))
    ]
    return {field(entry, "id", Id, at): field(entry, "name", str, at) for entry, at in categories}


def _label(mask: Entry, labels: Mapping[Id, str], at: str) -> str:
    number = field(mask, "category_id", Id, f"an annotation of {at}")
    if number not in labels:
        raise expected("the id of a category", number, f"category_id in an annotation of {at}")
    return labels[number]


def _corners(mask: Entry, at: str) -> list[float]:
    """The corners x0, y0, x1, y1 of the box x, y, width, height; NaN where there is none."""
    box = mask.get("bbox") or [math.nan] * 4
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(v, int | float) for v in box):
        raise expected("a box of four numbers", box, f"bbox in an annotation of {at}")
    x, y, width, height = box
    return [x, y, x + width, y + height]
