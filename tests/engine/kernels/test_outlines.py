"""Outlines through the centres of pixels, by OpenCV, and outlines with fewer vertices, by shapely."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from maskmill import Masks
from maskmill._kernels.cpu.outlines import follow_pixels, simplify_ring
from support.tiers import cases

SIZE = (40, 30)


def random_mask(rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return a mask (H, W) of several parts without holes."""
    mask = np.asarray(cv2.GaussianBlur(rng.normal(size=SIZE[::-1]), (0, 0), rng.uniform(0.5, 3)) > 0, np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(mask)
    cv2.drawContours(filled, contours, -1, 1, -1)
    return filled.astype(np.bool_)


def test_opencv_fills_the_outline_to_the_same_pixels() -> None:
    rng = np.random.default_rng(1)
    for _ in range(cases(40)):
        mask = random_mask(rng)
        drawn = np.zeros(mask.shape, np.uint8)
        for part in Masks.from_dense(mask[None]).polygons()[0]:
            assert not part.holes
            cv2.fillPoly(drawn, [follow_pixels(part.outer, np.zeros(len(part.outer), np.bool_))], 1)
        np.testing.assert_array_equal(drawn.astype(np.bool_), mask)


@pytest.mark.parametrize("tolerance", [0.0, 0.4, 1.0, 2.5, 7.0])
def test_a_simplified_ring_lies_within_the_tolerance_and_the_other_way_round(tolerance: float) -> None:
    rng = np.random.default_rng(2)
    for _ in range(cases(10)):
        for part in Masks.from_dense(random_mask(rng)[None]).polygons()[0]:
            keep = simplify_ring(part.outer, tolerance)
            assert keep.sum() >= 3
            rings = [shapely.LinearRing(ring) for ring in (part.outer, part.outer[keep])]
            assert shapely.hausdorff_distance(*rings, densify=0.02) <= tolerance + 1e-9


def test_any_three_points_stay() -> None:
    rng = np.random.default_rng(3)
    for _ in range(cases(60)):
        ring = rng.integers(0, 4, (int(rng.integers(3, 9)), 2)).astype(np.int32)
        assert 2 <= simplify_ring(ring, 50.0).sum() <= len(ring)
