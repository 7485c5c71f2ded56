"""Divide the inputs into chunks and the chunks into shards, the same way on every run.

Digests of the chunks therefore reveal an input that has changed since the shards were written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from maskmill.errors import ArgumentError

from ._options import ShardBounds

if TYPE_CHECKING:
    from ._inputs import Input
    from ._manifest import Manifest

_CHUNK_ROWS: Final = 64
_CHUNK_BYTES: Final = 2**20
"""Rows and bytes after which a chunk ends. Four times as many took a third more memory and no less time."""

NumberedChunk = tuple[int, Any]
"""The number of an input, and one of its chunks."""

InputPosition = tuple[int, Any]
"""The number of an input, and a position in it; None is its beginning."""

START: Final[InputPosition] = (0, None)


class ShardFill:
    """How much more input a shard takes, and the digest of its input so far.

    >>> fill = ShardFill(ShardBounds(rows=2, nbytes=100))
    >>> fill.add(1, 10, b"")
    >>> fill.is_full
    False
    """

    def __init__(self, bounds: ShardBounds) -> None:
        self._remaining = bounds
        self._digest = hashlib.sha256()

    def add(self, rows: int, nbytes: int, digest: bytes) -> None:
        """Add a chunk.

        Parameters
        ----------
        rows, nbytes : int
            Size of the chunk.
        digest : bytes
            SHA-256 of its content.
        """
        self._remaining = ShardBounds(self._remaining.rows - rows, self._remaining.nbytes - nbytes)
        self._digest.update(digest)

    @property
    def is_full(self) -> bool:
        """Whether the next chunk belongs to the next shard."""
        return min(self._remaining) <= 0

    @property
    def digest(self) -> str:
        """SHA-256 of the chunks' digests, hexadecimal."""
        return self._digest.hexdigest()


@dataclass(slots=True)
class ShardInput:
    """The input of one shard.

    Attributes
    ----------
    start, end : InputPosition
        Where its first chunk begins, and the position after its last.
    nbytes : int
        Size of its chunks in bytes.
    digest : str
        SHA-256 of the chunks' digests, hexadecimal.
    chunks : list of NumberedChunk
        The chunks, if they are kept.
    """

    start: InputPosition
    end: InputPosition
    nbytes: int = 0
    digest: str = ""
    chunks: list[NumberedChunk] = field(default_factory=list)


def group_into_shards(
    chunks: Iterator[NumberedChunk], bounds: ShardBounds, start: InputPosition = START, keep_chunks: bool = False
) -> Iterator[ShardInput]:
    """Yield the input of each shard.

    Parameters
    ----------
    chunks : iterator of NumberedChunk
        Chunks of the inputs, in order.
    bounds : ShardBounds
        Size at which a shard is closed.
    start : InputPosition
        Where the first chunk begins.
    keep_chunks : bool
        Whether `ShardInput.chunks` holds the chunks.
    """
    for first in chunks:
        shard_input = ShardInput(start, start)
        _take_chunks(shard_input, chain([first], chunks), ShardFill(bounds), keep_chunks)
        yield shard_input
        start = shard_input.end


def _take_chunks(shard_input: ShardInput, chunks: Iterator[NumberedChunk], fill: ShardFill, keep: bool) -> None:
    """Take chunks until the shard is full."""
    for number, chunk in chunks:
        fill.add(chunk.count, chunk.nbytes, chunk.digest)
        shard_input.end = number, chunk.end
        shard_input.nbytes += chunk.nbytes
        if keep:
            shard_input.chunks.append((number, chunk))
        if fill.is_full:
            break
    shard_input.digest = fill.digest


def position_after(manifests: Sequence[Manifest]) -> InputPosition:
    """Return where the input after finished shards begins."""
    return (manifests[-1].source, manifests[-1].end) if manifests else START


def read_chunks(inputs: Sequence[Input], start: InputPosition = START) -> Iterator[NumberedChunk]:
    """Yield the chunks of all inputs from a position on."""
    first, position = start
    for number in range(first, len(inputs)):
        for chunk in inputs[number].chunks(position, _CHUNK_ROWS, _CHUNK_BYTES):
            yield number, chunk
        position = None


def read_remaining_chunks(
    inputs: Sequence[Input], manifests: Sequence[Manifest], bounds: ShardBounds, is_unchanged: bool
) -> Iterator[NumberedChunk]:
    """Yield the chunks after those of finished shards.

    Parameters
    ----------
    inputs : sequence of Input
        All inputs of the conversion, in order.
    manifests : sequence of Manifest
        The finished shards.
    bounds : ShardBounds
        Size at which a shard is closed.
    is_unchanged : bool
        Whether the inputs are known to be the same; otherwise the chunks of finished shards are read again and checked.

    Raises
    ------
    maskmill.errors.ArgumentError
        An input has changed since the shards were written.
    """
    if is_unchanged or not manifests:
        yield from read_chunks(inputs, position_after(manifests))
    else:
        chunks = read_chunks(inputs)
        check_digests(chunks, [manifest.digest for manifest in manifests], bounds)
        yield from chunks


def check_digests(chunks: Iterator[NumberedChunk], digests: Sequence[str], bounds: ShardBounds) -> None:
    """Read the chunks of some shards and check their digests.

    Parameters
    ----------
    chunks : iterator of NumberedChunk
        Chunks from the beginning of the inputs; those of the shards are consumed.
    digests : sequence of str
        Digest of each shard's input.
    bounds : ShardBounds
        Size at which a shard is closed.

    Raises
    ------
    maskmill.errors.ArgumentError
        A digest differs.
    """
    shard_inputs = group_into_shards(chunks, bounds)
    for number, digest in enumerate(digests):
        shard_input = next(shard_inputs, None)
        if shard_input is None or shard_input.digest != digest:
            raise ArgumentError("the input that this output was begun with", f"another in shard {number}", "inputs")


def is_same_input(inputs: Sequence[Input], digest: str, bounds: ShardBounds) -> bool:
    """Read all inputs and return whether `combine_digests` of their shards gives `digest`.

    Parameters
    ----------
    inputs : sequence of Input
        All inputs of the conversion, in order.
    digest : str
        The digest of an earlier run.
    bounds : ShardBounds
        Size at which a shard is closed.
    """
    shard_inputs = group_into_shards(read_chunks(inputs), bounds)
    return combine_digests([shard_input.digest for shard_input in shard_inputs]) == digest


def combine_digests(digests: Sequence[str]) -> str:
    """Return one digest, hexadecimal, of the digests of all shards."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()
