"""Florence-2: the text of the model, and what transformers makes of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from support.other_models import extents, messages, other_codes
from support.replies import assert_sound
from support.tiers import cases

SIZE = (1000, 800)
RING = (100, 200, 500, 200, 500, 600, 100, 600)
OTHER = (600, 600, 900, 600, 900, 900, 600, 900)
RING_PIXELS = [100, 160, 500, 480]
OTHER_PIXELS = [600, 480, 900, 720]


def tokens(*numbers: int) -> str:
    return "".join(f"<loc_{n}>" for n in numbers)


@pytest.mark.parametrize(
    ("text", "labels", "wanted"),
    [
        (f"car{tokens(*RING)}", ["car"], [RING_PIXELS]),
        (f"</s><s>a green car{tokens(*RING)}</s><pad>", ["a green car"], [RING_PIXELS]),
        (tokens(*RING), [""], [RING_PIXELS]),
        (f"car{tokens(*RING)}<sep>{tokens(*OTHER)}", ["car"], [[100, 160, 900, 720]]),
        (f"car<poly>{tokens(*RING)}</poly><poly>{tokens(*OTHER)}</poly>", ["car", "car"], [RING_PIXELS, OTHER_PIXELS]),
        (
            f"car<poly>{tokens(*RING)}</poly>dog<poly>{tokens(*OTHER)}</poly>",
            ["car", "dog"],
            [RING_PIXELS, OTHER_PIXELS],
        ),
        (f"car{tokens(*RING)}dog{tokens(*OTHER)}", ["car", "dog"], [RING_PIXELS, OTHER_PIXELS]),
        (f"<REFERRING_EXPRESSION_SEGMENTATION>car\ncar{tokens(*RING)}", ["car"], [RING_PIXELS]),
        (f"```\ncar{tokens(*RING)}\n```", ["car"], [RING_PIXELS]),
        (f"car{tokens(*RING)}".replace("<", "&lt;").replace(">", "&gt;"), ["car"], [RING_PIXELS]),
        (f"car{tokens(*RING)}".upper().replace("CAR", "car"), ["car"], [RING_PIXELS]),
        (f"car [left]{tokens(*RING)}", ["car [left]"], [RING_PIXELS]),
    ],
)
def test_rings(text: str, labels: list[str], wanted: list[list[int]]) -> None:
    masks = maskmill.decode(text, SIZE)
    assert_sound(masks)
    assert masks.labels.tolist() == labels
    assert masks.status.tolist() == ["ok"] * len(labels)
    for extent, pixels in zip(extents(masks), wanted, strict=True):
        np.testing.assert_allclose(extent, pixels, atol=1)
    assert masks.reply_status == "ok"
    assert not masks.problems


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (f"car{tokens(52, 332, 932, 774)}", ["car"]),
        (f"car{tokens(52, 332, 932, 774)}wheel{tokens(1, 2, 30, 40, 50, 60, 70, 80)}", ["car", "wheel", "wheel"]),
        (f"<OD>car{tokens(52, 332, 932, 774)}</s>", ["car"]),
    ],
)
def test_boxes_are_rows_that_say_so(text: str, labels: list[str]) -> None:
    masks = maskmill.decode(text, SIZE)
    assert masks.labels.tolist() == labels
    assert masks.status.tolist() == ["nothing"] * len(labels)
    np.testing.assert_allclose(masks.boxes[0], [52.5, 266, 932.5, 619.6])
    assert all("a box and no mask" in message for message in messages(masks))


def test_four_numbers_before_a_ring_that_are_its_extent_are_its_box() -> None:
    masks = maskmill.decode(f"car{tokens(100, 200, 500, 600, *RING)}", SIZE)
    assert masks.status.tolist() == ["ok"]
    np.testing.assert_allclose(extents(masks)[0], RING_PIXELS, atol=1)
    np.testing.assert_allclose(masks.boxes[0], RING_PIXELS, atol=1)
    assert [problem.code for problem in masks.problems] == ["box_first"]


@pytest.mark.parametrize("numbers", [(100, 200, 500, 200, 500, 1000), (100, 1200, 500, 1300), (9999, 1, 2, 3, 4, 4)])
def test_numbers_out_of_the_bins_are_refused(numbers: tuple[int, ...]) -> None:
    masks = maskmill.decode(f"car{tokens(*numbers)}", SIZE)
    assert masks.status.tolist() == ["garbage"]
    assert f"<loc_{max(numbers)}>" in messages(masks)[0]


@pytest.mark.parametrize("kept", range(1, 18))
def test_a_text_that_breaks_off_in_a_token(kept: int) -> None:
    whole = f"dog{tokens(*OTHER)}car{tokens(*RING)}"
    masks = maskmill.decode(whole[:-kept], SIZE)
    assert masks.status.tolist() == ["ok", "truncated"]
    assert masks.reply_status == "truncated"


def test_a_number_without_its_partner() -> None:
    whole = maskmill.decode(f"car{tokens(*RING, 7)}</s>", SIZE)
    np.testing.assert_allclose(extents(whole)[0], RING_PIXELS, atol=1)
    assert other_codes(whole) == {"junk_cut"}
    cut = maskmill.decode(f"car{tokens(*RING, 7)}", SIZE)
    assert cut.status.tolist() == ["truncated"]
    assert cut.reply_status == "truncated"


def test_a_polygon_that_is_not_closed_is_cut() -> None:
    masks = maskmill.decode(f"car<poly>{tokens(*RING)}", SIZE)
    assert masks.status.tolist() == ["truncated"]
    assert masks.reply_status == "truncated"


@settings(deadline=None, derandomize=True, max_examples=cases(200))
@given(
    st.lists(
        st.sampled_from(
            ["<loc_1>", "<loc_999>", "<loc_", "<sep>", "<poly>", "</poly>", "<po", "cat", "\n", "</s>", "[", "{", '"']
        ),
        max_size=40,
    )
)
def test_any_mixture_is_read_soundly(pieces: list[str]) -> None:
    assert_sound(maskmill.decode("".join(pieces), SIZE))


# Parsed by transformers.


PIXELS = [100, 160, 500, 160, 500, 480, 100, 480]
TASKS = ["<REFERRING_EXPRESSION_SEGMENTATION>", "<REGION_TO_SEGMENTATION>", "<OPEN_VOCABULARY_DETECTION>"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "write", [json.dumps, repr, lambda value: f"```json\n{json.dumps(value)}\n```", lambda value: value]
)
def test_parsed_polygons_are_pixels(task: str, write: object) -> None:
    value = {task: {"polygons": [[PIXELS]], "labels": ["car"]}}
    masks = maskmill.decode(write(value), SIZE)  # type: ignore[operator]
    assert masks.labels.tolist() == ["car"]
    assert extents(masks) == [[100, 160, 500, 480]]
    assert not other_codes(masks)


def test_parsed_boxes_and_polygons_have_labels_of_their_kind() -> None:
    answer = {
        "bboxes": [[10, 20, 30, 40]],
        "bboxes_labels": ["hat"],
        "polygons": [[PIXELS]],
        "polygons_labels": ["car"],
    }
    masks = maskmill.decode({"<OPEN_VOCABULARY_DETECTION>": answer}, SIZE)
    assert sorted(zip(masks.labels.tolist(), masks.status.tolist(), strict=True)) == [("car", "ok"), ("hat", "nothing")]
    assert masks.boxes[masks.labels == "hat"].tolist() == [[10, 20, 30, 40]]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda answer: {"OD": answer},
        lambda answer: {"task": "<OD>", "result": answer},
        lambda answer: {"task_prompt": "<OD>", **answer},
    ],
)
def test_a_task_may_stand_beside_its_answer(wrap: Any) -> None:
    masks = maskmill.decode(wrap({"bboxes": [[10, 20, 300, 400]], "labels": ["car"]}), SIZE)
    assert masks.boxes.tolist() == [[10, 20, 300, 400]]
    assert masks.labels.tolist() == ["car"]


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: {"result": v}, lambda v: {"output": [v]}])
def test_parsed_answers_are_found_in_wrappers(wrap: object) -> None:
    value = {"<OD>": {"bboxes": [[10.5, 20, 300, 400]], "labels": ["car"]}}
    masks = maskmill.decode(wrap(value), SIZE)  # type: ignore[operator]
    assert masks.boxes.tolist() == [[10.5, 20, 300, 400]]
    assert masks.labels.tolist() == ["car"]


def test_quadrilaterals_of_text_are_rings() -> None:
    value = {"<OCR_WITH_REGION>": {"quad_boxes": [PIXELS], "labels": ["</s>STOP"]}}
    masks = maskmill.decode(value, SIZE)
    assert masks.labels.tolist() == ["STOP"]
    assert extents(masks) == [[100, 160, 500, 480]]


def test_several_rings_of_one_instance_are_one_row() -> None:
    value = {TASKS[0]: {"polygons": [[PIXELS, [600, 480, 900, 480, 900, 720]]], "labels": [""]}}
    masks = maskmill.decode(value, SIZE)
    assert extents(masks) == [[100, 160, 900, 720]]


def test_empty_lists_mean_that_nothing_was_found() -> None:
    masks = maskmill.decode({"<OD>": {"bboxes": [], "labels": []}}, SIZE)
    assert (len(masks), masks.reply_status) == (0, "ok")


def test_a_caption_is_no_answer() -> None:
    masks = maskmill.decode({"<CAPTION>": "a green car"}, SIZE)
    assert len(masks) == 0
    assert masks.reply_status == "no_json"


# Boxes beside instances.


def _loc(numbers: list[int]) -> str:
    return "".join(f"<loc_{n}>" for n in numbers)


_BOX = _loc([200, 100, 600, 500])
_RING = _loc([200, 100, 600, 100, 600, 500, 200, 500])


@pytest.mark.parametrize(
    "text",
    [
        f"cup{_BOX}<poly>{_RING}</poly>",
        f"cup <poly>{_RING}</poly>{_BOX}",
        f"cup{_BOX}<sep>{_RING}",
        f"cup{_BOX}<poly>{_RING}<sep>{_RING}</poly>",
        f"<s>cup {_BOX} <poly> {_RING} </poly></s>",
    ],
)
def test_a_box_beside_a_ring_is_its_box(text: str) -> None:
    masks = maskmill.decode(text, (1000, 1000))
    assert masks.labels.tolist() == ["cup"]
    assert masks.status.tolist() == ["ok"]
    assert masks.boxes[0].tolist() == pytest.approx([200.5, 100.5, 600.5, 500.5])
    assert {problem.code for problem in masks.problems} == {"box_first"}


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (f"cup{_BOX}<poly>{_RING}</poly>dog{_BOX}<poly>{_RING}</poly>", ["cup", "dog"]),
        (f"cup{_BOX}{_BOX}<poly>{_RING}</poly><poly>{_RING}</poly>", ["cup", "cup"]),
        (f"cup{_BOX}<poly>{_RING}</poly>{_BOX}<poly>{_RING}</poly>", ["cup", "cup"]),
    ],
)
def test_boxes_beside_several_rings(text: str, labels: list[str]) -> None:
    masks = maskmill.decode(text, (1000, 1000))
    assert masks.labels.tolist() == labels
    assert masks.status.tolist() == ["ok", "ok"]
    assert masks.boxes[:, 0].tolist() == pytest.approx([200.5, 200.5])


def test_a_box_of_something_else_is_a_row() -> None:
    masks = maskmill.decode(f"cup{_loc([10, 20, 30, 40])}<poly>{_RING}</poly>", (1000, 1000))
    assert sorted(masks.status.tolist()) == ["nothing", "ok"]
