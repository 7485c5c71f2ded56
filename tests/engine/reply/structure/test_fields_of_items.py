"""Masks and boxes under unknown keys, two masks in one item, and corners in the item itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import Item, read
from support.replies import FORMS, RING, SIZE, TOKENS, codes, png_uri, rows

BOX = [200, 100, 900, 900]
URI = png_uri()
GEOJSON = {"type": "Polygon", "coordinates": [RING]}


def one(entry: dict[str, Any]) -> Item:
    """Read an item as text, and as text that only the salvage can read."""
    text = json.dumps([entry])
    (item,), (broken,) = (read(reply, Limits()).items for reply in (text, text[:-1] + ",]"))
    assert (item.box, item.mask, item.mask_key) == (broken.box, broken.mask, broken.mask_key)
    return item


def said(item: Item) -> set[str]:
    return {note.code for note in item.notes}


@pytest.mark.parametrize("value", [URI, RING, GEOJSON, TOKENS, FORMS["objects"], FORMS["parts"], FORMS["run lengths"]])
@pytest.mark.parametrize("hollow", [{}, {"mask": None}, {"mask": "gimme_mask_for_this"}, {"mask": []}, {"mask": "N/A"}])
@pytest.mark.parametrize("key", ["blob", "shape_xy", "silhouette"])
def test_a_mask_under_an_unknown_key(key: str, hollow: dict[str, Any], value: Any) -> None:
    item = one({"box_2d": BOX, "label": "a", **hollow, key: value})
    assert (item.mask_key, item.mask) == (key, value)
    assert "key_mended" in said(item)


@pytest.mark.parametrize("key", ["masks", "hull", "seg", "geometry", "polygon_coordinates", "rings", "mask_png", "pts"])
def test_further_names_of_a_mask_need_no_word(key: str) -> None:
    item = one({"box_2d": BOX, "label": "a", key: RING})
    assert (item.mask_key, said(item)) == (key, set())


def test_an_object_that_holds_one_mask() -> None:
    for held in ({"format": "polygon", "content": RING}, {"kind": "png", "bytes": URI}):
        assert one({"box_2d": BOX, "label": "a", "seg_info": held}).mask == (RING if "content" in held else URI)


@pytest.mark.parametrize("key", ["keypoints", "landmarks", "trajectory", "skeleton", "corners", "thumbnail", "palette"])
def test_a_key_that_names_something_else_is_named_in_a_note(key: str) -> None:
    value = URI if key == "thumbnail" else RING
    item = one({"box_2d": BOX, "label": "a", key: value})
    assert item.mask is None
    (note,) = (note for note in item.notes if note.code == "mask_unused")
    assert f"`{key}`" in note.message
    masks = maskmill.decode([{"box_2d": BOX, "label": "a", key: value}], SIZE)
    assert masks.status.tolist() == ["nothing"]
    assert "mask_unused" in codes(masks, 0)
    assert said(one({"box_2d": BOX, "mask": RING, key: value})) == set()


@pytest.mark.parametrize(
    ("entry", "key", "unused"),
    [
        ({"mask": URI, "polygon": RING}, "mask", ["polygon"]),
        ({"polygon": RING, "mask": URI}, "mask", ["polygon"]),
        ({"mask": TOKENS, "polygon": RING}, "polygon", ["mask"]),
        ({"mask": RING, "blob": URI}, "mask", ["blob"]),
        ({"mask": "mask_9", "polygon": RING}, "polygon", []),
        ({"mask": RING, "polygon": RING}, "mask", []),
        ({"mask": RING, "polygon": []}, "mask", []),
        ({"first": RING, "second": RING[::-1], "label": "a"}, "first", ["second"]),
    ],
)
def test_of_two_masks_one_is_used_and_the_other_named(entry: dict[str, Any], key: str, unused: list[str]) -> None:
    item = one({"box_2d": BOX, **entry})
    assert item.mask_key == key
    assert [note.excerpt for note in item.notes if note.code == "mask_unused"] == unused


@pytest.mark.parametrize("key", ["coordinates", "points", "location", "rect", "region", "coords"])
def test_four_numbers_under_another_name_are_the_box(key: str) -> None:
    item = one({key: BOX, "mask": RING, "label": "a"})
    assert (item.box, item.mask) == (BOX, RING)
    assert said(item) == {"key_mended"}
    alone = one({key: BOX, "label": "a"})
    assert (alone.box, alone.mask) == (BOX, None)


CORNERS: dict[str, tuple[Any, ...]] = {
    "xmin": ({"xmin": 100, "ymin": 200, "xmax": 900, "ymax": 800},),
    "x_min": ({"x_min": 100, "y_min": 200, "x_max": 900, "y_max": 800},),
    "min_x": ({"min_x": 100, "min_y": 200, "max_x": 900, "max_y": 800},),
    "x1": ({"x1": 100, "y1": 200, "x2": 900, "y2": 800},),
    "x0": ({"x0": 100, "y0": 200, "x1": 900, "y1": 800},),
    "left": ({"left": 100, "top": 200, "right": 900, "bottom": 800},),
    "xtl": ({"xtl": 100, "ytl": 200, "xbr": 900, "ybr": 800},),
    "x, w": ({"x": 100, "y": 200, "w": 800, "h": 600},),
    "x, width": ({"x": 100, "y": 200, "width": 800, "height": 600},),
    "left, width": ({"left": 100, "top": 200, "width": 800, "height": 600},),
    "centre": ({"cx": 500, "cy": 500, "w": 800, "h": 600},),
    "two points": ({"top_left": {"x": 100, "y": 200}, "bottom_right": {"x": 900, "y": 800}},),
    "start and end": ({"x_start": 100, "y_start": 200, "x_end": 900, "y_end": 800},),
}


@pytest.mark.parametrize("name", CORNERS)
def test_corners_by_name_in_the_item_or_in_its_box(name: str) -> None:
    (corners,) = CORNERS[name]
    want = [6.4, 9.6, 57.6, 38.4]
    for entry in ({"label": "a", "mask": RING, **corners}, {"label": "a", "mask": RING, "bbox": corners}):
        for reply in ([entry], json.dumps([entry]), json.dumps({"objects": [entry]})):
            masks = maskmill.decode(reply, SIZE)
            assert masks.boxes.round(9).tolist() == [want]
            assert masks.status.tolist() == ["ok"]
            assert "box_mended" in codes(masks, 0)


@pytest.mark.parametrize(
    ("key", "numbers"),
    [("bbox_xywh", [100, 200, 800, 600]), ("xywh", [100, 200, 800, 600]), ("cxcywh", [500, 500, 800, 600])],
)
def test_a_name_that_says_what_the_numbers_are(key: str, numbers: list[int]) -> None:
    masks = maskmill.decode([{key: numbers, "mask": RING, "label": "a"}], SIZE)
    assert masks.boxes.round(9).tolist() == [[6.4, 9.6, 57.6, 38.4]]


def test_two_corners_as_pairs_keep_their_order() -> None:
    corners = {"top_left": [100, 200], "bottom_right": [900, 800]}
    assert one({"label": "a", "bbox": corners}).box == [100, 200, 900, 800]


def test_features_are_items() -> None:
    feature = {"type": "Feature", "geometry": GEOJSON, "properties": {"label": "cat"}}
    want = rows(maskmill.decode([{"mask": GEOJSON, "label": "cat"}], SIZE))
    assert rows(maskmill.decode({"type": "FeatureCollection", "features": [feature]}, SIZE)) == want


CODES = [60, 59, 58, 111, 44, 27, 27, 100, 50, 27, 27, 3, 91, 1, 17, 9]


@pytest.mark.parametrize("numbers", [CODES, [115] * 16, CODES[:14], " ".join(map(str, CODES))])
@pytest.mark.parametrize("key", ["seg", "segment", "segments", "mask_data", "masks", "shape", "my_segment"])
def test_plain_numbers_without_a_box_are_no_mask(key: str, numbers: Any) -> None:
    item = one({"label": "a", key: numbers})
    assert item.mask is None
    if key != "my_segment":
        assert "mask_unused" in said(item)
    assert one({"box_2d": BOX, "label": "a", "seg": CODES}).mask == CODES


@pytest.mark.parametrize("key", ["polygon_coords", "contour_points", "pts", "coords", "boundary", "hull", "poly"])
def test_plain_numbers_under_the_name_of_points_are_the_mask(key: str) -> None:
    assert one({"label": "a", key: CODES}).mask == CODES


@pytest.mark.parametrize("value", [{"n": 16, "seg": CODES}, {"seg": CODES}, {"n": 15, "seg": CODES[:14], "id": 3}])
def test_plain_numbers_alone_are_no_item(value: dict[str, Any]) -> None:
    for reply in (value, [value], {"results": [value, value]}):
        assert not read(json.dumps(reply), Limits()).items


NEUTRAL = ["rect", "rectangle", "region", "roi", "bounds", "location", "extent", "coordinates", "position", "coords"]


@pytest.mark.parametrize("key", NEUTRAL)
def test_a_key_that_says_no_order_is_none_of_gemini(key: str) -> None:
    """The ring decides: it lies in the box when that is read as x, y."""
    ring = [[100, 700], [300, 700], [300, 900], [100, 900]]
    item = one({key: [100, 700, 300, 900], "polygon": ring, "label": "a"})
    assert (item.box_key, item.layout.box_order) == (key, "")
    masks, want = (
        maskmill.decode(json.dumps([{name: [100, 700, 300, 900], "polygon": ring}]), (1000, 800))
        for name in (key, "bbox")
    )
    assert masks.status.tolist() == ["ok"]
    assert masks[0].dense().tolist() == want[0].dense().tolist()


@pytest.mark.parametrize(
    ("entry", "mask"),
    [
        ({"mask": {"size": [2, 3], "rle": {"counts": [1, 2, 3]}}}, {"counts": [1, 2, 3], "size": [2, 3]}),
        ({"mask": {"rle": {"counts": "a1"}, "height": 2, "width": 3}}, {"counts": "a1", "height": 2, "width": 3}),
        ({"size": [2, 3], "rle": {"counts": [1, 2, 3]}}, {"counts": [1, 2, 3], "size": [2, 3]}),
        ({"mask": {"size": [9, 9], "rle": {"counts": [6], "size": [2, 3]}}}, {"counts": [6], "size": [2, 3]}),
        ({"height": 9, "width": 9, "rle": {"counts": [1, 2, 3]}}, {"counts": [1, 2, 3]}),
        ({"size": "large", "rle": {"counts": [1, 2, 3]}}, {"counts": [1, 2, 3]}),
    ],
)
def test_the_size_beside_run_lengths_is_theirs(entry: dict[str, Any], mask: dict[str, Any]) -> None:
    assert one({"box_2d": BOX, "label": "a", **entry}).mask == mask
