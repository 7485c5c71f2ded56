"""Bounded pieces of an input, and what every source of them can do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from .entry import Entry

Position = int | Sequence[int]
"""Where a source is read on from: JSON-safe, and opaque to all others."""

HEAD: Final = 4096
"""Bytes of a row that are kept where the row itself is not."""


class Unread(NamedTuple):
    """A row that is not held.

    Attributes
    ----------
    failure
        Why.
    head
        Its first bytes, at most `HEAD`.
    """

    failure: str
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows, cut out of the input and not parsed yet.

    Attributes
    ----------
    source
        Name of the file or folder.
    first_line
        Number of its first line or row, from 1.
    count
        Lines or rows in it, blank ones among them.
    data
        The rows as their source holds them; only that source reads it.
    end
        The position after it.
    nbytes
        Bytes of its rows.
    digest
        SHA-256 of the bytes of its rows.
    """

    source: str
    first_line: int
    count: int
    data: Any
    end: Position
    nbytes: int
    digest: bytes


class Source(Protocol):
    """One file or folder of replies."""

    @property
    def name(self) -> str:
        """The name of the file or folder."""

    @property
    def can_seek(self) -> bool:
        """Whether another process can read it from a position on, without all that stands before."""

    def identity(self) -> dict[str, Any]:
        """What tells it from another, JSON-safe: path, size in bytes and time of the last change."""

    def chunks(self, start: Position | None, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """Chunks from the `end` of an earlier one on, or from the beginning.

        A chunk is closed with the row that brings it to `max_rows` rows or `max_bytes` bytes, or earlier. Where it is
        cut depends on nothing but what the input holds and these bounds.
        """

    def entries(self, chunk: Chunk) -> list[Entry]:
        """Parse a chunk, in any thread; nothing is raised for what a row holds."""
