"""Traced polygons: valid, one per 4-connected part, and the identical mask when filled."""

from __future__ import annotations

from itertools import pairwise, product

import cv2
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from pycocotools import mask as coco
from rasterio import features

from maskmill._kernels.cpu import run_lengths
from maskmill._kernels.cpu.trace import Ring, trace_polygons
from support.tiers import cases, thorough

# pycocotools hands arrays to numpy in a way that numpy 2 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Mask = NDArray[np.bool_]
Polygon = tuple[Ring, list[Ring]]

MASKS = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=14))


def traced(mask: Mask) -> list[Polygon]:
    return trace_polygons(run_lengths.encode(mask), width=mask.shape[1], height=mask.shape[0])


def filled(polygons: list[Polygon], shape: tuple[int, int]) -> Mask:
    """Pixels whose centre GDAL finds inside."""
    geometries = [
        {"type": "Polygon", "coordinates": [[*ring.tolist(), ring[0].tolist()] for ring in (outer, *holes)]}
        for outer, holes in polygons
    ]
    return features.rasterize(geometries, shape) > 0 if geometries else np.zeros(shape, bool)


def filled_by_pycocotools(polygons: list[Polygon], shape: tuple[int, int]) -> Mask:
    """Outer rings minus holes, each ring rasterised separately."""

    def ring_mask(ring: Ring) -> Mask:
        return coco.decode(coco.frPyObjects([ring.ravel().astype(float).tolist()], *shape))[:, :, 0] > 0

    mask = np.zeros(shape, bool)
    for outer, holes in polygons:
        part = ring_mask(outer)
        for hole in holes:
            part &= ~ring_mask(hole)
        mask |= part
    return mask


def shoelace(ring: Ring) -> int:
    (x, y), (next_x, next_y) = ring.T.astype(int), np.roll(ring, -1, 0).T.astype(int)
    return int((x * next_y - next_x * y).sum())


def check_ring(ring: Ring) -> None:
    """A closed ring of alternating horizontal and vertical segments that meets no point twice."""
    steps = np.roll(ring, -1, 0) - ring
    assert ring.dtype == np.int32
    assert len(set(map(tuple, ring.tolist()))) == len(ring) >= 4
    assert ((steps != 0).sum(1) == 1).all()
    assert ((steps[:, 0] != 0) != (np.roll(steps, 1, 0)[:, 0] != 0)).all()


def check(mask: Mask) -> None:
    polygons = traced(mask)
    assert (filled(polygons, mask.shape) == mask).all()
    assert (filled_by_pycocotools(polygons, mask.shape) == mask).all()
    assert len(polygons) == cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)[0] - 1
    for outer, holes in polygons:
        for ring in (outer, *holes):
            check_ring(ring)
        assert shoelace(outer) > 0
        assert all(shoelace(hole) < 0 for hole in holes)
        assert shapely.Polygon(outer, holes).is_valid
        assert outer[0].tolist() == min(outer.tolist())
    assert all(a[0][0].tolist() < b[0][0].tolist() for a, b in pairwise(polygons))


def drawn(*rows: str) -> Mask:
    return np.array([[character == "#" for character in row] for row in rows])


NAMED = {
    "full": drawn("###", "###"),
    "single pixel": drawn("...", ".#.", "..."),
    "single pixel image": drawn("#"),
    "column": drawn("#", "#", "."),
    "row": drawn(".##."),
    "run over two columns": drawn("..#.", ".#..", ".#.."),
    "checkerboard": np.indices((7, 8)).sum(0) % 2 == 0,
    "checkerboard of holes": np.pad(np.indices((7, 8)).sum(0) % 2 == 0, 2, constant_values=True),
    "diagonal": np.eye(6, dtype=bool),
    "antidiagonal": np.eye(6, dtype=bool)[::-1],
    "rings in rings": np.minimum.reduce([*np.indices((11, 13)), *np.indices((11, 13))[:, ::-1, ::-1]]) % 2 == 0,
    "hole that touches the outside": drawn("####", "#..#", "#.#.", "###."),
    "hole that touches a hole": drawn("#####", "#.###", "##.##", "#####"),
    "chain of holes": drawn("######", "#.####", "##.#.#", "###.##", "######"),
    "island that touches its hole's corner": drawn("#####", "#...#", "#.#.#", "#...#", "#####"),
    "island at the corner of a hole": drawn("#####", "##..#", "#.#.#", "#..##", "#####"),
    "comb": drawn("#.#.#", "#.#.#", "#####", ".#.#.", ".#.#."),
    "spiral": drawn("#######", "......#", "#####.#", "#...#.#", "#.###.#", "#.....#", "#######"),
}


@pytest.mark.parametrize("name", NAMED)
def test_named(name: str) -> None:
    for turn in range(4):
        check(np.rot90(NAMED[name], turn))
        check(np.rot90(NAMED[name], turn).T)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2), (1, 6), (6, 1)])
def test_every_small_mask(shape: tuple[int, int]) -> None:
    for bits in product((False, True), repeat=shape[0] * shape[1]):
        check(np.array(bits).reshape(shape))


@settings(max_examples=cases(400), deadline=None)
@given(MASKS)
def test_random_masks(mask: Mask) -> None:
    check(mask)


@thorough
@settings(max_examples=cases(300), deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_noise(seed: int, density: float) -> None:
    check(np.random.default_rng(seed).random((40, 30)) < density)


def test_empty() -> None:
    assert traced(np.zeros((3, 4), bool)) == []


def test_a_square_runs_clockwise_from_its_upper_left_corner() -> None:
    [(outer, holes)] = traced(drawn("....", ".##.", ".##."))
    assert outer.tolist() == [[1, 1], [3, 1], [3, 3], [1, 3]]
    assert holes == []


def test_a_hole_runs_the_other_way() -> None:
    [(_, [hole])] = traced(drawn("###", "#.#", "###"))
    assert hole.tolist() == [[1, 1], [1, 2], [2, 2], [2, 1]]


def test_a_straight_line_has_no_points_between_its_ends() -> None:
    [(outer, _)] = traced(np.ones((50, 70), bool))
    assert outer.tolist() == [[0, 0], [70, 0], [70, 50], [0, 50]]


def test_pixels_that_touch_at_a_corner_are_two_parts() -> None:
    assert [outer.tolist() for outer, _ in traced(drawn("#.", ".#"))] == [
        [[0, 0], [1, 0], [1, 1], [0, 1]],
        [[1, 1], [2, 1], [2, 2], [1, 2]],
    ]


def test_a_ring_that_meets_its_own_point_is_split() -> None:
    [(outer, [hole])] = traced(drawn("###", "#.#", "##."))
    assert [2, 2] in outer.tolist()
    assert [2, 2] in hole.tolist()


def test_the_largest_image() -> None:
    width, height = 65_535, 32_768
    [(outer, holes)] = trace_polygons(np.array([0, width * height], np.int32), width=width, height=height)
    assert outer.tolist() == [[0, 0], [width, 0], [width, height], [0, height]]
    assert holes == []
    last = np.array([width * height - 1, 1], np.int32)
    [(outer, _)] = trace_polygons(last, width=width, height=height)
    assert outer.tolist() == [
        [width - 1, height - 1],
        [width, height - 1],
        [width, height],
        [width - 1, height],
    ]
