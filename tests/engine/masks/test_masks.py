"""Masks: every column, view and selection, against NumPy, pycocotools and exact arithmetic."""

from __future__ import annotations

import copy
import doctest
import json
import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pycocotools import mask as coco

import maskmill
from maskmill import Mask, Masks, Problem, Status
from maskmill.errors import ArgumentError
from maskmill.masks import _batch, _patches, _views
from support.oracle import ring_mask
from support.replies import FORMS, RING, SIZE, TOKENS, assert_sound, codes, column_runs, disc, item, png_uri, rows
from support.tiers import cases

Pixels = NDArray[np.bool_]
W, H = SIZE


def batch(masks: Pixels, labels: list[str] | None = None, scores: list[Any] | None = None) -> Masks:
    """Return a batch that holds exactly these masks (n, h, w)."""
    height, width = masks.shape[1:]
    labels = labels or [f"object {i}" for i in range(len(masks))]
    scores = scores or [None] * len(masks)
    items = [
        {"mask": {"size": [height, width], "counts": column_runs(mask)}, "label": label, "score": score}
        for mask, label, score in zip(masks, labels, scores, strict=True)
    ]
    return maskmill.decode(items, (width, height))


def pixel_masks(width: int = 9, height: int = 7, most: int = 5) -> st.SearchStrategy[Pixels]:
    """Return a strategy for noise, blocks, empty and full masks."""

    def noise(seed: int, share: float) -> Pixels:
        return np.random.default_rng(seed).random((height, width)) < share

    def block(x0: int, y0: int, x1: int, y1: int) -> Pixels:
        mask = np.zeros((height, width), bool)
        mask[y0:y1, x0:x1] = True
        return mask

    whole = st.builds(noise, st.integers(0, 999), st.sampled_from([0, 0.2, 0.5, 0.8, 1]))
    across, down = st.integers(0, width), st.integers(0, height)
    some = whole | st.builds(block, across, down, across, down)
    return st.lists(some, max_size=most).map(lambda masks: np.array(masks, bool).reshape(-1, height, width))


MIXED = [
    item(png_uri(), "map", [100, 100, 900, 900], score=0.9),
    item(RING, "ring", score=0.25),
    item(FORMS["run lengths"], "runs", None),
    item(TOKENS, "tokens", [0, 0, 500, 500], score=0.5),
    item(None, "none", None),
    item(FORMS["parts"], "ring", [900, 900, 200, 100]),
    item("x" * 70 + "!", "odd", [1, 2, 3]),
]


@pytest.fixture(scope="module")
def mixed() -> Masks:
    return maskmill.decode(MIXED, SIZE)


# Columns.


def test_every_column_has_a_row_for_each_item(mixed: Masks) -> None:
    assert_sound(mixed)
    assert len(mixed) == 7
    assert mixed.size == SIZE
    assert mixed.labels.tolist() == ["map", "ring", "runs", "tokens", "none", "ring", "odd"]
    assert mixed.status.tolist() == ["ok", "ok", "ok", "tokens", "nothing", "ok", "garbage"]
    assert mixed.forms.tolist() == ["png", "ring", "rle", "tokens", "none", "ring", "unknown"]
    np.testing.assert_array_equal(mixed.scores, np.array([0.9, 0.25, np.nan, 0.5, np.nan, np.nan, np.nan], np.float32))
    assert mixed.boxes[[0, 3, 5]].tolist() == [[6.4, 4.8, 57.6, 43.2], [0, 0, 32, 24], [6.4, 9.6, 57.6, 43.2]]
    assert np.isnan(mixed.boxes[[2, 4, 6]]).all()
    assert mixed.items == tuple(MIXED)
    assert mixed.filled.tolist() == [False] * 7
    assert mixed.reply_status == "ok"
    assert {(p.row, p.code) for p in mixed.problems} == {
        (3, "tokens"),
        (4, "nothing"),
        (5, "corners_sorted"),
        (6, "bad_box"),
        (6, "garbage"),
    }


def test_types_of_the_columns(mixed: Masks) -> None:
    for column in (mixed.labels, mixed.status, mixed.forms, mixed.scores, mixed.boxes, mixed.areas, mixed.filled):
        assert isinstance(column, np.ndarray)
    assert mixed.status.dtype.kind == mixed.forms.dtype.kind == "U"
    assert mixed.filled.dtype == np.bool_
    assert isinstance(mixed.problems, tuple)
    assert all(isinstance(problem, Problem) for problem in mixed.problems)
    (problem,) = [p for p in mixed.problems if p.row == 3]
    assert problem == (3, "tokens", problem.message, problem.excerpt)


