"""Several rings in one text, printed points, and texts around points."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from support.replies import assert_sound, codes, item

SIZE = (1000, 800)
BOX = [100, 200, 500, 600]
RING = [[200, 100], [600, 100], [600, 500], [200, 500]]
LEFT, RIGHT = "200,100 300,100 300,500 200,500", "500,100 600,100 600,500 500,500"
SPANS = {100 * 320 * 2, 400 * 320}


def extent(masks: maskmill.Masks) -> tuple[int, ...]:
    y, x = masks[0].dense().nonzero()
    return int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1


def decoded(value: Any, box: list[int] = BOX) -> maskmill.Masks:
    masks = maskmill.decode([item(value, box=box)], SIZE)
    assert_sound(masks)
    return masks


def bracketed(points: str, around: str = "[]") -> str:
    return ",".join(around[0] + point + around[1] for point in points.split())


TWO: dict[str, str] = {
    "semicolon": f"{LEFT}; {RIGHT}",
    "semicolon, end": f"{LEFT};{RIGHT};",
    "bar": f"{LEFT} | {RIGHT}",
    "line": f"{LEFT}\n{RIGHT}",
    "empty line": f"{LEFT}\n\n{RIGHT}",
    "brackets": f"{bracketed(LEFT)};{bracketed(RIGHT)}",
    "lists": f"[{bracketed(LEFT)}];[{bracketed(RIGHT)}]",
    "lists, comma": f"[{bracketed(LEFT)}], [{bracketed(RIGHT)}]",
    "tuples": f"{bracketed(LEFT, '()')};{bracketed(RIGHT, '()')}",
    "tuples, lines": f"{bracketed(LEFT, '()')}\n{bracketed(RIGHT, '()')}",
    "flat": f"{LEFT.replace(' ', ',')};{RIGHT.replace(' ', ',')}",
    "flat, spaces": f"{LEFT.replace(',', ' ')}; {RIGHT.replace(',', ' ')}",
    "points between commas": f"{LEFT.replace(' ', ';').replace(',', ' ').replace(';', ', ')} | {RIGHT}",
    "brackets around several": f"[{LEFT.replace(' ', ', ')}], [{RIGHT.replace(' ', ', ')}]",
    "round brackets around several": f"({LEFT}) ({RIGHT})",
}


@pytest.mark.parametrize("text", TWO.values(), ids=TWO)
def test_rings_side_by_side_stay_apart(text: str) -> None:
    masks = decoded(text)
    assert masks.areas.tolist() == [100 * 320 * 2]
    assert extent(masks) == (200, 80, 600, 400)


@pytest.mark.parametrize("text", TWO.values(), ids=TWO)
def test_rings_side_by_side_in_an_object(text: str) -> None:
    assert decoded({"points": text}).areas.tolist() == [100 * 320 * 2]


@pytest.mark.parametrize(
    "text",
    [
        "200,100;600,100;600,500;200,500",
        "200 100\n600 100\n600 500\n200 500",
        "200,100 600,100\n600,500 200,500",
        "200,100 600,100 600,500 200,500;",
        "200,100 400,100 600,100\n600,300 600,500 400,500\n200,500 200,300",
        "200,100 400,100 600,100\n600,300 600,500 400,500\n300,500 200,500 200,300",
        "[200,100];[600,100];[600,500];[200,500]",
    ],
)
def test_one_ring_over_several_lines_or_signs_stays_one(text: str) -> None:
    assert decoded(text).areas.tolist() == [400 * 320]


def test_a_piece_that_is_no_ring_among_rings_gives_a_reason() -> None:
    assert decoded(f"{LEFT}; {RIGHT}; 700,100").status.tolist() == ["garbage"]


PRINTED: dict[str, str] = {
    "array": "array([[200, 100],\n       [600, 100],\n       [600, 500],\n       [200, 500]], dtype=int32)",
    "np.array": "np.array([[200, 100], [600, 100], [600, 500], [200, 500]])",
    "numpy.array": "numpy.array([[200., 100.], [600., 100.], [600., 500.], [200., 500.]], dtype=np.float32)",
    "tensor": "tensor([[200., 100.],\n  [600., 100.],\n  [600., 500.],\n  [200., 500.]], device='cuda:0')",
    "numbers": str([[f"np.int64({x})", f"np.float32({y}.0)"] for x, y in RING]).replace("'", ""),
    "points": "[Point(x=200, y=100), Point(x=600, y=100), Point(x=600, y=500), Point(x=200, y=500)]",
    "dict": str({"points": RING}),
    "tuples": str({"points": [tuple(point) for point in RING]}),
    "objects": str([{"x": x, "y": y} for x, y in RING]),
    "fence": f"```json\n{json.dumps(RING)}\n```",
    "attribute": 'points="200,100 600,100 600,500 200,500"',
    "attribute of a path": "d='M200 100H600V500H200Z'",
}


@pytest.mark.parametrize("text", PRINTED.values(), ids=PRINTED)
def test_printed_points(text: str) -> None:
    masks = decoded(text)
    assert masks.areas.tolist() == [400 * 320]
    assert extent(masks) == (200, 80, 600, 400)


@pytest.mark.parametrize(
    "text", ["array(", "array([", "np.int64(3)", "Point(x=1)", "array(array(" * 99, "tensor([[1, 2]"]
)
def test_prints_that_hold_no_ring_give_a_reason(text: str) -> None:
    assert decoded(text).status.tolist() != ["ok"]


def test_per_cent_in_texts_of_points() -> None:
    masks = decoded(["20% 10%", "60% 10%", "60% 50%", "20% 50%"])
    assert extent(masks) == (200, 80, 600, 400)
    masks = decoded(["200px, 80px", "600px, 80px", "600px, 400px", "200px, 400px"])
    assert extent(masks) == (200, 80, 600, 400)


CORNERS = {"top_left": [200, 100], "top_right": [600, 100], "bottom_right": [600, 500], "bottom_left": [200, 500]}
NAMED: dict[str, Any] = {
    "corners": CORNERS,
    "corners by rows": {name: CORNERS[name] for name in ("top_left", "top_right", "bottom_left", "bottom_right")},
    "signs": dict(zip(("tl", "tr", "br", "bl"), RING, strict=True)),
    "objects": {name: {"x": x, "y": y} for name, (x, y) in CORNERS.items()},
    "upper": dict(zip(("upperLeft", "upperRight", "lowerRight", "lowerLeft"), RING, strict=True)),
    "point_2d": [{"point_2d": point} for point in RING],
    "point_2d and a label": [{"point_2d": point, "label": "p"} for point in RING],
}


@pytest.mark.parametrize("value", NAMED.values(), ids=NAMED)
def test_points_under_names(value: Any) -> None:
    masks = decoded(value)
    assert masks.areas.tolist() == [400 * 320]
    assert "box_disagrees" not in codes(masks, 0)


@pytest.mark.parametrize("names", [("part1", "part2"), ("left", "right"), ("a", "b")])
def test_rings_under_names_are_united_and_that_is_said(names: tuple[str, str]) -> None:
    rings = [[list(map(int, point.split(","))) for point in ring.split()] for ring in (LEFT, RIGHT)]
    masks = decoded(dict(zip(names, rings, strict=True)))
    assert masks.areas.tolist() == [100 * 320 * 2]
    assert "shapes_united" in codes(masks, 0)
