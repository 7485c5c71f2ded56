"""Read what COCO's formats share: images with their annotations, categories, and columns for `Masks`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import orjson

from maskmill.errors import ArgumentError, expected

from ...record import Record

if TYPE_CHECKING:
    from maskmill import Masks

Entry = dict[str, Any]
Id = int | str

_KINDS: Final = {int: "a whole number", Id: "a number or a text", str: "a text", list: "a list"}


class CocoImage(NamedTuple):
    """One image of a COCO file with its annotations; `source` is the file's name, `line` the image's number from 1."""

    entry: Entry
    size: tuple[int, int]
    annotations: list[Entry]
    source: str
    line: int

    @property
    def place(self) -> str:
        """Name of the image for error messages."""
        return f"image {self.entry['id']} of {self.source}"

    def record(self, masks: Masks) -> Record:
        """Return the record of this image with its masks."""
        name = str(self.entry.get("file_name") or "")
        return Record(str(self.entry.get("key") or name or self.entry["id"]), masks, name, self.source, self.line)


def load_coco(file: Path) -> tuple[list[CocoImage], dict[Id, str]]:
    """Return the images of a COCO file, and the names of its categories by id.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no COCO file, an image has no id or size, or an annotation names none of the images.
    OSError
        The file cannot be read.
    """
    data, name = read_json(file), file.name
    groups: dict[Id, list[Entry]] = {}
    entries = checked_field(data, "images", list, name)
    for i, entry in enumerate(entries):
        number = checked_field(entry, "id", Id, f"images[{i}] of {name}")
        if number in groups:
            raise ArgumentError("images with different ids", f"{number} again", f"images[{i}] of {name}")
        groups[number] = []
    for i, annotation in enumerate(checked_field(data, "annotations", list, name)):
        number = checked_field(annotation, "image_id", Id, f"annotations[{i}] of {name}")
        if number not in groups:
            raise expected("the id of an image", number, f"image_id in annotations[{i}] of {name}")
        groups[number].append(annotation)
    images = [CocoImage(entry, _size(entry, name), groups[entry["id"]], name, i) for i, entry in enumerate(entries, 1)]
    return images, _labels(data, name)


def read_json(file: Path) -> Any:
    """Return the value in a JSON file."""
    try:
        return orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ArgumentError("JSON", str(error), str(file)) from None


def checked_field(entry: Any, name: str, kind: Any, at: str) -> Any:
    """Return a field of a JSON object after checking its type.

    Parameters
    ----------
    entry : dict
        The object; any other value raises the same error.
    name : str
        Name of the field.
    kind : type or union of types
        One of the keys of `_KINDS`.
    at : str
        Place of the object, for the error.

    Raises
    ------
    maskmill.errors.ArgumentError
        The field is missing or of another type.
    """
    if not isinstance(entry, dict):
        raise expected("an object", entry, at)
    value = entry.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise expected(_KINDS[kind], value, f"{name} in {at}")
    return value


def annotation_columns(masks: Sequence[Entry], labels: Mapping[Id, str], at: str) -> Entry:
    """Return the columns labels, scores, boxes and filled of annotations or segments, as `Masks.from_coco` takes them.

    Parameters
    ----------
    masks : sequence of dict
        Annotations of one image, or segments, as the file holds them.
    labels : mapping
        Names of the categories by id.
    at : str
        Place of the annotations, for errors.
    """
    return {
        "labels": [_label(mask, labels, at) for mask in masks],
        "scores": [math.nan if mask.get("score") is None else mask["score"] for mask in masks],
        "boxes": np.array([_corners(mask, at) for mask in masks], np.float64).reshape(-1, 4),
        "filled": [bool(mask.get("filled")) for mask in masks],
    }


def _size(image: Entry, name: str) -> tuple[int, int]:
    """Return (width, height) of an image."""
    at = f"image {image['id']} of {name}"
    return checked_field(image, "width", int, at), checked_field(image, "height", int, at)


def _labels(data: Entry, name: str) -> dict[Id, str]:
    """Return the names of the categories by id."""
    categories = [
        (entry, f"categories[{i}] of {name}") for i, entry in enumerate(checked_field(data, "categories", list, name))
    ]
    return {checked_field(entry, "id", Id, at): checked_field(entry, "name", str, at) for entry, at in categories}


def _label(mask: Entry, labels: Mapping[Id, str], at: str) -> str:
    """Return the name of the category of an annotation."""
    number = checked_field(mask, "category_id", Id, f"an annotation of {at}")
    if number not in labels:
        raise expected("the id of a category", number, f"category_id in an annotation of {at}")
    return labels[number]


def _corners(mask: Entry, at: str) -> list[float]:
    """Return the corners x0, y0, x1, y1 of the box x, y, width, height; NaN where there is none."""
    box = mask.get("bbox") or [math.nan] * 4
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(v, int | float) for v in box):
        raise expected("a box of four numbers", box, f"bbox in an annotation of {at}")
    x, y, width, height = box
    return [x, y, x + width, y + height]