def test_a_batch_without_rows() -> None:
    masks = maskmill.decode([], SIZE)
    assert_sound(masks)
    shapes = [
        masks.labels.shape,
        masks.status.shape,
        masks.scores.shape,
        masks.boxes.shape,
        masks.areas.shape,
        masks.dense().shape,
    ]
    assert shapes == [(0,), (0,), (0,), (0, 4), (0,), (0, H, W)]
    assert (masks.crops(), masks.coco(), masks.polygons(), list(masks), masks.items) == ([], [], [], [], ())
    assert not masks.instance_map().any()
    assert not masks.class_map(["cat"]).any()
    assert masks.iou(masks).shape == (0, 0)
    assert coco.area(masks.union()) == 0
    assert len(masks[:]) == len(masks[[]]) == 0


def test_a_row_without_a_mask_is_background(mixed: Masks) -> None:
    background = coco.encode(np.zeros((H, W), np.uint8, order="F"))["counts"]
    for row in (3, 4, 6):
        assert mixed[row].area == 0
        assert mixed[row].coco() == {"size": [H, W], "counts": background}
        assert not mixed[row].dense().any()
        assert mixed[row].polygons() == []
        assert mixed[row].crop()[2].size == 0


# Views.


@settings(deadline=None, derandomize=True, max_examples=cases(100))
@given(pixel_masks())
def test_views_of_pixels(pixels: Pixels) -> None:
    masks = batch(pixels)
    np.testing.assert_array_equal(masks.dense(), pixels)
    np.testing.assert_array_equal(masks.areas, pixels.sum(axis=(1, 2)))
    for mask, rle, crop, parts in zip(pixels, masks.coco(), masks.crops(), masks.polygons(), strict=True):
        want = coco.encode(np.asfortranarray(mask, np.uint8))
        assert rle == {"size": list(want["size"]), "counts": want["counts"]}
        assert isinstance(rle["counts"], bytes)
        assert_crop(crop, mask)
        assert_polygons(parts, mask)


def assert_crop(crop: tuple[int, int, Pixels], mask: Pixels) -> None:
    y, x, inner = crop
    assert type(y) is type(x) is int
    whole = np.zeros_like(mask)
    whole[y : y + inner.shape[0], x : x + inner.shape[1]] = inner
    np.testing.assert_array_equal(whole, mask)
    if mask.any():
        assert inner[0].any()
        assert inner[-1].any()
        assert inner[:, 0].any()
        assert inner[:, -1].any()
    else:
        assert inner.shape == (0, 0)


def assert_polygons(parts: list[Any], mask: Pixels) -> None:
    """Assert that the parts rasterise to the mask in exact arithmetic, each pixel in one of them."""
    height, width = mask.shape

    def ring(vertices: NDArray[np.int32]) -> Any:
        assert vertices.dtype == np.int32
        assert vertices.shape[1] == 2
        return [(Fraction(1000 * int(x), width), Fraction(1000 * int(y), height)) for x, y in vertices]

    total = np.zeros(mask.shape, int)
    for part in parts:
        total += ring_mask([(ring(part.outer), [ring(hole) for hole in part.holes])], width, height)
    np.testing.assert_array_equal(total, mask)


def test_polygons_keep_holes_and_parts() -> None:
    mask = np.zeros((1, 10, 10), bool)
    mask[0, 1:9, 1:9] = True
    mask[0, 3:7, 3:7] = False
    mask[0, 4:6, 4:6] = True
    (parts,) = batch(mask).polygons()
    assert sorted((len(part.outer), len(part.holes)) for part in parts) == [(4, 0), (4, 1)]


def test_a_square_stays_a_square() -> None:
    """A polygon around 10 x 10 pixels covers 100 pixels, not 81."""
    mask = np.zeros((1, 20, 20), bool)
    mask[0, 5:15, 5:15] = True
    ((part,),) = batch(mask).polygons()
    assert sorted(map(tuple, part.outer.tolist())) == [(5, 5), (5, 15), (15, 5), (15, 15)]


# Maps of several masks.


