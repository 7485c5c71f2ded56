"""Masks as files: one module per export format, all with the same two functions, `write` and `read`.

``write(records, path, settings=None)`` writes images and their masks and returns the files that it wrote.

- `records` is an iterable of `Record`, one `Record`, or the `Masks` of one image. It is read as a stream, in order.
- `path` is a file, or a folder, which is created if it is missing; `Format.is_folder` says which.
- `settings` is a `Settings`; its docstring and `Format.settings` say what a format takes from it.
- Equal records give equal bytes.
- Information that a format cannot hold is left out with a `LossWarning`, but for rows without a pixel.
- It raises `maskmill.errors.ArgumentError` if a label is none of the classes, and `OSError` if a file cannot be
  written.

``read(path, rule=…, size=…, images=…, on_unread=…)`` returns an iterator over the records of a file or folder, one
record at a time; `read` of this package says what the options do.

- It reads what `write` wrote, and what its docstring names of other tools' files.
- It raises `maskmill.errors.ArgumentError` if a file is damaged or of another format, and `OSError` if it cannot be
  read.

The docstrings of the formats say only what is particular to them. `FORMATS` has one record per format.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from maskmill._names.lazy import lazy_names as _lazy

from ..record import Record, Unread
from ._reading.rules import OnUnread, Rule
from ._shared.loss_warnings import LossWarning
from ._shared.registry import FORMATS, Format, format_of, module_of
from ._shared.settings import Settings

if TYPE_CHECKING:
    from . import (
        arrow,
        coco,
        coco_results,
        cvat,
        geojson,
        labelme,
        labelstudio,
        maps,
        npz,
        panoptic,
        parquet,
        png,
        svg,
        webdataset,
        yolo,
    )

__all__ = [
    "FORMATS",
    "Format",
    "LossWarning",
    "Settings",
    "Unread",
    "arrow",
    "coco",
    "coco_results",
    "cvat",
    "format_of",
    "geojson",
    "labelme",
    "labelstudio",
    "maps",
    "module_of",
    "npz",
    "panoptic",
    "parquet",
    "png",
    "read",
    "svg",
    "webdataset",
    "yolo",
]


def read(
    path: str | Path,
    name: str | None = None,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a file or folder.

    >>> import maskmill, tempfile
    >>> masks = maskmill.Masks.from_polygons([[[[0, 0], [2, 0], [2, 2], [0, 2]]]], size=(4, 4), labels="cat")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = module_of("labelme").write(Record("a.jpg", masks), folder)
    ...     [(record.key, record.masks.labels.tolist()) for record in read(folder, "labelme")]
    [('a.jpg', ['cat'])]

    A bad annotation is a row with a status and a reason. What belongs to no image that can be read goes to `on_unread`.

    Parameters
    ----------
    path : str or Path
        File or folder.
    name : str, optional
        Name of its format, one of `FORMATS`; None: that of its suffix.
    rule : {"native", "exact"}
        How shapes become pixels: as the tool of the format draws them, or by the pixels whose centre is inside.
        Formats without a tool that draws them, and masks that are no shapes, are the same by both.
    size : tuple of int, optional
        (width, height) of images whose size the file does not give.
    images : str or Path, optional
        Folder with the images, or a pattern of their files such as ``photos/{key}.jpg``, for their sizes.
    on_unread : callable, optional
        Called with an `Unread` for each image or annotation that gives no record. None: a `LossWarning` for each.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file is damaged or of another format, or an argument cannot be used.
    OSError
        It cannot be read.
    """
    module = module_of(name or format_of(Path(path)) or "")
    records: Iterator[Record] = module.read(path, rule=rule, size=size, images=images, on_unread=on_unread)
    return records


if not TYPE_CHECKING:
    __getattr__, __dir__ = _lazy(__name__, {known.module: "" for known in FORMATS.values()}, __all__)
