"""Replies that give the size of their image: pixels of it, if the reply says so too, or its numbers pass 1000."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from support.model_examples import PIXELS, SIZE, THOUSANDTHS, ring
from support.other_models import extents, other_codes

ITEM = {"label": "cup", "polygon": ring(PIXELS)}
SIZES: list[dict[str, Any]] = [
    {"image_width": 1000, "image_height": 800},
    {"imageWidth": 1000, "imageHeight": 800},
    {"image_size": [1000, 800]},
    {"image_size": [800, 1000]},
    {"image_size": {"width": 1000, "height": 800}},
    {"image": {"width": 1000, "height": 800, "file": "a.jpg"}},
    {"img_width": 1000, "img_height": 800},
]
STATEMENTS = [
    {"coordinate_system": "pixels"},
    {"units": "px"},
    {"coordinate_format": "absolute pixel coordinates"},
    {"unit": "pixel"},
]
WRITERS = [lambda v: v, json.dumps, repr, lambda v: {"result": v}]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("factor", [1, 0.5, 2])
def test_pixels_of_the_stated_image(size: dict[str, Any], statement: dict[str, str], factor: float) -> None:
    own = (int(1000 * factor), int(800 * factor))
    masks = maskmill.decode({**statement, **size, "objects": [ITEM]}, own)
    assert extents(masks) == [[int(v * factor) for v in PIXELS]]
    assert other_codes(masks) == ({"image_scaled"} if factor != 1 else set())


@pytest.mark.parametrize("write", WRITERS)
def test_any_writing(write: Any) -> None:
    reply = {"coordinate_system": "pixels", **SIZES[0], "objects": [{**ITEM, "bbox": list(PIXELS)}]}
    masks = maskmill.decode(write(reply), SIZE)
    assert extents(masks) == [list(PIXELS)]
    assert other_codes(masks) == {"order_assumed"}
    assert masks.boxes.tolist() == [list(PIXELS)]


@pytest.mark.parametrize("box", [[200, 80, 400, 320], {"x": 200, "y": 80, "width": 400, "height": 320}])
def test_boxes_with_extents(box: Any) -> None:
    masks = maskmill.decode({"units": "pixels", **SIZES[0], "objects": [{**ITEM, "bbox": box}]}, SIZE)
    assert extents(masks) == [list(PIXELS)]
    assert masks.boxes.tolist() == [list(PIXELS)]


@pytest.mark.parametrize("own", [(1280, 960), (640, 480), (2560, 1920)])
def test_numbers_past_1000(own: tuple[int, int]) -> None:
    corners = (256, 96, 1152, 480)
    item = {"label": "cup", "polygon": ring(corners)}
    masks = maskmill.decode({"image_width": 1280, "image_height": 960, "objects": [item]}, own)
    assert extents(masks) == [[v * own[0] // 1280 for v in corners]]
    assert other_codes(masks) == ({"image_scaled"} if own != (1280, 960) else set())


@pytest.mark.parametrize("own", [SIZE, (500, 400)])
def test_labelme(own: tuple[int, int]) -> None:
    shape = {"label": "cup", "points": ring(PIXELS), "shape_type": "polygon", "flags": {}}
    masks = maskmill.decode({"version": "5.0", "shapes": [shape], "imageWidth": 1000, "imageHeight": 800}, own)
    assert extents(masks) == [[v * own[0] // 1000 for v in PIXELS]]
    assert masks.labels.tolist() == ["cup"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("statement", [{}, *STATEMENTS])
def test_box_2d_is_never_in_pixels_for_that(size: dict[str, Any], statement: dict[str, str]) -> None:
    item = {"label": "cup", "box_2d": [100, 200, 500, 600], "mask": ring(THOUSANDTHS)}
    for own in (SIZE, (500, 400)):
        masks = maskmill.decode({**statement, **size, "objects": [item]}, own)
        assert extents(masks) == [[v * own[0] // 1000 for v in PIXELS]]
        assert not other_codes(masks)


@pytest.mark.parametrize(
    "beside",
    [
        {"image_width": 1000, "image_height": 800},
        {"image_size": [1000, 800], "coordinate_system": "normalized 0-1000"},
        {"image_width": 100, "image_height": 80, "units": "pixels"},
        {
            "units": "pixels",
            "images": [{"image_width": 1000, "image_height": 800}, {"image_width": 9, "image_height": 8}],
        },
        {"image_width": 0, "image_height": 0, "units": "pixels"},
        {"image_width": "wide", "image_height": None, "units": "pixels"},
    ],
)
def test_what_is_not_clear_stays_unchecked(beside: dict[str, Any]) -> None:
    masks = maskmill.decode({**beside, "objects": [ITEM]}, SIZE)
    assert "frame_unchecked" in other_codes(masks)


@pytest.mark.parametrize(
    ("beside", "item"),
    [
        ({"image": {"width": 1000, "height": 800}}, {"label": "cup", "box": [100, 200, 500, 600], "polygon": []}),
        ({"image": {"width": 1000, "height": 800}}, {"label": "cup", "polygon": ring((200, 100, 600, 500))}),
        (
            {"image_width": 1000, "image_height": 800, "units": "px"},
            {"label": "cup", "polygon": ring((200, 100, 990, 950))},
        ),
    ],
)
def test_thousandths_stay_what_they_are(beside: dict[str, Any], item: dict[str, Any]) -> None:
    if item["polygon"] == []:
        item = {**item, "polygon": ring(THOUSANDTHS)}
    masks = maskmill.decode({**beside, "predictions": [item]}, SIZE)
    assert extents(masks)[0][1] == 80
    assert "image_scaled" not in other_codes(masks)


def test_fractions_are_no_pixels() -> None:
    item = {"label": "cup", "polygon": ring((0.2, 0.1, 0.6, 0.5))}
    masks = maskmill.decode({"units": "pixels", **SIZES[0], "objects": [item]}, SIZE)
    assert extents(masks) == [list(PIXELS)]
    assert other_codes(masks) == {"ring_unit"}