def painted(masks: Pixels, bottom_up: list[int], values: list[int]) -> NDArray[np.int32]:
    canvas = np.zeros(masks.shape[1:], np.int32)
    for row in bottom_up:
        canvas[masks[row]] = values[row]
    return canvas


def order_of(name: str, pixels: Pixels, scores: list[float | None]) -> list[int]:
    """Return rows from bottom to top, by the documented rule."""
    number = range(len(pixels))
    if name == "area":
        return sorted(number, key=lambda i: (-int(pixels[i].sum()), i))
    if name == "score":
        return sorted(number, key=lambda i: (-math.inf if scores[i] is None else scores[i], i))
    return list(number)


SCORES = st.sampled_from([None, 0.1, 0.5, 0.5, 0.9, -1.0, 0.0, 1e30])


@settings(deadline=None, derandomize=True, max_examples=cases(150))
@given(pixel_masks(), st.data(), st.sampled_from(["area", "score", "reply"]))
def test_overlaps_follow_the_order(pixels: Pixels, data: st.DataObject, order: Any) -> None:
    scores = data.draw(st.lists(SCORES, min_size=len(pixels), max_size=len(pixels)))
    labels = data.draw(st.lists(st.sampled_from(["cat", "dog", "cow"]), min_size=len(pixels), max_size=len(pixels)))
    masks = batch(pixels, labels, scores)
    bottom_up = order_of(order, pixels, scores)
    instances = masks.instance_map(order)
    assert (instances.dtype, instances.shape) == (np.int32, pixels.shape[1:])
    np.testing.assert_array_equal(instances, painted(pixels, bottom_up, [i + 1 for i in range(len(pixels))]))
    for classes, numbers in ((["dog", "cat"], {"dog": 1, "cat": 2}), ({"cat": 7, "cow": 0}, {"cat": 8, "cow": 1})):
        values = [numbers.get(label, 0) for label in labels]
        want = painted(pixels, [row for row in bottom_up if values[row]], values)
        np.testing.assert_array_equal(masks.class_map(classes, order), want)


def overlapping(scores: list[Any], areas: tuple[int, int, int] = (4, 4, 4)) -> Masks:
    pixels = np.zeros((3, 1, 8), bool)
    for row, area in enumerate(areas):
        pixels[row, 0, :area] = True
    return batch(pixels, scores=scores)


def test_ties_and_rows_without_a_score() -> None:
    nan = float("nan")
    assert overlapping([0.5, 0.5, 0.5]).instance_map("score")[0, 0] == 3
    assert overlapping([0.9, 0.5, 0.5]).instance_map("score")[0, 0] == 1
    assert overlapping([None, 0.0, None]).instance_map("score")[0, 0] == 2
    assert overlapping([-5, None, nan]).instance_map("score")[0, 0] == 1
    assert overlapping([None, nan, None]).instance_map("score")[0, 0] == 3
    assert overlapping([None] * 3).instance_map()[0, 0] == 3
    assert overlapping([None] * 3, (5, 4, 5)).instance_map("area")[0].tolist() == [2, 2, 2, 2, 3, 0, 0, 0]
    assert overlapping([None] * 3, (3, 5, 5)).instance_map("area")[0].tolist() == [1, 1, 1, 3, 3, 0, 0, 0]
    assert overlapping([9, 8, 7], (3, 4, 5)).instance_map("reply")[0].tolist() == [3, 3, 3, 3, 3, 0, 0, 0]


def test_the_default_order_is_area(mixed: Masks) -> None:
    np.testing.assert_array_equal(mixed.instance_map(), mixed.instance_map(order="area"))
    np.testing.assert_array_equal(mixed.class_map(["ring"]), mixed.class_map(["ring"], order="area"))
    assert set(np.unique(mixed.instance_map())) <= {0, 1, 2, 3, 6}
    assert set(np.unique(mixed.class_map(["none", "ring", "absent"]))) == {0, 2}


@pytest.mark.parametrize("order", ["size", "", None, 1, ["area"]])
def test_an_unknown_order_raises(mixed: Masks, order: Any) -> None:
    for call in (mixed.instance_map, lambda value: mixed.class_map(["cat"], value)):
        with pytest.raises(ArgumentError, match=r"^expected 'area', 'score' or 'reply', got .+ - at `order`$"):
            call(order)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools'
