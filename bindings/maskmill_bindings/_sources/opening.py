"""Open a path as a source, by its content, or by its suffix where the content is ambiguous."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

from maskmill._reply.source import file_kind
from maskmill.errors import ArgumentError, expected

from .._images.image_lookup import ImageLookup
from . import reply_files
from .batches.answers_file import AnswersFile, read_answers
from .batches.batch_resource import is_batch
from .byte_streams import STDIN, detect_compression, unreadable_error
from .chunk import Chunk, RowSource
from .json_lines import JsonLinesSource, iter_lines
from .parquet_files import ParquetSource
from .reply_files import ReplyFilesSource
from .request_index import RequestImage, RequestIndex
from .row_fields import RowReader
from .row_json import parse_row
from .source_options import SourceOptions
from .table_fields import TableReader

_LINES: Final = (".jsonl", ".ndjson", ".jsonlines")
_COMPRESSED: Final = (".gz", ".zst", ".zstd", ".bz2")
_REFUSED: Final = (
    (b"\xff\xfe", "text in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it as UTF-8"),
    (b"\xfd7zXZ", "xz data; decompress them, or pipe them in as -"),
    (b"ARROW1", "an Arrow file; save it as Parquet"),
)
_TABLES: Final = (".csv", ".tsv")
_REQUEST_CHUNK: Final = (256, 2**22)
"""Rows and bytes of requests per chunk."""


def open_paths(paths: Sequence[str], options: SourceOptions) -> list[RowSource]:
    """Open inputs; their rows are read later, those of `options.requests` now.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "replies.jsonl"
    ...     _ = file.write_text('{"key": "a", "reply": "[]"}')
    ...     [source] = open_paths([str(file)], SourceOptions(size=(640, 480)))
    ...     [entry.key for chunk in source.chunks(None, 100, 10_000) for entry in source.entries(chunk)]
    ['a']

    Parameters
    ----------
    paths : sequence of str
        Files of JSON Lines (uncompressed, gzip, zstd or bzip2) or Parquet, ``-`` for the standard input; JSON files of
        a batch, of a list or map of answers, or of one reply; folders of such files, all of rows or all of replies.
    options : SourceOptions
        How their rows are read.

    Raises
    ------
    maskmill.errors.ArgumentError
        A path does not exist, holds no replies, or holds answers that cannot be separated.
    """
    if list(paths).count(STDIN) > 1:
        raise ArgumentError("the standard input once", "twice", "inputs")
    opener = _Opener.from_options(options)
    return [source for path in paths for source in opener.open(os.fspath(path))]


def open_table_reader(options: SourceOptions) -> TableReader:
    """Return a reader of tables that come from no file; requests are read now.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file of requests does not exist, or holds none.
    """
    return TableReader(_Opener.from_options(options).rows(None), options.max_row_bytes)


class _Opener(NamedTuple):
    """Opens paths with the same options and requests."""

    options: SourceOptions
    requests: RequestIndex | None

    @classmethod
    def from_options(cls, options: SourceOptions) -> _Opener:
        return cls(options, None if options.requests is None else _index_requests(options.requests, options))

    def open(self, path: str) -> list[RowSource]:
        """Open a file, a folder or the standard input."""
        if path == STDIN:
            return [self._lines(path)]
        if not os.path.exists(path):
            raise expected("a file or folder that exists", path, "inputs")
        if not os.path.isdir(path) and not os.path.isfile(path):
            raise ArgumentError("a file or folder, or - for the standard input", "a pipe or device", path)
        try:
            return self._folder(path) if os.path.isdir(path) else [self._file(path)]
        except OSError as error:
            raise unreadable_error(path, error) from None

    def _folder(self, path: str) -> list[RowSource]:
        """Open each file of rows in a folder, or all files of replies as one source."""
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith(".") and entry.is_file())
        replies = [name for name in names if PurePath(name).suffix.lower() in reply_files.SUFFIXES]
        data = [name for name in names if _has_row_suffix(name)]
        if bool(replies) == bool(data):
            got = f"{replies[0]} and {data[0]}; name the files of one kind" if data else "none"
            raise ArgumentError(
                f"files of replies ({', '.join(sorted(reply_files.SUFFIXES))}) or of rows ({', '.join(_LINES)})",
                got,
                path,
            )
        if data:
            return [self._file(os.path.join(path, name)) for name in data]
        _check_unique_stems(replies, path)
        return [self._replies(path, Path(path), replies)]

    def _file(self, path: str) -> RowSource:
        """Open a file of rows or of one reply."""
        with open(path, "rb") as stream:
            head = stream.read(64)
            stream.seek(0)
            kind = next((kind for magic, kind in _REFUSED if head.startswith(magic)), "")
            if head.startswith(b"PAR1"):
                return ParquetSource(path, self.rows(Path(path).parent), self.options)
            is_lines = detect_compression(head) or (_suffix(path) in _LINES and not self._is_indented(path, head))
            if not kind and is_lines:
                return self._lines(path)
            if not kind and _suffix(path) in _TABLES:
                kind = 'a table of text; write a row {"key": …, "reply": …} for each answer, one per line'
            if kind or (kind := file_kind(head)):
                raise ArgumentError("JSON Lines, Parquet or a reply", kind, path)
            is_rows = self._is_rows(iter(lambda: stream.readline(self.options.max_row_bytes), b""))
        return self._lines(path) if is_rows else self._whole_file(path)

    def _is_indented(self, path: str, head: bytes) -> bool:
        """Return whether a file is one JSON value over several lines, whatever its suffix."""
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0].strip() not in (b"[", b"{"):
            return False
        return os.path.getsize(path) <= self.options.max_row_bytes and not parse_row(Path(path).read_bytes())[1]

    def _is_rows(self, lines: Iterator[bytes]) -> bool:
        """Return whether a file holds rows, not one reply or batch, by its first line that is not blank."""
        rows = (line for line in lines if line.strip())
        first = next(rows, b"")
        if first.lstrip(b"\xef\xbb\xbf \t\x1e")[:1] != b"{":
            return False
        value, _ = parse_row(first)
        reader = self.rows(None)
        if not reader.is_row(value) or is_batch(value):
            return False
        return reader.is_named(value) or next(rows, None) is not None

    def _whole_file(self, path: str) -> RowSource:
        """Open a file of one reply, or one whose answers stand in one JSON value, which is held in memory."""
        if os.path.getsize(path) > self.options.max_row_bytes:
            raise ArgumentError(
                f"a reply of at most {self.options.max_row_bytes} bytes, or JSON Lines; "
                f"`jq -c '.[]' {path}` makes lines of a JSON list",
                "neither",
                path,
            )
        rows = self.rows(Path(path).parent, by_key=True)
        answers = read_answers(Path(path).read_bytes(), rows, path)
        if answers is not None and len(answers) != 1:
            return AnswersFile(path, rows)
        return self._replies(path, Path(path).parent, [Path(path).name])

    def _lines(self, path: str) -> JsonLinesSource:
        name = "stdin" if path == STDIN else Path(path).name
        row_reader = self.rows(None if path == STDIN else Path(path).parent)
        return JsonLinesSource(path, name, _stem(name), row_reader, self.options.max_row_bytes)

    def _replies(self, path: str, folder: Path, names: list[str]) -> ReplyFilesSource:
        return ReplyFilesSource(path, folder, names, self.rows(folder, by_key=True), self.options.max_row_bytes)

    def rows(self, beside: Path | None, by_key: bool = False) -> RowReader:
        images = ImageLookup(self.options.images, beside, by_key or self.options.images is not None)
        return RowReader(self.options, images, self.requests)


def _check_unique_stems(names: list[str], path: str) -> None:
    """Raise for files that would have the same key."""
    stems: dict[str, str] = {}
    for name in names:
        other = stems.setdefault(PurePath(name).stem, name)
        if other != name:
            raise ArgumentError("one file of each stem, as it is the key", f"{other} and {name}", path)


def _has_row_suffix(name: str) -> bool:
    return _suffix(name) in (*_LINES, ".parquet")


def _suffix(path: str) -> str:
    """Return the suffix, ignoring that of a compression."""
    name = PurePath(path)
    return (PurePath(name.stem) if name.suffix.lower() in _COMPRESSED else name).suffix.lower()


def _stem(name: str) -> str:
    """Return the stem, without the suffix of a compression."""
    path = PurePath(name)
    return PurePath(path.stem).stem if path.suffix.lower() in _COMPRESSED else path.stem


def _index_requests(path: str, options: SourceOptions) -> RequestIndex:
    """Return an index of the images in a file of requests."""
    if not os.path.isfile(path):
        raise expected("a file that exists", path, "requests")
    rows = RowReader(options, ImageLookup(None, None, by_key=False))
    name = Path(path).name
    source = JsonLinesSource(path, name, _stem(name), rows, options.max_row_bytes)
    digest = hashlib.sha256()
    index = RequestIndex(_read_request_images(source.chunks(None, *_REQUEST_CHUNK), rows, digest), path)
    index.digest = digest.hexdigest()
    return index


def _read_request_images(chunks: Iterator[Chunk], rows: RowReader, digest: Any) -> Iterator[tuple[str, RequestImage]]:
    """Yield key and image of each request, and update the digest of the file."""
    for chunk in chunks:
        digest.update(chunk.digest)
        for _, raw in iter_lines(chunk):
            value = parse_row(raw)[0] if isinstance(raw, bytes) else None
            if isinstance(value, dict) and (key := rows.key_of(value)):
                yield key, rows.request_image(value)
