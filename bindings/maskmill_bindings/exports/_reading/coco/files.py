"""What COCO's files share: images with their annotations, the names of categories, boxes and scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from maskmill._images.size import Size
from maskmill.errors import ArgumentError, excerpt, expected

from ....record import Record, Unread
from ..options import NO_SIZE, ReadOptions
from ..parts.rows import ShapeRow, read_score, rows_to_masks
from ..parts.run_lengths import stated_size
from ..parts.values import Object, as_list, as_object, as_text, check_size, read_json

Id = int | float | str


@dataclass(slots=True)
class CocoImage:
    """One image of a file.

    Attributes
    ----------
    entry : dict
        What the file says of it.
    number : int
        Its place among the images, from 1.
    annotations : list of (str, dict)
        Place in the file and content of each of its annotations.
    """

    entry: Object
    number: int
    annotations: list[tuple[str, Object]] = field(default_factory=list)


@dataclass(slots=True)
class CocoFile:
    """A file, read and sorted by image.

    Attributes
    ----------
    name : str
        Name of the file.
    folder : Path
        Its folder.
    images : dict
        The images by id, in the order of the file.
    labels : dict
        Names of the categories by id.
    unread : list of Unread
        Images and annotations that belong to no image.
    """

    name: str
    folder: Path
    images: dict[Id, CocoImage] = field(default_factory=dict)
    labels: dict[Id, str] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def refuse(self, key: object, reason: object, line: int = 0) -> None:
        """Add what belongs to no image.

        Parameters
        ----------
        key : object
            Its id, or its place.
        reason : object
            Why it gives no record.
        line : int
            Its number in the file, from 1.
        """
        self.unread.append(Unread(as_text(key) or excerpt(key), str(reason), source=self.name, line=line))


def load_coco(file: Path) -> CocoFile:
    """Return the content of a COCO file, also of one image as SA-1B has them.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no COCO file: it lacks its lists.
    """
    data = as_object(read_json(file), str(file))
    found = CocoFile(file.name, file.parent)
    _add_categories(found, data)
    if isinstance(data.get("image"), dict) and "images" not in data:
        _add_single_image(found, data["image"], as_list(data.get("annotations"), f"annotations in {file}"))
        return found
    for i, entry in enumerate(as_list(data.get("images"), f"images in {file}")):
        _add_image(found, entry, i)
    for i, annotation in enumerate(as_list(data.get("annotations"), f"annotations in {file}")):
        _add_annotation(found, annotation, f"annotations[{i}]")
    return found


def _add_categories(found: CocoFile, data: Object) -> None:
    """Read the names of the categories; a file may have none."""
    categories = data.get("categories")
    for entry in categories if isinstance(categories, list) else []:
        number, name = (entry.get("id"), entry.get("name")) if isinstance(entry, dict) else (None, None)
        if is_id(number) and name is not None:
            found.labels.setdefault(same_id(number), as_text(name))


def _add_single_image(found: CocoFile, entry: Object, annotations: list[Any]) -> None:
    """Add the only image of a file, to which all its annotations belong."""
    image = CocoImage({"id": entry.get("image_id", entry.get("id", found.name)), **entry}, 1)
    found.images[0] = image
    for i, annotation in enumerate(annotations):
        image.annotations.append((f"annotations[{i}]", annotation if isinstance(annotation, dict) else {}))


def _add_image(found: CocoFile, entry: Any, i: int) -> None:
    """Add an image, if it has an id that no other has."""
    number = entry.get("id") if isinstance(entry, dict) else None
    if not is_id(number):
        found.refuse(f"images[{i}]", expected("an image with an id", entry, f"images[{i}]"), i + 1)
    elif same_id(number) in found.images:
        found.refuse(number, ArgumentError("images with different ids", f"{number} again", f"images[{i}]"), i + 1)
    else:
        found.images[same_id(number)] = CocoImage(entry, i + 1)


def _add_annotation(found: CocoFile, annotation: Any, at: str) -> None:
    """Add an annotation to its image."""
    number = annotation.get("image_id") if isinstance(annotation, dict) else None
    if not is_id(number):
        found.refuse(at, expected("an annotation with the id of its image", annotation, at))
    elif same_id(number) not in found.images:
        found.refuse(number, expected("the id of an image of the file", number, f"image_id in {at}"))
    else:
        found.images[same_id(number)].annotations.append((at, annotation))


def is_id(value: Any) -> TypeGuard[Id]:
    """Whether a value can be the id of an image or a category: a number or a text."""
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


def same_id(number: Id) -> Id:
    """Return an id so that 7, 7.0 and "7" are one: tools write all three for the same image."""
    return as_text(number) or number


def _set_label(row: ShapeRow, annotation: Object, labels: Mapping[Id, str]) -> None:
    """Set the label of a row; the number of a category that the file does not name is its label."""
    number = annotation.get("category_id")
    name = labels.get(same_id(number)) if is_id(number) else None
    if name is not None:
        row.label = name
    elif number is not None:
        row.label = as_text(number)
        if labels:  # a file of results names none
            row.note("category_unknown", f"expected the id of a category of the file, got {excerpt(number)}")


def begin_row(annotation: Object, labels: Mapping[Id, str], at: str) -> ShapeRow:
    """Return a row with the label, score and box of an annotation, still without a mask.

    Parameters
    ----------
    annotation : dict
        What the file says of it.
    labels : mapping
        Names of the categories by id.
    at : str
        Place of the annotation, for messages.
    """
    row = ShapeRow(filled=annotation.get("filled") is True)
    _set_label(row, annotation, labels)
    read_score(annotation.get("score"), row)
    box = annotation.get("bbox")
    if isinstance(box, list) and len(box) == 4 and all(map(_is_finite, box)):
        x, y, width, height = map(float, box)
        row.box = x, y, x + width, y + height
    elif box:
        row.note("bad_box", f"expected a box of four numbers, got {excerpt(box)} - at `bbox in {at}`")
    return row


def _is_finite(value: Any) -> bool:
    """Whether a value is a finite number that a float holds."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def image_size(image: CocoImage, file: CocoFile, options: ReadOptions) -> Size:
    """Return (width, height) of an image: as the file gives it, or that of its run lengths, its file, or the options.

    Parameters
    ----------
    image : CocoImage
        The image.
    file : CocoFile
        The file that names it.
    options : ReadOptions
        Where else to look.

    Raises
    ------
    maskmill.errors.ArgumentError
        Nothing gives a size, or it is no size.
    """
    at = f"image {as_text(image.entry.get('id'))} of {file.name}"
    size = check_size(image.entry.get("width"), image.entry.get("height"), at)
    if size is not None:
        return size
    stated = {stated_size(annotation.get("segmentation")) for _, annotation in image.annotations} - {None}
    found = stated.pop() if len(stated) == 1 else None
    found = found or options.image_size(key_of(image), name_of(image), file.folder)
    if found is None:
        raise ArgumentError(NO_SIZE)
    return found


