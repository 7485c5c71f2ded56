"""Run lengths in objects: sizes, orders, pairs, crops and brush masks, under the names that tools give them."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco

import maskmill
from maskmill import Limits
from maskmill_bindings.exports._shared.labelstudio_rle import pack_brush
from support.replies import assert_sound, codes, column_runs
from support.tiers import cases

W, H = 20, 10
MASK = np.zeros((H, W), bool)
MASK[2:6, 5:10] = MASK[7, 15] = True
TEXT = coco.encode(np.asfortranarray(MASK, np.uint8))["counts"].decode()


def row_runs(mask: NDArray[np.bool_]) -> list[int]:
    lengths = [len(list(group)) for _, group in groupby(mask.ravel().tolist())]
    return [0, *lengths] if mask.flat[0] else lengths


def pairs_of(mask: NDArray[np.bool_], first: int = 1) -> list[int]:
    runs = column_runs(mask)
    starts = np.cumsum([0, *runs])
    return [v for i in range(1, len(runs), 2) for v in (int(starts[i]) + first, runs[i])]


def decoded(value: Any, size: tuple[int, int] = (W, H), key: str = "mask", **options: Any) -> maskmill.Masks:
    masks = maskmill.decode([{key: value, "label": "a"}], size, **options)
    assert_sound(masks)
    return masks


@pytest.mark.parametrize(
    "size",
    [
        {"size": [H, W]},
        {"size": [str(H), str(W)]},
        {"size": f"[{H}, {W}]"},
        {"size": f"{H},{W}"},
        {"size": {"height": H, "width": W}},
        {"size": {"h": H, "w": W}},
        {"size": [1, H, W]},
        {"shape": [H, W]},
        {"dims": [H, W]},
        {"orig_size": [H, W]},
        {"imageSize": [H, W]},
        {"height": H, "width": W},
        {"h": H, "w": W},
        {"orig_img_h": H, "orig_img_w": W},
        {"original_height": H, "original_width": W},
    ],
)
def test_sizes_under_any_name(size: dict[str, Any]) -> None:
    for counts in (TEXT, column_runs(MASK)):
        masks = decoded({**size, "counts": counts})
        np.testing.assert_array_equal(masks[0].dense(), MASK)
        assert codes(masks, 0) == set()


@pytest.mark.parametrize("size", [{}, {"size": None}, {"size": []}])
def test_without_a_size_the_image_gives_it(size: dict[str, Any]) -> None:
    masks = decoded({**size, "counts": TEXT})
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert codes(masks, 0) == {"rle_size_assumed"}
    assert decoded({**size, "counts": TEXT}, (W, H + 1)).status.tolist() == ["garbage"]


@pytest.mark.parametrize(
    "value", [{"format": "rle", "data": TEXT}, {"encoding": "coco_rle", "data": TEXT}, {"type": "rle", "value": TEXT}]
)
def test_data_that_says_what_it_is(value: dict[str, Any]) -> None:
    np.testing.assert_array_equal(decoded({**value, "size": [H, W]})[0].dense(), MASK)


@pytest.mark.parametrize("order", ["C", "row-major", "row_major", "Row", "rows"])
@pytest.mark.parametrize("key", ["order", "layout", "memory_order"])
def test_rows_that_are_declared(key: str, order: str) -> None:
    masks = decoded({"size": [H, W], "counts": row_runs(MASK), key: order})
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert codes(masks, 0) == {"rle_rows"}


@pytest.mark.parametrize("order", ["F", "column-major", "fortran"])
def test_columns_that_are_declared(order: str) -> None:
    masks = decoded({"size": [H, W], "counts": TEXT, "order": order})
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert codes(masks, 0) == set()


def test_rows_that_change_too_often_are_too_large() -> None:
    value = {"size": [30_000, 40_000], "counts": [40_000] * 30_000, "order": "C"}
    masks = decoded(value, (40_000, 30_000))
    assert masks.status.tolist() == ["too_large"]
    assert "max_crossings" in masks.problems[-1].message
    assert (
        decoded({"size": [H, W], "counts": [W] * H, "order": "C"}, limits=Limits(max_crossings=99)).status[0]
        == "too_large"
    )


# Pairs.


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("key", ["EncodedPixels", "encoded_pixels", "rle", "counts"])
@pytest.mark.parametrize("write", [list, lambda n: " ".join(map(str, n)), lambda n: ",".join(map(str, n))])
def test_pairs_of_starts_and_lengths(write: Any, key: str, first: int) -> None:
    mask = MASK.copy()
    mask[0, 0] = True
    masks = decoded({key: write(pairs_of(mask, first))})
    np.testing.assert_array_equal(masks[0].dense(), mask)
    assert codes(masks, 0) == {"rle_pairs", "rle_size_assumed"}
    assert codes(decoded({key: write(pairs_of(mask, first)), "size": [H, W]}), 0) == {"rle_pairs"}


def test_pairs_in_lists_and_under_the_key_of_the_item() -> None:
    pairs = pairs_of(MASK)
    np.testing.assert_array_equal(
        decoded({"counts": [pairs[i : i + 2] for i in range(0, len(pairs), 2)]})[0].dense(), MASK
    )
    np.testing.assert_array_equal(decoded(" ".join(map(str, pairs)), key="rle")[0].dense(), MASK)


@pytest.mark.parametrize(
    "pairs", [[10, 5, 1, 3], [1, 5, 3, 5], [1, 3, 10, 0], [1, 3, 199, 5], [1, 3, 10], [-1, 3, 10, 5], [1.5, 3, 10, 5]]
)
def test_what_are_no_pairs(pairs: list[float]) -> None:
    assert decoded({"counts": pairs, "size": [H, W]}).status.tolist() == ["garbage"]


def test_coordinates_are_never_taken_for_pairs() -> None:
    masks = decoded("100 100 900 100 900 900 100 900")
    assert masks.forms.tolist() == ["ring"]


# CVAT.


@pytest.mark.parametrize("write", [list, lambda n: ", ".join(map(str, n)), lambda n: [str(v) for v in n]])
def test_a_crop_with_its_place(write: Any) -> None:
    runs = row_runs(MASK[2:8, 5:16])
    masks = decoded({"rle": write(runs), "left": 5, "top": 2, "width": 11, "height": 6})
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert codes(masks, 0) == {"rle_rows"}


@pytest.mark.parametrize(
    "wrap", [lambda v: {"rle": v}, lambda v: {"type": "mask", "points": v}, lambda v: {"counts": v}]
)
def test_a_crop_with_its_place_at_the_end(wrap: Any) -> None:
    masks = decoded(wrap([*row_runs(MASK[2:8, 5:16]), 5, 2, 15, 7]))
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert "rle_rows" in codes(masks, 0)


def test_a_crop_that_leaves_the_image_is_clipped_and_said() -> None:
    masks = decoded({"rle": [0, 100], "left": -5, "top": 5, "width": 10, "height": 10})
    assert masks.areas.tolist() == [25]
    assert codes(masks, 0) == {"rle_rows", "clipped"}


@settings(deadline=None, derandomize=True, max_examples=cases(200))
@given(st.lists(st.booleans(), min_size=6, max_size=6), st.integers(-4, 22), st.integers(-4, 12))
def test_any_crop_anywhere(pixels: list[bool], left: int, top: int) -> None:
    crop = np.array(pixels).reshape(2, 3)
    around = np.zeros((H + 40, W + 40), bool)
    around[20 + top : 22 + top, 20 + left : 23 + left] = crop
    masks = decoded({"rle": row_runs(crop), "left": left, "top": top, "width": 3, "height": 2})
    np.testing.assert_array_equal(masks[0].dense(), around[20 : 20 + H, 20 : 20 + W])


# Label Studio.


def brush() -> list[int]:
    ends = np.cumsum(row_runs(MASK))
    return [int(v) for v in pack_brush(ends[: len(ends) // 2 * 2].reshape(-1, 2), W * H)]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda v: {"format": "rle", "rle": v, "original_width": W, "original_height": H},
        lambda v: {"value": {"format": "rle", "rle": v}, "original_width": W, "original_height": H},
        lambda v: {"rle": v, "format": "rle"},
    ],
)
def test_a_brush_mask(wrap: Any) -> None:
    masks = decoded(wrap(brush()))
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert codes(masks, 0) - {"rle_size_assumed"} == {"rle_rows"}


def test_a_brush_mask_that_breaks_off_or_is_of_another_size() -> None:
    assert decoded({"rle": brush()[:-9]}).status.tolist() == ["garbage"]
    masks = decoded({"rle": brush()}, (W, H + 1))
    assert masks.status.tolist() == ["garbage"]
    assert "brush mask" in masks.problems[-1].message


@settings(deadline=None, derandomize=True, max_examples=cases(500))
@given(
    st.dictionaries(
        st.sampled_from(
            ["counts", "size", "rle", "left", "top", "width", "height", "order", "format", "data", "points", "type"]
        ),
        st.integers(-2, 300)
        | st.lists(st.integers(-2, 255) | st.floats() | st.none(), max_size=14)
        | st.sampled_from(["rle", "mask", "C", TEXT, "1 3 10 5", [H, W], [0, 200]])
        | st.text(max_size=4),
        max_size=7,
    )
)
def test_any_object_has_a_mask_or_a_reason(value: dict[str, Any]) -> None:
    masks = maskmill.decode([{"box_2d": [1, 2, 500, 600], "mask": value}], (W, H))
    assert_sound(masks)
    assert len(masks) == 1
