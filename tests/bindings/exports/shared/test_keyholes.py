"""Holes joined to their ring: the same pixels for every rasteriser, by parity and by winding, and the same area."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pycocotools import mask as coco

import maskmill
from maskmill import Masks
from maskmill_bindings.exports._geometry.keyholes import join_holes
from support.tiers import cases

# pycocotools hands arrays to numpy in a way that numpy 2 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Pixels = NDArray[np.bool_]
Ring = NDArray[np.int32]

FINE = 4
"""Subpixels per pixel, for rasterisers that also paint what a ring touches: centres are then away from every edge."""


def rings_of(mask: Pixels) -> list[Ring]:
    return [join_holes(outer, holes) for outer, holes in Masks.from_dense(mask[None]).polygons()[0]]


def by_maskmill(rings: list[Ring], mask: Pixels) -> Pixels:
    return Masks.from_polygons([rings], mask.shape[::-1]).dense()[0]


def by_pycocotools(rings: list[Ring], mask: Pixels) -> Pixels:
    if not rings:
        return np.zeros_like(mask)
    return coco.decode(coco.merge(coco.frPyObjects([ring.ravel().tolist() for ring in rings], *mask.shape))) > 0


def centres(fine: NDArray[np.uint8]) -> Pixels:
    return fine[FINE // 2 :: FINE, FINE // 2 :: FINE] > 0


def by_opencv(rings: list[Ring], mask: Pixels) -> Pixels:
    """Fill each ring separately, since OpenCV leaves out the overlap of two."""
    fine = np.zeros((mask.shape[0] * FINE + 1, mask.shape[1] * FINE + 1), np.uint8)
    for ring in rings:
        cv2.fillPoly(fine, [ring * FINE], 1)
    return centres(fine)


def by_pillow(rings: list[Ring], mask: Pixels) -> Pixels:
    fine = Image.new("L", (mask.shape[1] * FINE + 1, mask.shape[0] * FINE + 1))
    for ring in rings:
        ImageDraw.Draw(fine).polygon((ring * FINE).ravel().tolist(), fill=1)
    return centres(np.asarray(fine))


def shoelace(ring: Ring) -> int:
    (x, y), (next_x, next_y) = ring.T.astype(int), np.roll(ring, -1, 0).T.astype(int)
    return int((x * next_y - next_x * y).sum())


def check(mask: Pixels) -> None:
    rings = rings_of(mask)
    for fill in (by_maskmill, by_pycocotools, by_opencv, by_pillow):
        np.testing.assert_array_equal(fill(rings, mask), mask, err_msg=fill.__name__)
    assert sum(map(shoelace, rings)) == 2 * mask.sum()
    for ring in rings:
        steps = np.roll(ring, -1, 0) - ring
        assert ring.dtype == np.int32
        assert ((steps != 0).sum(1) == 1).all()  # along the edges of pixels, and no point twice in a row


def noise(seed: int, density: float, height: int, width: int) -> Pixels:
    return np.random.default_rng(seed).random((height, width)) < density


def nested(seed: int) -> Pixels:
    """Return parts with holes that hold parts, some of them touching."""
    rng, mask = np.random.default_rng(seed), np.zeros((40, 50), bool)
    for i in range(30):
        (y0, y1), (x0, x1) = np.sort(rng.integers(0, 41, 2)), np.sort(rng.integers(0, 51, 2))
        mask[y0:y1, x0:x1] = i % 2 == 0
    return mask


@settings(max_examples=cases(300), deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 0.98), st.integers(1, 30), st.integers(1, 30))
@example(0, 1.0, 1, 1)
def test_noise(seed: int, density: float, height: int, width: int) -> None:
    check(noise(seed, density, height, width))


@settings(max_examples=cases(200), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_parts_in_holes_in_parts(seed: int) -> None:
    check(nested(seed))


def test_every_small_mask() -> None:
    rim = np.ones((5, 5), bool)
    for bits in range(2**9):
        rim[1:4, 1:4] = np.array([bits >> i & 1 for i in range(9)], bool).reshape(3, 3)
        check(rim)


def test_rings_in_rings() -> None:
    y, x = np.indices((31, 37))
    check(np.minimum.reduce([y, x, y[::-1], x[:, ::-1]]) % 2 == 0)


def test_without_holes_the_ring_stays_as_it_is() -> None:
    outer = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], np.int32)
    np.testing.assert_array_equal(join_holes(outer, []), outer)


def test_a_bridge_from_a_corner_repeats_no_point() -> None:
    mask = np.ones((4, 6), bool)
    mask[:2, 0] = mask[2, 2] = False  # the outer ring has a corner at (0, 2), level with the hole's top
    [ring] = rings_of(mask)
    assert [[0, 2], [2, 2]] in [list(pair) for pair in zip(ring.tolist(), ring.tolist()[1:], strict=False)]
    assert len(ring) == 6 + 4 + 2
    check(mask)


def test_many_holes_take_little_time() -> None:
    n = cases(300)
    mask = np.ones((2 * n + 1, 2 * n + 1), bool)
    mask[1::2, 1::2] = False
    [ring] = rings_of(mask)
    assert len(ring) == 4 + n * 7 + n * (n - 1) * 6  # but for the first column, bridges begin at a corner
    np.testing.assert_array_equal(by_maskmill([ring], mask), mask)


def test_a_hole_outside_is_the_callers_mistake() -> None:
    outer = np.array([[5, 0], [8, 0], [8, 3], [5, 3]], np.int32)
    hole = np.array([[1, 1], [1, 2], [2, 2], [2, 1]], np.int32)
    with pytest.raises(maskmill.errors.ArgumentError, match="expected holes inside their outer ring"):
        join_holes(outer, [hole])
