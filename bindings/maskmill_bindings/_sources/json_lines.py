"""JSON Lines: plain rows, outputs of batches, rows that had no mask in an earlier conversion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from maskmill.errors import excerpt

from .byte_streams import identity_of, is_plain, reading
from .chunk import Chunk, Position, Unread
from .entry import Entry
from .line_chunks import Cutter
from .row_fields import Rows
from .row_json import key_in, parse

_SHOWN: Final = 200
"""Bytes of a broken row of which some are told."""

_SEEN: Final = 2**16
"""Bytes of a broken row in which its key is looked for, from either end."""


class JsonLines:
    """A file of JSON Lines, or the standard input; compressed or not."""

    def __init__(self, path: str, name: str, stem: str, rows: Rows, max_row: int) -> None:
        self.name = name
        self._path, self._stem = path, stem
        self._rows, self._max_row = rows, max_row

    @property
    def can_seek(self) -> bool:
        """See `Source`."""
        return is_plain(self._path)

    def identity(self) -> dict[str, Any]:
        """See `Source`."""
        return {**identity_of(self._path), **self._rows.identity()}

    def chunks(self, start: Position | None, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """See `Source`; a position is a byte in what is decompressed, and the number of its line."""
        offset, line = start if isinstance(start, (list, tuple)) else (0, 1)
        with reading(self._path, offset) as read:
            yield from Cutter(self.name, read, self._max_row, offset, line).chunks(max_rows, max_bytes)

    def entries(self, chunk: Chunk) -> list[Entry]:
        """See `Source`; blank lines are no entries."""
        return [self._entry(raw, line) for line, raw in lines_of(chunk)]

    def _entry(self, raw: bytes | Unread, line: int) -> Entry:
        unnamed = f"{self._stem}:{line}"
        if isinstance(raw, Unread):
            return self._failed(raw.failure, raw.head, line, unnamed)
        row, failure = parse(raw)
        if failure:
            seen = raw[:_SEEN] + b"\n" + raw[_SEEN:][-_SEEN:]
            beginning = excerpt(raw[:_SHOWN].decode(errors="replace"))
            return self._failed(f"{failure}, in {beginning}", seen, line, unnamed)
        return self._rows.entry(row, self.name, line, unnamed)

    def _failed(self, failure: str, seen: bytes, line: int, unnamed: str) -> Entry:
        return self._rows.failed(failure, self.name, line, key_in(seen, self._rows.key_names) or unnamed)


def lines_of(chunk: Chunk) -> Iterator[tuple[int, bytes | Unread]]:
    """The number and bytes of each line that is not blank."""
    if isinstance(chunk.data, Unread):
        yield chunk.first_line, chunk.data
        return
    data, end = bytes(chunk.data), 0
    for line in range(chunk.first_line, chunk.first_line + chunk.count):
        start, end = end, data.find(b"\n", end) + 1 or len(data)
        raw = data[start:end]  # one at a time, as a list of them would be new memory
        if not raw.isspace():
            yield line, raw
