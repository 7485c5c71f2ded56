"""PNG pictures: one per mask, and one instance map per image."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import expected

from .._images.png_files import read_image, write_image
from .._safe_text import UniqueNames, replace_surrogates, slug
from ..record import Record, as_records
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._shared.folder_index import INDEX, read_folder_entries, to_index_line
from ._shared.settings import Settings

if TYPE_CHECKING:
    from maskmill import Masks
    from maskmill.masks import CocoRle

INSTANCES: Final = "instances.png"
"""File name of the instance map."""

_NUMBERED: Final = re.compile(r"\d{3,}(_.*)?\.png")


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write ``000_label.png`` per mask, and ``instances.png``, into the folder, or into one folder per record.

    The picture of a mask is 8-bit grey of the image's size, 0 and 255. The instance map holds row + 1, the smaller mask
    on top, in 8 bits up to 255 rows and in 16 bits beyond. Files of the same names are replaced.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "a cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.name for file in write(masks, folder)]
    ['000_a_cat.png', 'instances.png']
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.relative_to(folder).as_posix() for file in write([Record("b.jpg", masks)], folder)]
    ['b/000_a_cat.png', 'b/instances.png', 'index.jsonl']

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        `Masks` go into the folder itself; records into one folder each, named as their images, with an index from
        which `read` restores them. A row without a pixel gets no file.
    path : str or Path
        Folder to write.
    settings : Settings, optional
        Not used.

    Raises
    ------
    maskmill.errors.ArgumentError
        An image has more than 65,535 rows.
    """
    from maskmill import Masks

    folder = Path(path)
    if isinstance(records, Masks):
        return _write_masks(records, folder)
    files, names = [], UniqueNames(INDEX)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / INDEX).open("wb") as index:
        for record in as_records(records):
            name = names.name_for(record.stem)
            files += _write_masks(record.masks, folder / name)
            index.write(to_index_line(record, name, rows=_rows(record.masks)))
    return [*files, folder / INDEX]


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a folder that `write` wrote from records, with labels, statuses, scores and boxes.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images : optional
        Not used: the pictures are finished masks.
    on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    folder = Path(path)
    entries = read_folder_entries(folder, lambda entry: _masks(entry, folder / entry["name"]))
    return ReadOptions(on_unread=on_unread).deliver(entries)


def file_names(masks: Masks) -> list[str]:
    """Return the file name of each row: number and label, safe on any system; empty where the row has no pixel."""
    digits = max(3, len(str(len(masks) - 1)))
    named = zip(masks.labels, masks.areas.tolist(), strict=True)
    return [f"{i:0{digits}}{_suffix(label)}.png" if area else "" for i, (label, area) in enumerate(named)]


def other_masks_in(path: str | Path, files: list[Path]) -> list[Path]:
    """Return the pictures of masks in a folder that are none of these files: those of an earlier `write`."""
    written = {file.stat().st_ino for file in files}  # names do not identify files where the file system folds case
    pictures = (file for file in Path(path).iterdir() if _NUMBERED.fullmatch(file.name))
    return sorted(file for file in pictures if file.stat().st_ino not in written)


def instance_pixels(masks: Masks) -> NDArray[Any]:
    """Return the instance map (H, W): row + 1, the smaller mask on top; uint8 up to 255 rows, uint16 beyond."""
    if len(masks) > 65_535:
        raise expected("at most 65535 rows for a 16-bit PNG", len(masks), "masks")
    return masks.instance_map().astype(np.uint8 if len(masks) <= 255 else np.uint16)


def _write_masks(masks: Masks, folder: Path) -> list[Path]:
    """Write the pictures of one image."""
    instances = instance_pixels(masks)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in file_names(masks) if name]
    rows = (row for row in masks if row.area)
    for row, file in zip(rows, files, strict=True):
        write_image(row.dense().astype(np.uint8) * np.uint8(255), file)
    return [*files, write_image(instances, folder / INSTANCES)]


def _suffix(label: str) -> str:
    """Return the part of a file name that comes from the label."""
    return f"_{words}" if (words := slug(label)) else ""


def _rows(masks: Masks) -> list[dict[str, Any]]:
    """Return what the index says of each row; ``file`` is empty where there is none, and NaN becomes null."""
    names = ("file", "label", "status", "form", "score", "box", "filled")
    columns = (masks.status, masks.forms, masks.scores, masks.boxes, masks.filled)
    rows = zip(
        file_names(masks), map(replace_surrogates, masks.labels), *(column.tolist() for column in columns), strict=True
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def _masks(entry: dict[str, Any], folder: Path) -> Masks:
    """Return the masks of one index line."""
    from maskmill import Masks

    size, rows = tuple(entry["size"]), entry["rows"]
    return Masks.from_coco(
        [_rle(folder / row["file"], size) if row["file"] else {"counts": [size[0] * size[1]]} for row in rows],
        size,
        labels=[row["label"] for row in rows],
        status=[row["status"] for row in rows],
        forms=[row["form"] for row in rows],
        scores=[math.nan if row["score"] is None else row["score"] for row in rows],
        boxes=np.array([row["box"] for row in rows], np.float64).reshape(-1, 4),
        filled=[row["filled"] for row in rows],
    )


def _rle(file: Path, size: tuple[int, int]) -> CocoRle:
    """Return the mask of one picture."""
    from maskmill import Masks

    [rle] = Masks.from_dense(read_image(file)[None]).coco()
    if rle["size"] != [size[1], size[0]]:
        raise expected(f"a picture of {size[0]}x{size[1]}", rle["size"], str(file))
    return rle
