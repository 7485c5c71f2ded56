"""Which source a path is: told by its content, and by its suffix where the content could be either."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple

from maskmill._reply.source import file_kind
from maskmill.errors import expected, told

from . import reply_files
from .byte_streams import STDIN, compression_of, unreadable
from .chunk import Chunk, Source
from .image_lookup import Images
from .json_lines import JsonLines, lines_of
from .parquet_files import Parquet
from .reply_files import ReplyFiles
from .request_index import Asked, Index
from .row_fields import Rows
from .row_json import parse
from .source_options import SourceOptions
from .table_fields import TableRows

_LINES: Final = (".jsonl", ".ndjson", ".jsonlines")
_COMPRESSED: Final = (".gz", ".zst", ".zstd", ".bz2")
_REFUSED: Final = (
    (b"\xff\xfe", "text in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it as UTF-8"),
    (b"\xfd7zXZ", "xz data; decompress them, or pipe them in as -"),
    (b"ARROW1", "an Arrow file; save it as Parquet"),
)
_AT_ONCE: Final = (256, 2**22)
"""Rows and bytes of requests that are read at a time."""


def open_sources(paths: Sequence[str], options: SourceOptions) -> list[Source]:
    """Open inputs; their rows are read later, those of `options.requests` at once.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "replies.jsonl"
    ...     _ = file.write_text('{"key": "a", "reply": "[]"}')
    ...     [source] = open_sources([str(file)], SourceOptions(size=(640, 480)))
    ...     [entry.key for chunk in source.chunks(None, 100, 10_000) for entry in source.entries(chunk)]
    ['a']

    Parameters
    ----------
    paths
        Files of JSON Lines (plain, gzip, zstd or bzip2) or Parquet, ``-`` for the standard input; a file that holds one
        reply; folders of such files, all rows or all replies.
    options
        How their rows are read.

    Raises
    ------
    maskmill.errors.ArgumentError
        A path is not there, or holds nothing of the kind.
    """
    if list(paths).count(STDIN) > 1:
        raise told("the standard input once", "twice", "inputs")
    opener = _Opener.of(options)
    return [source for path in paths for source in opener.open(os.fspath(path))]


def open_table(options: SourceOptions) -> TableRows:
    """What makes entries of tables that come from no file; the requests are read at once.

    Raises
    ------
    maskmill.errors.ArgumentError
        The requests are not there, or hold none.
    """
    return TableRows(_Opener.of(options).rows(None), options.max_row_bytes)


class _Opener(NamedTuple):
    options: SourceOptions
    requests: Index | None

    @classmethod
    def of(cls, options: SourceOptions) -> _Opener:
        return cls(options, None if options.requests is None else _indexed(options.requests, options))

    def open(self, path: str) -> list[Source]:
        if path == STDIN:
            return [self._lines(path)]
        if not os.path.exists(path):
            raise expected("a file or folder that exists", path, "inputs")
        if not os.path.isdir(path) and not os.path.isfile(path):
            raise told("a file or folder, or - for the standard input", "a pipe or device", path)
        try:
            return self._folder(path) if os.path.isdir(path) else [self._file(path)]
        except OSError as error:
            raise unreadable(path, error) from None

    def _folder(self, path: str) -> list[Source]:
        with os.scandir(path) as found:
            names = sorted(entry.name for entry in found if not entry.name.startswith(".") and entry.is_file())
        replies = [name for name in names if PurePath(name).suffix.lower() in reply_files.SUFFIXES]
        data = [name for name in names if _is_data(name)]
        if bool(replies) == bool(data):
            got = f"{replies[0]} and {data[0]}; name the files of one kind" if data else "none"
            raise told(
                f"files of replies ({', '.join(sorted(reply_files.SUFFIXES))}) or of rows ({', '.join(_LINES)})",
                got,
                path,
            )
        if data:
            return [self._file(os.path.join(path, name)) for name in data]
        _check_stems(replies, path)
        return [self._replies(path, Path(path), replies)]

    def _file(self, path: str) -> Source:
        with open(path, "rb") as stream:
            head = stream.read(64)
            stream.seek(0)
            kind = next((kind for magic, kind in _REFUSED if head.startswith(magic)), "")
            if head.startswith(b"PAR1"):
                return Parquet(path, self.rows(Path(path).parent), self.options)
            if not kind and (compression_of(head) or _suffix(path) in _LINES):
                return self._lines(path)
            if kind or (kind := file_kind(head)):
                raise told("JSON Lines, Parquet or a reply", kind, path)
            is_rows = self._is_rows(iter(lambda: stream.readline(self.options.max_row_bytes), b""))
        if is_rows:
            return self._lines(path)
        self._check_not_a_list(path)
        return self._replies(path, Path(path).parent, [Path(path).name])

    def _is_rows(self, lines: Iterator[bytes]) -> bool:
        """Tell rows from a reply by the first line that is not blank."""
        first = next((line for line in lines if line.strip()), b"")
        return first.lstrip(b"\xef\xbb\xbf \t")[:1] == b"{" and self.rows(None).is_row(parse(first)[0])

    def _check_not_a_list(self, path: str) -> None:
        """Refuse a JSON list of rows, which would have to be held as a whole."""
        if os.path.getsize(path) > self.options.max_row_bytes:
            raise told(f"a reply of at most {self.options.max_row_bytes} bytes, or JSON Lines", "neither", path)
        value, _ = parse(Path(path).read_bytes())
        first = value[0] if isinstance(value, list) and value else None
        if self.rows(None).is_row(first):
            raise told("JSON Lines, a row a line", f"a JSON list of rows; `jq -c '.[]' {path}` makes lines of it", path)

    def _lines(self, path: str) -> JsonLines:
        name = "stdin" if path == STDIN else Path(path).name
        rows = self.rows(None if path == STDIN else Path(path).parent)
        return JsonLines(path, name, _stem(name), rows, self.options.max_row_bytes)

    def _replies(self, path: str, folder: Path, names: list[str]) -> ReplyFiles:
        return ReplyFiles(path, folder, names, self.rows(folder, by_key=True), self.options.max_row_bytes)

    def rows(self, beside: Path | None, by_key: bool = False) -> Rows:
        images = Images(self.options.images, beside, by_key or self.options.images is not None)
        return Rows(self.options, images, self.requests)


def _check_stems(names: list[str], path: str) -> None:
    """Refuse files that would have one key."""
    stems: dict[str, str] = {}
    for name in names:
        other = stems.setdefault(PurePath(name).stem, name)
        if other != name:
            raise told("one file of each stem, as it is the key", f"{other} and {name}", path)


def _is_data(name: str) -> bool:
    return _suffix(name) in (*_LINES, ".parquet")


def _suffix(path: str) -> str:
    """The suffix before that of a compression."""
    bare = PurePath(path)
    return (PurePath(bare.stem) if bare.suffix.lower() in _COMPRESSED else bare).suffix.lower()


def _stem(name: str) -> str:
    bare = PurePath(name)
    return PurePath(bare.stem).stem if bare.suffix.lower() in _COMPRESSED else bare.stem


def _indexed(path: str, options: SourceOptions) -> Index:
    """What the rows of requests say of their images."""
    if not os.path.isfile(path):
        raise expected("a file that exists", path, "requests")
    rows = Rows(options, Images(None, None, by_key=False))
    name = Path(path).name
    source = JsonLines(path, name, _stem(name), rows, options.max_row_bytes)
    digest = hashlib.sha256()
    index = Index(_asked(source.chunks(None, *_AT_ONCE), rows, digest), path)
    index.digest = digest.hexdigest()
    return index


def _asked(chunks: Iterator[Chunk], rows: Rows, digest: Any) -> Iterator[tuple[str, Asked]]:
    for chunk in chunks:
        digest.update(chunk.digest)
        for _, raw in lines_of(chunk):
            value = parse(raw)[0] if isinstance(raw, bytes) else None
            if isinstance(value, dict) and (key := rows.key_of(value)):
                yield key, rows.asked(value)
