"""Replies for several images, and answers given twice: every row is there, and the reply says it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import read
from support.replies import RING, SIZE, codes

A = {"box_2d": [200, 100, 900, 900], "mask": RING, "label": "a"}
B = {"box_2d": [100, 100, 700, 900], "mask": RING, "label": "b"}

SEVERAL: dict[str, Any] = {
    "keys": {"image_1": [A], "image_2": [B]},
    "keys with words": {"Image 1": [A], "Image 2": [B]},
    "file names": {"a.jpg": [A], "b.png": [B]},
    "frames": {"frame_000": {"objects": [A]}, "frame_001": {"objects": [B]}},
    "in the items": [{**A, "image_index": 0}, {**B, "image_index": 1}],
    "file names in the items": [{**A, "image": "a.jpg"}, {**B, "image": "b.jpg"}],
    "above the lists": [{"image": "a.jpg", "objects": [A]}, {"image": "b.jpg", "objects": [B]}],
    "pages": {"results": [{"page": 1, "boxes": [A]}, {"page": 2, "boxes": [B]}]},
}
SINGLE: dict[str, Any] = {
    "one key": {"image_1": [A, B]},
    "one image": [{**A, "image": "a.jpg"}, {**B, "image": "a.jpg"}],
    "above the list": {"image": "a.jpg", "objects": [A, B]},
    "its size": {"image": {"width": 64, "height": 48}, "objects": [A, B]},
    "two lists": {"objects": [A], "others": [B]},
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_images_are_said(name: str) -> None:
    for reply in (SEVERAL[name], json.dumps(SEVERAL[name])):
        masks = maskmill.decode(reply, SIZE)
        assert masks.labels.tolist() == ["a", "b"]
        assert "several_images" in codes(masks, None)


@pytest.mark.parametrize("name", SINGLE)
def test_one_image_needs_no_word(name: str) -> None:
    reading = read(json.dumps(SINGLE[name]), Limits())
    assert [item.label for item in reading.items] == ["a", "b"]
    assert not [note for note in reading.notes if note.code == "several_images"]


@pytest.mark.parametrize("second", [[A, B], [B, A], [A, {**B, "box_2d": [1, 2, 3, 4]}]])
def test_an_answer_given_twice_is_said(second: list[Any]) -> None:
    text = f"```json\n{json.dumps([A, B])}\n```\nCorrected:\n```json\n{json.dumps(second)}\n```"
    masks = maskmill.decode(text, SIZE)
    assert len(masks) == 4
    assert "several_images" in codes(masks, None)


@pytest.mark.parametrize("lines", [[A, A], [A, B], [A]])
def test_lines_of_one_item_each_may_be_alike(lines: list[Any]) -> None:
    assert not read("\n".join(map(json.dumps, lines)), Limits()).notes


def test_two_lists_of_other_objects_need_no_word() -> None:
    assert not read(f"{json.dumps([A])}\nand\n{json.dumps([B])}", Limits()).notes


@pytest.mark.parametrize("second", [[A, B], [{**B, "label": "a"}, {**A, "label": "b"}], [{**A, "label": "c"}]])
def test_lists_of_several_items_in_one_list_are_said(second: list[Any]) -> None:
    for reply in ([[A, B], second], {"results": [[A, B], second]}):
        masks = maskmill.decode(json.dumps(reply), SIZE)
        assert len(masks) == 2 + len(second)
        assert "several_images" in codes(masks, None)


@pytest.mark.parametrize("lists", [[[A, B]], [[A], [B]], [[A], []]])
def test_lists_of_one_item_each_need_no_word(lists: list[Any]) -> None:
    assert not read(json.dumps(lists), Limits()).notes
