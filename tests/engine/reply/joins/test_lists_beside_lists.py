"""Lists of items beside lists of masks, labels and scores: joined by id, by label or by place, or said to be apart."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from maskmill import Limits, Masks
from maskmill._reply import Item, read

SIZE = (1000, 800)
CAT = {"label": "cat", "box_2d": [100, 200, 500, 600]}
DOG = {"label": "dog", "box_2d": [100, 200, 500, 900]}
CAT_RING = [[200, 100], [600, 100], [600, 500], [200, 500]]
DOG_RING = [[200, 100], [900, 100], [900, 500], [200, 500]]
CAT_AREA, DOG_AREA = 400 * 320, 700 * 320
BARE = [{"box_2d": CAT["box_2d"], "mask": CAT_RING}, {"box_2d": DOG["box_2d"], "mask": DOG_RING}]
FULL = [{**CAT, "mask": CAT_RING}, {**DOG, "mask": DOG_RING}]


def items_of(value: Any) -> list[Item]:
    """Read a value as text, and as text that only the salvage can read; both must give the same items."""
    text = json.dumps(value)
    items, broken = (read(reply, Limits()).items for reply in (text, text[:-1] + "," + text[-1]))
    assert [entry.raw for entry in items] == [entry.raw for entry in broken]
    return items


def decoded(value: Any) -> Masks:
    return maskmill.decode(json.dumps(value), SIZE)


def said(masks: Masks) -> set[str]:
    return {problem.code for problem in masks.problems}


def has_both(masks: Masks) -> bool:
    """Tell whether the masks are the cat's and the dog's, each with its own area."""
    return list(masks.labels) == ["cat", "dog"] and masks.areas.tolist() == [CAT_AREA, DOG_AREA]


JOINED: dict[str, Any] = {
    "rings by place": {"objects": [CAT, DOG], "masks": [CAT_RING, DOG_RING]},
    "polygons by place": {"objects": [CAT, DOG], "polygons": [CAT_RING, DOG_RING]},
    "masks first": {"segmentation_masks": [CAT_RING, DOG_RING], "boxes": [CAT, DOG]},
    "objects by place": {"boxes": [CAT, DOG], "masks": [{"mask": CAT_RING}, {"mask": DOG_RING}]},
    "by label": {
        "boxes": [CAT, DOG],
        "masks": [{"label": "dog", "mask": DOG_RING}, {"label": "cat", "mask": CAT_RING}],
    },
    "by id": {
        "boxes": [{"id": 1, **CAT}, {"id": 2, **DOG}],
        "masks": [{"id": 2, "mask": DOG_RING}, {"id": 1, "mask": CAT_RING}],
    },
    "by the id of the object": {
        "objects": [{"id": "o1", **CAT}, {"id": "o2", **DOG}],
        "masks": [{"object_id": "o2", "polygon": DOG_RING}, {"object_id": "o1", "polygon": CAT_RING}],
    },
    "by the labels as keys": {"objects": [CAT, DOG], "masks": {"dog": DOG_RING, "cat": CAT_RING}},
    "by counted keys": {"objects": [CAT, DOG], "masks": {"mask_1": CAT_RING, "mask_2": DOG_RING}},
    "labels alone": {"objects": [{"label": "cat"}, {"label": "dog"}], "masks": [CAT_RING, DOG_RING]},
    "in a wrapper": {"result": {"objects": [CAT, DOG], "polygons": [CAT_RING, DOG_RING]}},
    "in a list": [{"objects": [CAT, DOG], "polygons": [CAT_RING, DOG_RING]}],
    "boxes alone": {
        "boxes": [CAT["box_2d"], DOG["box_2d"]],
        "masks": [{"label": "cat", "mask": CAT_RING}, {"label": "dog", "mask": DOG_RING}],
    },
    "boxes again": {"boxes": [CAT, DOG], "masks": FULL},
    "labels beside items": {"labels": ["cat", "dog"], "items": BARE},
    "labels after masks": {"masks": BARE, "labels": ["cat", "dog"]},
    "objects are labels": {"objects": ["cat", "dog"], "masks": BARE},
    "labels and scores": {"class_names": ["cat", "dog"], "scores": [0.5, 0.6], "detections": BARE},
    "labels and masks": {
        "boxes": [{"box_2d": CAT["box_2d"]}, {"box_2d": DOG["box_2d"]}],
        "masks": [CAT_RING, DOG_RING],
        "labels": ["cat", "dog"],
    },
}


@pytest.mark.parametrize("value", JOINED.values(), ids=JOINED)
def test_what_belongs_together_is_joined(value: Any) -> None:
    if "polygons" not in json.dumps(value):  # in broken JSON the key of a mask begins another item
        assert len(items_of(value)) == 2
    masks = decoded(value)
    assert has_both(masks)
    assert said(masks) <= {"frame_unchecked"}


@pytest.mark.parametrize("value", JOINED.values(), ids=JOINED)
def test_a_joined_reply_may_break_off_anywhere(value: Any) -> None:
    text = json.dumps(value)
    for end in range(0, len(text), 7):
        masks = maskmill.decode(text[:end], SIZE)
        for area, status in zip(masks.areas.tolist(), masks.status, strict=True):
            assert status != "ok" or area in (CAT_AREA, DOG_AREA)


def test_items_of_one_label_are_joined_in_order() -> None:
    cats = [CAT, {**DOG, "label": "cat"}]
    for masks in (
        {"cat": [CAT_RING, DOG_RING]},
        [{"label": "cat", "mask": CAT_RING}, {"label": "cat", "mask": DOG_RING}],
    ):
        assert decoded({"objects": cats, "masks": masks}).areas.tolist() == [CAT_AREA, DOG_AREA]


def test_a_missing_mask_is_not_another_one() -> None:
    masks = decoded({"objects": [CAT, DOG], "masks": [None, DOG_RING]})
    assert [str(status) for status in masks.status] == ["nothing", "ok"]


APART: dict[str, Any] = {
    "too few": {"objects": [CAT, DOG], "masks": [DOG_RING]},
    "too many": {"objects": [CAT], "masks": [CAT_RING, DOG_RING]},
    "other labels": {"boxes": [CAT], "masks": [{"label": "cup", "mask": CAT_RING}]},
    "an id of no item": {"boxes": [{"id": 1, **CAT}, {"id": 2, **DOG}], "masks": {"2": DOG_RING, "3": CAT_RING}},
}


@pytest.mark.parametrize("value", APART.values(), ids=APART)
def test_what_nothing_joins_stays_apart_and_is_said(value: Any) -> None:
    masks = decoded(value)
    assert "lists_unequal" in said(masks)
    rings = len(value["masks"])
    assert sum(status == "ok" for status in masks.status) == rings


@pytest.mark.parametrize(("names", "labels"), [(["cup"], ["cup", "cup"]), (["a", "b", "c"], ["", ""])])
def test_labels_of_another_number_are_said(names: list[str], labels: list[str]) -> None:
    masks = decoded({"labels": names, "items": BARE})
    assert list(masks.labels) == labels
    assert "lists_unequal" in said(masks)


def test_items_with_labels_keep_them() -> None:
    assert has_both(decoded({"labels": ["cup", "fork"], "items": FULL}))


@pytest.mark.parametrize("masks", [[DOG_RING], [{"label": "cup", "mask": DOG_RING}]])
def test_masks_to_which_nothing_refers_are_rows(masks: Any) -> None:
    assert len(decoded({"objects": [FULL[0]], "masks": masks})) == 2


def test_masks_to_which_items_refer_are_no_rows() -> None:
    value = {"objects": [{**CAT, "mask_id": "m1"}], "masks": {"m1": CAT_RING, "m2": DOG_RING}}
    assert len(items_of(value)) == 1


TWICE = [("objects", "masks"), ("items", "results"), ("detections", "annotations")]


@pytest.mark.parametrize(("first", "second"), TWICE)
def test_one_list_under_two_keys_is_read_once(first: str, second: str) -> None:
    masks = decoded({first: FULL, second: FULL})
    assert has_both(masks)
    assert said(masks) == {"listed_twice"}


def test_the_same_under_two_labels_is_read_twice() -> None:
    assert len(decoded({"cat": [BARE[0]], "dog": [BARE[0]]})) == 2


RIVALS = [("ground_truth", "predictions"), ("expected", "actual"), ("gt", "pred"), ("Expected", "Output")]


@pytest.mark.parametrize(("first", "second"), RIVALS)
@pytest.mark.parametrize("is_wrapped", [False, True])
def test_answers_beside_each_other_are_said(first: str, second: str, is_wrapped: bool) -> None:
    held = [{"masks": [entry]} if is_wrapped else [entry] for entry in FULL]
    masks = decoded({first: held[0], second: held[1]})
    assert len(masks) == 2
    assert "rival_lists" in said(masks)


PAIRS: list[Any] = [
    ["cat", BARE[0], "dog", BARE[1]],
    [["cat", BARE[0]], ["dog", BARE[1]]],
    {"objects": ["cat", BARE[0], "dog", BARE[1]]},
]


@pytest.mark.parametrize("value", PAIRS)
def test_a_label_before_its_item(value: Any) -> None:
    assert has_both(decoded(value))


@pytest.mark.parametrize("key", ["masks", "objects", "items"])
@pytest.mark.parametrize("is_fenced", [False, True])
def test_items_as_texts_keep_their_labels(key: str, is_fenced: bool) -> None:
    texts = [json.dumps(item) for item in FULL]
    held = [f"```json\n{text}\n```" for text in texts] if is_fenced else texts
    assert has_both(decoded({key: held}))
