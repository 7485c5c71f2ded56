"""Points among which a bracket is missing: mended where nothing else can be meant, and never other pixels."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import read
from maskmill._reply.recovery.points import mend_points
from support.replies import SIZE, codes

POINTS = [[200, 100], [600, 120], [640, 500], [210, 530]]
RINGS = [POINTS, [[700, 100], [900, 110], [910, 300]]]


def reply(mask: str) -> str:
    return (
        f'[{{"box_2d": [100, 200, 530, 640], "mask": {mask}, "label": "a"}}, {{"box_2d": [1, 2, 3, 4], "label": "b"}}]'
    )


MENDED = {
    "a point not opened": "[[200,100],[600,120],640,500],[210,530]]",
    "the second point not opened": "[[200,100],600,120],[640,500],[210,530]]",
    "the last point not opened": "[[200,100],[600,120],[640,500],210,530]]",
    "the first point not opened": "[200,100],[600,120],[640,500],[210,530]]",
    "two points not opened": "[[200,100],600,120],[640,500],210,530]]",
    "a point not closed": "[[200,100],[600,120,[640,500],[210,530]]",
    "the first point not closed": "[[200,100,[600,120],[640,500],[210,530]]",
    "the last bracket missing": "[[200,100],[600,120],[640,500],[210,530]",
    "a point opened twice": "[[200,100],[[600,120],[640,500],[210,530]]",
    "a bracket too many": "[[200,100],[600,120]],[640,500],[210,530]]",
    "the first point closed twice": "[[200,100]],[600,120],[640,500],[210,530]]",
    "the last but one closed twice": "[[200,100],[600,120],[640,500]],[210,530]]",
    "no outer brackets": "[200,100],[600,120],[640,500],[210,530]",
    "no outer parentheses": "(200,100),(600,120),(640,500),(210,530)",
    "parentheses": "[(200, 100), (600, 120), 640, 500), (210, 530)]",
    "on lines": "[\n [200, 100],\n [600, 120],\n 640, 500],\n [210, 530]\n]",
}


@pytest.mark.parametrize("name", MENDED)
@pytest.mark.parametrize("key", ["mask", "polygon", "segmentation"])
def test_points_are_mended_and_that_is_said(name: str, key: str) -> None:
    reading = read(reply(MENDED[name]).replace('"mask"', f'"{key}"'), Limits())
    first, second = reading.items
    assert (first.mask, first.label, second.label) == (POINTS, "a", "b")
    assert "json_mended" in {note.code for note in first.notes}
    masks = maskmill.decode(reply(MENDED[name]), SIZE)
    want = maskmill.decode(reply(json.dumps(POINTS)), SIZE)
    assert masks.areas.tolist() == want.areas.tolist()
    assert "json_mended" in codes(masks, 0)


@pytest.mark.parametrize(
    "mask",
    [
        "[[200,100],[600,120],640,500,[210,530]",
        "[[200,100],[600,120],640],[210,530]]",
        "[[200,100],[600,120],[640,500]],[210,530],[200,400],[180,300]]",
        "[200,100],[600,120]",
        "[[200,100],[600,120],[640,500],[210,530]}, [1, 2]]",
        "[[200,100],600],[210,530]]",
        "[[200,100,600,120],640,500],[210,530]]",
    ],
)
def test_where_it_is_not_clear_there_is_no_mask(mask: str) -> None:
    masks = maskmill.decode(reply(mask), SIZE)
    assert masks.status[0] != "ok"
    assert masks.labels[-1] == "b"


@pytest.mark.parametrize("ring", [POINTS, RINGS, [RINGS]])
def test_any_bracket_lost_or_doubled_gives_the_same_pixels_or_none(ring: list[Any]) -> None:
    text = json.dumps(ring)
    want = maskmill.decode(reply(text), SIZE).areas[0]
    for at in (at for at, char in enumerate(text) if char in "[],"):
        for damaged in (text[:at] + text[at + 1 :], text[:at] + text[at] + text[at:]):
            masks = maskmill.decode(reply(damaged), SIZE)
            assert masks.status[0] != "ok" or masks.areas[0] == want, damaged
            assert masks.labels[-1] == "b", damaged


def test_a_ring_that_breaks_off_is_not_mended() -> None:
    text = reply("[[200,100],[600,120],640,500],[210,530]]")
    start = text.index("mask") + 8
    for end in range(start, start + 39):
        assert maskmill.decode(text[:end], SIZE).status[0] != "ok", text[:end]


@pytest.mark.parametrize(
    "text", ["[[1,2],[3,4],[5,6]]", "[1,2,3,4,5,6]", "[[1,2],[3,4],[5,6]]]", "[]", "[[[[1,2],3,4]]]]"]
)
def test_sound_points_are_left_alone(text: str) -> None:
    assert mend_points(text) is None
