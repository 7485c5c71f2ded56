"""Masks written pixel by pixel: read where they have the image's size, refused with their size elsewhere."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import maskmill
from support.replies import assert_sound, codes

W, H = 12, 7
MASK = np.zeros((H, W), bool)
MASK[2:5, 3:9] = MASK[6, 11] = True


def decoded(value: Any, size: tuple[int, int] = (W, H)) -> maskmill.Masks:
    masks = maskmill.decode([{"mask": value}], size)
    assert_sound(masks)
    return masks


@pytest.mark.parametrize(
    "value",
    [
        MASK.tolist(),
        MASK.astype(int).tolist(),
        MASK.astype(float).tolist(),
        (MASK * 255).tolist(),
        ["".join("01"[int(v)] for v in row) for row in MASK],
        json.dumps(MASK.tolist()),
        {"mask": MASK.tolist()},
    ],
)
def test_rows_of_pixels(value: Any) -> None:
    masks = decoded(value)
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert masks.forms.tolist() in (["pixels"], ["ring"])
    assert codes(masks, 0) == {"bitmap_read"}


@pytest.mark.parametrize("size", [(W, H + 1), (W + 1, H), (H, W), (2 * W, 2 * H)])
def test_another_size_has_a_reason_that_names_it(size: tuple[int, int]) -> None:
    masks = decoded(MASK.tolist(), size)
    assert masks.status.tolist() == ["garbage"]
    assert f"{W}x{H}" in masks.problems[0].message


@pytest.mark.parametrize(
    "value",
    [
        [[0, 1, 2, 3], [0, 1, 1, 0], [0, 0, 0, 0]],
        [[0, 1, 255, 0], [0, 1, 1, 0], [0, 0, 0, 0]],
        [[0, 1, 1, 0], [0, 1, 1], [0, 0, 0, 0]],
        [[0, None, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]],
    ],
)
def test_what_is_no_bitmap(value: Any) -> None:
    assert "bitmap_read" not in codes(decoded(value, (4, 3)), 0)


def test_points_from_0_to_1_are_no_bitmap() -> None:
    ring = [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert decoded(ring, (2, 4)).forms.tolist() == ["ring"]


def test_no_pixel() -> None:
    assert decoded([[0] * W] * H).status.tolist() == ["empty"]
