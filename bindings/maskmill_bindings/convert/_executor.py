"""What makes the shards: the threads of this process, or whatever else makes the same of the same pieces."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from maskmill.errors import expected

from ._decode_rows import Made, Maker
from ._ordered_pool import in_order
from ._shards.manifest import Manifest
from ._shards.shards import Shards, make_shards

if TYPE_CHECKING:
    from ._chunking import Piece, Place
    from ._inputs import Input
    from ._options import Options
    from ._tally import Tally

_BUDGET: Final = 8 * 2**20
"""Bytes of the input in flight: a row takes several times its length while it is decoded."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is left to make of a conversion.

    Attributes
    ----------
    paths, inputs, options
        The conversion: its inputs as the caller named them, the same opened, and its options.
    shards
        Where the shards go.
    first
        Number of the first of them.
    start, pieces
        Where the input that is left begins, and that input.
    made
        To be told what was made, and of how many bytes of the input.
    found
        To be told of a shard that an earlier run has made.
    """

    paths: list[str]
    inputs: list[Input]
    options: Options
    shards: Shards
    first: int
    start: Place
    pieces: Iterator[Piece]
    made: Callable[[Tally, int], None]
    found: Callable[[Manifest], None]


Engine = Callable[[Order], Generator[Manifest, None, None]]
"""Makes all shards that are left, and gives their manifests in order."""


def on_threads(threads: int) -> Engine:
    """The engine that decodes on so many threads of this process.

    Raises
    ------
    maskmill.errors.ArgumentError
        `threads` is no positive integer.
    """
    if type(threads) is not int or threads < 1:
        raise expected("a positive integer or None", threads, "threads")

    def make(order: Order) -> Generator[Manifest, None, None]:
        maker = Maker.of(order.options)

        def work(piece: Piece) -> Made:
            return order.inputs[piece[0]].made(piece[1], maker)

        results = in_order(order.pieces, work, lambda piece: piece[1].nbytes, threads, _BUDGET)
        with closing(results):
            yield from make_shards(results, order.shards, order.first, order.options.bounds, order.made)

    return make
