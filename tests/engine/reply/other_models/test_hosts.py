"""What hosts of SAM 3 give: run lengths with boxes beside them, as centre, width and height."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import maskmill
from support.model_examples import PIXELS, SIZE, run_lengths
from support.other_models import extents, messages, other_codes

BOX = [0.4, 0.3, 0.4, 0.4]
COUNTS = run_lengths()["counts"]
X0, Y0, X1, Y1 = PIXELS
PAIRS = " ".join(f"{y * SIZE[0] + X0} {X1 - X0}" for y in range(Y0, Y1))


@pytest.mark.parametrize("write", [lambda v: v, json.dumps, repr, lambda v: {"output": v}])
@pytest.mark.parametrize("mask", [COUNTS, run_lengths(), PAIRS, PAIRS.replace(" ", ", ")])
@pytest.mark.parametrize(
    "beside",
    [
        {"metadata": [{"index": 0, "score": 0.9, "box": BOX}]},
        {"boxes": [BOX], "scores": [0.9]},
        {"boxes": [[BOX]], "scores": [[0.9]]},
    ],
)
def test_a_box_joins_its_mask(write: Any, mask: Any, beside: dict[str, Any]) -> None:
    masks = maskmill.decode(write({"rle": mask, **beside}), SIZE)
    assert extents(masks) == [list(PIXELS)]
    np.testing.assert_allclose(masks.boxes, [PIXELS])
    assert masks.scores.tolist() == pytest.approx([0.9])
    assert other_codes(masks) <= {"rle_size_assumed", "rle_pairs", "rle_rows"}


@pytest.mark.parametrize(
    "beside", [{"metadata": [{"box": BOX, "score": 0.9}, {"box": BOX, "score": 0.8}]}, {"boxes": [BOX, BOX]}]
)
def test_several_masks(beside: dict[str, Any]) -> None:
    masks = maskmill.decode({"rle": [COUNTS, PAIRS], **beside}, SIZE)
    assert extents(masks) == [list(PIXELS)] * 2
    np.testing.assert_allclose(masks.boxes, [PIXELS] * 2)


def test_no_row_is_lost() -> None:
    masks = maskmill.decode({"rle": [COUNTS], "metadata": [{"box": BOX}, {"box": BOX}]}, SIZE)
    assert masks.status.tolist() == ["ok", "nothing"]
    assert "a box and no mask" in messages(masks)[0]
    masks = maskmill.decode({"rle": [COUNTS, COUNTS], "metadata": [{"box": BOX}]}, SIZE)
    assert masks.status.tolist() == ["ok", "ok"]


def test_boxes_that_are_no_centres_are_left_to_the_comparison() -> None:
    masks = maskmill.decode({"rle": [COUNTS], "boxes": [[0.7, 0.6, 1.0, 0.9]]}, SIZE)
    assert "box_disagrees" in other_codes(masks)
