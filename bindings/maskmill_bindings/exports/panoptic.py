"""COCO panoptic: one picture per image whose colours are the ids of its segments, and one JSON file.

https://cocodataset.org/#format-data, *Panoptic Segmentation*

``panoptic.json`` names the pictures in the folder ``panoptic`` beside it, where panopticapi and datumaro look for them.
The segment id of a pixel is R + 256 G + 65536 B: row + 1, or 0 where there is no mask. Where masks overlap, the smaller
one has the pixel, and a row that loses all of its pixels is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, expected

from .._safe_text import UniqueNames
from ..record import Record, as_records
from ._shared.coco_reading import CocoImage, annotation_columns, checked_field, load_coco
from ._shared.coco_writing import Entry, open_coco_file, to_annotation, to_categories, to_image_entry
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings, resolve_classes
from .png import read_image, write_image

if TYPE_CHECKING:
    from maskmill import Masks

FILE: Final = "panoptic.json"
_PICTURES: Final = "panoptic"


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write a folder with the pictures, 8-bit RGB of the images' sizes, and the JSON file.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.name for file in write([Record("a.jpg", masks)], folder)]
    ...     [(record.key, record.masks.labels.tolist(), record.masks.areas.tolist()) for record in read(folder)]
    ['a.png', 'panoptic.json']
    [('a.jpg', ['cat'], [6])]

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Rows without a pixel are left out.
    path : str or Path
        Folder to write.
    settings : Settings, optional
        Classes, which become categories from 1, all of them *things*; the id of the first image.

    Warns
    -----
    LossWarning
        Masks overlap, and some were cut.
    """
    folder, losses, names = Path(path), LossWarner(), UniqueNames()
    (folder / _PICTURES).mkdir(parents=True, exist_ok=True)
    entries, chosen = resolve_classes(as_records(records), settings or Settings())
    categories = [{**category, "isthing": 1} for category in to_categories(chosen.classes or ())]
    files = []
    with open_coco_file(folder / FILE, categories) as (images, annotations):
        for number, record in enumerate(entries, chosen.first_image):
            name = f"{names.name_for(record.stem)}.png"
            instances = record.masks.instance_map()
            losses.warn_of_overlaps(record.masks, instances)
            files.append(write_image(_colours(instances), folder / _PICTURES / name))
            segments = _segments(record.masks, instances, chosen)
            images.append(to_image_entry(record, number))
            annotations.append({"image_id": number, "file_name": name, "segments_info": segments})
    return [*files, folder / FILE]


def read(path: str | Path) -> Iterator[Record]:
    """Return the records of a folder, or of a JSON file with a folder of its name beside it, one per image."""
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    images, labels = load_coco(file)
    return (image.record(_masks(image, labels, file.with_suffix(""))) for image in images)


def _colours(instances: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return (H, W, 3): the three lower bytes of each number, the lowest as red."""
    return instances.astype("<i4").view(np.uint8).reshape(*instances.shape, 4)[..., :3]


def _numbers(colours: NDArray[Any], at: str) -> NDArray[np.uint32]:
    """Return the segment ids (H, W) of colours (H, W, 3)."""
    if colours.dtype != np.uint8 or colours.ndim != 3 or colours.shape[2] != 3:
        raise ArgumentError("an 8-bit RGB picture", f"{colours.dtype} {colours.shape}", at)
    return np.pad(colours, ((0, 0), (0, 0), (0, 1))).view("<u4")[..., 0]


def _segments(masks: Masks, instances: NDArray[np.int32], settings: Settings) -> list[Entry]:
    """Return ``segments_info`` of one image: its visible rows."""
    from maskmill import Masks

    visible = Masks.from_map(instances)
    rows = np.array([int(number) - 1 for number in visible.labels], np.int64)
    columns = visible.areas, visible.extents, masks.scores[rows], masks.filled[rows]
    return [
        {"id": row + 1, **to_annotation(settings.number(masks.labels[row]) + 1, *column)}
        for row, *column in zip(rows.tolist(), *(values.tolist() for values in columns), strict=True)
    ]


def _masks(image: CocoImage, labels: dict[Any, str], pictures: Path) -> Masks:
    """Return the masks of one picture."""
    from maskmill import Masks

    if not image.annotations:
        return Masks.from_coco([], image.size)
    [annotation, *more] = image.annotations
    if more:
        raise expected("one annotation per image", len(image.annotations), image.place)
    segments = checked_field(annotation, "segments_info", list, image.place)
    file = pictures / checked_field(annotation, "file_name", str, image.place)
    visible = Masks.from_map(_numbers(read_image(file), str(file)))
    rles = dict(zip(map(int, visible.labels), visible.coco(), strict=True))
    numbers = [checked_field(segment, "id", int, f"segments_info of {image.place}") for segment in segments]
    if sorted(numbers) != sorted(rles):
        raise expected(f"the segments {sorted(rles)} that {file.name} shows", sorted(numbers), image.place)
    try:
        columns = annotation_columns(segments, labels, image.place)
        return Masks.from_coco([rles[number] for number in numbers], image.size, **columns)
    except ArgumentError as error:
        raise error.within(image.place) from None
