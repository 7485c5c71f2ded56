"""The input in pieces, the pieces in shards: cut alike whenever it is read, so that digests tell a changed input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from maskmill.errors import told

if TYPE_CHECKING:
    from .inputs import Input
    from .shards import Manifest

_ROWS: Final = 256
_BYTES: Final = 4 * 2**20

Piece = tuple[int, Any]
"""The number of an input, and a piece of it."""


class Bounds(NamedTuple):
    """Rows and bytes of the input after which a shard is closed."""

    rows: int
    nbytes: int


class Filling:
    """How full a shard is, and the digest of the input in it.

    >>> filling = Filling(Bounds(rows=2, nbytes=100))
    >>> filling.take(1, 10, b"")
    >>> filling.is_full
    False
    """

    def __init__(self, bounds: Bounds) -> None:
        self._left = bounds
        self._digest = hashlib.sha256()

    def take(self, rows: int, nbytes: int, digest: bytes) -> None:
        """Count one piece in."""
        self._left = Bounds(self._left.rows - rows, self._left.nbytes - nbytes)
        self._digest.update(digest)

    @property
    def is_full(self) -> bool:
        """Whether the next piece belongs to the next shard."""
        return min(self._left) <= 0

    @property
    def digest(self) -> str:
        """SHA-256 of the digests of the pieces, hexadecimal."""
        return self._digest.hexdigest()


def pieces_from(inputs: Sequence[Input], number: int = 0, position: Any = None) -> Iterator[Piece]:
    """The pieces of all inputs from a position in one of them on."""
    for later in range(number, len(inputs)):
        for piece in inputs[later].pieces(position, _ROWS, _BYTES):
            yield later, piece
        position = None


def pieces_after(inputs: Sequence[Input], done: Sequence[Manifest], bounds: Bounds, trusted: bool) -> Iterator[Piece]:
    """The pieces after those of finished shards, which are read again where an input is not `trusted` to be the same.

    Raises
    ------
    maskmill.errors.ArgumentError
        An input is not what the shards were made from.
    """
    if not done:
        yield from pieces_from(inputs)
    elif trusted:
        yield from pieces_from(inputs, done[-1].source, done[-1].end)
    else:
        pieces = pieces_from(inputs)
        check(pieces, [manifest.digest for manifest in done], bounds)
        yield from pieces


def check(pieces: Iterator[Piece], digests: Sequence[str], bounds: Bounds) -> None:
    """Read the pieces of some shards and compare their digests."""
    for number, wanted in enumerate(digests):
        if next(_digests(pieces, bounds), None) != wanted:
            raise told("the input that this output was begun with", f"another in shard {number}", "inputs")


def is_same_input(inputs: Sequence[Input], digest: str, bounds: Bounds) -> bool:
    """Read all inputs and tell whether they have this digest; see `digest_of_all`."""
    return digest_of_all(list(_digests(pieces_from(inputs), bounds))) == digest


def _digests(pieces: Iterator[Piece], bounds: Bounds) -> Iterator[str]:
    """The digest of each shard."""
    filling, is_empty = Filling(bounds), True
    for _, piece in pieces:
        filling.take(piece.count, piece.nbytes, piece.digest)
        is_empty = False
        if filling.is_full:
            yield filling.digest
            filling, is_empty = Filling(bounds), True
    if not is_empty:
        yield filling.digest


def digest_of_all(digests: Sequence[str]) -> str:
    """One digest of those of all shards, hexadecimal."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()
