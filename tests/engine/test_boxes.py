"""Boxes: from whatever a model wrote to pixels, exactly."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from maskmill._boxes import Box, as_number, is_unit_frame, read_box
from maskmill._kernels.steps.boxes import pixel_corners
from support.replies import RING, assert_sound, codes, item, png_uri
from support.tiers import cases

SIZE = (640, 480)
WANT = Box(y0=100, x0=200, y1=300, x1=400)


def test_every_integer_corner_is_exact() -> None:
    """All 4.1 million pairs of a coordinate up to 1000 and a size up to 4096, in the same order of operations."""
    values, sizes = np.arange(1001)[:, None], np.arange(1, 4097)[None, :]
    np.testing.assert_array_equal((values * sizes / 1000).astype(np.int64), values * sizes // 1000)


def test_corners_that_other_orders_of_operations_miss() -> None:
    """The pairs that ``v / 1000 * size`` or ``v * (size / 1000)`` cut one pixel short."""
    values, sizes = np.arange(1001)[:, None], np.arange(1, 4097)[None, :]
    whole = values * sizes // 1000
    short = ((values / 1000 * sizes).astype(np.int64) < whole) | ((values * (sizes / 1000)).astype(np.int64) < whole)
    pairs = [(int(v), int(n) + 1) for v, n in np.argwhere(short)]
    assert len(pairs) > 1000
    for v, n in pairs:
        corners = Box(v, 0, 1000, 1000).in_pixels((1, n))
        assert pixel_corners(corners)[:2] == (0, v * n // 1000)
        corners = Box(0, v, 1000, 1000).in_pixels((n, 1))
        assert pixel_corners(corners)[:2] == (v * n // 1000, 0)


@settings(deadline=None, derandomize=True, max_examples=cases(2000))
@given(st.tuples(*[st.integers(-16_000, 16_000)] * 4), st.tuples(st.integers(1, 65_535), st.integers(1, 65_535)))
def test_a_box_in_pixels(numbers: tuple[int, int, int, int], size: tuple[int, int]) -> None:
    box, _ = read_box(list(numbers))
    assert box is not None
    y0, y1 = sorted(numbers[::2])
    x0, x1 = sorted(numbers[1::2])
    exact = [Fraction(v * side, 1000) for v, side in ((x0, size[0]), (y0, size[1]), (x1, size[0]), (y1, size[1]))]
    corners = box.in_pixels(size)
    assert corners == tuple(float(v) for v in exact)
    assert pixel_corners(corners) == tuple(int(v) for v in exact)


@settings(deadline=None, derandomize=True, max_examples=cases(200))
@given(st.lists(st.integers(-100, 1050), min_size=4, max_size=4), st.integers(1, 4096), st.integers(1, 4096))
def test_the_column_of_boxes(numbers: list[int], width: int, height: int) -> None:
    masks = maskmill.decode([{"box_2d": numbers}], (width, height))
    y0, x0, y1, x1 = numbers
    want = [
        min(x0, x1) * width / 1000,
        min(y0, y1) * height / 1000,
        max(x0, x1) * width / 1000,
        max(y0, y1) * height / 1000,
    ]
    assert masks.boxes.tolist() == [want]


SHAPES: list[tuple[Any, str | None]] = [
    ([100, 200, 300, 400], None),
    ([100.0, 200.0, 300.0, 400.0], None),
    ([300, 400, 100, 200], "corners_sorted"),
    ([300, 200, 100, 400], "corners_sorted"),
    ([100, 400, 300, 200], "corners_sorted"),
    (["100", "200", "300", "400"], "box_mended"),
    ([100, "200", 300, " 400 "], "box_mended"),
    (["1e2", "200.0", "3.0E2", "400"], "box_mended"),
    ("100, 200, 300, 400", "box_mended"),
    ("[100, 200, 300, 400]", "box_mended"),
    ("[100,200,300,400]", "box_mended"),
    ("100 200 300 400", "box_mended"),
    ("(100, 200, 300, 400)", "box_mended"),
    ([[100, 200, 300, 400]], "box_mended"),
    ([[100, 200], [300, 400]], "box_mended"),
    ({"ymin": 100, "xmin": 200, "ymax": 300, "xmax": 400}, "box_mended"),
    ({"xmin": 200, "ymin": 100, "xmax": 400, "ymax": 300}, "box_mended"),
    ({"y_min": 100, "x_min": 200, "y_max": 300, "x_max": 400}, "box_mended"),
    ({"yMin": "100", "xMin": "200", "yMax": "300", "xMax": "400"}, "box_mended"),
    ({"y0": 100, "x0": 200, "y1": 300, "x1": 400}, "box_mended"),
    ({"x1": 200, "y1": 100, "x2": 400, "y2": 300}, "box_mended"),
    ({"top": 100, "left": 200, "bottom": 300, "right": 400}, "box_mended"),
    ({"x": 200, "y": 100, "width": 200, "height": 200}, "box_mended"),
    ({"x": 200, "y": 100, "w": 200, "h": 200}, "box_mended"),
    ([0.1, 0.2, 0.3, 0.4], "box_unit"),
]


@pytest.mark.parametrize(("value", "code"), SHAPES)
def test_boxes_of_every_shape(value: Any, code: str | None) -> None:
    box, notes = read_box(value)
    assert box is not None
    assert box == pytest.approx(WANT, abs=1e-12) if code == "box_unit" else box == WANT
    assert [note.code for note in notes] == ([code] if code else [])
    ring = [[200, 100], [400, 120], [380, 300], [210, 300]]
    for reply in ([item(ring, box=value)], json.dumps([item(ring, box=value)])):
        masks = maskmill.decode(reply, SIZE)
        assert masks.boxes[0].tolist() == [128.0, 48.0, 256.0, 144.0]
        assert masks.status.tolist() == ["ok"]
        assert codes(masks, 0) - {"axes_swapped"} == ({code} if code else set())


@pytest.mark.parametrize(
    "value",
    [
        [100, 200, 300],
        [100, 200, 300, 400, 500],
        [100, 200, 300, 400, 0.9],
        [100, 200, 300, None],
        [100, 200, 300, "right"],
        [100, 200, 300, ""],
        [100, 200, 300, True],
        [100, 200, 300, math.nan],
        [100, 200, 300, math.inf],
        [100, 200, 300, -math.inf],
        [100, 200, 300, "NaN"],
        [100, 200, 300, "1e999"],
        [100, 200, 300, [400]],
        [100, 200, 300, {}],
        [[100, 200], [300]],
        [[[100, 200], [300, 400]]],
        "100, 200, 300",
        "top left",
        "<loc0100><loc0200><loc0300><loc0400>",
        "x" * 100_000,
        5,
        True,
        0.5,
        {"ymin": 100, "xmin": 200, "ymax": 300},
        {"ymin": 100, "xmin": 200, "ymax": 300, "xmax": None},
        {"a": 1, "b": 2, "c": 3, "d": 4},
        [[]],
        [[], []],
        [{}],
    ],
)
def test_what_is_no_box(value: Any) -> None:
    assert read_box(value)[0] is None
    masks = maskmill.decode([item(png_uri(), "map", value), item(RING, "ring", value), item(None, "null", value)], SIZE)
    assert masks.status.tolist() == ["no_box", "ok", "nothing"]
    assert np.isnan(masks.boxes).all()
    assert all("bad_box" in codes(masks, row) for row in range(3))
    assert_sound(masks)


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_no_box_at_all_is_no_problem(value: Any) -> None:
    assert read_box(value) == (None, [])
    masks = maskmill.decode([item(RING, box=value)], SIZE)
    assert (masks.status.tolist(), masks.problems) == (["ok"], ())


@pytest.mark.parametrize(
    ("numbers", "unit"),
    [
        ([0.1, 0.2, 0.3, 0.4], True),
        ([0, 0, 0.5, 0.5], True),
        ([0, 0, 1, 0.5], True),
        ([0.0, 0.0, 1.0, 1.0], True),
        ([0, 0, 1, 1], False),
        ([0, 0, 0, 0], False),
        ([0.1, 0.2, 0.3, 1.4], False),
        ([-0.1, 0.2, 0.3, 0.4], False),
        ([0.5, 0.5, 1.5, 300], False),
    ],
)
def test_the_frame_of_0_to_1(numbers: list[float], unit: bool) -> None:
    assert is_unit_frame(numbers) == unit
    masks = maskmill.decode([{"box_2d": numbers}], (1000, 1000))
    assert ("box_unit" in codes(masks, 0)) == unit


def test_values_beyond_the_image_are_kept() -> None:
    masks = maskmill.decode([{"box_2d": [-50, -100, 1050, 2000]}], SIZE)
    assert masks.boxes.tolist() == [[-64.0, -24.0, 1280.0, 504.0]]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        (-5.5, -5.5),
        ("5", 5.0),
        (" -5.5 ", -5.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        (True, None),
        (None, None),
        ("", None),
        ("five", None),
        ("5px", None),
        ("1_000", None),
        ("0x10", None),
        ("inf", None),
        ("nan", None),
        ("9" * 5000, None),
        (math.nan, None),
        (math.inf, None),
        ([5], None),
        pytest.param(10**5000, None, id="an integer of 5001 digits"),
    ],
)
def test_numbers(value: Any, number: float | None) -> None:
    assert as_number(value) == number


@settings(deadline=None, derandomize=True, max_examples=cases(500))
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=5)
            | st.dictionaries(st.sampled_from(["x", "y", "w", "h", "ymin", "x0", "left"]), inner)
        ),
        max_leaves=8,
    )
)
def test_any_value_is_a_box_or_none(value: Any) -> None:
    box, _notes = read_box(value)
    if box is not None:
        assert box.y0 <= box.y1
        assert box.x0 <= box.x1
        assert all(math.isfinite(v) for v in box.in_pixels((65_535, 65_535)))
