"""Rings from value to pixels, against exact arithmetic; and every ring that is none."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from maskmill import Limits
from support.oracle import Part, ring_mask
from support.replies import assert_sound, codes, item
from support.seeds import SEEDS
from support.tiers import cases

W, H = 24, 18
INTEGERS = st.integers(-200, 1200)
DECIMALS = st.integers(-2000, 12000).map(lambda v: v / 10)
FLOATS = st.floats(-200, 1200)


def rings_of(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[list[list[Any]]]:
    return st.lists(st.tuples(numbers, numbers).map(list), min_size=3, max_size=7)


def status_of(value: Any, box: Any = None, **options: Any) -> str:
    masks = maskmill.decode([{"mask": value, "box_2d": box}], (W, H), **options)
    assert_sound(masks)
    return str(masks.status[0])


def assert_pixels(value: Any, parts: list[Part], width: int = W, height: int = H) -> None:
    masks = maskmill.decode([{"mask": value, "label": "a"}], (width, height))
    want = ring_mask(parts, width, height)
    np.testing.assert_array_equal(masks[0].dense(), want)
    assert masks.status[0] in (("ok",) if want.any() else ("empty", "degenerate"))


@settings(deadline=None, derandomize=True, max_examples=cases(400))
@given(rings_of(INTEGERS) | rings_of(DECIMALS) | rings_of(FLOATS))
def test_one_ring_is_exact(ring: list[list[float]]) -> None:
    if not all(0 <= v <= 1 for point in ring for v in point):  # else it is read as 0 to 1
        assert_pixels(ring, [([(x, y) for x, y in ring], [])])


@settings(deadline=None, derandomize=True, max_examples=cases(300))
@given(st.lists(st.tuples(rings_of(INTEGERS), st.lists(rings_of(INTEGERS), max_size=2)), min_size=1, max_size=3))
def test_parts_with_holes_are_exact(parts: list[tuple[Any, list[Any]]]) -> None:
    rings = [ring for outer, holes in parts for ring in (outer, *holes)]
    if all(0 <= v <= 1 for ring in rings for point in ring for v in point):
        return
    assert_pixels([{"outer": outer, "holes": holes} for outer, holes in parts], parts)


@pytest.mark.parametrize("name", SEEDS)
def test_every_seed_through_a_reply(name: str) -> None:
    seed = SEEDS[name]
    value = [
        {"outer": [list(v) for v in outer], "holes": [[list(v) for v in h] for h in holes]}
        for outer, holes in seed.parts
    ]
    masks = maskmill.decode(
        json.dumps([{"mask": value}]), (seed.width, seed.height), limits=Limits(max_coordinate=16_001)
    )
    np.testing.assert_array_equal(masks[0].dense(), ring_mask(seed.parts, seed.width, seed.height))


def test_a_box_never_clips_a_ring() -> None:
    ring = [[100, 100], [900, 100], [900, 900], [100, 900]]
    masks = maskmill.decode([item(ring, box=[300, 300, 500, 500]), item(ring, box=None)], (W, H))
    assert masks.areas[0] == masks.areas[1] > 0


def test_rings_side_by_side_are_united() -> None:
    left, right = [[0, 0], [500, 0], [500, 1000], [0, 1000]], [[500, 0], [1000, 0], [1000, 1000], [500, 1000]]
    assert_pixels([left, right], [(left, []), (right, [])])
    assert_pixels([left, left], [(left, [])])


def test_a_hole_cuts_its_own_part_alone() -> None:
    outer, hole = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]], [[250, 250], [750, 250], [750, 750], [250, 750]]
    island = [[300, 300], [600, 300], [600, 600], [300, 600]]
    assert_pixels([{"outer": outer, "holes": [hole]}, {"outer": island}], [(outer, [hole]), (island, [])])


# M13: chunks.

RIVER = [[100, 100], [100, 300], [100, 500], [150, 500], [150, 300], [150, 100]]
LAKES = [[[100, 100], [300, 100], [300, 300], [100, 300]], [[600, 600], [900, 600], [900, 900], [600, 900]]]


def flat(ring: list[list[int]]) -> list[int]:
    return [v for point in ring for v in point]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_m13_pieces_of_one_ring(size: int) -> None:
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = [[round(500 + 400 * np.cos(t)), round(500 + 300 * np.sin(t))] for t in angles]
    chunks = [flat(ring[i : i + size]) for i in range(0, len(ring), size)]
    chunks = [chunk for chunk in chunks if chunk]
    value: Any = chunks if size > 1 else [[*chunk, *chunk] for chunk in chunks]
    masks = maskmill.decode([item(value, box=[200, 100, 800, 900])], (W, H))
    np.testing.assert_array_equal(masks[0].dense(), ring_mask([(ring, [])], W, H))
    assert codes(masks, 0) == {"chunks_joined"}


def test_m13_rings_of_their_own() -> None:
    masks = maskmill.decode([item([flat(lake) for lake in LAKES], box=[100, 100, 900, 900])], (W, H))
    np.testing.assert_array_equal(masks[0].dense(), ring_mask([(lake, []) for lake in LAKES], W, H))
    assert codes(masks, 0) == {"chunks_apart"}


def test_m13_y_first() -> None:
    tall = [[[y // 2, x] for x, y in lake] for lake in LAKES]
    masks = maskmill.decode([item([flat(lake) for lake in tall], box=[50, 100, 450, 900])], (W, H))
    want = [([(x, y) for y, x in lake], []) for lake in tall]
    np.testing.assert_array_equal(masks[0].dense(), ring_mask(want, W, H))
    assert codes(masks, 0) == {"chunks_apart", "axes_swapped"}


# Frame.


@pytest.mark.parametrize("box", [None, [0.1, 0.2, 0.9, 0.8], [100, 200, 900, 800]])
def test_coordinates_from_0_to_1(box: Any) -> None:
    ring = [[0.2, 0.1], [0.8, 0.1], [0.8, 0.9], [0.2, 0.9]]
    masks = maskmill.decode([{"mask": ring, "box_2d": box}], (20, 10))
    assert masks.areas.tolist() == [12 * 8]
    assert "ring_unit" in codes(masks, 0)
    if box:
        assert masks.boxes.tolist() == [[4, 1, 16, 9]]


def test_a_whole_image_from_0_to_1() -> None:
    ring = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
    masks = maskmill.decode([{"mask": ring, "box_2d": [0.0, 0.0, 1.0, 1.0]}], (20, 10))
    assert masks.areas.tolist() == [200]


def test_the_frame_is_not_0_to_1_when_one_number_is_above() -> None:
    ring = [[0.5, 0.5], [0.5, 400], [400.5, 0.5]]
    assert_pixels(ring, [([(x, y) for x, y in ring], [])])


def test_what_leaves_the_image_is_clipped_and_said() -> None:
    ring = [[-100, -100], [1100, -100], [1100, 1100], [-100, 1100]]
    masks = maskmill.decode([{"mask": ring}], (W, H))
    assert masks.areas.tolist() == [W * H]
    assert codes(masks, 0) == {"clipped"}
    assert maskmill.decode([{"mask": [[0, 0], [1000, 0], [1000, 1000]]}], (W, H)).problems == ()


# No ring.


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ([[100, 100]], "degenerate"),
        ([[100, 100], [200, 200]], "degenerate"),
        ([[100, 100], [200, 200], [300, 300]], "degenerate"),
        ([[100, 100], [100, 100], [100, 100]], "degenerate"),
        ([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]], "degenerate"),
        ([100, 100, 900, 900], "degenerate"),
        ({"x": 100, "y": 100}, "degenerate"),
        ({"outer": [[1, 1], [2, 2]], "holes": []}, "degenerate"),
        ([[401, 401], [402, 401], [402, 402]], "empty"),
        ([[1100, 1100], [1300, 1100], [1300, 1300]], "empty"),
        ([[-100, 100], [-50, 100], [-50, 900]], "empty"),
        ({"outer": [[0, 0], [900, 0], [900, 900]], "holes": [[[0, 0], [900, 0], [900, 900]]]}, "empty"),
        ([[0, 0], [16_001, 0], [0, 900]], "too_large"),
        ([[0, 0], [-16_001, 0], [0, 900]], "too_large"),
        ([[0, 0], [1e300, 0], [0, 900]], "too_large"),
        ([[0, 0], [10**30, 0], [0, 900]], "too_large"),
        ([[0, 0], [900, float("nan")], [0, 900]], "garbage"),
        ([[0, 0], [900, float("inf")], [0, 900]], "garbage"),
        ([[0, 0], ["NaN", 0], [0, 900]], "garbage"),
        ([[0, 0], ["1e999", 0], [0, 900]], "garbage"),
        ([[0, 0], [None, 0], [0, 900]], "garbage"),
        ([[0, 0], [True, 0], [0, 900]], "garbage"),
        ([[0, 0], [900], [0, 900]], "garbage"),
        ([[0, 0, 0], [900, 0, 0], [0, 900, 0]], "ok"),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 9]], "degenerate"),
        ({"x": [1, 2], "y": [3, 4]}, "degenerate"),
        ([0, 0, 900, 0, 0], "garbage"),
        ([[0, 0], [900, 0], "and so on"], "garbage"),
        ([[0, 0], {"x": 900, "y": 0}, [0, 900]], "garbage"),
        ([{"x": 0, "y": 0}, {"x": 900}, {"x": 0, "y": 900}], "garbage"),
        ("0,0,900,0,0", "garbage"),
        ("0,0;900;0,900 and more", "garbage"),
    ],
)
def test_what_is_no_ring(value: Any, status: str) -> None:
    assert status_of(value) == status
    assert status_of(json.loads(json.dumps(value))) == status


@pytest.mark.parametrize("value", [[[0, 0], [10**400, 0], [0, 900]], {"outer": [[0, 0], [10**5000, 0], [0, 900]]}])
def test_an_integer_past_every_float(value: Any) -> None:
    assert status_of(value) in ("too_large", "garbage")


@pytest.mark.parametrize("broken", [[], None, [[1, 2]], [[1, 2], [3, 4]], [[5, 5], [5, 5], [5, 5]]])
def test_a_ring_that_is_none_beside_a_good_one(broken: Any) -> None:
    """A part without points costs the mask nothing: it has no area to add."""
    good = [[100, 100], [900, 100], [900, 900]]
    want = maskmill.decode([{"mask": good}], (W, H)).areas.tolist()
    for value in ([good, broken], [{"outer": good}, {"outer": broken}], {"outer": good, "holes": [broken]}):
        masks = maskmill.decode([{"mask": value}], (W, H))
        assert masks.areas.tolist() == want, value


def test_limits_hold_at_the_number_they_name() -> None:
    ring = [[n % 900, n // 2] for n in range(1000)]
    assert status_of(ring, limits=Limits(max_vertices=1000)) == "ok"
    assert status_of(ring, limits=Limits(max_vertices=999)) == "too_large"
    assert status_of(flat(ring), limits=Limits(max_vertices=999)) == "too_large"
    assert status_of([ring[:500], ring[500:]], limits=Limits(max_vertices=999)) == "too_large"
    assert status_of({"outer": ring[:500], "holes": [ring[500:]]}, limits=Limits(max_vertices=999)) == "too_large"
    assert status_of([[0, 0], [700, 0], [0, -700]], limits=Limits(max_coordinate=700)) == "empty"
    assert status_of([[0, 0], [700, 0], [0, 701]], limits=Limits(max_coordinate=700)) == "too_large"
    assert status_of([[0, 0], [16_000, 0], [0, 16_000]]) == "ok"