@settings(deadline=None, derandomize=True, max_examples=cases(100))
@given(pixel_masks(), pixel_masks())
def test_iou_and_union(a: Pixels, b: Pixels) -> None:
    first, second = batch(a), batch(b)
    shares = first.iou(second)
    assert (shares.shape, shares.dtype) == ((len(a), len(b)), np.float64)
    common = np.einsum("nhw,mhw->nm", a.astype(int), b.astype(int))
    total = a.sum(axis=(1, 2))[:, None] + b.sum(axis=(1, 2))[None] - common
    np.testing.assert_array_equal(shares, np.where(total > 0, common / np.maximum(total, 1), 0))
    if len(a) and len(b):
        theirs = coco.iou(first.coco(), second.coco(), [0] * len(b))
        np.testing.assert_array_equal(shares, theirs)
    np.testing.assert_array_equal(coco.decode(first.union()), a.any(axis=0))
    assert first.union()["size"] == [7, 9]


@pytest.mark.parametrize("other", [None, 5, "masks", []])
def test_iou_with_something_else(mixed: Masks, other: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^expected Masks of \(64, 48\), got .+ - at `other`$"):
        mixed.iou(other)
    with pytest.raises(ArgumentError, match="at `other`"):
        mixed.iou(maskmill.decode([], (48, 64)))


# Rows and selections.


def test_a_row_under_singular_names(mixed: Masks) -> None:
    for number, mask in enumerate(mixed):
        assert isinstance(mask, Mask)
        assert (mask.size, mask.label, mask.status, mask.form) == (
            mixed.size,
            mixed.labels[number],
            mixed.status[number],
            mixed.forms[number],
        )
        np.testing.assert_array_equal(mask.score, mixed.scores[number])
        np.testing.assert_array_equal(mask.box, mixed.boxes[number])
        assert (mask.area, mask.filled, mask.item) == (mixed.areas[number], mixed.filled[number], mixed.items[number])
        assert {p.code for p in mask.problems} == codes(mixed, number) | codes(mixed, None)
        np.testing.assert_array_equal(mask.dense(), mixed.dense()[number])
        assert mask.coco() == mixed.coco()[number]
        y, x, crop = mixed.crops()[number]
        assert mask.crop()[:2] == (y, x)
        np.testing.assert_array_equal(mask.crop()[2], crop)
        assert len(mask.polygons()) == len(mixed.polygons()[number])
        assert (type(mask.label), type(mask.area), type(mask.score), type(mask.filled)) == (str, int, float, bool)
        assert isinstance(mask.status, Status)
        assert mask.status.sentence


def assert_same(selected: Masks, mixed: Masks, numbers: list[int]) -> None:
    assert_sound(selected)
    assert rows(selected) == [rows(mixed)[number] for number in numbers]
    assert selected.items == tuple(mixed.items[number] for number in numbers)
    assert (selected.size, selected.reply_status) == (mixed.size, mixed.reply_status)
    for row, number in enumerate(numbers):
        assert codes(selected, row) == codes(mixed, number)


@pytest.mark.parametrize(
    "key", [slice(None), slice(2, 5), slice(5, 2, -1), slice(None, None, 2), slice(-2, None), slice(99, None), slice(0)]
)
def test_a_slice(mixed: Masks, key: slice) -> None:
    assert_same(mixed[key], mixed, list(range(7))[key])


@pytest.mark.parametrize("numbers", [[], [0], [3, 1], [-1, 0], [6, 5, 4, 3, 2, 1, 0]])
def test_numbers(mixed: Masks, numbers: list[int]) -> None:
    want = [number % 7 for number in numbers]
    assert_same(mixed[numbers], mixed, want)
    assert_same(mixed[np.array(numbers, np.int64)], mixed, want)
    assert_same(mixed[np.array(numbers, np.int8)], mixed, want)


def test_a_row_taken_twice(mixed: Masks) -> None:
    selected = mixed[[3, 3, 6]]
    assert rows(selected) == [rows(mixed)[number] for number in (3, 3, 6)]
    assert_sound(selected)


def test_booleans(mixed: Masks) -> None:
    assert_same(mixed[mixed.status == "ok"], mixed, [0, 1, 2, 5])
    assert_same(mixed[mixed.areas > 10**9], mixed, [])
    assert_same(mixed[[False, True, False, False, False, False, True]], mixed, [1, 6])
    assert_same(mixed[mixed.labels == "ring"], mixed, [1, 5])
    assert_same(mixed[mixed.labels == "ring"][1:], mixed, [5])


def test_one_row_by_its_number(mixed: Masks) -> None:
    assert mixed[-1].label == mixed[6].label == mixed[np.int64(6)].label == "odd"
    for number in (7, -8, 10**30):
        with pytest.raises(IndexError):
            mixed[number]
    with pytest.raises(IndexError):
        mixed[[0, 7]]


@pytest.mark.parametrize(
    "key", ["ok", None, 1.5, [0.5], [True, False], np.ones(8, bool), [[0, 1]], True, {0}, ["ok"], (1, "a")]
)
def test_an_invalid_key_raises(mixed: Masks, key: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^expected .+, got .+ - at `masks\[…\]`$"):
        mixed[key]


def test_problems_of_the_reply_stay_with_a_selection() -> None:
    masks = maskmill.decode([*MIXED, "no item"], SIZE)
    for selected in (masks[:0], masks[2:], masks[[1]]):
        assert codes(selected, None) == {"not_an_item"}


# Immutability, copies, text.


def test_a_batch_is_immutable(mixed: Masks) -> None:
    before = json.dumps(mixed.to_dict())
    for name in ("size", "labels", "status", "boxes", "areas", "problems", "reply_status", "new"):
        with pytest.raises(AttributeError):
            setattr(mixed, name, None)
        with pytest.raises(AttributeError):
            setattr(mixed[0], name, None)
    for name in ("scores", "boxes", "areas", "filled"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(mixed, name)[0] = 1
    for name in ("labels", "status", "forms"):
        column = getattr(mixed, name)
        if column.flags.writeable:
            column[0] = "changed"
    mixed.dense()[:] = True
    mixed.coco()[0]["counts"] = b""
    mixed.crops()[0][2][:] = False
    mixed.instance_map()[:] = 9
    for part in mixed.polygons()[0]:
        part.outer[:] = 0
    assert json.dumps(mixed.to_dict()) == before


def test_changing_the_reply_afterwards_does_not_change_the_masks() -> None:
    reply = [item(RING, "cat")]
    masks = maskmill.decode(reply, SIZE)
    reply[0]["label"] = "dog"
    reply.clear()
    assert masks.labels.tolist() == [masks.items[0]["label"]] == ["cat"]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_holds_everything(mixed: Masks, protocol: int) -> None:
    for masks in (mixed, mixed[:0], mixed[[1, 3]], maskmill.decode(None, SIZE)):
        again = pickle.loads(pickle.dumps(masks, protocol))
        assert again.to_dict() == masks.to_dict()
        assert_sound(again)
        with pytest.raises(ValueError, match="read-only"):
            again.areas[...] = 1
    row = pickle.loads(pickle.dumps(mixed[3], protocol))
    assert (row.label, row.status) == ("tokens", "tokens")


def test_copies(mixed: Masks) -> None:
    for again in (copy.copy(mixed), copy.deepcopy(mixed)):
        assert again.to_dict() == mixed.to_dict()


def test_a_pickle_is_small() -> None:
    ring = [[100, 100], [900, 150], [500, 900]]
    masks = maskmill.decode([{"mask": ring}] * 20, (1920, 1080))
    assert len(pickle.dumps(masks)) < masks.dense().nbytes // 100


def test_texts(mixed: Masks) -> None:
    first, *advice = repr(mixed).splitlines()
    assert first == "<Masks: 7 rows of 64x48, 4 ok, 1 tokens, 1 nothing, 1 garbage"
    assert [line.split(":")[0] for line in advice] == ["tokens (row 3)", "nothing (row 4)", "garbage (row 6)"]
    assert advice[-1] == f"garbage (row 6): {mixed[6].problems[-1].advice}>"
    assert repr(mixed[0]).startswith("<Mask: 'map' ok, ")
    assert "\n" not in repr(mixed[0])
    assert repr(mixed[3]).splitlines() == ["<Mask: 'tokens' tokens, 0 pixels", f"{mixed[3].problems[0].advice}>"]
    assert repr(maskmill.decode([], SIZE)) == "<Masks: 0 rows of 64x48>"
    assert repr(maskmill.decode([item(RING)], SIZE)) == "<Masks: 1 rows of 64x48, 1 ok>"
    assert repr(maskmill.decode("I cannot.", SIZE)).startswith("<Masks: 0 rows of 64x48\nno_json: Read what")


def test_the_text_of_a_large_batch_is_short() -> None:
    items = [{"mask": value} for value in (None, TOKENS, TOKENS[:-8], "gimme_mask_for_this")] * 500
    text = repr(maskmill.decode(items, SIZE))
    assert text.endswith("\n…>")
    assert len(text) < 2500
    assert "nothing (rows 0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44 and 488 more): Ask a Gemini 3" in text


# to_dict and from_dict.


@pytest.mark.parametrize(
    "reply",
    [None, "[]", "no", MIXED, [*MIXED, 5], json.dumps(MIXED)[:-9], {"promptFeedback": {"blockReason": "SAFETY"}}],
)
@pytest.mark.parametrize("fallback", ["none", "box"])
def test_a_round_trip_through_json(reply: Any, fallback: Any) -> None:
    masks = maskmill.decode(reply, SIZE, fallback=fallback)
    again = Masks.from_dict(json.loads(json.dumps(masks.to_dict(), allow_nan=False)))
    assert_sound(again)
    assert rows(again) == rows(masks)
    assert (again.size, again.reply_status, again.problems) == (masks.size, masks.reply_status, masks.problems)
    assert again.items == masks.items
    assert again.filled.tolist() == masks.filled.tolist()
    np.testing.assert_array_equal(again.scores, masks.scores)
    assert again.to_dict() == masks.to_dict() == Masks.from_dict(masks.to_dict()).to_dict()


@pytest.mark.parametrize(
    "odd",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        10**30,
        pytest.param(10**5000, id="an integer of 5001 digits"),
        "\ud800",
        "a\0b",
        "é😀",
        b"bytes",
        {1, 2},
        (1, 2),
        {5: {None: [float("nan")]}},
        {"a": {"b": ["\udfff", object()]}},
        np.float64("nan"),
        np.arange(3),
        Status.OK,
        True,
    ],
)
def test_unusual_values_in_an_item_become_json(odd: Any) -> None:
    masks = maskmill.decode([{**item(RING, "cat"), "note": odd}], SIZE)
    text = json.dumps(masks.to_dict(), allow_nan=False)
    text.encode()
    json.loads(text)
    assert rows(Masks.from_dict(json.loads(text))) == rows(masks)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for key, inner in pairs if key != "item" for path in paths(inner, (*here, key)))]


