"""Inputs of a conversion: replies to decode, or masks in a format that `exports` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

from maskmill.errors import ArgumentError, expected

from .. import exports
from .._table import to_batch
from ..exports._reading.options import ReadOptions
from ..exports._shared.table_rows import translate_arrow_errors
from ..record import Record, Unread
from ._options import REPORT

if TYPE_CHECKING:
    from .._sources import Chunk, RowSource, SourceOptions
    from ._decode_rows import ChunkConverter, ChunkResult
    from ._options import ConvertOptions

REPLIES: Final = "replies"

_DECODING: Final = {
    "fallback": "none",
    "threshold": 127,
    "axis": "auto",
    "boxes": "auto",
    "frame": "auto",
    "dialect": "auto",
}
"""Options that decode replies, and their defaults."""

_COCO_KEYS: Final = (b'"image_id"', b'"categories"', b'"images"')
_REPLY_KEYS: Final = (b'"reply"', b'"response"', b'"candidates"', b'"choices"', b'"inlinedResponses"')
"""Keys that show what a JSON file holds."""

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
    kinds = [options.source or _detect_kind(path) for path in paths]
    if all(kind == REPLIES for kind in kinds):
        if options.rule != "native":
            raise ArgumentError("files of other tools, whose shapes alone are drawn by a rule", "replies", "rule")
        return _open_replies(paths, options)
    if REPLIES in kinds:
        raise ArgumentError("replies or masks", "both", "inputs")
    demanded = [name for name, default in _DECODING.items() if getattr(options, name) != default]
    if demanded:
        raise ArgumentError(f"replies, which alone are decoded by {' and '.join(demanded)}", "masks", "inputs")
    how = ReadOptions(options.rule, options.size, options.images)
    return [file for path, kind in zip(paths, kinds, strict=True) for file in _open_masks(path, kind, how)]


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


def _detect_kind(path: str) -> str:
    """Return "replies", or the format of a file or folder that cannot hold replies."""
    file = Path(path)
    if reported := _format_in_report(file):
        return reported
    if file.is_dir():
        return _detect_folder_kind(file)
    name = exports.format_of(file)
    if name == "parquet" and file.is_file():
        return name if _has_masks(file) else REPLIES
    if name == "coco" and file.is_file():
        return name if _is_coco(file) else REPLIES
    return name or REPLIES


def _format_in_report(path: Path) -> str:
    """Return the format that the report beside an output states; empty where there is no report."""
    report = path.with_name(f"{path.name}.{REPORT}") if path.name else path
    try:
        name = orjson.loads(report.read_bytes())["run"]["output"]
    except (OSError, KeyError, TypeError, orjson.JSONDecodeError):
        return ""
    return name if isinstance(name, str) and name in exports.FORMATS else ""


def _detect_folder_kind(folder: Path) -> str:
    """Return the format of a folder by the names or the contents of its files; replies if they fit none."""
    names = {file.name for file in folder.iterdir() if not file.name.startswith(".")}
    matching = {name: len(known.marker_files) for name, known in exports.FORMATS.items() if known.matches_folder(names)}
    if matching:
        return max(matching, key=lambda name: matching[name])  # the one with the most markers, else the first
    suffixes = {Path(name).suffix for name in names}
    kinds = {_detect_kind(str(folder / name)) for name in names} if len(suffixes) == 1 else set()
    return kinds.pop() if len(kinds) == 1 else REPLIES


def _has_masks(file: Path) -> bool:
    """Return whether a table holds masks, not replies."""
    import pyarrow.parquet as pq

    with translate_arrow_errors("Parquet", file), pq.ParquetFile(file) as opened:
        return {"counts", "height", "width"} <= set(opened.schema_arrow.names)


def _is_coco(path: Path) -> bool:
    """Return whether a JSON file holds a COCO data set, not a reply, by the keys in its beginning."""
    with path.open("rb") as stream:
        head = stream.read(2**16)
    is_reply = any(key in head for key in _REPLY_KEYS)
    return head.lstrip()[:1] == b"{" and not is_reply and any(key in head for key in _COCO_KEYS)
