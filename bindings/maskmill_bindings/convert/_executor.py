"""Executors write the shards of a conversion: on the threads of this process, or elsewhere with the same result."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from maskmill.errors import expected

from ._decode_rows import ChunkConverter, ChunkResult
from ._manifest import Manifest
from ._ordered_pool import map_in_order
from ._shards.shards import Shards, write_shards

if TYPE_CHECKING:
    from ._chunking import InputPosition, NumberedChunk
    from ._inputs import Input
    from ._options import ConvertOptions
    from ._tally import Tally

_MAX_BYTES_IN_FLIGHT: Final = 8 * 2**20
"""Bytes of the input in flight; a row takes several times its length while it is decoded."""


@dataclass(frozen=True, slots=True)
class RemainingWork:
    """The part of a conversion that an executor has to do.

    Attributes
    ----------
    paths : list of str
        Inputs as the caller named them.
    inputs : list of Input
        The same, opened.
    options : ConvertOptions
        Options of the conversion.
    shards : Shards
        Where the shards are written.
    first_shard : int
        Number of the first shard to write.
    start : InputPosition
        Where its input begins.
    chunks : iterator of NumberedChunk
        The input from `start` on.
    on_progress : callable
        Called with the counts of finished rows, and with the bytes of the input that they took.
    on_found_shard : callable
        Called with the manifest of a shard that an earlier run wrote.
    """

    paths: list[str]
    inputs: list[Input]
    options: ConvertOptions
    shards: Shards
    first_shard: int
    start: InputPosition
    chunks: Iterator[NumberedChunk]
    on_progress: Callable[[Tally, int], None]
    on_found_shard: Callable[[Manifest], None]


Executor = Callable[[RemainingWork], Generator[Manifest, None, None]]
"""Writes all remaining shards, and yields their manifests in order."""


def thread_executor(threads: int) -> Executor:
    """Return the executor that decodes on `threads` threads of this process.

    Raises
    ------
    maskmill.errors.ArgumentError
        `threads` is no positive integer.
    """
    if type(threads) is not int or threads < 1:
        raise expected("a positive integer or None", threads, "threads")

    def execute(work: RemainingWork) -> Generator[Manifest, None, None]:
        converter = ChunkConverter.from_options(work.options)

        def convert(chunk: NumberedChunk) -> ChunkResult:
            return work.inputs[chunk[0]].convert(chunk[1], converter)

        results = map_in_order(work.chunks, convert, lambda chunk: chunk[1].nbytes, threads, _MAX_BYTES_IN_FLIGHT)
        with closing(results):
            yield from write_shards(results, work.shards, work.first_shard, work.options.bounds, work.on_progress)

    return execute
