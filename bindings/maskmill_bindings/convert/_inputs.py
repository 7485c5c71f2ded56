"""Inputs of a conversion: replies to decode, or masks in a format that `exports` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

from maskmill.errors import ArgumentError, expected

from .. import exports
from .._detection import REPLIES, Detection, detect_file, survey_folder
from .._sources.byte_streams import STDIN
from .._table import to_batch
from ..exports._reading.options import ReadOptions
from ..record import Record, Unread
from ._options import REPORT

if TYPE_CHECKING:
    from .._sources import Chunk, RowSource, SourceOptions
    from ._decode_rows import ChunkConverter, ChunkResult
    from ._options import ConvertOptions

_DECODING: Final = {
    "fallback": "none",
    "threshold": 127,
    "axis": "auto",
    "boxes": "auto",
    "frame": "auto",
    "dialect": "auto",
}
"""Options that decode replies, and their defaults."""

_WANTED: Final = "replies, or masks in a format that is read"

_RECORDS_PER_STEP: Final = 16
"""Records after which the size of a chunk is measured."""


class InputChunk(Protocol):
    """A part of an input, bounded in size."""

    @property
    def nbytes(self) -> int:
        """Size in memory, approximately."""

    @property
    def count(self) -> int:
        """Number of rows."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the content."""

    @property
    def end(self) -> Any:
        """Position after the chunk in its input, JSON-safe."""


class Input(Protocol):
    """One file or folder of the input."""

    @property
    def can_seek(self) -> bool:
        """Whether another process can read it from a position on, without the part before."""

    def identity(self) -> dict[str, Any]:
        """Return what identifies the input, JSON-safe: path, size and so on."""

    def chunks(self, start: Any, max_rows: int, max_bytes: int) -> Iterator[Any]:
        """Yield chunks from a position on.

        Parameters
        ----------
        start : object, JSON-safe
            The `end` of a chunk; None is the beginning of the input.
        max_rows, max_bytes : int
            Size at which a chunk is closed.
        """

    def convert(self, chunk: Any, converter: ChunkConverter) -> ChunkResult:
        """Convert a chunk."""


