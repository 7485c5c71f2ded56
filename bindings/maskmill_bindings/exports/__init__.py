"""Masks as files: one module per export format, all with the same two functions, `write` and `read`.

``write(records, path, settings=None)`` writes images and their masks and returns the files that it wrote.

- `records` is an iterable of `Record`, one `Record`, or the `Masks` of one image. It is read as a stream, in order.
- `path` is a file, or a folder, which is created if it is missing; `Format.is_folder` says which.
- `settings` is a `Settings`; its docstring and `Format.settings` say what a format takes from it.
- Equal records give equal bytes.
- Information that a format cannot hold is left out with a `LossWarning`, but for rows without a pixel.
- It raises `maskmill.errors.ArgumentError` if a label is none of the classes, and `OSError` if a file cannot be
  written.

``read(path)`` returns an iterator over the records of a file or folder, one record at a time.

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

from ..record import Record
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


def read(path: Path, name: str | None = None) -> Iterator[Record]:
    """Return the records of a file or folder in the format `name`, or in that of its suffix."""
    records: Iterator[Record] = module_of(name or format_of(path) or "").read(path)
    return records


if not TYPE_CHECKING:
    __getattr__, __dir__ = _lazy(__name__, {known.module: "" for known in FORMATS.values()}, __all__)
