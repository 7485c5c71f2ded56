"""The target out of finished shards: every label is known, and every file is made anew or not at all."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from .. import exports
from .._atomic_files import whole, write_whole
from ..exports._shared.loss_warnings import Losses
from ..exports.parquet import labels_in
from ._chunking import digest_of_all
from ._options import REPORT, UNMASKED
from ._shards.manifest import Manifest
from ._shards.reader import records_in
from ._shards.shards import Shards

if TYPE_CHECKING:
    from ._options import Options, Target
    from ._tally import Tally

_DRAWN_ONLY: Final = (
    "coco",
    "coco-results",
    "coco-panoptic",
    "yolo",
    "labelstudio",
    "cvat",
    "labelme",
    "png-maps",
    "svg",
)
"""Formats in which a row without a pixel has no place."""


def finish(target: Target, shards: Shards, manifests: list[Manifest], options: Options) -> list[Path]:
    """Write the target; return its files or folder."""
    numbers = range(len(manifests))
    if target.format == "parquet":  # made already
        if any(manifest.tally["rowless"] for manifest in manifests):
            Losses().tell("an image without a row leaves nothing in the table")
        return [shards.path("rows", number) for number in numbers] if target.is_shards else [target.output]
    if target.format in _DRAWN_ONLY and any(m.tally["drawn"] < m.tally["masks"] for m in manifests):
        Losses().tell("rows without a pixel are left out")
    classes = options.classes if options.classes is not None else labels_in(shards.path("rows", n) for n in numbers)
    settings = exports.Settings(classes=classes, polygons=options.polygons, images=_folder(options.images))
    if target.is_shards:
        return _shard_files(target, shards, manifests, settings)
    return _whole(target, shards, numbers, settings)


def finish_beside(target: Target, shards: Shards, manifests: list[Manifest], run: dict[str, Any], total: Tally) -> None:
    """Write what goes with the target: the rows without a mask, and last the report, which says that all is done.

    `run` is what describes the conversion, and the times of its inputs.
    """
    with whole(target.beside(UNMASKED), shards.folder) as file, file.open("wb") as out:
        for manifest in manifests:
            with shards.path("unmasked", manifest.number).open("rb") as stream:
                shutil.copyfileobj(stream, out)
    report = {**run, "digest": digest_of_all([m.digest for m in manifests]), "tally": total.to_dict()}
    write_whole(target.beside(REPORT), orjson.dumps(report, option=orjson.OPT_INDENT_2), folder=shards.folder)


def _folder(images: str | None) -> Path | None:
    return Path(images) if images and "{" not in images else None


def _whole(target: Target, shards: Shards, numbers: range, settings: exports.Settings) -> list[Path]:
    """One file, or one folder of files, out of all shards."""
    records = records_in(shards, numbers)
    if target.is_file:
        with whole(target.output, shards.folder) as file:
            target.module.write(records, file, settings)
        return [target.output]
    folder = shards.folder / "new"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    target.module.write(records, folder, settings)
    return [_moved(entry, target.output / entry.name) for entry in sorted(folder.iterdir())]


def _shard_files(target: Target, shards: Shards, manifests: list[Manifest], settings: exports.Settings) -> list[Path]:
    """A file a shard; what is numbered in one goes on in the next."""
    images = accumulate((manifest.images for manifest in manifests), initial=1)
    masks = accumulate((manifest.tally["masks"] for manifest in manifests), initial=1)
    files = []
    for manifest, first_image, first_mask in zip(manifests, images, masks, strict=False):
        path = target.output / target.shard_name(manifest.number)
        numbered = replace(settings, first_image=first_image, first_mask=first_mask, _numbers={})
        with whole(path, shards.folder) as file:
            target.module.write(records_in(shards, [manifest.number]), file, numbered)
        files.append(path)
    return files


def _moved(entry: Path, path: Path) -> Path:
    if path.is_dir():
        shutil.rmtree(path)
    return entry.replace(path)
