"""Patches: masks cut to their rectangles and placed anywhere, against slices of pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill.masks import Patch
from support.tiers import cases

STACKS = hnp.arrays(bool, st.tuples(st.integers(0, 4), st.integers(1, 9), st.integers(1, 9)))
CROPS = hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))
PLACES = st.tuples(st.integers(-12, 12), st.integers(-12, 12))


@settings(max_examples=cases(300), deadline=None)
@given(STACKS)
def test_a_patch_holds_the_pixels_of_the_crop(pixels: NDArray[np.bool_]) -> None:
    masks = Masks.from_dense(pixels) if pixels.size else Masks.from_coco([], (9, 9))
    patches = masks.patches()
    for patch, (y, x, crop) in zip(patches, masks.crops(), strict=True):
        assert (patch.y, patch.x, patch.height, patch.width) == (y, x, *crop.shape)
        assert patch.counts.dtype == np.int32
        drawn = np.repeat(np.arange(len(patch.counts)) % 2 == 1, patch.counts).reshape(crop.shape, order="F")
        np.testing.assert_array_equal(drawn, crop)
    again = Masks.from_patches(patches, masks.size)
    assert again.coco() == masks.coco()


@settings(max_examples=cases(300), deadline=None)
@given(CROPS, PLACES)
def test_pixels_outside_the_image_are_cut_off(crop: NDArray[np.bool_], place: tuple[int, int]) -> None:
    (y, x), image = place, np.zeros((40, 40), bool)
    image[15 + y : 15 + y + crop.shape[0], 15 + x : 15 + x + crop.shape[1]] = crop
    [mask] = Masks.from_patches([Patch.of(y, x, crop)], (8, 6))
    np.testing.assert_array_equal(mask.dense(), image[15:21, 15:23])


def test_runs_of_length_zero_are_accepted() -> None:
    [mask] = Masks.from_patches([Patch(0, 0, 2, 2, np.array([0, 0, 1, 0, 1, 2]))], (2, 2), labels=["cat"])
    assert (mask.label, mask.dense().tolist()) == ("cat", [[False, True], [False, True]])


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (Patch(0, 0, 2, 2, np.array([1, 2], np.int32)), r"run lengths of 4 pixels, got \[1, 2\] - at `patches\[0\]"),
        (Patch(0, 0, 2, 2, np.array([5, -1], np.int32)), "run lengths of 4 pixels"),
        (Patch(0, 0, 0, 2, np.array([1], np.int32)), "run lengths of 0 pixels"),
        (Patch(0, 0, -1, -1, np.array([1], np.int32)), "a rectangle"),
        (Patch(0, 0, 2**16, 2**16, np.array([2**32])), "a rectangle"),
    ],
)
def test_invalid_patches(patch: Patch, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Masks.from_patches([patch], (4, 4))
