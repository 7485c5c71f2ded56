"""The x and the y of a mask in two lists of the item, under many names."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import read
from maskmill._reply.item import Item
from support.replies import SIZE

BOX = [100, 200, 500, 600]
X, Y = [200, 600, 600, 200], [100, 100, 500, 500]
RING = [list(point) for point in zip(X, Y, strict=True)]
NAMES = [
    *(("xs", "ys"), ("x", "y"), ("polygon_x", "polygon_y"), ("all_points_x", "all_points_y"), ("x_points", "y_points")),
    *(("xCoords", "yCoords"), ("pointsX", "pointsY"), ("mask_xs", "mask_ys"), ("X", "Y"), ("contour_x", "contour_y")),
]


def only_item(value: Any) -> Item:
    (item,) = read(json.dumps(value), Limits()).items
    return item


@pytest.mark.parametrize("names", NAMES)
def test_two_lists_are_the_mask(names: tuple[str, str]) -> None:
    lists = dict(zip(names, (X, Y), strict=True))
    for value in (
        [{"box_2d": BOX, **lists, "label": "a"}],
        {"label": "a", **lists},
        {"objects": [{**lists, "score": 0.5}]},
    ):
        item = only_item(value)
        assert item.mask == {"x": X, "y": Y}
        assert item.mask_key == names[0]
        assert "key_mended" in {note.code for note in item.notes}
    want = maskmill.decode(json.dumps([{"box_2d": BOX, "mask": RING}]), SIZE)
    masks = maskmill.decode(json.dumps([{"box_2d": BOX, **lists}]), SIZE)
    assert (masks.status.tolist(), masks.areas.tolist()) == (["ok"], want.areas.tolist())


@pytest.mark.parametrize(
    "more",
    [
        {"xs": X},
        {"keypoints_x": X, "keypoints_y": Y},
        {"x": 200, "y": 100},
        {"xs": X[:2], "ys": Y[:2]},
        {"xs": ["a", "b", "c"], "ys": Y},
    ],
)
def test_other_lists_are_none(more: dict[str, Any]) -> None:
    assert only_item([{"box_2d": BOX, **more, "label": "a"}]).mask is None


def test_a_mask_goes_before_the_lists() -> None:
    assert only_item([{"box_2d": BOX, "mask": RING, "xs": X, "ys": Y}]).mask == RING


def test_lists_of_different_length_are_refused() -> None:
    masks = maskmill.decode(json.dumps([{"box_2d": BOX, "xs": X, "ys": Y[:3], "label": "a"}]), SIZE)
    assert masks.status.tolist() == ["garbage"]
