"""Names of numbers: categories, classes and maps of labels beside items that have numbers for labels."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from support.replies import RING, SIZE

BOX = [200, 100, 900, 900]


def numbered(**more: Any) -> dict[str, Any]:
    return {"box_2d": BOX, "mask": RING, **more}


COCO = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
NAMED: dict[str, Any] = {
    "categories": {"categories": COCO, "annotations": [numbered(category_id=1), numbered(category_id=2)]},
    "categories after": {"annotations": [numbered(category_id=1), numbered(category_id=2)], "categories": COCO},
    "map": {"labels": {"1": "cat", "2": "dog"}, "items": [numbered(label_id=1), numbered(label_id=2)]},
    "map of texts": {"id2label": {"1": "cat", "2": "dog"}, "items": [numbered(label_id="1"), numbered(label_id="2")]},
    "classes": {"classes": ["cat", "dog"], "items": [numbered(class_id=0), numbered(class_id=1)]},
    "classes from 1": {"classes": ["cat", "dog"], "items": [numbered(class_id=1), numbered(class_id=2)]},
    "names": {"names": ["cat", "dog"], "objects": [numbered(label=0), numbered(label=1)]},
    "the other way": {"label_map": {"cat": 3, "dog": 4}, "objects": [numbered(label=3), numbered(label=4)]},
    "farther above": {"classes": ["cat", "dog"], "result": {"items": [numbered(cls=0), numbered(cls=1)]}},
}


@pytest.mark.parametrize("value", NAMED.values(), ids=NAMED)
def test_a_number_gets_its_name(value: Any) -> None:
    text = json.dumps(value)
    for reply in (text, text[:-1] + "," + text[-1]):
        masks = maskmill.decode(reply, SIZE)
        assert list(masks.labels) == ["cat", "dog"]
        assert "label_named" in {problem.code for problem in masks.problems}


UNNAMED: dict[str, Any] = {
    "no such number": {"categories": COCO, "annotations": [numbered(category_id=7)]},
    "no names": {"annotations": [numbered(category_id=7)]},
    "items and no names": {"classes": [{"id": 7, "box_2d": BOX}], "annotations": [numbered(category_id=7)]},
}


@pytest.mark.parametrize("value", UNNAMED.values(), ids=UNNAMED)
def test_a_number_without_a_name_stays_a_number(value: Any) -> None:
    masks = maskmill.decode(json.dumps(value), SIZE)
    assert "7" in list(masks.labels)
    assert "key_mended" in {problem.code for problem in masks.problems}


def test_a_label_is_no_number() -> None:
    value = {"classes": ["cat", "dog"], "items": [numbered(label="cup", class_id=0)]}
    assert list(maskmill.decode(json.dumps(value), SIZE).labels) == ["cup"]
