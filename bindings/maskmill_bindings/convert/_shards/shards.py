"""Shards on disk: what a conversion has done, so that it goes on where it was cut off.

A shard is three files, its rows, its images and what it has no mask for, and a manifest that names them with their
digests. Each is written under another name, brought to the disk and renamed; the manifest comes last, and a shard
without one does not exist. `run.json` says which conversion this is; another is refused. The lock is the operating
system's and dies with its process.
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

from maskmill.errors import told

from ..._atomic_files import TEMPORARY, digest_of, settle, temporary, write_whole
from .._chunking import Filling
from .._tally import Tally
from . import image_list
from .manifest import Manifest

if TYPE_CHECKING:
    from .._chunking import Piece
    from .._decode_rows import Made
    from .._options import Bounds


class Shards:
    """The shards of one conversion in a folder.

    Attributes
    ----------
    folder
        Where they are.
    writer
        Part of the names of files on their way, where several processes write, and one that was given up may still be
        at it: what they write is the same, but not at the same time.
    """

    def __init__(self, folder: Path, rows_folder: Path | None = None, row_name: str = "{:05}.parquet") -> None:
        self.folder = folder
        self.writer = ""
        self._rows_folder = rows_folder or folder
        self._row_name = row_name

    # Whose they are.

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out, and leave no file on its way behind, also none of a process that was killed.

        Raises
        ------
        maskmill.errors.ArgumentError
            Another process is at work here.
        """
        from filelock import FileLock, Timeout

        self.folder.mkdir(parents=True, exist_ok=True)
        at = str(self.folder)
        lock = FileLock(self.folder / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise told("an output that nobody else writes", "one that another process is at work on", at) from None
        try:
            self._sweep()
            yield
        finally:
            self._sweep()
            lock.release()

    def claim(self, run: Mapping[str, Any], times: list[Any]) -> bool:
        """Make these the shards of a conversion, or see that they are; tell whether its inputs bear these times.

        Raises
        ------
        maskmill.errors.ArgumentError
            They are those of another conversion; the message says in what it differs.
        """
        file = self.folder / "run.json"
        if file.exists() and self.path("manifest", 0).exists():
            known = orjson.loads(file.read_bytes())
            refuse_another(known["run"], run, str(self.folder))
            return bool(known["times"] == times)
        self._clear()  # shards of nobody knows what
        write_whole(file, orjson.dumps({"run": run, "times": times}, option=orjson.OPT_INDENT_2))
        return True

    # What is there.

    def finished(self) -> list[Manifest]:
        """Manifests of the shards from the first on, up to the first that is missing or damaged."""
        found: list[Manifest] = []
        while (manifest := self.sound(len(found))) is not None:
            found.append(manifest)
        return found

    def sound(self, number: int) -> Manifest | None:
        """Manifest of a shard; None where it is missing or damaged."""
        file = self.path("manifest", number)
        if not file.exists():
            return None
        try:
            manifest = Manifest(**orjson.loads(file.read_bytes()))
        except (orjson.JSONDecodeError, TypeError):
            return None
        whole = all(
            self.path(kind, number).exists() and digest_of(self.path(kind, number)) == digest
            for kind, digest in manifest.files.items()
        )
        return manifest if whole else None

    def path(self, kind: str, number: int) -> Path:
        """File of one kind: ``rows``, ``images``, ``unmasked`` or ``manifest``."""
        if kind == "rows":
            return self._rows_folder / self._row_name.format(number)
        names = {"images": "images.arrow", "unmasked": "unmasked.jsonl", "manifest": "json"}
        return self.folder / f"{number:05}.{names[kind]}"

    # Writing.

    @contextmanager
    def writing(self, number: int) -> Iterator[ShardWriter]:
        """A shard being written; what is left of it when that fails is removed."""
        writer = ShardWriter(self, number)
        try:
            yield writer
        except BaseException:
            writer.abandon()
            raise

    def _sweep(self) -> None:
        for file in self.folder.glob("*" + TEMPORARY):
            with suppress(OSError):
                file.unlink()

    def remove(self) -> None:
        """Remove the folder with all that is in it, and last what says whose it was."""
        self._clear()
        shutil.rmtree(self.folder)

    def _clear(self) -> None:
        """Remove all but the lock and what says whose it is."""
        for entry in sorted(self.folder.iterdir()):
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name not in ("lock", "run.json"):
                entry.unlink()


class ShardWriter:
    """One shard on its way to the disk."""

    def __init__(self, shards: Shards, number: int) -> None:
        from ...exports.parquet import open_writer

        self._shards, self._number = shards, number
        self._paths = {
            kind: temporary(shards.path(kind, number), shards.folder, shards.writer)
            for kind in ("rows", "images", "unmasked")
        }
        self.tally = Tally()
        self._count = 0
        self._rows = open_writer(self._paths["rows"])
        self._images = image_list.open_writer(self._paths["images"])
        self._unmasked = self._paths["unmasked"].open("wb")
        self._streams = (self._rows, self._images, self._unmasked)

    def add(self, made: Made) -> None:
        """Take in what a piece of the input became."""
        self._rows.write_batch(made.batch)
        self._images.write_batch(image_list.to_batch(made))
        self._unmasked.write(made.unmasked)
        self.tally.add(made.tally)
        self._count += len(made.images)

    def commit(self, source: int, end: Any, digest: str) -> Manifest:
        """Bring the shard to the disk: from here on it exists."""
        for stream in self._streams:
            stream.close()
        manifest = Manifest(self._number, source, end, digest, {}, self._count, self.tally.to_dict(in_order=True))
        for kind, file in self._paths.items():
            manifest.files[kind] = digest_of(file)
            settle(file, self._shards.path(kind, self._number))
        write_whole(self._shards.path("manifest", self._number), orjson.dumps(asdict(manifest)), self._shards.writer)
        return manifest

    def abandon(self) -> None:
        """Remove what was written; a stream that could not be written cannot be closed either."""
        for stream in self._streams:
            with suppress(OSError, ValueError):
                stream.close()
        for file in self._paths.values():
            file.unlink(missing_ok=True)


Result = tuple["Piece", "Made"]
"""A piece of the input, and what it became."""


def make_shards(
    results: Iterator[Result], shards: Shards, first: int, bounds: Bounds, tell: Callable[[Tally, int], None]
) -> Iterator[Manifest]:
    """Write shards from the number `first` on, and give their manifests; `tell` hears of each piece and its bytes."""
    for number, result in enumerate(results, first):
        with shards.writing(number) as shard:
            manifest = _fill(shard, chain([result], results), Filling(bounds), tell)
        yield manifest


def _fill(
    shard: ShardWriter, results: Iterator[Result], filling: Filling, tell: Callable[[Tally, int], None]
) -> Manifest:
    for (source, piece), made in results:
        shard.add(made)
        filling.take(piece.count, piece.nbytes, piece.digest)
        tell(made.tally, piece.nbytes)
        place = source, piece.end
        if filling.is_full:
            break
    return shard.commit(*place, filling.digest)


def refuse_another(known: Mapping[str, Any], run: Mapping[str, Any], at: str) -> None:
    """Raise where two descriptions of a conversion differ, with the first difference."""
    for name in dict.fromkeys((*known, *run)):
        if known.get(name) != run.get(name):
            was = f"the conversion that this output was begun with ({name} {known.get(name)!r})"
            raise told(was, f"{name} {run.get(name)!r}; go on with the same, or take another output", at)
