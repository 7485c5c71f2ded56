"""Lists in parallel: boxes, masks, labels and scores side by side, under any name and of any lengths."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import Item, read
from support.replies import FORMS, RING, SIZE, codes, item, png_uri, rows

BOXES = [[200, 100, 900, 900], [100, 200, 700, 800]]
RINGS = [RING, [[200, 100], [800, 100], [800, 700], [200, 700]]]
MASKS = [png_uri(1), png_uri(2)]
LABELS = ["cat", "dog"]


def items_of(value: Any) -> list[Item]:
    text = json.dumps(value)
    items = read(text, Limits()).items
    broken = read(text[:-1] + "," + text[-1], Limits()).items
    assert [entry.raw for entry in items] == [entry.raw for entry in broken]
    return items


def found(value: Any) -> list[tuple[Any, Any, str]]:
    return [(entry.box, entry.mask, entry.label) for entry in items_of(value)]


PAIRS = list(zip(BOXES, RINGS, LABELS, strict=True))
LISTS: dict[str, Any] = {
    "plain": {"boxes": BOXES, "masks": RINGS, "labels": LABELS},
    "in another order": {"labels": LABELS, "masks": RINGS, "boxes": BOXES},
    "other names": {"bboxes": BOXES, "polygons": RINGS, "class_names": LABELS},
    "singular": {"box_2d": BOXES, "mask": RINGS, "label": LABELS},
    "longer names": {"bounding_boxes": BOXES, "segmentation_masks": RINGS, "names": LABELS},
    "of predictions": {"pred_boxes": BOXES, "polygons": RINGS, "pred_classes": LABELS},
    "of detections": {"detection_boxes": BOXES, "detection_masks": RINGS, "detection_class_names": LABELS},
    "with phrases": {"boxes": BOXES, "polygons": RINGS, "phrases": LABELS},
    "in a container": {"result": {"boxes": BOXES, "masks": RINGS, "labels": LABELS}},
    "in a list": [{"boxes": BOXES, "masks": RINGS, "labels": LABELS}],
    "of one each": [{"boxes": [b], "masks": [m], "labels": [name]} for b, m, name in PAIRS],
    "beside others": {"image": "a.jpg", "count": 2, "boxes": BOXES, "masks": RINGS, "labels": LABELS},
    "with nothing in another": {"boxes": BOXES, "masks": RINGS, "labels": LABELS, "scores": []},
    "box list": {"box_list": BOXES, "mask_list": RINGS, "label_list": LABELS},
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_in_parallel(name: str) -> None:
    assert found(LISTS[name]) == PAIRS
    assert not [note for entry in items_of(LISTS[name]) for note in entry.notes if note.code != "json_mended"]


@pytest.mark.parametrize("form", [name for name in FORMS if FORMS[name] is not None and name != "placeholder"])
def test_masks_of_any_form(form: str) -> None:
    want = rows(maskmill.decode([item(FORMS[form], "cat", BOXES[0]), item(FORMS[form], "dog", BOXES[1])], SIZE))
    value = {"boxes": BOXES, "masks": [FORMS[form]] * 2, "labels": LABELS}
    assert rows(maskmill.decode(value, SIZE)) == want
    assert rows(maskmill.decode(json.dumps(value), SIZE)) == want


@pytest.mark.parametrize("key", ["scores", "confidences", "confidence", "probs", "logits"])
def test_scores_and_other_lists_go_with_their_items(key: str) -> None:
    first, second = items_of({"boxes": BOXES, "masks": RINGS, "labels": LABELS, key: [0.5, 0.25], "ids": [7, 8]})
    assert (first.score, second.score) == (0.5, 0.25)
    assert (first.raw["ids"], second.raw["ids"]) == (7, 8)


def test_boxes_alone_and_masks_alone() -> None:
    assert found({"boxes": BOXES, "labels": LABELS}) == [(BOXES[0], None, "cat"), (BOXES[1], None, "dog")]
    assert found({"masks": RINGS, "labels": LABELS}) == [(None, RINGS[0], "cat"), (None, RINGS[1], "dog")]
    assert found({"masks": RINGS}) == [(None, RINGS[0], ""), (None, RINGS[1], "")]
    assert found({"masks": MASKS, "labels": LABELS}) == [(None, MASKS[0], "cat"), (None, MASKS[1], "dog")]


def test_null_keeps_the_places() -> None:
    value = {"boxes": [BOXES[0], None], "masks": [None, RINGS[1]], "labels": ["cat", None]}
    assert found(value) == [(BOXES[0], None, "cat"), (None, RINGS[1], "")]


def test_boxes_as_corners_with_names() -> None:
    corners = [{"ymin": 1, "xmin": 2, "ymax": 3, "xmax": 4}, {"ymin": 5, "xmin": 6, "ymax": 7, "xmax": 8}]
    assert [entry.box for entry in items_of({"boxes": corners, "labels": LABELS})] == corners


@pytest.mark.parametrize(("key", "order"), [("xyxy", "xy"), ("bbox_xyxy", "xy"), ("yxyx", "yx")])
def test_a_name_that_says_the_order(key: str, order: str) -> None:
    for entry in items_of({key: BOXES, "masks": RINGS}):
        assert entry.layout.box_order == order


@pytest.mark.parametrize(
    ("more", "want"), [({"labels": ["cat"]}, ["cat", ""]), ({"labels": [*LABELS, "cow"]}, LABELS), ({}, ["", ""])]
)
def test_labels_of_another_number(more: dict[str, Any], want: list[str]) -> None:
    value = {"boxes": BOXES, "masks": RINGS, **more}
    assert [label for _, _, label in found(value)] == want
    for entry in items_of(value):
        assert ("lists_unequal" in {note.code for note in entry.notes}) == bool(more)
    masks = maskmill.decode(value, SIZE)
    assert masks.status.tolist() == ["ok", "ok"]
    assert ("lists_unequal" in codes(masks, 0)) == bool(more)


@pytest.mark.parametrize(("boxes", "rings"), [(BOXES[:1], RINGS), (BOXES, RINGS[:1]), (BOXES * 2, RINGS)])
def test_boxes_and_masks_of_different_numbers_are_not_paired(boxes: list[Any], rings: list[Any]) -> None:
    labels = [f"object {n}" for n in range(len(rings))]
    value = {"boxes": boxes, "masks": rings, "labels": labels}
    assert found(value) == [
        *((box, None, "") for box in boxes),
        *((None, ring, label) for ring, label in zip(rings, labels, strict=True)),
    ]
    assert all("lists_unequal" in {note.code for note in entry.notes} for entry in items_of(value))


def test_a_list_that_breaks_off_is_paired_from_the_first_on() -> None:
    text = json.dumps({"labels": LABELS, "boxes": BOXES, "masks": RINGS})
    for end in range(text.index('"masks"') + 12, len(text) - 3):
        items = read(text[:end], Limits()).items
        assert [entry.box for entry in items] == BOXES, text[:end]
        for entry, ring in zip(items, RINGS, strict=True):
            assert entry.mask is None or entry.is_mask_open or entry.mask == ring


@pytest.mark.parametrize(
    "value",
    [
        {"box_2d": BOXES[0], "mask": RINGS, "label": LABELS},
        {"box_2d": BOXES[:1], "mask": RINGS[:1], "label": ["cat"]},
        {"box_2d": [[1, 2], [3, 4]], "mask": RING, "label": "cat"},
        {"polygons": RINGS, "label": "cat"},
        {"box_2d": BOXES[0], "polygons": RINGS, "labels": ["cat", "animal"]},
        {"boxes": BOXES[0], "masks": RING, "label": "cat"},
    ],
)
def test_lists_of_one_item_are_no_lists_in_parallel(value: dict[str, Any]) -> None:
    assert len(items_of(value)) == 1
    assert len(items_of([value])) == 1


def test_masks_that_items_refer_to_are_no_lists_in_parallel() -> None:
    items = [{"box_2d": box, "mask": f"mask_{n}", "label": label} for n, (box, _, label) in enumerate(PAIRS)]
    value = {"boxes": items, "masks": {f"mask_{n}": uri for n, uri in enumerate(MASKS)}}
    assert rows(maskmill.decode(value, SIZE)) == rows(
        maskmill.decode([item(uri, label, box) for uri, (box, _, label) in zip(MASKS, PAIRS, strict=True)], SIZE)
    )


@pytest.mark.parametrize("more", [{"mask": RING}, {"mask": png_uri()}, {"polygon": RING, "score": 0.5}])
def test_what_stands_beside_lists_of_one_entry_belongs_to_the_item(more: dict[str, Any]) -> None:
    (entry,) = items_of({"boxes": BOXES[:1], "labels": ["cat"], **more})
    assert (entry.box, entry.label) == (BOXES[0], "cat")
    assert entry.mask == next(iter(more.values()))


def test_a_mask_beside_lists_of_several_items_is_a_row_that_says_so() -> None:
    items = items_of({"boxes": BOXES, "labels": LABELS, "mask": RING})
    assert [(entry.box, entry.mask) for entry in items] == [(BOXES[0], None), (BOXES[1], None), (None, RING)]
    assert "lists_unequal" in {note.code for note in items[2].notes}


def test_repairs_of_the_lists_are_said_for_their_items() -> None:
    text = json.dumps({"boxes": BOXES, "masks": RINGS, "labels": LABELS})
    for entry in read(text[:-1] + ",}", Limits()).items:
        assert "json_mended" in {note.code for note in entry.notes}
