"""The input in pieces, the pieces in shards: cut alike whenever it is read, so that digests tell a changed input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from maskmill.errors import told

from ._options import Bounds

if TYPE_CHECKING:
    from ._inputs import Input
    from ._shards.manifest import Manifest

_ROWS: Final = 64
_BYTES: Final = 2**20
"""Of a piece. Four times as many rows and bytes took a third more memory and no less time."""

Piece = tuple[int, Any]
"""The number of an input, and a piece of it."""

Place = tuple[int, Any]
"""The number of an input, and a position in it; None is its beginning."""

BEGINNING: Final[Place] = (0, None)


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


@dataclass(slots=True)
class Cut:
    """The pieces of one shard.

    Attributes
    ----------
    start, end
        Where they begin in the inputs, and the place after them.
    nbytes
        Their size.
    digest
        SHA-256 of the digests of the pieces, hexadecimal.
    pieces
        Themselves, if they are kept.
    """

    start: Place
    end: Place
    nbytes: int = 0
    digest: str = ""
    pieces: list[Piece] = field(default_factory=list)


def in_shards(pieces: Iterator[Piece], bounds: Bounds, start: Place = BEGINNING, keep: bool = False) -> Iterator[Cut]:
    """The pieces of each shard in turn; `start` is where the first of them begins."""
    for first in pieces:
        cut = _cut(chain([first], pieces), Filling(bounds), Cut(start, start), keep)
        yield cut
        start = cut.end


def _cut(pieces: Iterator[Piece], filling: Filling, cut: Cut, keep: bool) -> Cut:
    for source, piece in pieces:
        filling.take(piece.count, piece.nbytes, piece.digest)
        cut.end = source, piece.end
        cut.nbytes += piece.nbytes
        if keep:
            cut.pieces.append((source, piece))
        if filling.is_full:
            break
    cut.digest = filling.digest
    return cut


def place_after(done: Sequence[Manifest]) -> Place:
    """Where the shards after finished ones begin."""
    return (done[-1].source, done[-1].end) if done else BEGINNING


def pieces_from(inputs: Sequence[Input], start: Place = BEGINNING) -> Iterator[Piece]:
    """The pieces of all inputs from a place on."""
    number, position = start
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
    if trusted or not done:
        yield from pieces_from(inputs, place_after(done))
    else:
        pieces = pieces_from(inputs)
        check(pieces, [manifest.digest for manifest in done], bounds)
        yield from pieces


def check(pieces: Iterator[Piece], digests: Sequence[str], bounds: Bounds) -> None:
    """Read the pieces of some shards and compare their digests."""
    cuts = in_shards(pieces, bounds)
    for number, wanted in enumerate(digests):
        cut = next(cuts, None)
        if cut is None or cut.digest != wanted:
            raise told("the input that this output was begun with", f"another in shard {number}", "inputs")


def is_same_input(inputs: Sequence[Input], digest: str, bounds: Bounds) -> bool:
    """Read all inputs and tell whether they have this digest; see `digest_of_all`."""
    return digest_of_all([cut.digest for cut in in_shards(pieces_from(inputs), bounds)]) == digest


def digest_of_all(digests: Sequence[str]) -> str:
    """One digest of those of all shards, hexadecimal."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()
