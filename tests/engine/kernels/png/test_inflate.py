"""Streams of 0 and 255 against zlib: the same transitions, or `UNSUPPORTED`."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from maskmill._kernels.cpu.png.inflate import UNSUPPORTED, inflate_transitions, new_inflate_tables
from maskmill._kernels.cpu.run_lengths import as_kernel_input
from support.tiers import cases

STRATEGIES = [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]
MAX_TRANSITIONS = 1 << 14


def inflated(stream: bytes, size: int, max_transitions: int = MAX_TRANSITIONS) -> list[int] | None:
    """Return the transitions of a stream, or None; other bytes surround it in memory."""
    source = as_kernel_input(np.frombuffer(b"\xff\0" + stream + b"\xff\xff\xff", np.uint8), np.uint8)
    transitions = np.full(max_transitions + 64, -7, np.int32)
    n = inflate_transitions(
        source, 2, 2 + len(stream), transitions[:max_transitions], size, new_inflate_tables(), np.empty(3, np.int64)
    )
    assert (transitions[max_transitions:] == -7).all()
    return None if n == UNSUPPORTED else transitions[:n].tolist()


def transitions_of(data: bytes) -> list[int]:
    bits = np.frombuffer(data, np.uint8) > 0
    return np.flatnonzero(np.diff(bits, prepend=False)).tolist()


def deflated(data: bytes, level: int = 6, strategy: int = 0, window: int = 15, flushes: int = 0) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, window, 8, strategy)
    step = -(-len(data) // (flushes + 1)) or 1
    parts = [packer.compress(data[i : i + step]) + packer.flush(zlib.Z_BLOCK) for i in range(0, len(data), step)]
    return b"".join(parts) + packer.flush()


def rows(rng: np.random.Generator, height: int, width: int) -> bytes:
    """Return pixel rows of a blob with their filter bytes and a little noise."""
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    field = np.sin(rng.uniform(1, 9) * x) + np.cos(rng.uniform(1, 9) * y) > rng.uniform(-1, 1)
    field ^= rng.random(field.shape) < rng.choice([0, 0, 0.01])
    return np.pad(np.where(field, 255, 0), ((0, 0), (1, 0))).astype(np.uint8).tobytes()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("level", [1, 6, 9])
def test_streams_of_zlib(level: int, strategy: int) -> None:
    rng = np.random.default_rng(level)
    for _ in range(cases(60)):
        data = rows(rng, *(int(v) for v in rng.integers(1, cases(200), 2)))
        stream = deflated(data, level, strategy, int(rng.integers(9, 16)), int(rng.integers(0, 4)))
        assert inflated(stream, len(data)) == transitions_of(data)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 600)), max_size=40), st.sampled_from(STRATEGIES))
@settings(deadline=None, max_examples=cases(300))
def test_any_runs(runs: list[tuple[bool, int]], strategy: int) -> None:
    data = b"".join((b"\xff" if one else b"\0") * length for one, length in runs)
    got = inflated(deflated(data, 9, strategy), len(data))
    assert got == transitions_of(data) or (got is None and len(data) < 3)


@pytest.mark.parametrize("period", [1, 2, 3, 5, 31, 32, 33, 64, 257, 300])
@pytest.mark.parametrize("length", [1, 258, 259, 5_000])
def test_matches_that_overlap_themselves(period: int, length: int) -> None:
    pattern = np.random.default_rng(period).integers(0, 2, period) * 255
    data = np.resize(pattern, length).astype(np.uint8).tobytes()
    assert inflated(deflated(data, 9), length) == transitions_of(data)


def test_distant_matches_find_their_source_among_many_transitions() -> None:
    rng = np.random.default_rng(1)
    noise = (rng.integers(0, 2, 9_000) * 255).astype(np.uint8).tobytes()
    data = noise + bytes(20_000) + noise[:4_000] + b"\xff" * 300 + noise[5_000:]
    assert inflated(deflated(data, 9), len(data)) == transitions_of(data)


@pytest.mark.parametrize("value", [1, 127, 128, 254])
def test_other_bytes_are_unsupported(value: int) -> None:
    for place in (0, 1, 300, 999):
        data = bytearray(1_000)
        data[place] = value
        assert inflated(deflated(bytes(data)), 1_000) is None


def test_stored_blocks_are_unsupported() -> None:
    assert inflated(zlib.compress(bytes(100), 0), 100) is None


def test_codes_of_more_bits_than_the_table_are_unsupported() -> None:
    fibonacci = [1, 1]
    while len(fibonacci) < 20:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    data = b"".join(bytes([i]) * n for i, n in enumerate(fibonacci))
    assert inflated(deflated(data, 9, zlib.Z_HUFFMAN_ONLY), len(data)) is None


@pytest.mark.parametrize("size", [0, 1, 998, 999, 1_001, 65_792])
def test_a_stream_of_another_size_is_refused(size: int) -> None:
    for data in (bytes(1_000), b"\xff" * 1_000, b"\0\xff" * 500):
        assert inflated(deflated(data), size) is None


def test_more_transitions_than_fit() -> None:
    data = b"\0\xff" * 2_000
    assert inflated(deflated(data), len(data), max_transitions=3_000) is None
    assert inflated(deflated(data), len(data), max_transitions=4_300) == transitions_of(data)


def test_every_truncation_is_refused() -> None:
    data = rows(np.random.default_rng(3), 40, 40)
    stream = deflated(data)
    assert all(inflated(stream[:stop], len(data)) is None for stop in range(len(stream)))


def test_bytes_behind_the_last_block_are_refused() -> None:
    data = rows(np.random.default_rng(3), 40, 40)
    assert inflated(deflated(data) + b"\0", len(data)) is None


@pytest.mark.parametrize("head", [b"\x78\x9d", b"\x79\x9c", b"\x88\x1c", b"\x78\xbb", b"\0\0"])
def test_a_wrong_header_is_refused(head: bytes) -> None:
    data = rows(np.random.default_rng(3), 40, 40)
    assert inflated(head + deflated(data)[2:], len(data)) is None


def mutations(stream: bytes, rng: np.random.Generator) -> Iterator[bytes]:
    for _ in range(cases(3_000)):
        changed = bytearray(stream)
        for _ in range(rng.integers(1, 4)):
            changed[rng.integers(2, len(changed) - 4)] ^= 1 << rng.integers(0, 8)
        yield bytes(changed)


@pytest.mark.parametrize("strategy", [zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY, zlib.Z_FIXED])
def test_nothing_is_accepted_that_zlib_refuses(strategy: int) -> None:
    """Flipped bits give broken codes, distances before the start, undefined symbols, lengths past the end."""
    rng = np.random.default_rng(5)
    data = rows(rng, 30, 50)
    accepted = 0
    for stream in mutations(deflated(data, 9, strategy), rng):
        got = inflated(stream, len(data))
        if got is not None:
            assert raw_by_zlib(stream) is not None
            assert got == transitions_of(raw_by_zlib(stream) or b"")
            accepted += 1
    assert accepted or cases(1000) < 1000


def raw_by_zlib(stream: bytes) -> bytes | None:
    """Return what zlib inflates, without comparing the checksum."""
    unpacker = zlib.decompressobj(-15)
    try:
        data = unpacker.decompress(stream[2:-4])
    except zlib.error:
        return None
    return data if unpacker.eof and not unpacker.unused_data else None


@pytest.mark.parametrize("code", [b"", b"\x05", b"\x07", b"\xff" * 400, b"\x04" + b"\xff" * 300, bytes(400)])
def test_random_bytes(code: bytes) -> None:
    rng = np.random.default_rng(6)
    for _ in range(cases(200)):
        body = code + rng.integers(0, 256, rng.integers(0, 300), np.uint8).tobytes()
        got = inflated(b"\x78\x9c" + body + bytes(4), 1_000)
        if got is not None:
            assert got == transitions_of(raw_by_zlib(b"\x78\x9c" + body + bytes(4)) or b"")


def test_tables_can_be_used_again() -> None:
    """A stream gives the same after any other."""
    rng = np.random.default_rng(7)
    tables, state = new_inflate_tables(), np.empty(3, np.int64)
    transitions: NDArray[np.int32] = np.empty(MAX_TRANSITIONS, np.int32)
    streams = [(deflated(data, 9, s), data) for s in STRATEGIES for data in (rows(rng, 30, 30), rows(rng, 60, 20))]
    for stream, data in [*streams, *streams[::-1]]:
        n = inflate_transitions(
            as_kernel_input(np.frombuffer(stream, np.uint8), np.uint8),
            0,
            len(stream),
            transitions,
            len(data),
            tables,
            state,
        )
        assert transitions[:n].tolist() == transitions_of(data)
