"""COCO strings against pycocotools, and the reader on arbitrary input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco

from maskmill._kernels.cpu import run_lengths
from maskmill._kernels.cpu.rle_string import RleFault, RleFaultCode, from_string, to_string, to_strings
from support.tiers import cases

# pycocotools hands arrays to numpy in a way that numpy 2 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MAX_COUNT = 2**31 - 1
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=16)
STACKS = SHAPES.flatmap(lambda shape: hnp.arrays(bool, st.integers(0, 5).map(lambda n: (n, *shape))))
COUNTS = st.lists(st.integers(0, 40) | st.integers(0, 2**26), min_size=1, max_size=20).filter(any)
CHARACTERS = st.integers(48, 79) | st.integers(48, 79) | st.integers(48, 111) | st.integers(0, 255)
VALUES = st.integers(-70, 70) | st.integers(-(2**36), 2**36)


def written(values: list[int], spare: int = 0) -> bytes:
    """Return values in groups of five bits, each with `spare` groups more than it needs."""
    text = bytearray()
    for value in values:
        groups = 1 + spare
        while not -(1 << (5 * groups - 1 - 5 * spare)) <= value < 1 << (5 * groups - 1 - 5 * spare):
            groups += 1
        text += bytes(48 + (value >> 5 * g & 31) + 32 * (g < groups - 1) for g in range(groups))
    return bytes(text)


def deltas(counts: list[int]) -> list[int]:
    return [count - (counts[k - 2] if k > 2 else 0) for k, count in enumerate(counts)]


def expected(data: bytes, total: int) -> list[int] | RleFault:
    """Return the result of an ideal reader: groups are sliced, values are unbounded."""
    counts: list[int] = []
    start = 0
    for i, character in enumerate(data):
        if not 48 <= character <= 111:
            return RleFault(RleFaultCode.CHARACTER, i)
        if i - start == 7:
            return RleFault(RleFaultCode.LONG, i)
        if character >= 80:
            continue
        value = sum((c - 48) % 32 * 32**k for k, c in enumerate(data[start : i + 1]))
        value -= 32 ** (i + 1 - start) if character >= 64 else 0
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        if counts[-1] < 0 or sum(counts) > total:
            return RleFault(RleFaultCode.NEGATIVE if counts[-1] < 0 else RleFaultCode.EXCESS, i)
        start = i + 1
    if start < len(data):
        return RleFault(RleFaultCode.UNFINISHED, len(data))
    return counts if sum(counts) == total else RleFault(RleFaultCode.SHORT, len(data))


def read(data: bytes, total: int) -> list[int] | RleFault:
    counts = from_string(data, total)
    return counts if isinstance(counts, RleFault) else counts.tolist()


class TestWriter:
    @settings(max_examples=cases(400), deadline=None)
    @given(STACKS)
    def test_bytes_of_pycocotools(self, masks: np.ndarray) -> None:
        parts = [run_lengths.encode(mask) for mask in masks]
        offsets = np.cumsum([0, *map(len, parts)])
        strings = to_strings(np.concatenate([*parts, np.empty(0, np.int32)]), offsets)
        assert strings == [coco.encode(np.asfortranarray(mask, np.uint8))["counts"] for mask in masks]
        assert strings == [to_string(part) for part in parts]

    @settings(max_examples=cases(400), deadline=None)
    @given(COUNTS)
    def test_large_counts(self, counts: list[int]) -> None:
        # pycocotools 2.0.11 allocates six characters per count and none for its terminator: if all counts need
        # six, it writes past its memory. A first count of one character prevents that.
        counts = [1, *counts]
        size = [1, sum(counts)]
        assert to_string(np.array(counts)) == coco.frPyObjects({"size": size, "counts": counts}, *size)["counts"]
        assert to_string(np.array(counts)) == written(deltas(counts))

    @pytest.mark.parametrize(
        "counts", [[MAX_COUNT], [0, MAX_COUNT], [0, 1, 0, MAX_COUNT - 1], [0, 0, 0, MAX_COUNT, 0, 0]]
    )
    def test_the_largest_differences(self, counts: list[int]) -> None:
        assert to_string(np.array(counts)) == written(deltas(counts))
        assert read(to_string(np.array(counts)), MAX_COUNT) == counts


class TestReader:
    @settings(max_examples=cases(400), deadline=None)
    @given(COUNTS)
    def test_round_trip(self, counts: list[int]) -> None:
        assert read(to_string(np.array(counts)), sum(counts)) == counts

    @settings(max_examples=cases(2000), deadline=None)
    @given(st.lists(CHARACTERS, max_size=30).map(bytes), st.integers(0, 60) | st.integers(0, MAX_COUNT))
    def test_any_bytes(self, data: bytes, total: int) -> None:
        assert read(data, total) == expected(data, total)

    @settings(max_examples=cases(400), deadline=None)
    @given(st.lists(VALUES, max_size=8).map(written), st.integers(0, 3) | st.integers(0, MAX_COUNT))
    def test_any_values(self, data: bytes, total: int) -> None:
        assert read(data, total) == expected(data, total)

    @settings(max_examples=cases(500), deadline=None)
    @given(COUNTS)
    def test_pycocotools_reads_the_same_pixels(self, counts: list[int]) -> None:
        small = [count % 50 for count in counts] + [1]
        data = written(deltas(small))
        pixels = coco.decode({"size": [sum(small), 1], "counts": data}).ravel()
        assert (
            run_lengths.encode(pixels[:, None]).tolist()
            == run_lengths.to_canonical(from_string(data, sum(small))).tolist()
        )

    @pytest.mark.parametrize("spare", range(6))
    def test_more_groups_than_needed(self, spare: int) -> None:
        counts = [3, 0, 5, 9, 1]
        assert read(written(deltas(counts), spare), 18) == counts

    @pytest.mark.parametrize("groups", [8, 13, 14, 1000])
    def test_a_value_past_any_integer(self, groups: int) -> None:
        for character in b"Po":
            assert read(bytes([character] * (groups - 1)) + b"0", 5) == RleFault(RleFaultCode.LONG, 7)

    @pytest.mark.parametrize(
        ("data", "total", "fault"),
        [
            (b"", 9, RleFault(RleFaultCode.SHORT, 0)),
            (b"9/", 9, RleFault(RleFaultCode.CHARACTER, 1)),
            (b"p", 9, RleFault(RleFaultCode.CHARACTER, 0)),
            (b"5\xff", 9, RleFault(RleFaultCode.CHARACTER, 1)),
            (b"5\0", 9, RleFault(RleFaultCode.CHARACTER, 1)),
            (b"5Q", 9, RleFault(RleFaultCode.UNFINISHED, 2)),
            (b"O", 9, RleFault(RleFaultCode.NEGATIVE, 0)),
            (b"111M", 9, RleFault(RleFaultCode.NEGATIVE, 3)),
            (b"45", 8, RleFault(RleFaultCode.EXCESS, 1)),
            (b"45", 10, RleFault(RleFaultCode.SHORT, 2)),
            (b"oooooo?", MAX_COUNT, RleFault(RleFaultCode.EXCESS, 6)),
            (b"ooooooO", MAX_COUNT, RleFault(RleFaultCode.NEGATIVE, 6)),
        ],
    )
    def test_each_fault(self, data: bytes, total: int, fault: RleFault) -> None:
        assert read(data, total) == fault

    def test_every_fault_has_a_message(self) -> None:
        messages = [RleFault(code, 3).message for code in RleFaultCode]
        assert len(set(messages)) == len(RleFaultCode)
        assert RleFault(RleFaultCode.NEGATIVE, 3).message == "a negative count at character 3"
