"""Polygons by COCO's rule against pycocotools, count for count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config
from numpy.typing import NDArray

from maskmill._kernels.cpu.rasterize.fifths import fill_fifths
from maskmill._kernels.cpu.rle_string import to_string
from support.annotation_shapes import Points, Size, coco_string, random_ring, random_size
from support.tiers import cases, thorough

LARGEST = (90, 90) if config.DISABLE_JIT else (640, 480)


def our_string(rings: list[Points], size: Size) -> bytes:
    """Fill the union of rings, and check what holds for counts of any mask."""
    counts = fill_fifths(rings, list(range(len(rings))), [False] * len(rings), width=size[0], height=size[1])
    assert counts.dtype == np.int32
    assert counts.sum(dtype=np.int64) == size[0] * size[1]
    assert (counts[1:] > 0).all(), "an empty run"
    return to_string(counts)


def pixels(parts: list[list[Points]], size: Size) -> NDArray[np.bool_]:
    """Fill the union of parts, each an outer ring and its holes; return the pixels in column-major order."""
    rings = [ring for part in parts for ring in part]
    numbers = [number for number, part in enumerate(parts) for _ in part]
    holes = [hole > 0 for part in parts for hole in range(len(part))]
    counts = fill_fifths(rings, numbers, holes, width=size[0], height=size[1])
    return np.repeat(np.arange(len(counts)) % 2 == 1, counts)


def check_random(seed: int, count: int, largest: Size) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        size = random_size(rng, largest)
        rings = [random_ring(rng, size) for _ in range(rng.integers(1, 6))]
        assert our_string(rings, size) == coco_string(rings, size), (rings, size)


def test_random_rings() -> None:
    check_random(1, cases(3_000), LARGEST)


@thorough
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_thousand_polygons(seed: int) -> None:
    check_random(100 + seed, 100 if config.DISABLE_JIT else 10_000, LARGEST if seed % 5 else (1920, 1080))


COORDINATE = st.one_of(
    st.integers(-3, 14),
    st.integers(-40, 140).map(lambda value: value / 10),
    st.sampled_from([0.4, 0.5, 0.6, np.nextafter(0.5, 0), np.nextafter(0.7, 0), 63_999.9, -64_000.0, 1e-300, -0.1]),
    st.floats(-64_000, 64_000),
)
RINGS = st.lists(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=9), min_size=1, max_size=5)


@settings(deadline=None, max_examples=cases(600))
@given(RINGS, st.integers(1, 12), st.integers(1, 12))
def test_any_ring(rings: list[list[tuple[float, float]]], width: int, height: int) -> None:
    arrays = [np.array(ring, np.float64) for ring in rings]
    assert our_string(arrays, (width, height)) == coco_string(arrays, (width, height))


@pytest.mark.parametrize(
    "ring",
    [
        [(0, 0), (0, 0), (0, 0)],
        [(0, 0), (4, 0), (4, 4), (0, 4)],
        [(-1, -1), (5, -1), (5, 5), (-1, 5)],
        [(0, 0), (4, 4), (4, 0), (0, 4)],
        [(1, 1), (3, 1), (3, 3), (1, 3), (1, 1), (3, 1), (3, 3), (1, 3)],
        [(2, -9), (2, 9), (2, -9)],
        [(-9, 2), (9, 2), (-9, 2)],
        [(-9, -9), (-8, -9), (-8, -8)],
        [(40, 0), (50, 0), (50, 3)],
        [(0.5, 0.5), (3.5, 0.5), (3.5, 3.5), (0.5, 3.5)],
    ],
    ids=["point", "image", "beyond", "bow tie", "twice around", "upright", "flat", "above", "right of it", "halves"],
)
def test_seed(ring: list[tuple[float, float]]) -> None:
    points = np.array(ring, np.float64)
    for size in ((4, 4), (1, 1), (5, 3), (9, 9)):
        assert our_string([points], size) == coco_string([points], size)
        assert our_string([points, points], size) == coco_string([points, points], size)


def test_holes_are_cut_out_of_their_own_part() -> None:
    rng = np.random.default_rng(3)
    for _ in range(cases(300)):
        size = random_size(rng, (20, 20))
        one, two, three = (random_ring(rng, size) for _ in range(3))
        first, second, third = (pixels([[ring]], size) for ring in (one, two, three))
        assert (pixels([[one, two]], size) == first & ~second).all()
        assert (pixels([[one, two, three]], size) == first & ~second & ~third).all()
        assert (pixels([[one, two], [two, three]], size) == (first & ~second) | (second & ~third)).all()


def test_more_crossings_than_the_first_buffer_holds() -> None:
    size = (8, 400)
    zigzag = np.array([(x, y + x / 8) for y in range(0, 400, 2) for x in (0.0, 8.0)])
    assert our_string([zigzag], size) == coco_string([zigzag], size)
    assert our_string([zigzag, zigzag[::-1] + 1], size) == coco_string([zigzag, zigzag[::-1] + 1], size)


def test_columns_that_insertion_would_sort_in_quadratic_time() -> None:
    rows = np.arange(2000, dtype=np.float64)
    comb = np.stack([np.tile([0.0, 4.0, 4.0, 0.0], 500), np.repeat(rows[::-1][:1000], 2)], axis=1)
    assert our_string([comb], (4, 2000)) == coco_string([comb], (4, 2000))


def test_any_array_that_holds_the_same_numbers() -> None:
    ring = np.array([(0.0, 0.0), (7.3, 1.0), (5.0, 6.2)])
    expected = our_string([ring], (8, 8))
    frozen = ring.copy()
    frozen.flags.writeable = False
    for same in (np.asfortranarray(ring), np.repeat(ring, 2, axis=0)[::2], frozen):
        assert our_string([same], (8, 8)) == expected
    assert ring.tolist() == [[0.0, 0.0], [7.3, 1.0], [5.0, 6.2]]


@pytest.mark.skipif(config.DISABLE_JIT, reason="65535 columns")
@pytest.mark.parametrize("size", [(65_535, 32_767), (32_767, 65_535)], ids=str)
def test_the_largest_image(size: Size) -> None:
    ring = np.array([(0.0, 0.0), size, (size[0], 0.0), (-64_000.0, 63_999.7)])
    assert our_string([ring], size) == coco_string([ring], size)
