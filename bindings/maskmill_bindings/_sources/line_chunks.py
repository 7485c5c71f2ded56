"""Divide a stream of lines into chunks.

One pass of `find` over the bytes and one of SHA-256; nothing is copied, and no Python object is made per row. State:
`_block` is the last block read, and its bytes from `_at` on belong to no chunk yet; `_offset` and `_line` are their
position in the stream. A chunk holds slices of blocks; its end does not depend on the size of the blocks. A row of more
than `max_row` bytes is a separate chunk, of which only the beginning is kept.

Tried and slower: one buffer from which chunks are copied is half as fast; a memory map has no fast `find`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from .chunk import HEAD_BYTES, Chunk, UnreadRow

_BLOCK_BYTES: Final = 2**20
"""Bytes that are read at a time."""

_Slice = bytes | memoryview


class LineBytes:
    r"""The bytes of some lines, joined on demand, so that the reading thread does not spend the time.

    >>> bytes(LineBytes([b"1\n", b"2\n"]))
    b'1\n2\n'
    """

    __slots__ = ("_slices",)

    def __init__(self, slices: list[_Slice]) -> None:
        self._slices = slices

    def __bytes__(self) -> bytes:
        return b"".join(self._slices)

    def __reduce__(self) -> tuple[type[LineBytes], tuple[list[_Slice]]]:
        return LineBytes, ([bytes(self)],)


class _ReadRows(NamedTuple):
    """Rows read from the stream that form a chunk."""

    data: Any
    row_count: int
    nbytes: int
    digest: bytes


class LineChunker:
    r"""Divides a stream of lines into chunks.

    >>> import io
    >>> chunker = LineChunker("rows", io.BytesIO(b"1\n2\n3").read, max_row=9)
    >>> [(chunk.first_line, bytes(chunk.data), chunk.end) for chunk in chunker.chunks(max_rows=2, max_bytes=99)]
    [(1, b'1\n2\n', (4, 3)), (3, b'3', (5, 4))]

    Parameters
    ----------
    source : str
        Name of the stream.
    read : callable
        Returns the next bytes of the stream, at most as many as asked for.
    max_row : int
        Bytes of the longest row that is held.
    offset, line : int
        Byte and line number at which `read` begins.
    """

    def __init__(self, source: str, read: Callable[[int], bytes], max_row: int, offset: int = 0, line: int = 1) -> None:
        self._source, self._read, self._max_row = source, read, max_row
        self._offset, self._line = offset, line
        self._block, self._at = b"", 0

    def chunks(self, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """Yield the chunks of the rest of the stream; a chunk ends with the row that brings it to one of the bounds."""
        while self._at < len(self._block) or self._read_block():
            for rows in self._read_chunk(max_rows, max_bytes):
                yield self._chunk(rows)

    def _read_chunk(self, max_rows: int, max_bytes: int) -> Iterator[_ReadRows]:
        """Yield the rows of the next chunk, then a too long row, where they end before one."""
        slices: list[_Slice] = []
        rows = nbytes = 0
        too_long = None
        while rows < max_rows and nbytes < max_bytes and (self._at < len(self._block) or self._read_block()):
            start = self._at
            rows += self._advance(max_rows - rows, max_bytes - nbytes)
            added: list[_Slice] = [memoryview(self._block)[start : self._at]]
            if self._at == start:  # the row ends in a later block, or is too long
                added, too_long = self._read_row()
                if too_long:
                    break
                rows += 1
            slices += added
            nbytes += sum(map(len, added))
        if rows:
            yield _ReadRows(LineBytes(slices), rows, nbytes, _digest(slices).digest())
        if too_long:
            yield too_long

    def _advance(self, max_rows: int, max_bytes: int) -> int:
        """Skip rows that end in this block, and return their number."""
        find, end, stop = self._block.find, self._at, self._at + max_bytes
        rows = 0
        while rows < max_rows and end < stop:
            newline = find(b"\n", end)
            if newline < 0 or newline - end > self._max_row:
                break
            end = newline + 1
            rows += 1
        self._at = end
        return rows

    def _read_row(self) -> tuple[list[_Slice], _ReadRows | None]:
        """Return the slices of one row that may span blocks; a too long row is read to its end and not kept."""
        slices: list[_Slice] = []
        held, is_ended = 0, False
        while not is_ended and (self._at < len(self._block) or self._read_block()):
            part, is_ended = self._rest_of_row()
            slices.append(part)
            held += len(part)
            if held - is_ended > self._max_row:
                return [], self._skip_row(slices, is_ended)
        return slices, None

    def _skip_row(self, slices: list[_Slice], is_ended: bool) -> _ReadRows:
        """Read a too long row to its end; return it as a row that is not held."""
        head, nbytes, digest = b"".join(part[:HEAD_BYTES] for part in slices), sum(map(len, slices)), _digest(slices)
        slices.clear()
        while not is_ended and (self._at < len(self._block) or self._read_block()):
            part, is_ended = self._rest_of_row()
            digest.update(part)
            head += part[: max(HEAD_BYTES - len(head), 0)]
            nbytes += len(part)
        return _ReadRows(
            UnreadRow(too_long_failure(nbytes, self._max_row), head[:HEAD_BYTES]), 1, nbytes, digest.digest()
        )

    def _rest_of_row(self) -> tuple[memoryview, bool]:
        """Return the rest of a row in this block, and whether the row ends there."""
        newline = self._block.find(b"\n", self._at)
        start, self._at = self._at, newline + 1 or len(self._block)
        return memoryview(self._block)[start : self._at], newline >= 0

    def _read_block(self) -> bool:
        """Read the next block; return whether there was one."""
        self._block, self._at = self._read(_BLOCK_BYTES), 0
        return bool(self._block)

    def _chunk(self, rows: _ReadRows) -> Chunk:
        first, self._line = self._line, self._line + rows.row_count
        self._offset += rows.nbytes
        end = (self._offset, self._line)
        return Chunk(self._source, first, rows.row_count, rows.data, end, rows.nbytes, rows.digest)


def _digest(slices: list[_Slice]) -> Any:
    digest = hashlib.sha256()
    for part in slices:
        digest.update(part)
    return digest


def too_long_failure(nbytes: int, max_bytes: int) -> str:
    """Return the failure of a row that is not read.

    >>> too_long_failure(100, 64)
    'row of 100 bytes, at most 64 are read'
    """
    return f"row of {nbytes} bytes, at most {max_bytes} are read"
