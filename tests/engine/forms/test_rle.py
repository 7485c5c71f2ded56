"""COCO's run lengths out of a reply, against pycocotools: both dialects, other sizes, and runs that do not add up."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco

import maskmill
from support.replies import assert_sound, codes, column_runs, disc
from support.tiers import cases

W, H = 13, 7


def compressed(mask: NDArray[np.bool_]) -> str:
    return coco.encode(np.asfortranarray(mask, np.uint8))["counts"].decode("ascii")


def decoded(value: Any, size: tuple[int, int] = (W, H)) -> maskmill.Masks:
    masks = maskmill.decode([{"mask": value, "label": "a"}], size)
    assert masks.forms.tolist() == ["rle"]
    assert_sound(masks)
    return masks


def nearest(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask scaled: the source pixel in which the centre of each pixel falls, in integers."""
    width, height = size
    rows = [(2 * i + 1) * mask.shape[0] // (2 * height) for i in range(height)]
    columns = [(2 * i + 1) * mask.shape[1] // (2 * width) for i in range(width)]
    return mask[np.ix_(rows, columns)]


@settings(deadline=None, derandomize=True, max_examples=cases(300))
@given(st.lists(st.booleans(), min_size=W * H, max_size=W * H), st.integers(1, W * H))
def test_both_dialects(pixels: list[bool], run: int) -> None:
    mask = np.repeat(pixels, run)[: W * H].reshape(H, W)
    counts = column_runs(mask)
    for value in (
        {"size": [H, W], "counts": compressed(mask)},
        {"size": [H, W], "counts": counts},
        {"counts": [float(n) for n in counts], "size": [str(H), W]},
    ):
        masks = decoded(value)
        np.testing.assert_array_equal(masks[0].dense(), mask)
        assert masks[0].coco()["counts"].decode() == compressed(mask)
        assert masks.status[0] == ("ok" if mask.any() else "empty")


@pytest.mark.parametrize(
    "write",
    [json.dumps, lambda n: " ".join(map(str, n)), lambda n: ",".join(map(str, n)), lambda n: [str(v) for v in n]],
)
def test_run_lengths_as_text(write: Any) -> None:
    mask = disc((W, H))
    np.testing.assert_array_equal(decoded({"size": [H, W], "counts": write(column_runs(mask))})[0].dense(), mask)


def test_an_rle_in_a_text_and_an_item_that_is_one() -> None:
    mask = disc((W, H))
    value = {"size": [H, W], "counts": compressed(mask)}
    np.testing.assert_array_equal(decoded(json.dumps(value))[0].dense(), mask)
    masks = maskmill.decode(
        [{**value, "label": "a", "box_2d": [0, 0, 10, 10]}, {"rle": value}, {"segmentation": value}], (W, H)
    )
    assert masks.status.tolist() == ["ok"] * 3
    assert (masks.dense() == mask).all()


def test_run_lengths_of_zero_in_the_middle() -> None:
    value = {"size": [H, W], "counts": [5, 0, 0, 3, 0, 0, 10, 2, W * H - 20]}
    want = np.zeros(W * H, bool)
    want[5:8] = True
    want[18:20] = True
    np.testing.assert_array_equal(decoded(value)[0].dense(), want.reshape(W, H).T)


def test_all_pixels_and_none() -> None:
    assert decoded({"size": [H, W], "counts": [0, W * H]}).areas.tolist() == [W * H]
    masks = decoded({"size": [H, W], "counts": [W * H]})
    assert masks.status.tolist() == ["empty"]


@pytest.mark.parametrize("source", [(8, 6), (16, 12), (64, 48), (33, 25), (101, 75), (4, 3), (1280, 960)])
@pytest.mark.parametrize("target", [(8, 6), (64, 48), (100, 75), (31, 23)])
def test_another_size_of_the_same_aspect_is_scaled(source: tuple[int, int], target: tuple[int, int]) -> None:
    off = abs(source[0] * target[1] - source[1] * target[0]) > 0.01 * source[1] * target[0]
    mask = disc(source)
    masks = decoded({"size": [source[1], source[0]], "counts": compressed(mask)}, target)
    if off:
        assert masks.status.tolist() == ["garbage"]
    else:
        np.testing.assert_array_equal(masks[0].dense(), nearest(mask, target))
        assert codes(masks, 0) == ({"rle_scaled"} if source != target else set())


@pytest.mark.parametrize("source", [(48, 64), (64, 64), (64, 47), (66, 48), (1, 1), (64, 1)])
def test_another_aspect_is_garbage(source: tuple[int, int]) -> None:
    width, height = source
    masks = decoded({"size": [height, width], "counts": [0, width * height]}, (64, 48))
    assert masks.status.tolist() == ["garbage"]
    assert f"{width}x{height}" in masks.problems[0].message


@pytest.mark.parametrize(
    "counts",
    [
        [],
        "",
        None,
        5,
        {},
        [W * H - 1],
        [W * H + 1],
        [W * H, 1],
        [-1, W * H + 1],
        [10, -5, W * H - 5],
        [2**62, 2**62, 2**62, 2**62, W * H],
        [2**64, W * H],
        [10**30],
        [1.5, W * H - 1.5],
        [float("nan")],
        [float("inf")],
        [None, W * H],
        [True, W * H - 1],
        ["x", W * H],
        [[W * H]],
        "a b c",
        "é",
        "\0",
        "\ud800",
        "p" * 10,
        "o" * 100_000,
        "0" * 100_000,
        "1,2,3",
        "[1, 2, 3]",
        "[",
    ],
)
def test_runs_that_do_not_add_up_are_garbage(counts: Any) -> None:
    masks = decoded({"size": [H, W], "counts": counts})
    assert masks.status.tolist() == ["garbage"]
    assert masks.areas.tolist() == [0]


def test_a_string_cut_anywhere_is_garbage() -> None:
    text = compressed(disc((W, H)))
    for end in range(len(text)):
        assert decoded({"size": [H, W], "counts": text[:end]}).status.tolist() == ["garbage"]
        assert decoded({"size": [H, W], "counts": text + text[: end + 1]}).status.tolist() == ["garbage"]


@pytest.mark.parametrize(
    "size",
    [
        [H],
        [H, W, 2],
        [0, 0],
        [-H, -W],
        [H, -W],
        [H + 0.5, W],
        [float("nan"), W],
        [None, W],
        "7 by 13",
        5,
        [[H], [W]],
        [True, W],
    ],
)
def test_a_size_that_is_none_is_garbage(size: Any) -> None:
    assert decoded({"size": size, "counts": [0, W * H]}).status.tolist() == ["garbage"]


@pytest.mark.parametrize(
    "size", [[10**6, 10**6], [65_536, 1], [1, 65_536], [65_535, 65_535], [10**30, 1], [2**63, 2**63]]
)
def test_a_size_past_the_limits_is_too_large(size: list[int]) -> None:
    assert decoded({"size": size, "counts": [0, size[0] * size[1]]}).status.tolist() in (["too_large"], ["garbage"])
    if max(size) < 2**63:
        assert decoded({"size": size, "counts": [0, size[0] * size[1]]}).status.tolist() == ["too_large"]


@settings(deadline=None, derandomize=True, max_examples=cases(1000))
@given(st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=12), st.integers(1, 9), st.integers(1, 9))
def test_any_string_is_a_mask_or_garbage(counts: str, height: int, width: int) -> None:
    masks = decoded({"size": [height, width], "counts": counts}, (width, height))
    assert masks.status[0] in ("ok", "empty", "garbage")
    if masks.status[0] == "ok" and not any(c in counts for c in ",. "):
        again = coco.decode({"size": [height, width], "counts": counts.encode()})
        np.testing.assert_array_equal(masks[0].dense(), again)