def name_of(image: CocoImage) -> str:
    """Return the file name of an image; empty where the file gives none."""
    return as_text(image.entry.get("file_name"))


def key_of(image: CocoImage) -> str:
    """Return the key of an image."""
    return as_text(image.entry.get("key")) or name_of(image) or as_text(image.entry.get("id"))


def to_record(image: CocoImage, rows: list[ShapeRow], size: Size, file: CocoFile) -> Record:
    """Return the record of an image with its rows.

    Parameters
    ----------
    image : CocoImage
        The image.
    rows : list of ShapeRow
        Its rows.
    size : tuple of int
        Its (width, height).
    file : CocoFile
        The file that names it.
    """
    return Record(key_of(image), rows_to_masks(rows, size), name_of(image), file.name, image.number)


def to_unread(image: CocoImage, error: ArgumentError, file: CocoFile) -> Unread:
    """Return why an image gives no record, and how many annotations it has.

    Parameters
    ----------
    image : CocoImage
        The image.
    error : ArgumentError
        The reason.
    file : CocoFile
        The file that names it.
    """
    count = len(image.annotations)
    held = f"; its {count} annotations are not read" if count > 1 else "; its annotation is not read" if count else ""
    return Unread(key_of(image), f"{error}{held}", name_of(image), file.name, image.number)


Entries = Iterator[Record | Unread]
