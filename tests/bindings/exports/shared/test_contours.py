"""Contours through pixels: filled with their outline they are the mask, by either rasteriser that tools use."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image, ImageDraw

from maskmill import Masks
from maskmill_bindings.exports._geometry.contours import Ring, to_contour
from support.datasets.export_records import DRAWN, Pixels, any_pixels, disc, pixels
from support.tiers import cases


def rings_of(mask: Pixels) -> list[Ring]:
    return [to_contour(part) for part in Masks.from_dense(mask[None]).polygons()[0]]


def assert_filled(mask: Pixels) -> None:
    by_opencv, by_pillow = np.zeros(mask.shape, np.uint8), Image.new("1", mask.shape[::-1])
    for ring in rings_of(mask):
        cv2.fillPoly(by_opencv, [ring], 1)
        ImageDraw.Draw(by_pillow).polygon([tuple(point) for point in ring.tolist()], fill=1, outline=1)
    np.testing.assert_array_equal(by_opencv, mask)
    np.testing.assert_array_equal(np.array(by_pillow), mask)


@pytest.mark.parametrize("drawn", DRAWN.values(), ids=DRAWN)
def test_drawn(drawn: str) -> None:
    assert_filled(pixels(drawn))


@settings(max_examples=cases(600), deadline=None)
@given(mask=any_pixels())
def test_any(mask: Pixels) -> None:
    assert_filled(mask)


@settings(max_examples=cases(200), deadline=None)
@given(mask=any_pixels(16))
def test_many_holes(mask: Pixels) -> None:
    """Random masks over each other are mostly foreground, with many holes."""
    assert_filled(mask | mask[::-1] | mask[:, ::-1])


def test_far_corner_of_the_widest_image() -> None:
    mask = np.zeros((3, 65_535), bool)
    mask[:, :10] = mask[:2, 65_530:] = mask[1] = True
    assert_filled(mask)


def test_straight_lines_have_only_their_ends() -> None:
    assert len(rings_of(np.ones((50, 70), bool))[0]) == 4
    triangle = np.tri(40, dtype=bool)
    assert len(rings_of(triangle)[0]) == 3


def test_a_ring_has_three_points_at_least() -> None:
    assert rings_of(pixels("..#"))[0].tolist() == [[2, 0]] * 3
    assert len(rings_of(pixels(".##"))[0]) == 3


def test_opencv_traces_the_same_outline() -> None:
    mask = disc((60, 60), 30.3, 29.1, 25)
    [traced], _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    assert {tuple(p) for p in rings_of(mask)[0].tolist()} == {tuple(p) for p in traced[:, 0].tolist()}
