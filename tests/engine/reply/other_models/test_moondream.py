"""Moondream's ``segment``: a path in the unit square of its box, at once and streamed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import maskmill
from support.other_models import extents, messages
from support.replies import assert_sound

SIZE = (1000, 800)
BOX = {"x_min": 0.1, "y_min": 0.2, "x_max": 0.5, "y_max": 0.6}
BOX_PIXELS = [100, 160, 500, 480]
SQUARE = "M 0 0 L 1 0 L 1 1 L 0 1 Z"
FINAL = {"path": SQUARE, "bbox": BOX, "completed": True}
STREAM = [{"bbox": BOX}, {"chunk": "M 0 0"}, {"chunk": " L 1 0"}, FINAL]
EVENTS = [
    {"type": "bbox", "bbox": BOX},
    {"type": "path_delta", "chunk": "M 0 0", "completed": False},
    {"type": "final", **FINAL},
]


def as_lines(pieces: list[dict[str, Any]]) -> str:
    return "\n".join(map(json.dumps, pieces))


def as_events(pieces: list[dict[str, Any]]) -> str:
    return "\n\n".join(f"data: {json.dumps(piece)}" for piece in pieces)


@pytest.mark.parametrize(
    "path",
    [
        SQUARE,
        "M0,0H1V1H0Z",
        "m 0 0 h 1 v 1 h -1 z",
        "M 0 0 C 0.2 0 0.8 0 1 0 C 1 0.5 1 0.8 1 1 Q 0.5 1 0 1 Z",
        "M 0.5 0 A 0.5 0.5 0 1 1 0.5 1 A 0.5 0.5 90 1 1 0.5 0 Z",
        "M 0 0 L 1e0 0 L 1 1 L 1e-05 1 Z",
    ],
)
@pytest.mark.parametrize("write", [json.dumps, lambda value: value, repr, lambda value: json.dumps([value])])
def test_a_path_lies_in_its_box(path: str, write: Callable[[Any], Any]) -> None:
    masks = maskmill.decode(write({"path": path, "bbox": BOX}), SIZE)
    assert_sound(masks)
    assert masks.status.tolist() == ["ok"]
    np.testing.assert_allclose(extents(masks)[0], BOX_PIXELS, atol=1)
    np.testing.assert_allclose(masks.boxes[0], BOX_PIXELS)


@pytest.mark.parametrize("pieces", [STREAM, EVENTS, STREAM[-1:], [STREAM[0], STREAM[-1]], EVENTS[-1:]])
@pytest.mark.parametrize("write", [as_lines, as_events, json.dumps, lambda pieces: pieces])
def test_a_stream_is_one_row(pieces: list[dict[str, Any]], write: Callable[[Any], Any]) -> None:
    masks = maskmill.decode(write(pieces), SIZE)
    assert masks.status.tolist() == ["ok"]
    assert extents(masks) == [BOX_PIXELS]


@pytest.mark.parametrize("write", [as_lines, as_events, json.dumps, lambda pieces: pieces])
@pytest.mark.parametrize("kept", [2, 3])
def test_a_stream_that_breaks_off_has_its_box_and_a_reason(kept: int, write: Callable[[Any], Any]) -> None:
    masks = maskmill.decode(write(STREAM[:kept]), SIZE)
    assert masks.status.tolist() == ["truncated"]
    np.testing.assert_allclose(masks.boxes[0], BOX_PIXELS)


def test_several_answers_side_by_side_keep_their_labels() -> None:
    answers = [{"object": name, "result": {"path": SQUARE, "bbox": BOX}} for name in ("cat", "dog")]
    masks = maskmill.decode(answers, SIZE)
    assert masks.labels.tolist() == ["cat", "dog"]
    assert extents(masks) == [BOX_PIXELS] * 2


def test_two_streams_are_two_rows() -> None:
    masks = maskmill.decode([*STREAM, *STREAM], SIZE)
    assert extents(masks) == [BOX_PIXELS] * 2


def test_a_path_without_its_box_has_a_reason() -> None:
    masks = maskmill.decode({"path": SQUARE}, SIZE)
    assert masks.status.tolist() == ["no_box"]
    assert "inside a box" in messages(masks)[0]


@pytest.mark.parametrize("answer", [{"path": "", "bbox": None}, {"path": " ", "bbox": BOX}])
def test_an_empty_path_has_a_reason(answer: dict[str, Any]) -> None:
    masks = maskmill.decode(answer, SIZE)
    assert masks.status.tolist() == ["nothing"]
    assert "path is empty" in messages(masks)[0]


def test_a_path_that_runs_over_the_image_is_read_so() -> None:
    path = "M 0.1 0.2 L 0.5 0.2 L 0.5 0.6 L 0.1 0.6 Z"
    masks = maskmill.decode({"path": path, "bbox": BOX}, SIZE)
    assert extents(masks) == [BOX_PIXELS]


def test_a_path_that_fits_neither_is_reported() -> None:
    masks = maskmill.decode({"path": "M 0.8 0.8 L 0.9 0.8 L 0.9 0.9 Z", "bbox": BOX}, SIZE)
    assert {problem.code for problem in masks.problems} == {"box_disagrees"}


def test_what_is_read_is_read_again() -> None:
    masks = maskmill.decode(STREAM, SIZE)
    assert extents(maskmill.decode(list(masks.items), SIZE)) == extents(masks)


def test_a_path_in_other_coordinates_is_no_path_of_this_model() -> None:
    masks = maskmill.decode([{"path": "M 100 200 L 500 200 L 500 600 Z", "bbox": [100, 200, 500, 600]}], (1000, 1000))
    np.testing.assert_allclose(extents(masks)[0], [100, 200, 500, 600], atol=1)


@pytest.mark.parametrize("count", [1, 2])
def test_points_are_no_masks(count: int) -> None:
    masks = maskmill.decode({"points": [{"x": 0.1, "y": 0.2}] * count}, SIZE)
    assert masks.status.tolist() == ["nothing"] * count
    assert "points are no masks" in messages(masks)[0]


def test_many_points_of_an_answer_are_no_ring() -> None:
    masks = maskmill.decode({"request_id": "a", "points": [{"x": 0.1, "y": 0.2}, {"x": 0.5, "y": 0.2}] * 3}, SIZE)
    assert masks.status.tolist() == ["nothing"] * 6


def test_detected_boxes_are_rows() -> None:
    masks = maskmill.decode({"objects": [BOX, BOX]}, SIZE)
    assert masks.status.tolist() == ["nothing"] * 2
    np.testing.assert_allclose(masks.boxes, [BOX_PIXELS] * 2)
