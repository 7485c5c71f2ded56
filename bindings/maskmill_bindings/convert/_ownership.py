"""What a conversion may replace or delete: its shards and its finished outputs, and nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from maskmill.errors import ArgumentError, expected

from .._atomic_files import TEMPORARY_SUFFIX
from ._options import REPORT, UNMASKED

if TYPE_CHECKING:
    from ._options import Target

_SHARD: Final = re.compile(r"\d{5}\.(?:parquet|images\.arrow|unmasked\.jsonl|json)")
_PARTIAL: Final = re.compile(r"\d{5}\.\S*\.tmp")
RUN: Final = "run.json"
LOCK: Final = "lock"
PLACED: Final = "placed.json"
NEW: Final = "new"
"""Names in the folder of the shards beside the shards: description, lock, entries moved to the output, and new ones."""


def check_parts(folder: Path, output: Path) -> None:
    """Raise where the folder of the shards was not made by a conversion, or holds what none has made.

    Parameters
    ----------
    folder : Path
        The folder; it need not exist.
    output : Path
        The output whose shards it holds.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is a link or a file, or an entry in it is not ours; the message names it.
    """
    wanted = "a folder of shards that maskmill has made, or none"
    if folder.is_symlink():
        raise ArgumentError(wanted, f"a link to {os.readlink(folder)}", str(folder))
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ArgumentError(wanted, "a file", str(folder))
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink() or not _is_ours(entry, output):
            raise ArgumentError(wanted, f"one with {entry.name}, which no conversion has made", str(folder))
    shards = [entry for entry in folder.iterdir() if _SHARD.fullmatch(entry.name)]
    if shards and not _is_description(folder / RUN):
        raise ArgumentError(wanted, f"one with {shards[0].name} and without {RUN}", str(folder))


def _is_ours(entry: Path, output: Path) -> bool:
    """Whether an entry of a folder of shards has a name that a conversion gives, and the right kind."""
    name = entry.name
    if name == NEW:
        return entry.is_dir()
    if not entry.is_file():
        return False
    is_partial = name.endswith(TEMPORARY_SUFFIX) and name.startswith((output.name, RUN, PLACED))
    return name in (LOCK, RUN, PLACED) or is_partial or bool(_SHARD.fullmatch(name) or _PARTIAL.fullmatch(name))


def _is_description(file: Path) -> bool:
    """Whether a file describes a conversion."""
    try:
        run = orjson.loads(file.read_bytes())["run"]
    except (OSError, KeyError, TypeError, orjson.JSONDecodeError):
        return False
    return isinstance(run, dict) and "maskmill" in run


def own_entries(folder: Path) -> Iterator[Path]:
    """Yield the shards and what else a conversion puts beside them, but neither the lock nor the description."""
    for entry in sorted(folder.iterdir()):
        if entry.name not in (LOCK, RUN) and not entry.is_symlink():
            yield entry


def check_targets(targets: Sequence[Target], inputs: Sequence[str]) -> None:
    """Raise where outputs would replace each other or an input, or an output is there that no conversion has made.

    Parameters
    ----------
    targets : sequence of Target
        The outputs, the first of which has the shards.
    inputs : sequence of str
        Paths of the inputs, or ``-``.

    Raises
    ------
    maskmill.errors.ArgumentError
        Something would be replaced; the message names it.
    """
    seen: dict[Path, Path] = {}
    for target in targets:
        for path in _written_paths(target):
            other = seen.setdefault(path.resolve(), target.output)
            if other is not target.output:
                raise expected("outputs of different names", f"{target.output} and {other}", "output")
    for path_of_input in inputs:
        if path_of_input != "-" and Path(path_of_input).resolve() in seen:
            raise expected("an output that would replace no input", path_of_input, "output")
    begun = _begun_outputs(targets[0].parts_folder)
    for target in targets:
        check_parts(target.parts_folder, target.output)
        is_begun = target is targets[0] and target.parts_folder.exists()
        if not (is_begun or target.output.name in begun or target.sidecar_path(REPORT).exists()):
            _check_absent(target)
    _check_folder_output(targets[0])


def _written_paths(target: Target) -> tuple[Path, ...]:
    """Return the paths that a target writes or keeps its shards in."""
    sidecars = target.sidecar_path(UNMASKED), target.sidecar_path(REPORT)
    return target.output, *sidecars, target.parts_folder


def _begun_outputs(folder: Path) -> list[str]:
    """Return the names of the further outputs of the conversion whose shards a folder holds."""
    if not _is_description(folder / RUN):
        return []
    more = orjson.loads((folder / RUN).read_bytes())["run"].get("more_outputs", [])
    return [name for name, _ in more]


def _check_absent(target: Target) -> None:
    """Raise where something is in the place of a target."""
    for path in (target.output, target.sidecar_path(UNMASKED)):
        if path.is_symlink() and not path.exists():
            raise ArgumentError("an output that is not there yet", "a link to nothing", str(path))
        if any(path.iterdir()) if path.is_dir() else path.exists():
            raise ArgumentError("an output that is not there yet", "one that no conversion has made", str(path))


def _check_folder_output(target: Target) -> None:
    """Raise where a folder in which a conversion was begun holds more than that has put there."""
    if target.is_file or not target.parts_folder.exists() or target.sidecar_path(REPORT).exists():
        return
    try:
        placed = orjson.loads((target.parts_folder / PLACED).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        placed = []
    names = {*placed, target.parts_folder.name}
    for entry in sorted(target.output.iterdir()):
        if entry.name not in names and not (target.has_shard_files and re.fullmatch(r"\d{5}\.\w+", entry.name)):
            wanted = "an output folder with nothing but what the conversion writes"
            raise ArgumentError(wanted, f"one with {entry.name}", str(target.output))


def files_below(folder: Path) -> list[str]:
    """Return the files of an output folder, by their paths in it, sorted."""
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir())


def remove_finished(target: Target) -> None:
    """Delete an output that a conversion finished, with the files beside it; nothing where there is none.

    Parameters
    ----------
    target : Target
        The output.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is a link, or a folder with files that the conversion did not write.
    """
    report = target.sidecar_path(REPORT)
    if not report.exists():
        return
    if target.output.is_symlink():
        raise ArgumentError("an output to overwrite", f"a link to {os.readlink(target.output)}", str(target.output))
    if target.output.is_dir():
        _remove_folder(target.output, _reported_files(report))
    else:
        target.output.unlink(missing_ok=True)
    target.sidecar_path(UNMASKED).unlink(missing_ok=True)
    report.unlink()


def _reported_files(report: Path) -> list[str]:
    """Return the files of a folder that its report lists."""
    data: Any = orjson.loads(report.read_bytes())
    files = data.get("files") if isinstance(data, dict) else None
    if not isinstance(files, list):
        raise ArgumentError("a report that lists the files of its folder", "an older one: remove both", str(report))
    return files


def _remove_folder(folder: Path, files: list[str]) -> None:
    """Delete the files of a finished folder, and the folders that become empty."""
    if strange := sorted(set(files_below(folder)) - set(files)):
        wanted = "a folder with nothing but what the conversion wrote"
        raise ArgumentError(wanted, f"one with {strange[0]}", str(folder))
    for name in files:
        (folder / name).unlink(missing_ok=True)
    for below in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        below.rmdir()
    folder.rmdir()
