"""COCO instances JSON, as pycocotools reads it.

https://cocodataset.org/#format-data

The model's boxes, statuses and problems are left out, as are rows without a pixel: COCO cannot say that a mask is
missing. `key` of an image, `score` and `filled` of an annotation are added to COCO's fields; readers skip them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskmill.errors import ArgumentError, expected

from ..record import Record, as_records
from ._geometry.keyholes import join_holes
from ._shared.coco_reading import CocoImage, annotation_columns, load_coco
from ._shared.coco_writing import Entry, open_coco_file, to_annotation, to_categories, to_image_entry
from ._shared.settings import Settings, resolve_classes

if TYPE_CHECKING:
    from maskmill import Mask, Masks


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write images and their masks as one COCO file.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write([Record("a.jpg", masks), Record("b.jpg", masks)], f"{folder}/coco.json")
    ...     [(record.key, record.masks.labels.tolist(), record.masks.areas.tolist()) for record in read(file)]
    [('a.jpg', ['cat'], [6]), ('b.jpg', ['cat'], [6])]

    Masks are RLE, or with ``polygons`` one ring per part along the pixels' edges, with its holes joined by keyholes.
    pycocotools fills those to the same pixels. Tools that fill them with OpenCV, such as supervision, add a pixel on
    their right and at their bottom.

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Every image is written, also one without masks. Of `Masks` alone, every label is a category, also one whose
        rows have no pixel.
    path : str or Path
        File to write.
    settings : Settings, optional
        Classes, which become categories from 1; ids of the first image and annotation; ``polygons``. A string is
        still accepted as the image's file name, where `records` are `Masks`.
    """
    file = Path(path)
    entries, chosen = _prepare(records, settings)
    numbers = count(chosen.first_mask)
    with open_coco_file(file, to_categories(chosen.classes or ())) as (images, annotations):
        for number, record in enumerate(entries, chosen.first_image):
            images.append(to_image_entry(record, number))
            for annotation in _annotations(record.masks, number, numbers, chosen):
                annotations.append(annotation)
    return [file]


def build(masks: Masks, file_name: str = "") -> dict[str, Any]:
    """Return COCO's dict of one image.

    >>> import maskmill
    >>> coco = build(maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8)))
    >>> coco["annotations"][0]["bbox"], coco["categories"]
    ([1, 0, 3, 3], [{'id': 1, 'name': 'cat', 'supercategory': ''}])

    Parameters
    ----------
    masks : Masks
        Rows without a pixel are left out.
    file_name : str
        File name of the image.

    Returns
    -------
    dict[str, Any]
        JSON-safe: one image with id 1; categories from 1 in the order of their names; annotations with RLE,
        ``iscrowd`` 0, the area in pixels, the tight box x, y, width, height, the score where there is one, and
        ``filled`` where the mask is the filled box.
    """
    [record], settings = _prepare(masks, file_name)
    return {
        "images": [to_image_entry(record, 1)],
        "annotations": list(_annotations(masks, 1, count(1), settings)),
        "categories": to_categories(settings.classes or ()),
    }


def read(path: str | Path) -> Iterator[Record]:
    """Return the records of a COCO file, one per image, also of images without annotations.

    The file is held in memory. Masks are RLE, compressed or uncompressed, or polygons. The polygons of an annotation
    are united, and a pixel is in the mask if its centre is; pycocotools rounds to fifths of a pixel first, so pixels on
    slanted edges may differ. An annotation without segmentation is a row with the status ``nothing``; ``iscrowd`` is
    dropped.
    """
    images, labels = load_coco(Path(path))
    return (image.record(_masks(image, annotation_columns(image.annotations, labels, image.place))) for image in images)


def _prepare(records: Any, settings: Any) -> tuple[Iterable[Record], Settings]:
    """Return records, and settings with classes; of the `Masks` of one image, every label is a class."""
    from maskmill import Masks

    name, chosen = (settings, Settings()) if isinstance(settings, str) else ("", settings or Settings())
    if isinstance(records, Masks) and chosen.classes is None:
        chosen = replace(chosen, classes=tuple(sorted(set(records.labels.tolist()))))
    return resolve_classes(as_records(records, name), chosen)


def _annotations(masks: Masks, image: int, numbers: Iterator[int], settings: Settings) -> Iterator[Entry]:
    """Yield the annotations of one image; `numbers` counts their ids."""
    rows = zip(masks.areas.tolist(), masks.extents.tolist(), masks.scores.tolist(), masks.filled.tolist(), strict=True)
    for i, (label, rle, (area, *row)) in enumerate(zip(masks.labels.tolist(), masks.coco(), rows, strict=True)):
        if area:
            segmentation = _polygons(masks[i]) if settings.polygons else {**rle, "counts": rle["counts"].decode()}
            annotation = to_annotation(settings.number(label) + 1, area, *row)
            yield {"id": next(numbers), "image_id": image, "segmentation": segmentation, **annotation}


def _polygons(mask: Mask) -> list[list[int]]:
    """Return a flat list x, y, x, y, … per part."""
    return [join_holes(outer, holes).ravel().tolist() for outer, holes in mask.polygons()]


def _masks(image: CocoImage, columns: Entry) -> Masks:
    """Return the masks of an image's annotations."""
    from maskmill import Masks

    segmentations: list[Any] = [annotation.get("segmentation") for annotation in image.annotations]
    forms = ["none" if not s else "rle" if isinstance(s, dict) else "ring" for s in segmentations]
    try:
        drawn = Masks.from_polygons([_rings(s) for s in segmentations], image.size).coco()
        rles = [s if form == "rle" else rle for s, form, rle in zip(segmentations, forms, drawn, strict=True)]
        masks = Masks.from_coco(rles, image.size, forms=forms, **columns)
    except ArgumentError as error:
        raise error.within(image.place) from None
    return _with_missing(masks, columns) if "none" in forms else masks


def _rings(segmentation: Any) -> list[Any]:
    """Return the rings of COCO's polygons, (V, 2) each; none for any other segmentation."""
    if not segmentation or isinstance(segmentation, dict):
        return []
    if not isinstance(segmentation, list) or not all(isinstance(ring, list) for ring in segmentation):
        raise expected("run lengths or a list of polygons", segmentation, "segmentation")
    for ring in segmentation:
        if len(ring) % 2:
            raise expected("as many y as x", ring, "segmentation")
    return [list(zip(ring[::2], ring[1::2], strict=True)) for ring in segmentation]


def _with_missing(masks: Masks, columns: Entry) -> Masks:
    """Return the same masks, with the status ``nothing`` for rows without a segmentation."""
    from maskmill import Masks, Problem

    missing = masks.forms == "none"
    status = ["nothing" if gone else known for gone, known in zip(missing, masks.status.tolist(), strict=True)]
    problems = [Problem(i, "nothing", "expected a segmentation, got none") for i in missing.nonzero()[0].tolist()]
    forms = masks.forms.tolist()
    return Masks.from_coco(masks.coco(), masks.size, forms=forms, status=status, problems=problems, **columns)
