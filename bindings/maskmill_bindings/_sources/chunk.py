"""Chunks of an input, and the protocol of the sources that yield them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from .entry import Entry

Position = int | Sequence[int]
"""Where a source is read on from, JSON-safe; only the source knows its meaning."""

HEAD_BYTES: Final = 4096
"""Bytes kept of a row that is too long to be held."""


class UnreadRow(NamedTuple):
    """A row that is not held in memory.

    Attributes
    ----------
    failure : str
        Why the row is not read.
    head : bytes
        First bytes of the row, at most `HEAD_BYTES`.
    """

    failure: str
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some consecutive rows of an input, not parsed yet.

    Attributes
    ----------
    source : str
        Name of the file or folder.
    first_line : int
        Number of its first line or row, from 1.
    count : int
        Number of lines or rows, including blank ones.
    data : object
        The rows as their source stores them; only that source reads it.
    end : Position
        Position after the chunk.
    nbytes : int
        Size of its rows in bytes.
    digest : bytes
        SHA-256 of its rows.
    """

    source: str
    first_line: int
    count: int
    data: Any
    end: Position
    nbytes: int
    digest: bytes


class RowSource(Protocol):
    """One file or folder of replies."""

    @property
    def name(self) -> str:
        """Name of the file or folder."""

    @property
    def can_seek(self) -> bool:
        """Whether another process can read it from a position on, without the part before."""

    def identity(self) -> dict[str, Any]:
        """Return what identifies the source, JSON-safe: path, size in bytes and modification time."""

    def chunks(self, start: Position | None, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """Yield chunks, whose bounds depend on nothing but the content of the input and the parameters.

        Parameters
        ----------
        start : Position, optional
            The `end` of an earlier chunk; None: the beginning.
        max_rows, max_bytes : int
            A chunk ends with the row that brings it to one of these sizes, or earlier.
        """

    def entries(self, chunk: Chunk) -> list[Entry]:
        """Parse a chunk, in any thread; nothing is raised for the content of a row."""