@dataclass(frozen=True, slots=True)
class ReplyInput:
    """A file or folder of replies."""

    source: RowSource

    @property
    def can_seek(self) -> bool:
        """See `Input`."""
        return self.source.can_seek

    def identity(self) -> dict[str, Any]:
        """See `Input`."""
        return self.source.identity()

    def chunks(self, start: Any, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """See `Input`.

        Parameters
        ----------
        start : object, JSON-safe
            As in `Input.chunks`.
        max_rows, max_bytes : int
            As in `Input.chunks`.
        """
        yield from self.source.chunks(start, max_rows, max_bytes)

    def convert(self, chunk: Chunk, converter: ChunkConverter) -> ChunkResult:
        """See `Input`: decode the replies."""
        return converter.convert_entries(self.source.entries(chunk))


@dataclass(frozen=True, slots=True)
class _RecordChunk:
    """Some records of an input that holds masks, and what it holds that gives none."""

    entries: list[Record | Unread]
    end: int
    nbytes: int
    digest: bytes

    @property
    def count(self) -> int:
        """See `InputChunk`."""
        return len(self.entries)


@dataclass(frozen=True, slots=True)
class MaskInput:
    """A file or folder of masks in a format that `exports` reads."""

    path: Path
    format: str
    options: ReadOptions

    @property
    def can_seek(self) -> bool:
        """See `Input`: records are always read from the first on."""
        return False

    def identity(self) -> dict[str, Any]:
        """See `Input`."""
        status = self.path.stat()
        identity = {"path": str(self.path), "format": self.format}
        return identity if self.path.is_dir() else {**identity, "size": status.st_size, "mtime_ns": status.st_mtime_ns}

    def chunks(self, start: Any, max_rows: int, max_bytes: int) -> Iterator[_RecordChunk]:
        """See `Input`: records before `start` are read and skipped.

        Parameters
        ----------
        start : object, JSON-safe
            As in `Input.chunks`.
        max_rows, max_bytes : int
            As in `Input.chunks`.
        """
        entries = islice(self._entries(), start or 0, None)
        end = start or 0
        while group := list(islice(entries, _RECORDS_PER_STEP)):
            chunk: list[Record | Unread] = []
            nbytes, digest = 0, hashlib.sha256()
            while group:
                batch = to_batch([entry for entry in group if isinstance(entry, Record)])
                digest.update(batch.serialize())
                digest.update(repr([entry for entry in group if isinstance(entry, Unread)]).encode())
                chunk, nbytes = chunk + group, nbytes + batch.nbytes
                is_full = len(chunk) >= max_rows or nbytes >= max_bytes
                group = [] if is_full else list(islice(entries, _RECORDS_PER_STEP))
            end += len(chunk)
            yield _RecordChunk(chunk, end, nbytes, digest.digest())

    def _entries(self) -> Iterator[Record | Unread]:
        """Yield the records, and what gives none where it was found."""
        unread: list[Unread] = []
        how = self.options
        records = exports.read(
            self.path, self.format, rule=how.rule, size=how.size, images=how.images, on_unread=unread.append
        )
        for record in records:
            yield from unread
            unread.clear()
            yield record
        yield from unread

    def convert(self, chunk: _RecordChunk, converter: ChunkConverter) -> ChunkResult:
        """See `Input`: keep the masks as they are."""
        return converter.convert_records(chunk.entries)


def open_inputs(paths: list[str], options: ConvertOptions) -> list[Input]:
    """Open every input; `options.source` or its content says what it holds.

    Raises
    ------
    maskmill.errors.ArgumentError
        An input does not exist, or cannot be converted.
    """
    if options.source not in (None, REPLIES, *exports.FORMATS):
        raise expected(f"{REPLIES}, or one of {', '.join(exports.FORMATS)}", options.source, "source")
    if not paths:
        raise ArgumentError("files or folders to convert", "none", "inputs")
    found = [one for path in paths for one in ([(path, options.source)] if options.source else _detect(path))]
    kinds = [kind for _, kind in found]
    if all(kind == REPLIES for kind in kinds):
        if options.rule != "native":
            raise ArgumentError("files of other tools, whose shapes alone are drawn by a rule", "replies", "rule")
        return _open_replies(paths, options)
    if REPLIES in kinds:
        raise ArgumentError("replies or masks", f"both: {_listed(found)}; --from says what they are", "inputs")
    demanded = [name for name, default in _DECODING.items() if getattr(options, name) != default]
    if demanded:
        raise ArgumentError(f"replies, which alone are decoded by {' and '.join(demanded)}", "masks", "inputs")
    how = ReadOptions(options.rule, options.size, options.images)
    return [file for path, kind in found for file in _open_masks(path, kind, how)]


def read_formats(inputs: Sequence[Input]) -> dict[str, list[str]]:
    """Return the names of the inputs that hold masks, by format."""
    found: dict[str, list[str]] = {}
    for one in inputs:
        if isinstance(one, MaskInput):
            found.setdefault(one.format, []).append(one.path.name)
    return found


def drawn_by(inputs: Sequence[Input]) -> dict[str, str]:
    """Return what drew the shapes of each format that was read: the name of its tool, or ``exact``."""
    found: dict[str, str] = {}
    for one in inputs:
        if isinstance(one, MaskInput):
            tool = exports.FORMATS[one.format].native_rule if one.options.is_native else ""
            found[one.format] = tool or "exact"
    return found


def source_options(options: ConvertOptions) -> SourceOptions:
    """Return how rows of replies are read."""
    from .._sources import SourceOptions

    return SourceOptions(size=options.size, images=options.images, requests=options.requests, fields=options.fields)


def _open_replies(paths: list[str], options: ConvertOptions) -> list[Input]:
    from .._sources import open_sources

    return [ReplyInput(source) for source in open_sources(paths, source_options(options))]


def _open_masks(path: str, kind: str, how: ReadOptions) -> list[Input]:
    """Open a file or folder of masks; each shard of a folder is an input."""
    if not Path(path).exists():
        raise expected("a file or folder that exists", path, "inputs")
    known, file = exports.FORMATS[kind], Path(path)
    if known.is_folder or file.is_file():
        return [MaskInput(file, kind, how)]
    suffixes = known.file_suffixes
    shards = sorted(entry for entry in file.iterdir() if entry.suffix in suffixes and not entry.name.startswith("."))
    if not shards:
        raise ArgumentError(f"a folder with files of the format ({', '.join(suffixes)})", "none", path)
    return [MaskInput(shard, kind, how) for shard in shards]


def _detect(path: str) -> list[tuple[str, str]]:
    """Return what an input holds: paths with their formats, or with "replies".

    Raises
    ------
    maskmill.errors.ArgumentError
        It holds what is not read.
    """
    file = Path(path)
    if path == STDIN or not file.exists():
        return [(path, REPLIES)]
    if reported := _format_in_report(file):
        return [(path, reported)]
    if file.is_dir():
        return _detect_in_folder(path)
    if not file.is_file():
        return [(path, REPLIES)]
    return [(path, _readable(detect_file(file), path))]


def _detect_in_folder(path: str) -> list[tuple[str, str]]:
    """Return what a folder holds: itself, or its files of masks with their formats."""
    content = survey_folder(Path(path))
    if content.whole is not None:
        return [(path, _readable(content.whole, path))]
    kinds = list(content.files)
    if not kinds and content.others:
        name, found = next(iter(content.others.items()))
        raise found.refusal(_WANTED, str(Path(path, name)))
    if set(kinds) <= {REPLIES} or (len(kinds) == 1 and exports.FORMATS[kinds[0]].is_folder):
        return [(path, kinds[0] if kinds else REPLIES)]
    found_files = [(str(file), kind) for kind, files in content.files.items() for file in files]
    if REPLIES in kinds:
        raise ArgumentError("a folder of replies or of masks", f"both: {_listed(found_files)}; name the files", path)
    return found_files


def _readable(found: Detection, path: str) -> str:
    """Return the format of a detection; raise where it is not read."""
    if not found.format:
        raise found.refusal(_WANTED, path)
    return found.format


def _listed(found: list[tuple[str, str]]) -> str:
    """Return the first file of each kind, for messages."""
    first = {kind: Path(path).name for path, kind in reversed(found)}
    return ", ".join(f"{kind} in {name}" for kind, name in sorted(first.items()))


def _format_in_report(path: Path) -> str:
    """Return the format that the report beside an output states; empty where there is no report."""
    report = path.with_name(f"{path.name}.{REPORT}") if path.name else path
    try:
        name = orjson.loads(report.read_bytes())["run"]["output"]
    except (OSError, KeyError, TypeError, orjson.JSONDecodeError):
        return ""
    return name if isinstance(name, str) and name in exports.FORMATS else ""
