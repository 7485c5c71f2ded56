"""Boxes and points of other models, and tokens that only a network can read: each has a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from support.other_models import extents, messages
from support.replies import assert_sound
from support.tiers import cases

SIZE = (1000, 500)
BOX = [100, 100, 300, 200]

BOXES = {
    "qwen2": "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(100,200),(300,400)<|box_end|>",
    "qwen": "<ref>cat</ref><box>(100,200),(300,400)</box>",
    "internvl": "The <ref>cat</ref><box>[[100, 200, 300, 400]]</box> sits.",
    "deepseek": "<|ref|>cat<|/ref|><|det|>[[100, 200, 300, 400]]<|/det|>",
    "deepseek-ocr": "<|det|>cat [100, 200, 300, 400]<|/det|>",
    "glm": "It is at <|begin_of_box|>[[100,200,300,400]]<|end_of_box|>.",
    "glm-single": "It is at <|begin_of_box|>[100, 200, 300, 400]<|end_of_box|>.",
    "rex-omni": "<|object_ref_start|>cat<|object_ref_end|><|box_start|><100><200><300><400><|box_end|>",
    "coordinates": "<|object_ref_start|>cat<|object_ref_end|><|box_start|><|coord_100|><|coord_200|><|coord_300|>"
    "<|coord_400|><|box_end|>",
    "minicpm": "<ref>cat</ref><box>100 200 300 400</box>",
    "unit": "<ref>cat</ref><box>[[0.1, 0.2, 0.3, 0.4]]</box>",
    "escaped": "&lt;ref&gt;cat&lt;/ref&gt;&lt;box&gt;[[100, 200, 300, 400]]&lt;/box&gt;",
    "locate": "<ref>cat</ref><box><100><200><300><400></box>",
}


@pytest.mark.parametrize("name", BOXES)
def test_a_box_is_a_row_with_its_box(name: str) -> None:
    masks = maskmill.decode(BOXES[name], SIZE)
    assert_sound(masks)
    assert masks.labels.tolist() == ["" if name.startswith("glm") else "cat"]
    assert masks.status.tolist() == ["nothing"]
    assert masks.boxes.tolist() == [pytest.approx(BOX)]
    assert "a box and no mask" in messages(masks)[0]
    filled = maskmill.decode(BOXES[name], SIZE, fallback="box")
    assert extents(filled) == [BOX]


def test_several_boxes_of_a_label() -> None:
    corners = "<box>(1,2),(3,4)</box>"
    text = f"<ref>cat</ref><box>[[1, 2, 3, 4], [5, 6, 7, 8]]</box> and <ref>dog</ref>{corners}{corners}"
    masks = maskmill.decode(text, SIZE)
    assert masks.labels.tolist() == ["cat", "cat", "dog", "dog"]


def test_groups_of_tokens() -> None:
    ring = "<100><100><500><100><500><900><100><900>"
    text = f"<|object_ref_start|>cat<|object_ref_end|><|box_start|><1><2><3><4>, <5><6>, {ring}<|box_end|>"
    masks = maskmill.decode(text, SIZE)
    assert masks.status.tolist() == ["nothing", "nothing", "ok"]
    assert extents(masks)[2] == [100, 50, 500, 450]


def test_pixels_past_the_frame_are_no_thousandths() -> None:
    text = "<ref>a</ref><box>[[100, 200, 300, 400]]</box><ref>b</ref><box>[[100, 200, 1800, 900]]</box>"
    masks = maskmill.decode(text, (1920, 1080))
    assert masks.boxes.tolist() == [[100, 200, 300, 400], [100, 200, 1800, 900]]


@pytest.mark.parametrize("body", ["null", "[]", "None"])
def test_a_reference_without_a_box(body: str) -> None:
    masks = maskmill.decode(f"<ref>a</ref><box>[[1,2,3,4]]</box><ref>b</ref><box>{body}</box>", SIZE)
    assert masks.labels.tolist() == ["a", "b"]
    assert "no box" in messages(masks)[1]


@pytest.mark.parametrize("kept", [1, 7, 12, 20])
def test_a_text_that_breaks_off(kept: int) -> None:
    text = "<ref>a</ref><box>[[1,2,3,4]]</box><ref>b</ref><box>[[11,22,33,44]]</box>"
    masks = maskmill.decode(text[:-kept], SIZE)
    assert masks.status.tolist() == ["nothing", "truncated"]
    assert masks.reply_status == "truncated"


def test_cells_of_a_grid() -> None:
    text = (
        "<grounding> An image of<phrase> a snowman</phrase><object><patch_index_0044><patch_index_0863></object> by"
        "<phrase> a fire</phrase><object><patch_index_0005><patch_index_0005></delimiter_of_multi_objects/>"
        "<patch_index_0000><patch_index_1023></object>."
    )
    masks = maskmill.decode(text, (640, 320))
    assert masks.labels.tolist() == ["a snowman", "a fire", "a fire"]
    assert masks.boxes.tolist() == [[250, 15, 630, 265], [100, 0, 120, 10], [10, 5, 630, 315]]


POINTS: dict[str, Any] = {
    "molmo": '<point x="61.5" y="40.2" alt="cat">cat</point>',
    "molmo-several": '<points x1="61.5" y1="40.2" x2="10" y2="20" alt="cat">cat</points>',
    "molmo-quotes": "<point x='61.5' y='40.2' alt='cat'/>",
    "molmo2": 'Counting the <points coords="1 1 073 160 2 173 600" alt="cats">cat</points> gives 2.',
    "molmo2-images": '<points coords="1 1 073 160;2 1 173 600">cat</points>',
    "perceptron": '<point mention="cat"> (5,6) </point>',
    "uitars": "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(10,20)<|box_end|>",
    "qwen": json.dumps([{"point_2d": [10, 20], "label": "cat"}]),
    "robotics": json.dumps([{"point": [10, 20], "label": "cat"}]),
    "robotics-one": json.dumps({"point": [10, 20], "label": "cat"}),
    "object": json.dumps([{"point": {"x": 1, "y": 2}, "label": "cat"}]),
    "list": json.dumps([{"points_2d": [[10, 20], [30, 40]], "label": "cat"}]),
    "fenced": '```json\n[{"point": [10, 20], "label": "cat"}]\n```',
    "broken": '[{"point": [10, 20], "label": "cat"},',
}


@pytest.mark.parametrize("name", POINTS)
def test_points_are_no_masks(name: str) -> None:
    masks = maskmill.decode(POINTS[name], SIZE)
    assert_sound(masks)
    assert len(masks) in (1, 2)
    assert set(masks.labels.tolist()) == {"cat"}
    assert set(masks.status.tolist()) == {"nothing"}
    assert all("points are no masks" in message for message in messages(masks))


def test_a_point_beside_a_mask_does_not_matter() -> None:
    item = {"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [500, 0], [500, 500]], "label": "cat", "point": [1, 2]}
    assert maskmill.decode([item], SIZE).status.tolist() == ["ok"]


@pytest.mark.parametrize(
    "text",
    [
        "Sure, [SEG].",
        "It is [SEG] .</s>",
        "<p> a cat </p> [SEG] and <p> a dog </p> [SEG]",
        "Sure, the result is <SEG>.",
        "[SEG0] and [SEG1]",
        "Sure, [seg]",
    ],
)
def test_hidden_states_are_named(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert len(masks) == 0
    assert masks.reply_status == "no_json"
    assert [problem.code for problem in masks.problems] == ["needs_weights"]


@pytest.mark.parametrize(
    "text",
    [
        "The wire (<|mt_start|><|mt_0023|><|mt_0311|><|mt_end|>)",
        json.dumps([{"mask_2d": "<|mt_start|><|mt_0023|><|mt_0311|><|mt_end|>", "label": "wire"}]),
    ],
)
def test_tokens_of_other_networks_are_named(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert masks.status.tolist() == ["tokens"]
    assert "another model" in messages(masks)[0]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"box_2d": [0, 0, 500, 500], "mask": None, "label": "a <polygon mention='x'> (1,2) [SEG] <box>1"}]),
        '[{"box_2d": [0, 0, 500, 500], "label": "<point x=1 y=2> <ref>a</ref><box>[[1,2,3,4]]</box> <loc_1>"}',
        "Here {\"box_2d\": [0, 0, 500, 500], 'label': '<|box_start|>(1,2),(3,4)<|box_end|>'}",
    ],
)
def test_json_stays_json(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert masks.boxes.tolist() == [[0, 0, 500, 250]]


@pytest.mark.parametrize(
    "text", ["a < b", "<think>hm</think> I cannot.", "use <Box> here", "see [1] and <br>", "<p>no</p>"]
)
def test_other_prose_is_no_reply_of_these(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert len(masks) == 0
    assert masks.reply_status == "no_json"


PIECES = [
    *("<ref>", "</ref>", "<box>", "</box>", "[[", "]]", "1,2,3,4", "(1,2)", "<5>", ",", "<|box_start|>"),
    *("<|box_end|>", "<|det|>", "<|/det|>", "cat", "<patch_index_0001>", "<object>", "[SEG]", "<|mt_start|>"),
    *("<|mt_0001|>", '<point x="1" y="2">', "<points coords=", '"1 1 2 3"', ">", "9" * 400, "&lt;", "null", "."),
]


@settings(deadline=None, derandomize=True, max_examples=cases(300))
@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=40,
    )
)
def test_any_mixture_is_read_soundly(pieces: list[str]) -> None:
    assert_sound(maskmill.decode("".join(pieces), SIZE))
