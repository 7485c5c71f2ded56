"""A stream of lines to chunks.

One pass of `find` over the bytes and one of SHA-256; nothing is copied, and there is no Python object a row. State:
`_block` is what was read last, and its bytes from `_at` on belong to no chunk yet; `_offset` and `_line` say where they
stand in the stream. A chunk holds pieces of the blocks it was cut from; where it ends never depends on how much was
read at a time. A row past `max_row` bytes is a chunk of its own, of which only the beginning is kept.

Tried: one buffer, out of which chunks are copied, is half as fast; a memory map has no fast `find`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from .chunk import HEAD, Chunk, Unread

_BLOCK: Final = 2**20
"""Bytes that are read at a time."""

Piece = bytes | memoryview


class Rows:
    r"""The bytes of some rows, joined when they are needed, in another thread than that which reads.

    >>> bytes(Rows([b"1\n", b"2\n"]))
    b'1\n2\n'
    """

    __slots__ = ("_pieces",)

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces

    def __bytes__(self) -> bytes:
        return b"".join(self._pieces)

    def __reduce__(self) -> tuple[type[Rows], tuple[list[Piece]]]:
        return Rows, ([bytes(self)],)


class _Taken(NamedTuple):
    """Rows that were taken off the stream."""

    data: Any
    rows: int
    nbytes: int
    digest: bytes


class Cutter:
    r"""Cuts what `read(n)` gives, from byte `offset` and line `line` on.

    >>> import io
    >>> cutter = Cutter("rows", io.BytesIO(b"1\n2\n3").read, max_row=9)
    >>> [(chunk.first_line, bytes(chunk.data), chunk.end) for chunk in cutter.chunks(max_rows=2, max_bytes=99)]
    [(1, b'1\n2\n', (4, 3)), (3, b'3', (5, 4))]
    """

    def __init__(self, source: str, read: Callable[[int], bytes], max_row: int, offset: int = 0, line: int = 1) -> None:
        self._source, self._read, self._max_row = source, read, max_row
        self._offset, self._line = offset, line
        self._block, self._at = b"", 0

    def chunks(self, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """All that is left; a chunk is closed with the row that brings it to one of the bounds."""
        while self._at < len(self._block) or self._more():
            for taken in self._next(max_rows, max_bytes):
                yield self._chunk(taken)

    def _next(self, max_rows: int, max_bytes: int) -> Iterator[_Taken]:
        """The rows of the next chunk, and after them a row that is too long, if they end before one."""
        pieces: list[Piece] = []
        rows = nbytes = 0
        too_long = None
        while rows < max_rows and nbytes < max_bytes and (self._at < len(self._block) or self._more()):
            start = self._at
            rows += self._advance(max_rows - rows, max_bytes - nbytes)
            added: list[Piece] = [memoryview(self._block)[start : self._at]]
            if self._at == start:  # the row ends in a later block, or is too long
                added, too_long = self._row()
                if too_long:
                    break
                rows += 1
            pieces += added
            nbytes += sum(map(len, added))
        if rows:
            yield _Taken(Rows(pieces), rows, nbytes, _digest(pieces).digest())
        if too_long:
            yield too_long

    def _advance(self, max_rows: int, max_bytes: int) -> int:
        """Pass over rows that end in this block; return how many."""
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

    def _row(self) -> tuple[list[Piece], _Taken | None]:
        """One row over as many blocks as it takes; where it is too long, it is read to its end and not kept."""
        pieces: list[Piece] = []
        held, is_whole = 0, False
        while not is_whole and (self._at < len(self._block) or self._more()):
            piece, is_whole = self._rest_of_row()
            pieces.append(piece)
            held += len(piece)
            if held - is_whole > self._max_row:
                return [], self._skip(pieces, is_whole)
        return pieces, None

    def _skip(self, pieces: list[Piece], is_whole: bool) -> _Taken:
        head, nbytes, digest = b"".join(piece[:HEAD] for piece in pieces), sum(map(len, pieces)), _digest(pieces)
        pieces.clear()
        while not is_whole and (self._at < len(self._block) or self._more()):
            piece, is_whole = self._rest_of_row()
            digest.update(piece)
            head += piece[: max(HEAD - len(head), 0)]
            nbytes += len(piece)
        return _Taken(Unread(too_long(nbytes, self._max_row), head[:HEAD]), 1, nbytes, digest.digest())

    def _rest_of_row(self) -> tuple[memoryview, bool]:
        """What this block holds of a row, and whether that is up to its end."""
        newline = self._block.find(b"\n", self._at)
        start, self._at = self._at, newline + 1 or len(self._block)
        return memoryview(self._block)[start : self._at], newline >= 0

    def _more(self) -> bool:
        self._block, self._at = self._read(_BLOCK), 0
        return bool(self._block)

    def _chunk(self, taken: _Taken) -> Chunk:
        first, self._line = self._line, self._line + taken.rows
        self._offset += taken.nbytes
        end = (self._offset, self._line)
        return Chunk(self._source, first, taken.rows, taken.data, end, taken.nbytes, taken.digest)


def _digest(pieces: list[Piece]) -> Any:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest


def too_long(nbytes: int, most: int) -> str:
    """Why a row is not read.

    >>> too_long(100, 64)
    'row of 100 bytes, at most 64 are read'
    """
    return f"row of {nbytes} bytes, at most {most} are read"
