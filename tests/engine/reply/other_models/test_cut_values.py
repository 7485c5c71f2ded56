"""JSON of other models that breaks off: what is whole is read, and nothing cut is taken for whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from support.model_examples import EXAMPLES, PIXELS, SIZE
from support.other_models import extents
from support.replies import assert_sound
from support.tiers import is_quick

NAMES = [name for name, example in EXAMPLES.items() if not isinstance(example.reply, str) and example.status == "ok"]
TWICE: dict[str, Any] = {
    "sam3": {**EXAMPLES["sam3"].reply, "pred_boxes": [[0.2, 0.1, 0.4, 0.4]] * 2},
}
TWICE["sam3"]["pred_masks"] = EXAMPLES["sam3"].reply["pred_masks"] * 2


SIZE_LAST = ("labelme",)
"""Forms that give the size of the image behind the items: without it, a note says that the frame is not known."""


@pytest.mark.parametrize("name", NAMES)
def test_a_mask_is_whole_or_has_a_reason(name: str) -> None:
    """However a text breaks off, each row with a mask has the whole one."""
    text = json.dumps(EXAMPLES[name].reply)
    for stop in range(1, len(text), 17 if is_quick() else 1):
        masks = maskmill.decode(text[:stop], SIZE)
        assert_sound(masks)
        is_whole = set(map(tuple, filter(None, extents(masks)))) <= {PIXELS}
        is_unchecked = name in SIZE_LAST and "frame_unchecked" in {problem.code for problem in masks.problems}
        assert is_whole or is_unchecked, text[:stop]


def test_masks_before_the_break_are_read() -> None:
    text = json.dumps({key: TWICE["sam3"][key] for key in ("orig_img_h", "orig_img_w", "pred_boxes", "pred_masks")})
    masks = maskmill.decode(text[:-4], SIZE)
    assert masks.status.tolist() == ["ok", "truncated"]
    assert extents(masks)[0] == list(PIXELS)


def test_a_break_behind_the_masks_loses_none() -> None:
    text = json.dumps(EXAMPLES["sam3"].reply)
    stop = text.index('"pred_scores"') + len('"pred_scores": [0.')
    assert maskmill.decode(text[:stop], SIZE).status.tolist() == ["ok"]
