"""Chunks of a stream: bounds, resuming, and reads of any length."""

from __future__ import annotations

import hashlib
import io
import pickle
import tracemalloc
from collections.abc import Callable
from itertools import cycle

from hypothesis import example, given
from hypothesis import strategies as st

from maskmill_bindings._sources import Chunk
from maskmill_bindings._sources.chunk import HEAD_BYTES, UnreadRow
from maskmill_bindings._sources.line_chunks import LineChunker

CONTENTS = st.lists(st.sampled_from([b"", b"\r", b"1", b"22", b"x" * 30, b"\xff\0", b"y" * 9000]), max_size=25).map(
    b"\n".join
)
BOUNDS = st.tuples(st.integers(1, 8), st.integers(1, 60))


def portions(data: bytes, sizes: list[int]) -> Callable[[int], bytes]:
    """Return the `read` of a pipe that returns so many bytes at a time, in cycles."""
    stream = io.BytesIO(data)
    counts = cycle(sizes)
    return lambda max_bytes: stream.read(min(max_bytes, next(counts)))


def chunks_of(data: bytes, bounds: tuple[int, int], max_row: int, sizes: list[int] | None = None) -> list[Chunk]:
    return [*LineChunker("x", portions(data, sizes or [2**20]), max_row).chunks(*bounds)]


def comparable(chunk: Chunk) -> tuple[object, ...]:
    data = chunk.data if isinstance(chunk.data, UnreadRow) else bytes(chunk.data)
    return chunk.first_line, chunk.count, data, chunk.end, chunk.nbytes, chunk.digest


def expected(data: bytes, bounds: tuple[int, int], max_row: int) -> list[list[bytes]]:
    """Return the rows of each chunk, by the documented rule."""
    chunks: list[list[bytes]] = []
    is_open = False
    for row in data.splitlines(keepends=True) if b"\r" not in data else [*lines(data)]:
        is_long = len(row.removesuffix(b"\n")) > max_row
        if not is_open or is_long:
            chunks.append([])
        chunks[-1].append(row)
        is_open = not is_long and len(chunks[-1]) < bounds[0] and sum(map(len, chunks[-1])) < bounds[1]
    return chunks


def lines(data: bytes) -> list[bytes]:
    rows = [row + b"\n" for row in data.split(b"\n")]
    rows[-1] = rows[-1][:-1]
    return [row for row in rows if row]


@given(CONTENTS, BOUNDS, st.integers(1, 40), st.lists(st.integers(1, 50), min_size=1, max_size=4))
@example(b"x" * 5 + b"\n" + b"1", (1, 1), 5, [1])
@example(b"x" * 6 + b"\n" + b"1", (1, 1), 5, [6])
@example(b"1\n" + b"x" * 6 + b"\n1", (9, 99), 5, [3])
def test_chunks_do_not_depend_on_how_the_bytes_arrive(
    data: bytes, bounds: tuple[int, int], max_row: int, sizes: list[int]
) -> None:
    chunks = chunks_of(data, bounds, max_row, sizes)
    rows = expected(data, bounds, max_row)
    assert [chunk.count for chunk in chunks] == [*map(len, rows)]
    assert [chunk.nbytes for chunk in chunks] == [sum(map(len, group)) for group in rows]
    assert [chunk.digest for chunk in chunks] == [hashlib.sha256(b"".join(group)).digest() for group in rows]
    for chunk, group in zip(chunks, rows, strict=True):
        if isinstance(chunk.data, UnreadRow):
            assert chunk.data.head == group[0][:HEAD_BYTES]
        else:
            assert bytes(chunk.data) == b"".join(group)
    assert [*map(comparable, chunks)] == [*map(comparable, chunks_of(data, bounds, max_row))]


@given(CONTENTS, BOUNDS, st.integers(1, 40))
def test_reading_resumes_from_the_end_of_every_chunk(data: bytes, bounds: tuple[int, int], max_row: int) -> None:
    chunks = [*map(comparable, chunks_of(data, bounds, max_row))]
    for number, chunk in enumerate(chunks, 1):
        offset, line = chunk[3]  # type: ignore[misc]
        rest = LineChunker("x", io.BytesIO(data[offset:]).read, max_row, offset, line)
        assert [*map(comparable, rest.chunks(*bounds))] == chunks[number:]


def test_a_chunk_is_pickled() -> None:
    [chunk] = chunks_of(b"1\n2", (9, 99), 9, [1])
    assert comparable(pickle.loads(pickle.dumps(chunk))) == comparable(chunk)


def test_a_row_of_100_megabytes_is_not_held() -> None:
    block = b"x" * 2**20
    blocks = iter([b'{"key": "long", "reply": "', *[block] * 100, b'"}\n', b'{"key": "next"}\n'])
    tracemalloc.start()
    try:
        chunks = [*LineChunker("x", lambda _: next(blocks, b""), 4 * 2**20).chunks(256, 2**22)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [chunk.nbytes for chunk in chunks] == [100 * 2**20 + 29, 16]
    assert isinstance(chunks[0].data, UnreadRow)
    assert peak < 8 * 2**20
