"""Points of one ring in every form that tools and models give them, and bad ones among them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from maskmill._forms import NoMask, Polygons, classify
from maskmill.limits import Limits
from support.replies import assert_sound, codes, item
from support.tiers import cases

CORNERS = [[200, 100], [600, 100], [600, 500], [200, 500]]
BOX = [100, 200, 500, 600]
SIZE = (1000, 800)
EXTENT = (slice(80, 400), slice(200, 600))


def square() -> Any:
    mask = np.zeros(SIZE[::-1], bool)
    mask[EXTENT] = True
    return mask


def decoded(value: Any) -> maskmill.Masks:
    masks = maskmill.decode([item(value, box=BOX)], SIZE)
    assert_sound(masks)
    return masks


def ring_of(value: Any) -> Any:
    """Return the points of the only ring of a value, or the status of a value without one."""
    payload = classify(value, False, {}, Limits(), SIZE).payload
    if isinstance(payload, NoMask):
        return str(payload.status)
    assert isinstance(payload, Polygons)
    return payload.parts[0].outer.tolist()


XS, YS = [x for x, _ in CORNERS], [y for _, y in CORNERS]
POINTS: dict[str, Any] = {
    "objects": [{"x": x, "y": y} for x, y in CORNERS],
    "capitals": [{"X": x, "Y": y} for x, y in CORNERS],
    "centres": [{"cx": x, "cy": y} for x, y in CORNERS],
    "columns and rows": [{"col": x, "row": y} for x, y in CORNERS],
    "named coordinates": [{"x_coord": x, "y_coord": y} for x, y in CORNERS],
    "points in objects": [{"point": [x, y]} for x, y in CORNERS],
    "objects in objects": [{"position": {"x": x, "y": y}, "id": x} for x, y in CORNERS],
    "OpenCV": [[[x, y]] for x, y in CORNERS],
    "OpenCV, one more": [[[[x, y]] for x, y in CORNERS]],
    "NumPy (1, N, 2)": [CORNERS],
    "x and y": {"x": XS, "y": YS},
    "xs and ys": {"xs": XS, "ys": YS},
    "VIA": {"all_points_x": XS, "all_points_y": YS},
    "VIA, named": {"name": "polygon", "all_points_x": XS, "all_points_y": YS},
    "VIA, whole": {"shape_attributes": {"name": "polygon", "all_points_x": XS, "all_points_y": YS}},
    "lists by their end": {"polygon_x": XS, "polygon_y": YS},
    "lists by their start": {"xCoords": XS, "yCoords": YS},
    "y first": {"y": YS, "x": XS},
    "lists in text": {"x": ",".join(map(str, XS)), "y": ",".join(map(str, YS))},
    "rings of lists": {"x": [XS], "y": [YS]},
    "numbered corners": {f"{a}{i + 1}": p[j] for i, p in enumerate(CORNERS) for j, a in enumerate("xy")},
    "a map of points": {f"p{i}": point for i, point in enumerate(CORNERS)},
    "a map of numbers": {str(i): {"x": x, "y": y} for i, (x, y) in enumerate(CORNERS)},
    "pairs as texts": [[str(x), str(y)] for x, y in CORNERS],
    "a text per vertex": [f"{x},{y}" for x, y in CORNERS],
    "a text per vertex, in brackets": [f"({x}, {y})" for x, y in CORNERS],
    "a text per vertex, spaces": [f"{x} {y}" for x, y in CORNERS],
    "brackets": " ".join(f"({x}, {y})" for x, y in CORNERS),
    "square brackets": "[200,100] [600,100] [600,500] [200,500]",
    "arrows": " -> ".join(f"({x}, {y})" for x, y in CORNERS),
    "semicolons": ";".join(f"{x},{y}" for x, y in CORNERS),
    "commas between": ", ".join(f"{x} {y}" for x, y in CORNERS),
    "a point per line": "\n".join(f"{x}, {y}" for x, y in CORNERS),
    "names in the text": "; ".join(f"x: {x}, y: {y}" for x, y in CORNERS),
    "names and brackets": " ".join(f"(x={x}, y={y})" for x, y in CORNERS),
    "nested": {"polygon": {"points": CORNERS}},
    "vertices": {"vertices": CORNERS},
    "exterior": {"exterior": CORNERS, "interiors": []},
    "segmentation": {"segmentation": {"polygon": CORNERS}},
    "a text in an object": {"points": "200,100 600,100 600,500 200,500"},
}


@pytest.mark.parametrize("name", POINTS)
def test_points_in_any_form(name: str) -> None:
    masks = decoded(POINTS[name])
    assert masks.forms.tolist() == ["ring"]
    np.testing.assert_array_equal(masks[0].dense(), square())
    assert codes(masks, 0) == set()
    assert codes(decoded(json.dumps(POINTS[name])), 0) == set()


FURTHER: dict[str, Any] = {
    "visibility": [[x, y, 1] for x, y in CORNERS],
    "scores": [[x, y, 0.9 - 0.1 * i] for i, (x, y) in enumerate(CORNERS)],
    "heights": [[x, y, 12.5 * i] for i, (x, y) in enumerate(CORNERS)],
    "three numbers here and there": [[*CORNERS[0], 2], *CORNERS[1:]],
    "visibility and score": [[x, y, 2, 0.5] for x, y in CORNERS],
    "OpenCV and visibility": [[[x, y, 1]] for x, y in CORNERS],
    "a number before": [[i, x, y] for i, (x, y) in enumerate(CORNERS)],
    "a number from one before": [[i + 1, x, y] for i, (x, y) in enumerate(CORNERS)],
    "a score before": [[0.9, x, y] for x, y in CORNERS],
    "flat": [v for x, y in CORNERS for v in (x, y, 2)],
    "texts": ";".join(f"{x},{y},1" for x, y in CORNERS),
    "brackets": " ".join(f"({x}, {y}, 0)" for x, y in CORNERS),
}


@pytest.mark.parametrize("name", FURTHER)
def test_further_numbers_are_dropped_and_said(name: str) -> None:
    masks = decoded(FURTHER[name])
    np.testing.assert_array_equal(masks[0].dense(), square())
    assert codes(masks, 0) == {"numbers_dropped"}


@pytest.mark.parametrize("length", [6, 8, 10])
def test_chunks_stay_chunks(length: int) -> None:
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    flat = np.stack([500 + 400 * np.cos(angles), 500 + 300 * np.sin(angles)], 1).round().ravel().tolist()
    chunks = [flat[i : i + length] for i in range(0, len(flat), length)]
    assert codes(maskmill.decode([item(chunks, box=[200, 100, 800, 900])], SIZE), 0) == {"chunks_joined"}
    assert ring_of(chunks) == [flat[i : i + 2] for i in range(0, len(flat), 2)]


def test_lists_in_parallel_where_pairs_are_impossible() -> None:
    masks = decoded([[*XS, 200], [*YS, 100]])
    np.testing.assert_array_equal(masks[0].dense(), square())
    assert codes(masks, 0) == {"lists_parallel"}
    assert "as many x as y" in decoded({"x": XS, "y": YS[:-1]}).problems[0].message


BAD: list[Any] = [None, [], "oops", [600], [None, None], [600, None], [600, float("nan")], ["a", 3], [10**400, 3], {}]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_bad_vertex_among_good_ones_is_dropped_and_said(bad: Any, place: int) -> None:
    masks = decoded([*CORNERS[:place], bad, *CORNERS[place:]])
    np.testing.assert_array_equal(masks[0].dense(), square())
    assert codes(masks, 0) == {"vertex_dropped"}


@pytest.mark.parametrize("bad", [{}, {"x": 5}, {"x": 5, "y": None}, {"x": "a", "y": 1}, None, [1, 2]])
def test_a_bad_vertex_among_objects(bad: Any) -> None:
    masks = decoded([*POINTS["objects"], bad])
    np.testing.assert_array_equal(masks[0].dense(), square())
    assert codes(masks, 0) == {"vertex_dropped"}


def test_a_bad_vertex_among_flat_coordinates() -> None:
    flat = [v for point in CORNERS for v in point]
    for bad in (None, "x", True, float("inf")):
        masks = decoded([*flat[:4], bad, 7, *flat[4:]])
        np.testing.assert_array_equal(masks[0].dense(), square())
        assert codes(masks, 0) == {"vertex_dropped"}


def test_how_many_bad_vertices_are_too_many() -> None:
    ring = [[500 + round(400 * np.cos(t)), 500 + round(400 * np.sin(t))] for t in np.linspace(0, 6, 38)]
    assert len(ring_of([*ring, None, [1]])) == 36 + 2
    assert ring_of([*ring[:16], [None, 1], [None, 1]]) == "garbage"
    assert ring_of([*CORNERS[:2], None]) == "garbage"
    assert ring_of([*CORNERS, None, None]) == "garbage"
    assert "2 of 18" in maskmill.decode([{"mask": [*ring[:16], [None, 1], [None, 1]]}], SIZE).problems[-1].message


@pytest.mark.parametrize("count", [5, 7, 11, 13])
def test_an_odd_number_of_coordinates_is_never_paired(count: int) -> None:
    flat = [v for point in [*CORNERS, *CORNERS] for v in point][:count]
    assert ring_of(flat) == "garbage"
    assert ring_of(" ".join(map(str, flat))) == "garbage"


NUMBERS = st.integers(-5, 1100) | st.floats() | st.none() | st.text(max_size=3) | st.booleans()
ENTRIES = st.lists(NUMBERS, max_size=5) | NUMBERS | st.dictionaries(st.sampled_from("xyXYpz01"), NUMBERS, max_size=3)


@settings(deadline=None, derandomize=True, max_examples=cases(600))
@given(st.lists(ENTRIES | st.lists(ENTRIES, max_size=3), max_size=8))
def test_any_list_is_a_ring_or_has_a_reason(value: list[Any]) -> None:
    masks = maskmill.decode([{"box_2d": [0, 0, 500, 500], "mask": value, "label": "a"}], (30, 20))
    assert_sound(masks)
    assert len(masks) == 1
