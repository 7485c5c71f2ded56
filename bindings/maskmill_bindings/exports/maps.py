"""Label maps for semantic segmentation: per image one PNG of classes and one of instances.

``classes/NAME.png`` holds class number + 1 per pixel, ``instances/NAME.png`` row + 1, both 0 where there is no mask.
NAME is that of the image's file; ``classes.json`` names the values of the classes, and ``index.jsonl`` says which image
is which. A pixel belongs to one mask only, the smaller one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from maskmill.errors import expected

from .._images.png_files import read_image, write_image
from .._safe_text import UniqueNames, replace_surrogates
from ..record import Record, as_records
from ._reading.options import ReadOptions
from ._reading.parts.values import as_object, read_json
from ._reading.rules import OnUnread, Rule
from ._shared.folder_index import INDEX, read_folder_entries, to_index_line
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings, resolve_classes
from .png import instance_pixels

if TYPE_CHECKING:
    from maskmill import Masks

CLASSES: Final = "classes.json"


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    r"""Write the maps of all images into a folder.

    Maps are grey PNGs of the images' sizes, with 8 bits up to 255 classes, or rows, and 16 bits beyond.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.relative_to(folder).as_posix() for file in write([Record("a.jpg", masks)], folder)]
    ...     (Path(folder) / "classes.json").read_text()
    ...     [(record.key, record.masks.labels.tolist(), record.masks.areas.tolist()) for record in read(folder)]
    ['classes/a.png', 'instances/a.png', 'index.jsonl', 'classes.json']
    '{"1":"cat"}\n'
    [('a.jpg', ['cat'], [6])]

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Rows without a pixel are left out.
    path : str or Path
        Folder to write.
    settings : Settings, optional
        Classes, in the order of their values from 1.

    Raises
    ------
    maskmill.errors.ArgumentError
        A label is none of the classes; there are more than 65,535 classes, or rows in an image.

    Warns
    -----
    LossWarning
        Masks overlap, and some were cut; or they have scores.
    """
    folder, losses, names = Path(path), LossWarner(), UniqueNames()
    entries, chosen = resolve_classes(as_records(records), settings or Settings())
    classes = chosen.classes or ()
    if len(classes) > 65_535:
        raise expected("at most 65535 classes for a 16-bit PNG", len(classes), "classes")
    for file in _files(folder, ""):
        file.parent.mkdir(parents=True, exist_ok=True)
    files = []
    with (folder / INDEX).open("wb") as index:
        for record in entries:
            name = names.name_for(record.stem)
            files += _write_maps(record.masks, _files(folder, name), chosen, losses)
            index.write(to_index_line(record, name))
    (folder / CLASSES).write_bytes(
        orjson.dumps({str(i): replace_surrogates(name) for i, name in enumerate(classes, 1)}) + b"\n"
    )
    return [*files, folder / INDEX, folder / CLASSES]


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a folder that `write` wrote: one mask per instance, with the label of its class.

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
    if not (folder / CLASSES).is_file():
        raise expected(f"a folder with {CLASSES}", "one without", str(folder))
    names = as_object(read_json(folder / CLASSES), CLASSES)
    entries = read_folder_entries(folder, lambda entry: _masks(*_files(folder, entry["name"]), names))
    return ReadOptions(on_unread=on_unread).deliver(entries)


def _files(folder: Path, name: str) -> tuple[Path, Path]:
    """Return the paths of the maps of classes and of instances of an image."""
    return folder / "classes" / f"{name}.png", folder / "instances" / f"{name}.png"


def _write_maps(masks: Masks, files: tuple[Path, Path], settings: Settings, losses: LossWarner) -> list[Path]:
    """Write the two maps of one image."""
    classes = settings.classes or ()
    numbers = {label: settings.number(label) for label in masks.labels[masks.areas > 0]}
    instances = instance_pixels(masks)
    losses.warn_of_overlaps(masks, instances)
    if not np.isnan(masks.scores).all():
        losses.warn("maps have no place for scores, which are left out")
    kinds = masks.class_map(numbers).astype(np.uint8 if len(classes) <= 255 else np.uint16)
    return [write_image(pixels, file) for pixels, file in zip((kinds, instances), files, strict=True)]


def _masks(classes: Path, instances: Path, names: dict[str, Any]) -> Masks:
    """Return the masks of two maps."""
    from maskmill import Masks

    kinds, rows = read_image(classes), read_image(instances)
    if kinds.shape != rows.shape:
        raise expected(f"a map of {rows.shape}", kinds.shape, str(classes))
    numbers, firsts = np.unique(rows, return_index=True)
    values = zip(numbers.tolist(), kinds.ravel()[firsts].tolist(), strict=True)
    return Masks.from_map(rows, {number: str(names[str(value)]) for number, value in values if number})
