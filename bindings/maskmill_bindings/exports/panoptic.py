"""COCO panoptic: one picture per image whose colours are the ids of its segments, and one JSON file.

https://cocodataset.org/#format-data, *Panoptic Segmentation*

``panoptic.json`` names the pictures in the folder ``panoptic`` beside it, where panopticapi and datumaro look for them.
The segment id of a pixel is R + 256 G + 65536 B: row + 1, or 0 where there is no mask. Where masks overlap, the smaller
one has the pixel, and a row that loses all of its pixels is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from .._images.png_files import write_image
from .._safe_text import UniqueNames
from ..record import Record, as_records
from ._reading.coco.panoptic import read_entries
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._shared.coco_writing import Entry, open_coco_file, to_annotation, to_categories, to_image_entry
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings, resolve_classes

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


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a folder, or of a JSON file with its pictures, one record per image.

    The pictures are in the folder of the JSON file's name, in one called ``panoptic``, or beside the file. They may be
    RGB, RGBA or grey. A colour that the file does not list, a picture that is missing, and one of another size than its
    image are reported; a segment that no pixel shows is a row with the status ``empty``.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    options = ReadOptions(rule, size, images, on_unread)
    return options.deliver(read_entries(Path(path), options))


def _colours(instances: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return (H, W, 3): the three lower bytes of each number, the lowest as red."""
    return instances.astype("<i4").view(np.uint8).reshape(*instances.shape, 4)[..., :3]


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
