"""Holes by a flag, by a word for the role of a ring, and under the names of keys."""

from __future__ import annotations

from typing import Any

import pytest

import maskmill
from support.replies import assert_sound, codes, item

BOX = [100, 200, 500, 600]
RING = [[200, 100], [600, 100], [600, 500], [200, 500]]
INNER = [[300, 200], [400, 200], [400, 300], [300, 300]]
ISLAND = [[330, 230], [370, 230], [370, 270], [330, 270]]
CUT = 400 * 320 - 100 * 80


def decoded(value: Any) -> maskmill.Masks:
    masks = maskmill.decode([item(value, box=BOX)], (1000, 800))
    assert_sound(masks)
    return masks


FLAGS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"is_hole": False}, {"is_hole": True}),
    ({"isHole": 0}, {"isHole": 1}),
    ({"hole": False}, {"hole": True}),
    ({}, {"hole": "true"}),
    ({"type": "outer"}, {"type": "inner"}),
    ({"type": "polygon"}, {"type": "hole"}),
    ({"kind": "exterior"}, {"kind": "interior"}),
    ({"role": "Outer ring"}, {"role": "Inner ring"}),
    ({"is_outer": True}, {"is_outer": False}),
    ({"polarity": "positive"}, {"polarity": "negative"}),
    ({"op": "add"}, {"op": "subtract"}),
]


@pytest.mark.parametrize(("outer", "inner"), FLAGS)
@pytest.mark.parametrize("key", ["points", "polygon", "vertices"])
def test_flags_cut_holes(outer: dict[str, Any], inner: dict[str, Any], key: str) -> None:
    parts = [{key: RING, **outer}, {key: INNER, **inner}]
    assert decoded(parts).areas.tolist() == [CUT]
    assert decoded(parts[::-1]).areas.tolist() == [CUT]


@pytest.mark.parametrize(
    "flag", [{"is_hole": "maybe"}, {"type": "perhaps a hole"}, {"hole_of": 0.5}, {"role": "inner-ish"}]
)
def test_a_flag_that_is_not_understood_is_said(flag: dict[str, Any]) -> None:
    masks = decoded([{"points": RING}, {"points": INNER, **flag}])
    assert "hole_unsure" in codes(masks, 0)


def test_other_flags_are_not_said() -> None:
    masks = decoded([{"points": RING, "closed": True, "id": 1}, {"points": INNER, "closed": True, "id": 2}])
    assert codes(masks, 0) == set()


NAMES = (
    "holes",
    "exclude",
    "cutouts",
    "cutout",
    "cut_outs",
    "exclusions",
    "inner_polygons",
    "interior",
    "excluded",
    "voids",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("holes", [[INNER], INNER])
def test_holes_under_many_names(name: str, holes: Any) -> None:
    assert decoded({"polygon": RING, name: holes}).areas.tolist() == [CUT]
    masks = maskmill.decode([{"box_2d": BOX, "polygon": RING, name: holes, "label": "a"}], (1000, 800))
    assert masks.areas.tolist() == [CUT] or codes(masks, 0)


def test_another_list_of_points_beside_a_ring_is_said() -> None:
    masks = decoded({"polygon": RING, "take_away": [INNER]})
    assert "mask_unused" in codes(masks, 0)


@pytest.mark.parametrize("names", [("ring", "hole"), ("outer_ring", "hole1"), ("body", "inner_ring")])
def test_rings_and_holes_under_names_of_their_own(names: tuple[str, str]) -> None:
    assert decoded(dict(zip(names, (RING, INNER), strict=True))).areas.tolist() == [CUT]


def test_an_island_in_a_hole_stays() -> None:
    parts = [{"points": RING}, {"points": INNER, "is_hole": True}, {"points": ISLAND}]
    assert decoded(parts).areas.tolist() == [CUT + 40 * 32]


def test_holes_alone_give_a_reason() -> None:
    masks = decoded([{"points": RING, "is_hole": True}, {"points": INNER, "is_hole": True}])
    assert masks.status.tolist() == ["garbage"]
    assert "holes alone" in masks.problems[-1].message


def test_many_parts_with_many_holes_are_refused() -> None:
    ring = [[0, 0], [9, 0], [9, 9]]
    parts = [{"points": ring}] * 1000 + [{"points": ring, "is_hole": True}] * 1000
    assert decoded(parts).status.tolist() == ["too_large"]
