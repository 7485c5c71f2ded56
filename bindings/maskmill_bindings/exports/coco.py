"""COCO instances JSON, as pycocotools and the tools after it read it.

https://cocodataset.org/#format-data

The model's boxes, statuses and problems are left out, as are rows without a pixel: COCO has no way to say that a mask
is missing. `key` on an image, `score` and `filled` on an annotation stand beside COCO's own fields; readers skip them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskmill.errors import ArgumentError, expected

from ..record import Record, as_records
from . import Settings, with_classes
from ._geometry.keyholes import joined
from ._shared.coco_reading import Image, columns_of, load
from ._shared.coco_writing import Entry, categories_of, image_of, mask_of, writing

if TYPE_CHECKING:
    from maskmill import Mask, Masks


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | str = "") -> list[Path]:
    """Write images and their masks as one COCO file.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write([Record("a.jpg", masks), Record("b.jpg", masks)], f"{folder}/coco.json")
    ...     [(record.key, record.masks.labels.tolist(), record.masks.areas.tolist()) for record in read(file)]
    [('a.jpg', ['cat'], [6]), ('b.jpg', ['cat'], [6])]

    Parameters
    ----------
    records
        Also the masks of one image. An image without masks stays among the images.
    path
        The file.
    settings
        Classes, which become categories from 1; numbers of the first image and annotation; ``polygons``. Or the name
        of the image's file, where `records` are the masks of one. Of masks alone, every label is a category, also one
        whose rows have no pixel.

        Masks are RLE, unless ``polygons`` asks for polygons: a ring along the pixels' edges for each part, with its
        holes joined by keyholes. pycocotools fills those to the same pixels; what paints them with OpenCV, as
        supervision does, adds a pixel on their right and at their bottom.

    Returns
    -------
    list[Path]
        The file.

    Raises
    ------
    maskmill.errors.ArgumentError
        A label is none of the classes.
    OSError
        The file cannot be written.
    """
    file = Path(path)
    entries, chosen = _prepared(records, settings)
    numbers = count(chosen.first_mask)
    with writing(file, categories_of(chosen.classes or ())) as (images, annotations):
        for number, record in enumerate(entries, chosen.first_image):
            images.append(image_of(record, number))
            for annotation in _annotations(record.masks, number, numbers, chosen):
                annotations.append(annotation)
    return [file]


def build(masks: Masks, file_name: str = "") -> dict[str, Any]:
    """COCO's dict of one image.

    >>> import maskmill
    >>> coco = build(maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8)))
    >>> coco["annotations"][0]["bbox"], coco["categories"]
    ([1, 0, 3, 3], [{'id': 1, 'name': 'cat', 'supercategory': ''}])

    Parameters
    ----------
    masks
        Rows without a pixel are left out: COCO has no way to say that a mask is missing.
    file_name
        Of the image, as the file is to name it.

    Returns
    -------
    dict[str, Any]
        JSON-safe: one image with id 1; categories from 1 in the order of their names; annotations with RLE,
        ``iscrowd`` 0, the area in pixels, the tight box x, y, width, height, the score where there is one, and
        ``filled`` where the row has no mask and its box stands in.
    """
    [record], settings = _prepared(masks, file_name)
    return {
        "images": [image_of(record, 1)],
        "annotations": list(_annotations(masks, 1, count(1), settings)),
        "categories": categories_of(settings.classes or ()),
    }


def read(path: str | Path) -> Iterator[Record]:
    """The records of a COCO file, one an image, also where it has no annotation; the file is held in memory.

    Masks are RLE, compressed or listed, or polygons. Those unite, and a pixel is in where its centre is: pycocotools
    rounds to fifths of a pixel first, so that pixels on slanted edges may differ. An annotation without segmentation is
    a row with the status ``nothing``; ``iscrowd`` is dropped.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no COCO file, or something in it does not fit.
    OSError
        The file cannot be read.
    """
    images, labels = load(Path(path))
    return (image.record(_masks(image, columns_of(image.annotations, labels, image.place))) for image in images)


def _prepared(given: Any, settings: Settings | str) -> tuple[Iterable[Record], Settings]:
    """Records and settings with classes; of the masks of one image, every label is one."""
    from maskmill import Masks

    name, chosen = (settings, Settings()) if isinstance(settings, str) else ("", settings)
    if isinstance(given, Masks) and chosen.classes is None:
        chosen = replace(chosen, classes=tuple(sorted(set(given.labels.tolist()))), _numbers={})
    return with_classes(as_records(given, name), chosen)


def _annotations(masks: Masks, image: int, numbers: Iterator[int], settings: Settings) -> Iterator[Entry]:
    rows = zip(masks.areas.tolist(), masks.extents.tolist(), masks.scores.tolist(), masks.filled.tolist(), strict=True)
    for i, (label, rle, (area, *row)) in enumerate(zip(masks.labels.tolist(), masks.coco(), rows, strict=True)):
        if area:
            segmentation = _polygons(masks[i]) if settings.polygons else {**rle, "counts": rle["counts"].decode()}
            told = mask_of(settings.number(label) + 1, area, *row)
            yield {"id": next(numbers), "image_id": image, "segmentation": segmentation, **told}


def _polygons(mask: Mask) -> list[list[int]]:
    """A flat list x, y, x, y, … for each part."""
    return [joined(outer, holes).ravel().tolist() for outer, holes in mask.polygons()]


def _masks(image: Image, columns: Entry) -> Masks:
    from maskmill import Masks

    given: list[Any] = [annotation.get("segmentation") for annotation in image.annotations]
    forms = ["none" if not s else "rle" if isinstance(s, dict) else "ring" for s in given]
    try:
        drawn = Masks.from_polygons([_rings(s) for s in given], image.size).coco()
        rles = [s if form == "rle" else rle for s, form, rle in zip(given, forms, drawn, strict=True)]
        masks = Masks.from_coco(rles, image.size, forms=forms, **columns)
    except ArgumentError as error:
        raise ArgumentError(f"{error}, {image.place}") from None
    return _with_missing(masks, columns) if "none" in forms else masks


def _rings(segmentation: Any) -> list[Any]:
    """The rings of COCO's polygons, (V, 2) each; none of any other segmentation."""
    if not segmentation or isinstance(segmentation, dict):
        return []
    if not isinstance(segmentation, list) or not all(isinstance(ring, list) for ring in segmentation):
        raise expected("run lengths or a list of polygons", segmentation, "segmentation")
    for ring in segmentation:
        if len(ring) % 2:
            raise expected("as many y as x", ring, "segmentation")
    return [list(zip(ring[::2], ring[1::2], strict=True)) for ring in segmentation]


def _with_missing(masks: Masks, columns: Entry) -> Masks:
    """The same masks; rows of which nothing was given say so."""
    from maskmill import Masks, Problem

    missing = masks.forms == "none"
    status = ["nothing" if gone else known for gone, known in zip(missing, masks.status.tolist(), strict=True)]
    told = [Problem(i, "nothing", "expected a segmentation, got none") for i in missing.nonzero()[0].tolist()]
    forms = masks.forms.tolist()
    return Masks.from_coco(masks.coco(), masks.size, forms=forms, status=status, problems=told, **columns)
