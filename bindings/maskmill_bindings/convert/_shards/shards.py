"""The shards of a conversion on disk, from which an interrupted run is resumed.

A shard consists of three files (its rows, its images, and the rows of the input without a mask) and a manifest with
their digests. Each file is written under a temporary name, flushed and renamed; the manifest comes last, and a shard
without one does not exist. `run.json` describes the conversion; another one is refused. The lock is the operating
system's and ends with its process.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from maskmill.errors import ArgumentError

from ..._atomic_files import TEMPORARY_SUFFIX, file_digest, sync_and_rename, temporary_path, write_bytes_atomically
from .._chunking import ShardFill
from .._manifest import Manifest
from .._ownership import LOCK, RUN, own_entries
from .._tally import Tally
from . import image_list

if TYPE_CHECKING:
    from .._chunking import NumberedChunk
    from .._decode_rows import ChunkResult
    from .._options import ShardBounds

    _Result = tuple[NumberedChunk, ChunkResult]


class Shards:
    """The shards of one conversion in a folder.

    Parameters
    ----------
    folder : Path
        Folder of the shards.
    rows_folder : Path, optional
        Folder of their rows, if it is another.
    row_name : str
        Format of the file names of rows, by number.

    Attributes
    ----------
    folder : Path
        Folder of the shards.
    writer : str
        Part of the names of temporary files. It keeps processes apart that write the same shard, such as one that was
        abandoned but still runs.
    """

    def __init__(self, folder: Path, rows_folder: Path | None = None, row_name: str = "{:05}.parquet") -> None:
        self.folder = folder
        self.writer = ""
        self._rows_folder = rows_folder or folder
        self._row_name = row_name

    # Ownership.

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes out while the context is open; remove temporary files before and after.

        Raises
        ------
        maskmill.errors.ArgumentError
            Another process has the lock.
        """
        from filelock import FileLock, Timeout

        self.folder.mkdir(parents=True, exist_ok=True)
        at = str(self.folder)
        lock = FileLock(self.folder / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise ArgumentError(
                "an output that nobody else writes", "one that another process is at work on", at
            ) from None
        try:
            self._remove_temporary_files()
            yield
        finally:
            self._remove_temporary_files()
            lock.release()

    def claim(self, run: Mapping[str, Any], times: list[Any]) -> bool:
        """Make this the folder of a conversion, or check that it is.

        Parameters
        ----------
        run : mapping
            Description of the conversion.
        times : list
            Modification times of its inputs.

        Returns
        -------
        bool
            Whether `times` are the same as when the shards were begun.

        Raises
        ------
        maskmill.errors.ArgumentError
            The shards are those of another conversion; the message says how it differs.
        """
        file = self.folder / RUN
        if file.exists() and self.path("manifest", 0).exists():
            known = orjson.loads(file.read_bytes())
            check_same_conversion(known["run"], run, str(self.folder))
            return bool(known["times"] == times)
        self._clear()  # no run.json says what these shards are
        write_bytes_atomically(file, orjson.dumps({"run": run, "times": times}, option=orjson.OPT_INDENT_2))
        return True

    # Reading.

    def intact_manifests(self) -> list[Manifest]:
        """Return the manifests of the shards before the first that is missing or damaged."""
        manifests: list[Manifest] = []
        while (manifest := self.intact_manifest(len(manifests))) is not None:
            manifests.append(manifest)
        return manifests

    def intact_manifest(self, number: int) -> Manifest | None:
        """Return the manifest of a shard; None where the shard is missing or damaged."""
        file = self.path("manifest", number)
        if not file.exists():
            return None
        try:
            manifest = Manifest(**orjson.loads(file.read_bytes()))
        except (orjson.JSONDecodeError, TypeError):
            return None
        is_intact = all(
            self.path(kind, number).exists() and file_digest(self.path(kind, number)) == digest
            for kind, digest in manifest.files.items()
        )
        return manifest if is_intact else None

    def path(self, kind: str, number: int) -> Path:
        """Return the path of a shard's file of a kind: ``rows``, ``images``, ``unmasked`` or ``manifest``."""
        if kind == "rows":
            return self._rows_folder / self._row_name.format(number)
        names = {"images": "images.arrow", "unmasked": "unmasked.jsonl", "manifest": "json"}
        return self.folder / f"{number:05}.{names[kind]}"

    # Writing.

    @contextmanager
    def open_shard(self, number: int) -> Iterator[ShardWriter]:
        """Yield the writer of a shard; remove its files on an error."""
        writer = ShardWriter(self, number)
        try:
            yield writer
        except BaseException:
            writer.abandon()
            raise

    def _remove_temporary_files(self) -> None:
        for file in self.folder.glob("*" + TEMPORARY_SUFFIX):
            with suppress(OSError):
                file.unlink()

    def remove(self) -> None:
        """Remove the shards, the description and the lock, and then the folder, if it is empty."""
        self._clear()
        for name in (RUN, LOCK):
            (self.folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # somebody has put something into it meanwhile
            self.folder.rmdir()

    def _clear(self) -> None:
        """Remove all that a conversion puts here but the lock and the description; `check_parts` has seen it all."""
        for entry in own_entries(self.folder):
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()


class ShardWriter:
    """Writes one shard; it exists after `commit`."""

    def __init__(self, shards: Shards, number: int) -> None:
        from ...exports.parquet import open_parquet_writer

        self._shards, self._number = shards, number
        self._paths = {
            kind: temporary_path(shards.path(kind, number), shards.folder, shards.writer)
            for kind in ("rows", "images", "unmasked")
        }
        self.tally = Tally()
        self._count = 0
        self._rows = open_parquet_writer(self._paths["rows"])
        self._images = image_list.open_image_writer(self._paths["images"])
        self._unmasked = self._paths["unmasked"].open("wb")
        self._streams = (self._rows, self._images, self._unmasked)

    def add(self, result: ChunkResult) -> None:
        """Write the output of one chunk of the input."""
        self._rows.write_batch(result.batch)
        self._images.write_batch(image_list.images_to_batch(result))
        self._unmasked.write(result.unmasked)
        self.tally.add(result.tally)
        self._count += len(result.images)

    def commit(self, source: int, end: Any, digest: str) -> Manifest:
        """Flush the files to the disk, then write the manifest.

        Parameters
        ----------
        source : int
            Number of the input that holds the last row.
        end : object, JSON-safe
            Position after that row in that input.
        digest : str
            As in `Manifest`.
        """
        for stream in self._streams:
            stream.close()
        manifest = Manifest(self._number, source, end, digest, {}, self._count, self.tally.to_dict(in_order=True))
        for kind, file in self._paths.items():
            manifest.files[kind] = file_digest(file)
            sync_and_rename(file, self._shards.path(kind, self._number))
        write_bytes_atomically(
            self._shards.path("manifest", self._number), orjson.dumps(asdict(manifest)), self._shards.writer
        )
        return manifest

    def abandon(self) -> None:
        """Remove the files; a stream that failed to write may fail to close."""
        for stream in self._streams:
            with suppress(OSError, ValueError):
                stream.close()
        for file in self._paths.values():
            file.unlink(missing_ok=True)


def write_shards(
    results: Iterator[_Result],
    shards: Shards,
    first_shard: int,
    bounds: ShardBounds,
    on_progress: Callable[[Tally, int], None],
) -> Iterator[Manifest]:
    """Write shards, and yield their manifests.

    Parameters
    ----------
    results : iterator of (NumberedChunk, ChunkResult)
        Chunks of the input with their output, in order.
    shards : Shards
        Where to write.
    first_shard : int
        Number of the first shard.
    bounds : ShardBounds
        Size of the input at which a shard is closed.
    on_progress : callable
        Called with the counts and the bytes of each chunk.
    """
    for number, result in enumerate(results, first_shard):
        with shards.open_shard(number) as shard:
            manifest = _fill(shard, chain([result], results), ShardFill(bounds), on_progress)
        yield manifest


def _fill(
    shard: ShardWriter, results: Iterator[_Result], fill: ShardFill, on_progress: Callable[[Tally, int], None]
) -> Manifest:
    """Write chunks until the shard is full, and commit it."""
    for (source, chunk), result in results:
        shard.add(result)
        fill.add(chunk.count, chunk.nbytes, chunk.digest)
        on_progress(result.tally, chunk.nbytes)
        end = source, chunk.end
        if fill.is_full:
            break
    return shard.commit(*end, fill.digest)


def check_same_conversion(known: Mapping[str, Any], run: Mapping[str, Any], at: str) -> None:
    """Raise where two descriptions of a conversion differ, with the first difference.

    Parameters
    ----------
    known, run : mapping
        Description of the earlier and of the current conversion.
    at : str
        Path that the message names.

    Raises
    ------
    maskmill.errors.ArgumentError
        The descriptions differ.
    """
    for name in dict.fromkeys((*known, *run)):
        if known.get(name) != run.get(name):
            wanted = f"the conversion that this output was begun with ({name} {known.get(name)!r})"
            raise ArgumentError(
                wanted, f"{name} {run.get(name)!r}; go on with the same, take another output, or --overwrite", at
            )
