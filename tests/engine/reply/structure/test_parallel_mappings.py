"""Mappings in parallel: boxes and masks side by side, each by the label of its item."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import Item, read
from support.replies import RING, SIZE, png_uri

CAT, DOG = [200, 100, 900, 900], [100, 200, 700, 800]
OTHER = [[200, 100], [800, 100], [800, 700], [200, 700]]
BOXES, RINGS = {"cat": CAT, "dog": DOG}, {"cat": RING, "dog": OTHER}
CORNERS = {"x1": 1, "y1": 2, "x2": 30, "y2": 40}

MAPPINGS: dict[str, Any] = {
    "plain": {"boxes": BOXES, "masks": RINGS},
    "in another order": {"masks": RINGS, "boxes": BOXES},
    "keys in another order": {"boxes": BOXES, "masks": dict(reversed(RINGS.items()))},
    "other names": {"bounding_boxes": BOXES, "polygons": RINGS},
    "singular": {"box_2d": BOXES, "mask": RINGS},
    "of detections": {"detection_boxes": BOXES, "detection_masks": RINGS},
    "in a container": {"result": {"boxes": BOXES, "masks": RINGS}},
    "in a list": [{"boxes": BOXES, "masks": RINGS}],
    "beside others": {"image": "a.jpg", "count": 2, "boxes": BOXES, "masks": RINGS},
    "with other labels": {
        "boxes": {"1": CAT, "2": DOG},
        "masks": {"1": RING, "2": OTHER},
        "labels": {"1": "cat", "2": "dog"},
    },
}


def items_of(value: Any) -> list[Item]:
    text = json.dumps(value)
    items = read(text, Limits()).items
    broken = read(text[:-1] + "," + text[-1], Limits()).items
    assert [entry.raw for entry in items] == [entry.raw for entry in broken]
    return items


@pytest.mark.parametrize("name", MAPPINGS)
def test_mappings_in_parallel(name: str) -> None:
    items = items_of(MAPPINGS[name])
    assert [(item.label, item.box, item.mask) for item in items] == [("cat", CAT, RING), ("dog", DOG, OTHER)]
    assert not [note for item in items for note in item.notes]


def test_the_rows_are_those_of_items() -> None:
    masks = {"cat": png_uri(1), "dog": RING}
    want = maskmill.decode([{"box_2d": BOXES[name], "mask": masks[name], "label": name} for name in BOXES], SIZE)
    got = maskmill.decode({"box_2d": BOXES, "mask": masks}, SIZE)
    assert got.status.tolist() == want.status.tolist() == ["ok", "ok"]
    assert (got.dense() == want.dense()).all()


def test_boxes_in_objects() -> None:
    boxes = {"cat": {"box_2d": CAT, "score": 0.5}, "dog": {"box_2d": DOG, "label": "puppy"}}
    items = items_of({"boxes": boxes, "masks": RINGS})
    assert [(item.label, item.box, item.mask) for item in items] == [("cat", CAT, RING), ("puppy", DOG, OTHER)]
    assert items[0].score == 0.5


def test_scores() -> None:
    items = items_of({"boxes": BOXES, "masks": RINGS, "scores": {"cat": 0.5, "dog": 0.25}})
    assert [item.score for item in items] == [0.5, 0.25]


@pytest.mark.parametrize(
    ("boxes", "masks", "lacking"),
    [
        (BOXES, {"cat": RING}, "`masks` has no 'dog'"),
        ({"cat": CAT}, RINGS, "`boxes` has no 'dog'"),
    ],
)
def test_unequal_keys(boxes: Any, masks: Any, lacking: str) -> None:
    items = items_of({"boxes": boxes, "masks": masks})
    assert [item.label for item in items] == ["cat", "dog"]
    assert (items[1].box, items[1].mask) == (boxes.get("dog"), masks.get("dog"))
    assert all(lacking in note.message for item in items for note in item.notes if note.code == "lists_unequal")
    assert [note.code for note in items[1].notes if note.code != "json_mended"] == ["lists_unequal"]


def test_several_under_one_key() -> None:
    items = items_of({"boxes": {"cat": [CAT, DOG]}, "masks": {"cat": [RING, OTHER]}})
    assert [(item.label, item.box, item.mask) for item in items] == [("cat", CAT, RING), ("cat", DOG, OTHER)]


def test_another_number_of_masks_under_one_key() -> None:
    items = items_of({"boxes": {"cat": [CAT, DOG]}, "masks": {"cat": [RING]}})
    assert [(item.box, item.mask) for item in items] == [(CAT, None), (DOG, None), (None, RING)]
    assert all("nothing says which box" in note.message for item in items for note in item.notes[:1])


def test_a_text_that_ends_in_the_masks() -> None:
    text = json.dumps({"boxes": BOXES, "masks": {"cat": png_uri(1), "dog": png_uri(1)}})
    items = read(text[:-30], Limits()).items
    assert [(item.label, item.box, item.is_mask_open) for item in items] == [("cat", CAT, False), ("dog", DOG, True)]


@pytest.mark.parametrize("dog", [DOG, {"box_2d": DOG}])
def test_a_text_that_ends_in_the_boxes(dog: Any) -> None:
    text = json.dumps({"masks": RINGS, "boxes": {"cat": CAT, "dog": dog}})
    items = read(text.removesuffix("}" * (2 + isinstance(dog, dict)))[:-2], Limits()).items
    assert [(item.label, item.mask, item.is_box_open) for item in items] == [("cat", RING, False), ("dog", OTHER, True)]


@pytest.mark.parametrize(
    "value",
    [
        {"boxes": [{"box_2d": CAT, "label": "cat", "mask": "m1"}], "masks": {"m1": png_uri(1)}},
        {"boxes": {"cat": {"box_2d": CAT, "mask_ref": "m1"}}, "masks": {"m1": png_uri(1)}},
        {"box": CORNERS, "mask": {"counts": "04", "size": [2, 2]}},
        {"box": CORNERS, "mask": {"outer": RING, "holes": []}, "label": "cat"},
    ],
)
def test_no_mappings_in_parallel(value: Any) -> None:
    assert len(items_of(value)) == 1
