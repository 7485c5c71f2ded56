"""COCO panoptic: a picture for each image whose colours are the numbers of its segments, and a JSON file about them.

https://cocodataset.org/#format-data, *Panoptic Segmentation*

``panoptic.json`` names the pictures in the folder ``panoptic`` beside it, which is where panopticapi and datumaro look
for them. A pixel's segment is R + 256 G + 65536 B: its row's number + 1, and 0 where there is none. Where masks
overlap, the smaller has the pixel, and a row that loses all of its pixels is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, expected, told

from .._safe_text import Names
from ..record import Record, as_records
from . import Settings, with_classes
from ._shared.coco_reading import Image, columns_of, field, load
from ._shared.coco_writing import Entry, categories_of, image_of, mask_of, writing
from ._shared.loss_warnings import Losses
from .png import read_image, write_image

if TYPE_CHECKING:
    from maskmill import Masks

FILE: Final = "panoptic.json"
_PICTURES: Final = "panoptic"


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write images and their masks into a folder.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.name for file in write([Record("a.jpg", masks)], folder)]
    ...     [(record.key, record.masks.labels.tolist(), record.masks.areas.tolist()) for record in read(folder)]
    ['a.png', 'panoptic.json']
    [('a.jpg', ['cat'], [6])]

    Parameters
    ----------
    records
        Also the masks of one image.
    path
        The folder; it is made where it is missing.
    settings
        Classes, which become categories from 1, all of them things; the number of the first image.

    Returns
    -------
    list[Path]
        The pictures, 8-bit RGB of the images' sizes, and the JSON file.

    Raises
    ------
    maskmill.errors.ArgumentError
        A label is none of the classes.
    OSError
        A file cannot be written.

    Warns
    -----
    LossWarning
        Masks overlap, and some were cut.
    """
    folder, losses, names = Path(path), Losses(), Names()
    (folder / _PICTURES).mkdir(parents=True, exist_ok=True)
    entries, chosen = with_classes(as_records(records), settings or Settings())
    categories = [{**category, "isthing": 1} for category in categories_of(chosen.classes or ())]
    files = []
    with writing(folder / FILE, categories) as (images, annotations):
        for number, record in enumerate(entries, chosen.first_image):
            name = f"{names.of(record.stem)}.png"
            instances = record.masks.instance_map()
            losses.tell_cut(record.masks, instances)
            files.append(write_image(_colours(instances), folder / _PICTURES / name))
            segments = _segments(record.masks, instances, chosen)
            images.append(image_of(record, number))
            annotations.append({"image_id": number, "file_name": name, "segments_info": segments})
    return [*files, folder / FILE]


def read(path: str | Path) -> Iterator[Record]:
    """The records of a folder, or of a JSON file with a folder of its name beside it, one an image.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no such folder or file, or JSON and pictures do not fit each other.
    OSError
        A file cannot be read.
    """
    file = Path(path) / FILE if Path(path).is_dir() else Path(path)
    images, labels = load(file)
    return (image.record(_masks(image, labels, file.with_suffix(""))) for image in images)


def _colours(instances: NDArray[np.int32]) -> NDArray[np.uint8]:
    """(H, W, 3): the three lower bytes of each number, the lowest as red."""
    return instances.astype("<i4").view(np.uint8).reshape(*instances.shape, 4)[..., :3]


def _numbers(colours: NDArray[Any], at: str) -> NDArray[np.uint32]:
    if colours.dtype != np.uint8 or colours.ndim != 3 or colours.shape[2] != 3:
        raise told("an 8-bit RGB picture", f"{colours.dtype} {colours.shape}", at)
    return np.pad(colours, ((0, 0), (0, 0), (0, 1))).view("<u4")[..., 0]


def _segments(masks: Masks, instances: NDArray[np.int32], settings: Settings) -> list[Entry]:
    from maskmill import Masks

    visible = Masks.from_map(instances)
    rows = np.array([int(number) - 1 for number in visible.labels], np.int64)
    columns = visible.areas, visible.extents, masks.scores[rows], masks.filled[rows]
    return [
        {"id": row + 1, **mask_of(settings.number(masks.labels[row]) + 1, *column)}
        for row, *column in zip(rows.tolist(), *(values.tolist() for values in columns), strict=True)
    ]


def _masks(image: Image, labels: dict[Any, str], pictures: Path) -> Masks:
    from maskmill import Masks

    if not image.annotations:
        return Masks.from_coco([], image.size)
    [annotation, *more] = image.annotations
    if more:
        raise expected("one annotation an image", len(image.annotations), image.place)
    segments = field(annotation, "segments_info", list, image.place)
    file = pictures / field(annotation, "file_name", str, image.place)
    found = Masks.from_map(_numbers(read_image(file), str(file)))
    rles = dict(zip(map(int, found.labels), found.coco(), strict=True))
    numbers = [field(segment, "id", int, f"segments_info of {image.place}") for segment in segments]
    if sorted(numbers) != sorted(rles):
        raise expected(f"the segments {sorted(rles)} that {file.name} shows", sorted(numbers), image.place)
    try:
        columns = columns_of(segments, labels, image.place)
        return Masks.from_coco([rles[number] for number in numbers], image.size, **columns)
    except ArgumentError as error:
        raise ArgumentError(f"{error}, {image.place}") from None
