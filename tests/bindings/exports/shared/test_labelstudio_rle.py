"""Label Studio's brush masks: packed masks are unpacked to the same masks, and damaged bytes are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports._geometry.foreign_shapes import from_ranges, to_ranges
from maskmill_bindings.exports._shared.labelstudio_rle import Ranges, pack_brush, unpack_brush
from support.datasets.export_records import Pixels, any_pixels
from support.tiers import cases

WORDS = [0, 0, 0, 0, 9, 9, 9, 255, 1, 2, 3, 0, 0, 0, 0, 128]


def of_ranges(ranges: Ranges, size: tuple[int, int]) -> Masks:
    return Masks.from_coco([from_ranges(ranges, size)], size)


def bits(*numbers: tuple[int, int]) -> bytes:
    """Return (value, bits) numbers packed one after the other."""
    text = "".join(f"{value:0{size}b}" for value, size in numbers)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8), "big")


def header(words: int) -> list[tuple[int, int]]:
    return [(words, 32), (7, 5), (2, 4), (3, 4), (7, 4), (15, 4)]


@settings(max_examples=cases(400), deadline=None)
@given(mask=any_pixels(12))
def test_comes_back(mask: Pixels) -> None:
    size = mask.shape[::-1]
    packed = pack_brush(to_ranges(mask, 0, 0, size), mask.size)
    assert packed.dtype == np.uint8
    np.testing.assert_array_equal(of_ranges(unpack_brush(packed.tobytes(), mask.size), size).dense()[0], mask)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 63, 64, 65, 16_383, 16_384, 16_385, 32_768, 50_000])
def test_runs_at_the_limits_of_each_size(length: int) -> None:
    ranges = np.array([[7, 7 + length]])
    unpacked = unpack_brush(pack_brush(ranges, 60_000).tobytes(), 60_000)
    assert of_ranges(unpacked, (300, 200)).coco() == of_ranges(ranges, (300, 200)).coco()


def test_only_the_last_byte_of_a_pixel_counts() -> None:
    single = bits(*header(16), (0, 1), (1, 2), (15, 4), *[(word, 8) for word in WORDS])
    assert unpack_brush(single, 4).tolist() == [[1, 2], [3, 4]]


def test_single_words_and_runs_that_begin_within_a_pixel() -> None:
    tokens = [(0, 1), (0, 2), (4, 3), *[(word, 8) for word in (0, 0, 0, 0, 7)], (1, 1), (0, 2), (5, 3), (255, 8)]
    mixed = bits(*header(16), *tokens, (0, 1), (0, 2), (4, 3), *[(word, 8) for word in (1, 0, 0, 0, 0)])
    assert unpack_brush(mixed, 4).tolist() == [[1, 2], [2, 3]]  # word 7 in the run, and word 11


def test_a_length_past_the_end_stops_there() -> None:
    assert unpack_brush(bits(*header(8), (1, 1), (3, 2), (65_535, 16), (255, 8)), 2).tolist() == [[0, 2]]


@pytest.mark.parametrize("cut", range(12))
def test_bytes_that_end_too_early(cut: int) -> None:
    packed = pack_brush(np.array([[1, 3]]), 4).tobytes()
    if cut < 11:  # the twelfth byte is padding
        with pytest.raises(ArgumentError, match=r"complete mask|words of 8 bits"):
            unpack_brush(packed[:cut], 4)


def test_an_image_of_another_size() -> None:
    with pytest.raises(ArgumentError, match="expected 20 words of 8 bits, got 16 of 8"):
        unpack_brush(pack_brush(np.array([[1, 3]]), 4).tobytes(), 5)


@settings(max_examples=cases(500), deadline=None)
@given(body=st.binary(max_size=60), pixels=st.sampled_from([1, 4, 30, 2**30 - 1]))
def test_any_bytes_are_ranges_or_an_argument_error(body: bytes, pixels: int) -> None:
    try:
        ranges = unpack_brush(bits(*header(4 * pixels)) + body, pixels)
    except ArgumentError:
        return
    assert (np.diff(ranges.reshape(-1)) >= 0).all()
    assert ranges.size == 0 or 0 <= ranges.min() <= ranges.max() <= pixels


def test_the_largest_image_costs_no_more_than_its_runs() -> None:
    """An image of 65,535 x 32,767 has 8.6 billion bytes in this format."""
    size = (32_767, 32_768)
    pixels = size[0] * size[1]
    ranges = np.array([[5, 9], [pixels - 3, pixels]])
    packed = pack_brush(ranges, pixels)
    assert len(packed) < 250_000
    assert unpack_brush(packed.tobytes(), pixels)[[0, -1]].tolist() == ranges.tolist()


def test_masks_of_nothing() -> None:
    packed = pack_brush(np.empty((0, 2), np.int64), 6)
    assert of_ranges(unpack_brush(packed.tobytes(), 6), (3, 2)).areas.tolist() == [0]
