"""Write the target from the finished shards, when every label is known; each file is written atomically."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from .. import exports
from .._atomic_files import atomic_write, write_bytes_atomically
from ..exports._shared.loss_warnings import LossWarner
from ..exports.parquet import concatenate_files, labels_in
from ._chunking import combine_digests
from ._manifest import Manifest
from ._options import DATA_SET, REPORT, UNMASKED
from ._ownership import NEW, PLACED, files_below
from ._shards.reader import read_records
from ._shards.shards import Shards

if TYPE_CHECKING:
    from ._options import ConvertOptions, Target
    from ._tally import Tally


def write_target(target: Target, shards: Shards, manifests: list[Manifest], options: ConvertOptions) -> list[Path]:
    """Write the target from all shards.

    Parameters
    ----------
    target : Target
        Where to write, and in which format.
    shards : Shards
        Holds the rows that were converted.
    manifests : list of Manifest
        Manifest of each shard, in order.
    options : ConvertOptions
        Options of the conversion.

    Returns
    -------
    list of Path
        The files, or the folder's entries, that were written.
    """
    numbers = range(len(manifests))
    if target.format == "parquet":
        if any(manifest.tally["rowless"] for manifest in manifests):
            LossWarner().warn("an image without a row leaves nothing in the table")
        return _write_parquet(target, shards, numbers)
    has_empty_rows = any(manifest.tally["drawn"] < manifest.tally["masks"] for manifest in manifests)
    if has_empty_rows and exports.FORMATS[target.format].warns_of_empty_rows:
        LossWarner().warn("rows without a pixel are left out")
    classes = options.classes if options.classes is not None else labels_in(shards.path("rows", n) for n in numbers)
    settings = _settings(target, classes, options)
    if target.has_shard_files and settings.split is None:
        return _write_shard_files(target, shards, manifests, settings)
    return _write_unsharded(target, shards, numbers, settings)


def _write_parquet(target: Target, shards: Shards, numbers: range) -> list[Path]:
    """Return the files of a target in Parquet, whose rows are written already, unless it is a further output."""
    rows = [shards.path("rows", number) for number in numbers]
    if target.is_main:
        return rows if target.has_shard_files else [target.output]
    if target.is_file:
        with atomic_write(target.output, shards.folder) as file:
            concatenate_files(rows, file)
        return [target.output]
    target.output.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(file, target.output / target.shard_name(n))) for n, file in enumerate(rows)]


def write_sidecar_files(
    target: Target, shards: Shards, manifests: list[Manifest], run: dict[str, Any], total: Tally
) -> None:
    """Write the files beside the target: the rows without a mask, then the report, which marks completion.

    Parameters
    ----------
    target : Target
        Where to write, and in which format.
    shards : Shards
        Holds the rows that were converted.
    manifests : list of Manifest
        Manifest of each shard, in order.
    run : dict
        Description of the conversion, and the modification times of its inputs.
    total : Tally
        Counts of the whole conversion.
    """
    with atomic_write(target.sidecar_path(UNMASKED), shards.folder) as file, file.open("wb") as out:
        for manifest in manifests:
            with shards.path("unmasked", manifest.number).open("rb") as stream:
                shutil.copyfileobj(stream, out)
    report = {**run, "digest": combine_digests([m.digest for m in manifests]), "tally": total.to_dict()}
    if not target.is_file:
        report["files"] = [name for name in files_below(target.output) if not name.startswith(target.parts_name)]
    write_bytes_atomically(
        target.sidecar_path(REPORT), orjson.dumps(report, option=orjson.OPT_INDENT_2), folder=shards.folder
    )


def _settings(target: Target, classes: tuple[str, ...], options: ConvertOptions) -> exports.Settings:
    """Return the settings of one output: what the options ask for, and its format has."""
    chosen = {name: getattr(options, name) for name in DATA_SET if target.takes(name, options.polygons)}
    return exports.Settings(classes=classes, polygons=options.polygons, images=_image_folder(options.images), **chosen)


def _image_folder(images: str | None) -> Path | None:
    return Path(images) if images and "{" not in images else None


def _write_unsharded(target: Target, shards: Shards, numbers: range, settings: exports.Settings) -> list[Path]:
    """Write one file, or one folder of files, from all shards."""
    records = read_records(shards, numbers)
    if target.is_file:
        with atomic_write(target.output, shards.folder) as file:
            target.module.write(records, file, settings)
        return [target.output]
    folder = shards.folder / NEW
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    target.module.write(records, folder, settings)
    target.output.mkdir(parents=True, exist_ok=True)
    entries = sorted(folder.iterdir())
    write_bytes_atomically(shards.folder / PLACED, orjson.dumps([entry.name for entry in entries]))
    return [_move_into_place(entry, target.output / entry.name) for entry in entries]


def _write_shard_files(
    target: Target, shards: Shards, manifests: list[Manifest], settings: exports.Settings
) -> list[Path]:
    """Write one file per shard; numbers of images and masks continue from shard to shard."""
    images = accumulate((manifest.images for manifest in manifests), initial=1)
    masks = accumulate((manifest.tally["masks"] for manifest in manifests), initial=1)
    files = []
    for manifest, first_image, first_mask in zip(manifests, images, masks, strict=False):
        target.output.mkdir(parents=True, exist_ok=True)
        path = target.output / target.shard_name(manifest.number)
        numbered = replace(settings, first_image=first_image, first_mask=first_mask)
        with atomic_write(path, shards.folder) as file:
            target.module.write(read_records(shards, [manifest.number]), file, numbered)
        files.append(path)
    return files


def _move_into_place(entry: Path, path: Path) -> Path:
    if path.is_dir() and not path.is_symlink():  # of an interrupted run; `check_targets` has seen whose it is
        shutil.rmtree(path)
    return entry.replace(path)
