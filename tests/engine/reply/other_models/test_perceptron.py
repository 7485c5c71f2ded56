"""Perceptron's tags: polygons, boxes and points, in collections and alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from support.other_models import extents, messages
from support.replies import assert_sound
from support.tiers import cases

SIZE = (1000, 500)
BODY = "(100,100) (500,100) (500,600) (100,600)"
PIXELS = [100, 50, 500, 300]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (f'<polygon mention="drone"> {BODY} </polygon>', ["drone"]),
        (f"<polygon mention='drone'>{BODY}</polygon>", ["drone"]),
        (f"<polygon mention=drone t=0.5>{BODY}</polygon>", ["drone"]),
        (f'<POLYGON T="1" Mention="a &amp; b">{BODY}</POLYGON>', ["a & b"]),
        (f'Found it: <polygon mention="drone">{BODY.replace(") (", "), (")}</polygon>. Done.', ["drone"]),
        ("<polygon>\n(100, 100)\n(500, 100)\n(500, 600)\n(100, 600)\n</polygon>", [""]),
        (f'<collection mention="wall"><polygon>{BODY}</polygon> <polygon>{BODY}</polygon></collection>', ["wall"] * 2),
        (f'<collection mention="wall"><polygon mention="door">{BODY}</polygon></collection>', ["door"]),
        (
            f'<collection mention="a"><polygon>{BODY}</polygon></collection><polygon mention="b">{BODY}</polygon>',
            ["a", "b"],
        ),
        (f'<collection mention="a"><track mention="b"><polygon>{BODY}</polygon></track></collection>', ["b"]),
        (f"&lt;polygon mention=&quot;drone&quot;&gt; {BODY} &lt;/polygon&gt;", ["drone"]),
        (f'```xml\n<polygon mention="drone"> {BODY} </polygon>\n```', ["drone"]),
        (f'<polygon mention="x > y">{BODY}</polygon>', ["x > y"]),
        (f'<polygon mention="[left] cup">{BODY}</polygon>', ["[left] cup"]),
    ],
)
def test_polygons(text: str, labels: list[str]) -> None:
    masks = maskmill.decode(text, SIZE)
    assert_sound(masks)
    assert masks.labels.tolist() == labels
    assert extents(masks) == [PIXELS] * len(labels)
    assert masks.reply_status == "ok"
    assert not masks.problems


@pytest.mark.parametrize("head", ["<think>", "", "<think>I see <polygon> (1,1) (2,2) (3,1) </polygon>. "])
def test_thoughts_are_not_read(head: str) -> None:
    text = (
        f'{head}perhaps <polygon mention="b">(1,2) (3,4) (5,9)</polygon></think><polygon mention="a">{BODY}</polygon>'
    )
    masks = maskmill.decode(text, SIZE)
    assert masks.labels.tolist() == ["a"]


def test_a_score_is_read() -> None:
    masks = maskmill.decode(f'<polygon mention="a" confidence="0.5">{BODY}</polygon>', SIZE)
    assert masks.scores.tolist() == [0.5]


def test_boxes_and_points_have_reasons() -> None:
    text = '<point_box mention="a"> (10,20) (300,400) </point_box> <point mention="b"> (5,6) </point>'
    masks = maskmill.decode(text, SIZE)
    assert masks.labels.tolist() == ["a", "b"]
    assert masks.status.tolist() == ["nothing", "nothing"]
    assert masks.boxes[0].tolist() == [10, 10, 300, 200]
    assert "a box and no mask" in messages(masks)[0]
    assert "points are no masks" in messages(masks)[1]


@pytest.mark.parametrize("body", ["(100,100) (1200,100) (500,600)", "(-1,5) (4,5) (4,9)"])
def test_numbers_out_of_the_frame_are_refused(body: str) -> None:
    masks = maskmill.decode(f"<polygon>{body}</polygon>", SIZE)
    assert masks.status.tolist() == ["garbage"]
    assert "from 0 to 1000" in messages(masks)[0]


@pytest.mark.parametrize(
    ("body", "status"), [("", "nothing"), ("(1,2) (3,4", "garbage"), ("(1,2)", "degenerate"), ("none", "nothing")]
)
def test_bodies_without_a_ring(body: str, status: str) -> None:
    text = (
        f'<polygon mention="a">{body}</polygon>' if body != "(1,2) (3,4" else '<polygon mention="a">(1,2) (3</polygon>'
    )
    assert maskmill.decode(text, SIZE).status.tolist() == [status]


@pytest.mark.parametrize("kept", range(1, 40))
def test_a_text_that_breaks_off(kept: int) -> None:
    first, second = f'<polygon mention="a">{BODY}</polygon>', f'<polygon mention="b">{BODY}</polygon>'
    masks = maskmill.decode(first + second[:-kept], SIZE)
    assert masks.status.tolist() == ["ok", "truncated"]
    assert masks.reply_status == "truncated"


def test_a_collection_that_is_not_closed_is_cut() -> None:
    masks = maskmill.decode(f'<collection mention="a"><polygon>{BODY}</polygon>', SIZE)
    assert masks.status.tolist() == ["ok"]
    assert masks.reply_status == "truncated"


def test_clips_are_no_items() -> None:
    masks = maskmill.decode(f'<clip mention="a" t="1 2" /> <polygon mention="b">{BODY}</polygon>', SIZE)
    assert masks.labels.tolist() == ["b"]
    assert [problem.code for problem in masks.problems] == ["not_an_item"]


@pytest.mark.parametrize("text", ['<collection mention="a"></collection>', '<clip mention="a" t="1 2" />'])
def test_tags_without_items_are_not_nothing_found(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert len(masks) == 0
    assert masks.reply_status == "no_json"
    assert masks.problems


@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: {"points": v}, lambda v: {"text": "a cat", "polygons": v}])
def test_parsed_objects(wrap: Any) -> None:
    hull = [{"x": x, "y": y} for x, y in ((100, 100), (500, 100), (500, 600), (100, 600))]
    box = {"top_left": {"x": 100, "y": 100}, "bottom_right": {"x": 500, "y": 600}, "mention": "dog", "t": None}
    masks = maskmill.decode(wrap([{"hull": hull, "mention": "cat", "t": None}, box]), SIZE)
    assert masks.labels.tolist() == ["cat", "dog"]
    assert extents(masks) == [PIXELS, None]
    assert masks.boxes[1].tolist() == PIXELS
    assert "a box and no mask" in messages(masks)[0]


PIECES = [
    *("<polygon", ' mention="a"', ">", "</polygon>", "(1,2)", "(300,4)", "<collection>", "</collection>", "<point>"),
    *("<point_box>", "</point_box>", "<clip", "/>", "'", '"', "&lt;", "{", "["),
]


@settings(deadline=None, derandomize=True, max_examples=cases(200))
@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=40,
    )
)
def test_any_mixture_is_read_soundly(pieces: list[str]) -> None:
    assert_sound(maskmill.decode("".join(pieces), SIZE))