def replaced(data: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    data = copy.copy(data)
    data[path[0]] = replaced(data[path[0]], path[1:], new)
    return data


DAMAGE: list[Any] = [
    None,
    0,
    -1,
    10**400,
    math.inf,
    math.nan,
    "x",
    "\ud800",
    b"x",
    [],
    [1],
    [[1]],
    {},
    {"a": 1},
    True,
    [10**400] * 4,
]


def test_a_damaged_dict_is_read_or_refused(mixed: Masks) -> None:
    """For any damage, from_dict returns a valid batch or raises an ArgumentError."""
    data = mixed[[0, 3]].to_dict()
    for path in paths(data):
        for new in DAMAGE:
            damaged, refusal = replaced(data, path, new), ""
            try:
                masks = Masks.from_dict(damaged)
                masks.dense()
                json.dumps(masks.to_dict(), allow_nan=False)
            except ArgumentError as error:
                refusal = str(error)
            assert refusal == "" or (refusal.startswith("expected ") and " - at `" in refusal)
    for path in paths(data):
        if path and isinstance(path[-1], str):
            holder = replaced(data, path, None)
            inner = holder
            for key in path[:-1]:
                inner = inner[key]
            del inner[path[-1]]
            with pytest.raises(ArgumentError):
                Masks.from_dict(holder)


@pytest.mark.parametrize("data", [None, 5, "x", [], {}, {"version": 2}, {"version": "1"}, {"size": [1, 1]}])
def test_from_dict_of_other_values(data: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^expected .+, got .+ - at `data`$"):
        Masks.from_dict(data)


# fallback="box".


def test_the_fallback_fills_the_box_and_keeps_the_status(mixed: Masks) -> None:
    filled = maskmill.decode(MIXED, SIZE, fallback="box")
    assert filled.status.tolist() == mixed.status.tolist()
    assert filled.filled.tolist() == [False, False, False, True, False, False, False]
    want = mixed.dense()
    want[3, :24, :32] = True
    np.testing.assert_array_equal(filled.dense(), want)
    assert [problem[:2] for problem in filled.problems] == [problem[:2] for problem in mixed.problems]
    assert_sound(filled)


@pytest.mark.parametrize(
    ("mask", "status"),
    [
        (None, "nothing"),
        (TOKENS, "tokens"),
        ("<seg_1>", "tokens_incomplete"),
        ("gimme_mask_for_this", "placeholder"),
        ("?!", "garbage"),
        ([[1, 1]], "degenerate"),
        ([[0, 0], [17_000, 0], [0, 9]], "too_large"),
    ],
)
def test_the_fallback_for_every_status(mask: Any, status: str) -> None:
    masks = maskmill.decode([item(mask, box=[-100, 250, 500, 750])], SIZE, fallback="box")
    assert (masks.status.tolist(), masks.filled.tolist()) == ([status], [True])
    want = np.zeros((H, W), bool)
    want[:24, 16:48] = True
    np.testing.assert_array_equal(masks[0].dense(), want)


def test_the_fallback_for_a_truncated_row() -> None:
    masks = maskmill.decode('[{"box_2d": [0, 0, 500, 500], "mask": "<start_of_mask><seg_1>', SIZE, fallback="box")
    assert (masks.status.tolist(), masks.filled.tolist(), masks.areas.tolist()) == (["truncated"], [True], [32 * 24])


@pytest.mark.parametrize("box", [None, [1, 2, 3], [500, 500, 500, 900], [2000, 2000, 3000, 3000], [5, 5, 6, 6]])
def test_a_box_without_pixels_fills_nothing(box: Any) -> None:
    masks = maskmill.decode([item(TOKENS, box=box)], SIZE, fallback="box")
    assert (masks.filled.tolist(), masks.areas.tolist()) == ([False], [0])
    assert_sound(masks)


def test_an_empty_mask_is_not_filled() -> None:
    masks = maskmill.decode([item(FORMS["run lengths"] | {"counts": [W * H]}), item(png_uri())], SIZE, fallback="box")
    assert masks.status.tolist() == ["empty", "ok"]
    assert masks.filled.tolist() == [False, False]


# overlay.


def test_an_overlay_changes_the_image_but_not_the_input(mixed: Masks) -> None:
    image = np.random.default_rng(1).integers(0, 256, (H, W, 3), np.uint8)
    before = image.copy()
    for ground in (image, image[..., 0], None):
        picture = mixed.overlay(ground)
        assert (picture.shape, picture.dtype) == ((H, W, 3), np.uint8)
    np.testing.assert_array_equal(image, before)
    assert (mixed.overlay(image) != image).any()
    above = slice(H // 2)  # below it, a banner says that there is no mask
    np.testing.assert_array_equal(mixed[:0].overlay(image)[above], image[above])
    np.testing.assert_array_equal(mixed[:0].overlay(image[..., 0])[above], np.repeat(image[above, :, :1], 3, axis=2))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((W, H, 3), np.uint8),
        np.zeros((H, W, 3)),
        np.zeros((H, W, 2), np.uint8),
        np.zeros(5, np.uint8),
        "image.png",
        5,
    ],
)
def test_an_overlay_of_another_image_raises(mixed: Masks, image: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^expected .+, got .+ - at `image`$"):
        mixed.overlay(image)


def test_a_round_trip_of_large_masks() -> None:
    big = disc((1920, 1080))
    masks = maskmill.decode([{"mask": {"size": [1080, 1920], "counts": column_runs(big)}}], (1920, 1080))
    np.testing.assert_array_equal(masks[0].dense(), big)
    np.testing.assert_array_equal(Masks.from_dict(masks.to_dict())[0].dense(), big)


def test_masks_without_pixels() -> None:
    assert Masks.from_dense(np.zeros((0, 4, 6), bool)).size == (6, 4)
    with pytest.raises(ArgumentError, match="with pixels"):
        Masks.from_dense(np.zeros((1, 0, 6), bool))


@pytest.mark.parametrize("kind", [Masks, Mask, _views.Views, _patches.Patch], ids=lambda kind: kind.__name__)
def test_examples_of_methods(kind: type) -> None:
    """Doctest does not find them by module, since classes name the package as their module."""
    runner = doctest.DocTestRunner()
    for example in doctest.DocTestFinder().find(kind, module=False, globs=vars(_batch).copy()):
        runner.run(example)
    assert runner.summarize(verbose=False).failed == 0
