"""Read JSON Lines: simple rows, batch outputs, and rows without a mask of an earlier conversion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from maskmill.errors import excerpt

from .batches.answers import separate_answers
from .batches.named_answers import InseparableError
from .byte_streams import file_identity, is_uncompressed_file, open_reader
from .chunk import Chunk, Position, UnreadRow
from .entry import Entry
from .line_chunks import LineChunker
from .row_fields import RowReader
from .row_json import find_key, parse_row

_MAX_SHOWN: Final = 200
"""Bytes of a broken row from which the failure quotes."""

_OF_LIST: Final = (b"[", b"]", b",", b"\x1e")
"""Lines that hold no row: those of a list with one row per line, and an empty text of a sequence."""

_KEY_SEARCH_BYTES: Final = 2**16
"""Bytes at either end of a broken row in which its key is looked for."""


class JsonLinesSource:
    """A file of JSON Lines or the standard input, compressed or not.

    Parameters
    ----------
    path : str
        Path of the file, ``-`` for the standard input.
    name, stem : str
        Name of the source, and what the keys of rows without one begin with.
    rows : RowReader
        Makes entries of parsed rows.
    max_row : int
        Bytes of the longest row that is held.
    """

    def __init__(self, path: str, name: str, stem: str, rows: RowReader, max_row: int) -> None:
        self.name = name
        self._path, self._stem = path, stem
        self._rows, self._max_row = rows, max_row

    @property
    def can_seek(self) -> bool:
        """See `RowSource`."""
        return is_uncompressed_file(self._path)

    def identity(self) -> dict[str, Any]:
        """See `RowSource`."""
        return {**file_identity(self._path), **self._rows.identity()}

    def chunks(self, start: Position | None, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """See `RowSource`; a position is a byte of the decompressed data, and the number of its line.

        Parameters
        ----------
        start : Position, optional
            As in `RowSource.chunks`.
        max_rows, max_bytes : int
            As in `RowSource.chunks`.
        """
        offset, line = start if isinstance(start, (list, tuple)) else (0, 1)
        with open_reader(self._path, offset) as read:
            yield from LineChunker(self.name, read, self._max_row, offset, line).chunks(max_rows, max_bytes)

    def entries(self, chunk: Chunk) -> list[Entry]:
        """See `RowSource`; blank lines are skipped."""
        return [entry for line, raw in iter_lines(chunk) for entry in self._entries(raw, line)]

    def _entries(self, raw: bytes | UnreadRow, line: int) -> list[Entry]:
        """Return the entries of a line: one, unless it holds a batch, a list or a map of answers."""
        default_key = f"{self._stem}:{line}"
        if isinstance(raw, UnreadRow):
            return [self._failed(raw.failure, raw.head, line, default_key)]
        row, failure = parse_row(raw)
        if failure and raw.strip() in _OF_LIST:
            return []
        if failure and raw.rstrip().endswith(b","):  # a row of a list
            row, failure = parse_row(raw.rstrip()[:-1])
        if failure:
            ends = raw[:_KEY_SEARCH_BYTES] + b"\n" + raw[_KEY_SEARCH_BYTES:][-_KEY_SEARCH_BYTES:]
            beginning = excerpt(raw[:_MAX_SHOWN].decode(errors="replace"))
            return [self._failed(f"{failure}, in {beginning}", ends, line, default_key)]
        if self._rows.is_plain(row):
            return [self._rows.entry(row, self.name, line, default_key)]
        try:
            answers = separate_answers(row, self._rows) or [row]
        except InseparableError as error:
            return [self._rows.failed(str(error), self.name, line, default_key)]
        keys = [default_key] if len(answers) == 1 else [f"{default_key}:{n}" for n in range(1, len(answers) + 1)]
        return [self._rows.entry(answer, self.name, line, key) for answer, key in zip(answers, keys, strict=True)]

    def _failed(self, failure: str, content: bytes, line: int, default_key: str) -> Entry:
        return self._rows.failed(failure, self.name, line, find_key(content, self._rows.names["key"]) or default_key)


def iter_lines(chunk: Chunk) -> Iterator[tuple[int, bytes | UnreadRow]]:
    """Yield number and bytes of each line that is not blank."""
    if isinstance(chunk.data, UnreadRow):
        yield chunk.first_line, chunk.data
        return
    data, end = bytes(chunk.data), 0
    for line in range(chunk.first_line, chunk.first_line + chunk.count):
        start, end = end, data.find(b"\n", end) + 1 or len(data)
        raw = data[start:end]  # one at a time, as a list of them would be new memory
        if not raw.isspace():
            yield line, raw
