"""COCO instances JSON, as pycocotools reads it.

https://cocodataset.org/#format-data

The model's boxes, statuses and problems are left out, as are rows without a pixel: COCO cannot say that a mask is
missing. `key` of an image, `score` and `filled` of an annotation are added to COCO's fields; readers skip them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from ..record import Record, as_records
from ._geometry.simplified import join_simplified
from ._reading.coco.instances import read_entries
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._shared.coco_writing import Entry, JsonList, open_coco_file, to_annotation, to_categories, to_image_entry
from ._shared.data_set import ImagePlacer, side_of, sides
from ._shared.loss_warnings import LossWarner
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
        Classes, which become categories from 1; ids of the first image and annotation; ``polygons``, which `simplify`
        gives fewer vertices. With `split`, `path` is a folder that gets ``train.json`` and ``val.json``, and with
        `place_images` the images in folders of these names. A string is still accepted as the image's file name, where
        `records` are `Masks`.
    """
    entries, chosen = _prepare(records, settings)
    numbers, losses = count(chosen.first_mask), LossWarner()
    files = {side: Path(path) / f"{side}.json" if side else Path(path) for side in sides(chosen)}
    placer = ImagePlacer(chosen, losses)
    with ExitStack() as stack:
        opened = {side: _open(stack, file, chosen) for side, file in files.items()}
        for number, record in enumerate(entries, chosen.first_image):
            side = side_of(record.key, chosen)
            images, annotations = opened[side]
            images.append(to_image_entry(record, number))
            if side:
                placer.place(record, Path(path) / side / PurePath(record.name).parent, record.stem)
            for annotation in _annotations(record.masks, number, numbers, chosen):
                annotations.append(annotation)
    placer.warn()
    return [*files.values()]


def _open(stack: ExitStack, file: Path, settings: Settings) -> tuple[JsonList, JsonList]:
    """Open a file for as long as a stack is open."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return stack.enter_context(open_coco_file(file, to_categories(settings.classes or ())))


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


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a COCO file, one per image, also of images without annotations, and of SA-1B's files.

    The file is held in memory. Masks are run lengths, compressed or not, or polygons, which are united. `native` draws
    polygons as pycocotools does, on a grid of fifths of a pixel. An annotation without segmentation is a row with the
    status ``nothing``; ``iscrowd`` is dropped. A category that the file does not name has its number as label.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    options = ReadOptions(rule, size, images, on_unread)
    return options.deliver(read_entries(Path(path), options))


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
            segmentation = (
                _polygons(masks[i], settings.simplify)
                if settings.polygons
                else {**rle, "counts": rle["counts"].decode()}
            )
            annotation = to_annotation(settings.number(label) + 1, area, *row)
            yield {"id": next(numbers), "image_id": image, "segmentation": segmentation, **annotation}


def _polygons(mask: Mask, tolerance: float) -> list[list[int]]:
    """Return a flat list x, y, x, y, … per part."""
    rings = (join_simplified(part, tolerance) for part in mask.polygons())
    return [ring.ravel().tolist() for ring in rings]
