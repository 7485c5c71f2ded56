"""Parts of an item: further rows after it, with a note that names it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import read
from support.replies import RING, png_uri

CAR = {"label": "car", "box_2d": [200, 100, 900, 900], "mask": RING}
WHEEL = {"label": "wheel", "box_2d": [400, 250, 480, 330], "mask": [[250, 400], [330, 400], [330, 480], [250, 480]]}
BARE = {key: WHEEL[key] for key in ("box_2d", "mask")}

NESTED: dict[str, dict[str, Any]] = {
    "parts": {"parts": [WHEEL]},
    "children": {"children": [WHEEL]},
    "components": {"components": [WHEEL]},
    "sub-objects": {"sub_objects": [WHEEL]},
    "one object": {"detail": WHEEL},
    "labels as keys": {"parts": {"wheel": BARE}},
    "labels as keys of lists": {"parts": {"wheel": [BARE]}},
    "the key is the label": {"wheel": BARE},
    "lists in parallel": {"parts": {"boxes": [WHEEL["box_2d"]], "masks": [WHEEL["mask"]], "labels": ["wheel"]}},
    "a mask without a box": {"parts": [{"label": "wheel", "mask": WHEEL["mask"]}]},
    "a box without a mask": {"parts": [{"label": "wheel", "box_2d": WHEEL["box_2d"]}]},
    "under a container": {"parts": {"items": [WHEEL]}},
}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", NESTED)
def test_a_part_is_a_row_after_its_parent(name: str, first: bool) -> None:
    entry = {**NESTED[name], **CAR} if first else {**CAR, **NESTED[name]}
    text = json.dumps([entry, {**CAR, "label": "van"}])
    for reply in ([entry, {**CAR, "label": "van"}], text, text[:-1] + ",]"):
        items = read(reply, Limits()).items
        assert [item.label for item in items] == ["car", "wheel", "van"]
        assert [note.message for note in items[1].notes if note.code == "part_of"] == ["part of row 0, 'car'"]
        assert not any(note.code == "part_of" for item in (items[0], items[2]) for note in item.notes)
        assert items[0].mask == RING
        assert all(note.code != "key_mended" for item in items for note in item.notes)


def test_parts_of_parts() -> None:
    value = [{**CAR, "parts": [{**WHEEL, "parts": [{**WHEEL, "label": "hub"}]}, WHEEL]}]
    items = read(value, Limits()).items
    assert [item.label for item in items] == ["car", "wheel", "hub", "wheel"]
    messages = [note.message for item in items for note in item.notes if note.code == "part_of"]
    assert messages == ["part of row 0, 'car'", "part of row 1, 'wheel'", "part of row 0, 'car'"]


def test_the_label_of_the_parent_is_not_that_of_its_part() -> None:
    assert [item.label for item in read([{**CAR, "parts": [BARE]}], Limits()).items] == ["car", ""]


@pytest.mark.parametrize("name", NESTED)
def test_parts_that_break_off(name: str) -> None:
    text = json.dumps([{**CAR, **NESTED[name]}])
    whole = read(text, Limits()).items
    for end in range(text.index("]]") + 2, len(text)):
        items = read(text[:end], Limits()).items
        assert (items[0].label, items[0].box, items[0].mask) == ("car", CAR["box_2d"], RING), text[:end]
        assert len(items) <= 2
        for item in items[1:]:
            assert item.is_mask_open or item.mask in (None, whole[1].mask)
            assert item.is_box_open or item.box in (None, whole[1].box)


@pytest.mark.parametrize("name", [name for name in NESTED if name != "a box without a mask"])
def test_one_lost_comma_leaves_every_row(name: str) -> None:
    text = json.dumps([{**CAR, **NESTED[name]}, CAR])
    want = [(item.label, item.box, item.mask) for item in read(text, Limits()).items]
    places = [at for at in range(len(text)) if text.startswith(", ", at) and text[at + 2] in '"{']
    for at in places:
        got = [(item.label, item.box, item.mask) for item in read(text[:at] + text[at + 1 :], Limits()).items]
        assert got == want, text[:at]


@pytest.mark.parametrize(
    "more",
    [
        {"parts": [1, {"x": None}]},
        {"attributes": {"outline": "black", "name": "x"}},
        {"center": {"x": 5, "y": 6}},
        {"note": {"a": 1, "box_2d": None}},
        {"keypoints": [{"label": "nose", "x": 1, "y": 2}]},
        {"similar": ["cat", "dog"]},
    ],
)
def test_other_objects_in_an_item_are_no_parts(more: dict[str, Any]) -> None:
    assert len(read([{**CAR, **more}], Limits()).items) == 1


def test_the_mask_of_an_item_in_an_object_is_no_part() -> None:
    for held in ({"polygon": RING}, {"bbox": [1, 2, 3, 4], "size": [48, 64], "counts": [0, 3072]}, {"data": png_uri()}):
        items = read([{"label": "a", "box_2d": [200, 100, 900, 900], "mask": held}], Limits()).items
        assert [item.label for item in items] == ["a"]
        assert items[0].mask_key == "mask"


def test_parts_have_masks() -> None:
    masks = maskmill.decode(json.dumps([{**CAR, "parts": [WHEEL, WHEEL]}]), (1000, 800))
    assert masks.labels.tolist() == ["car", "wheel", "wheel"]
    assert masks.status.tolist() == ["ok"] * 3
    assert masks.areas[1] == masks.areas[2] == 80 * 64
    assert [problem.row for problem in masks.problems if problem.code == "part_of"] == [1, 2]


def test_nesting_costs_no_copies() -> None:
    """A deep mask is held once, however many items stand around it."""
    value: dict[str, Any] = {**WHEEL, "mask": [[n % 1000, n // 7] for n in range(3000)]}
    for _ in range(25):
        value = {**CAR, "parts": [value]}
    items = read(json.dumps([value]), Limits()).items
    assert len(items) == 26
    inner = items[0].raw
    for item in items[1:]:
        inner = inner["parts"][0]
        assert inner["box_2d"] is item.raw["box_2d"]


def test_the_size_of_the_image_is_no_part() -> None:
    assert len(read([{**CAR, "image": {"width": 64, "height": 48}}], Limits()).items) == 1


FIRST = [{**CAR, "label": "bus"}, {**CAR, "label": "tram"}]
SECOND = [{**CAR, "parts": [WHEEL]}, {**CAR, "label": "van"}]


def calls(*answers: Any) -> dict[str, Any]:
    """Return a response with one call per answer."""
    parts = [{"functionCall": {"name": "report", "args": {"items": items}}} for items in answers]
    return {"candidates": [{"content": {"role": "model", "parts": parts}}]}


@pytest.mark.parametrize(
    "reply",
    [
        calls(FIRST, SECOND),
        json.dumps(calls(FIRST, SECOND)),
        f"```json\n{json.dumps(FIRST)}\n```\nand\n```json\n{json.dumps(SECOND)}\n```",
        f"{json.dumps(FIRST)}\n{json.dumps(SECOND)}",
    ],
    ids=["calls", "text of calls", "fences", "lines"],
)
def test_a_part_names_the_row_in_a_joined_reply(reply: Any) -> None:
    items = read(reply, Limits()).items
    assert [item.label for item in items] == ["bus", "tram", "car", "wheel", "van"]
    assert [note.message for note in items[3].notes if note.code == "part_of"] == ["part of row 2, 'car'"]
    masks = maskmill.decode(reply, (1000, 1000))
    assert [problem.row for problem in masks.problems if problem.code == "part_of"] == [3]
