"""Polygons and ellipses by Pillow's rules against Pillow, pixel for pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from maskmill._kernels.cpu.rasterize.ellipse import MAX_SIDE, fill_ellipse
from maskmill._kernels.cpu.rasterize.scan_lines import fill_scan_lines
from support.annotation_shapes import Size, labelme_pixels, random_ring, random_size
from support.tiers import cases, thorough

LARGEST = (40, 40) if config.DISABLE_JIT else (640, 480)
Corners = list[tuple[int, int]]


def pixels_of(counts: NDArray[np.int32], size: Size) -> NDArray[np.bool_]:
    """Return the pixels of counts, and check what holds for counts of any mask."""
    assert counts.dtype == np.int32
    assert (counts[1:] > 0).all(), "an empty run"
    return np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(size).T


def check_polygon(vertices: NDArray[np.int64], size: Size) -> None:
    ours = pixels_of(fill_scan_lines(vertices, width=size[0], height=size[1]), size)
    np.testing.assert_array_equal(ours, labelme_pixels("polygon", vertices.astype(np.float64), size), repr(vertices))


def check_ellipse(box: tuple[int, int, int, int], size: Size) -> None:
    image = Image.new("L", size)
    ImageDraw.Draw(image).ellipse(box, fill=1, outline=1)
    ours = pixels_of(fill_ellipse(*box, width=size[0], height=size[1]), size)
    np.testing.assert_array_equal(ours, np.asarray(image) > 0, repr(box))


def check_random_polygons(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        size = random_size(rng, LARGEST)
        check_polygon(random_ring(rng, size).astype(np.int64), size)


def test_random_polygons() -> None:
    check_random_polygons(1, cases(3_000))


@thorough
def test_many_random_polygons() -> None:
    check_random_polygons(2, 100 if config.DISABLE_JIT else 10_000)


COORDINATE = st.one_of(st.integers(-2, 9), st.integers(-20, 40), st.integers(1 - 2**20, 2**20 - 1))


@settings(deadline=None, max_examples=cases(600))
@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=9), st.integers(1, 12), st.integers(1, 12))
def test_any_polygon(ring: Corners, width: int, height: int) -> None:
    check_polygon(np.array(ring), (width, height))


@pytest.mark.parametrize(
    "ring",
    [
        [(2, 2), (2, 2), (2, 2)],
        [(0, 1), (5, 1), (3, 1)],
        [(1, 0), (1, 5), (1, 2)],
        [(0, 0), (3, 0), (5, 0), (5, 4), (2, 4), (0, 4)],
        [(0, 0), (6, 5), (6, 0), (0, 5)],
        [(0, 0), (6, 1), (0, 2), (6, 3)],
        [(0, 5), (3, 0), (6, 5), (3, 4)],
        [(-9, -9), (-5, -9), (-5, -5)],
        [(20, 20), (25, 20), (25, 25)],
        [(-9, 7), (20, 7), (20, 9)],
        [(0, 0), (6, 0), (6, 6), (0, 6), (0, 0)],
    ],
    ids=[
        "point",
        "flat",
        "upright",
        "collinear",
        "bow tie",
        "flat spikes",
        "arrow",
        "above",
        "below",
        "at the end",
        "closed",
    ],
)
def test_seed(ring: Corners) -> None:
    for size in ((7, 7), (4, 6), (1, 1), (12, 3)):
        for turned in range(len(ring)):
            vertices = np.array(ring[turned:] + ring[:turned])
            check_polygon(vertices, size)
            check_polygon(vertices[::-1], size)


def test_corners_where_many_edges_meet() -> None:
    rng = np.random.default_rng(5)
    for _ in range(cases(600)):
        hub, count = rng.integers(0, 12, 2), rng.integers(2, 6)
        spokes = np.concatenate([[hub, *rng.integers(-12, 24, (2, 2))] for _ in range(count)])
        check_polygon(spokes, (12, 12))


@pytest.mark.skipif(config.DISABLE_JIT, reason="many edges")
def test_hostile_zigzag() -> None:
    rows = np.arange(2_000)
    check_polygon(np.stack([rows % 2 * 300, rows[::-1] // 4], axis=1), (300, 500))
    check_polygon(np.stack([rows // 4, rows % 2 * 300], axis=1), (500, 300))


def test_ellipses_of_every_small_box() -> None:
    for wide in range(8):
        for high in range(8):
            for x, y in ((1, 2), (-2, -3), (5, 4), (-9, 3)):
                check_ellipse((x, y, x + wide, y + high), (9, 8))


def test_random_ellipses() -> None:
    rng = np.random.default_rng(4)
    for _ in range(cases(600)):
        size = random_size(rng, LARGEST)
        x, y = (int(value) for value in rng.integers(-50, 90, 2))
        wide, high = (int(value) for value in rng.integers(0, rng.choice([6, 40, 900]), 2))
        check_ellipse((x, y, x + wide, y + high), size)


@pytest.mark.skipif(config.DISABLE_JIT, reason="46340 columns")
def test_the_largest_ellipse() -> None:
    for wide, high in ((MAX_SIDE, MAX_SIDE), (MAX_SIDE, 1), (MAX_SIDE - 1, 40_000)):
        for x, y in ((-6_787, -6_787), (-wide + 300, -high // 2), (-wide // 2, -high + 50)):
            check_ellipse((x, y, x + wide, y + high), (400, 300))
