"""PaliGemma's replies: location tokens, segmentation tokens, a label."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from support.replies import SIZE, assert_sound
from support.tiers import cases

SEG = "".join(f"<seg{n:03}>" for n in (122, 55, 61, 55, 104, 9, 96, 83, 103, 41, 103, 19, 100, 84, 91, 45))
BOX = "<loc0256><loc0128><loc0512><loc1023>"
BOX_PIXELS = [8.0, 12.0, 1023 * 64 / 1024, 24.0]
LARGER = "<loc0000><loc0000><loc0512><loc0512>"
LARGER_PIXELS = [0.0, 0.0, 32.0, 24.0]


def statuses(text: str) -> tuple[list[str], str]:
    masks = maskmill.decode(text, SIZE)
    assert_sound(masks)
    return masks.status.tolist(), str(masks.reply_status)


def test_an_item_with_tokens() -> None:
    masks = maskmill.decode(f"{BOX} {SEG} cat", SIZE)
    assert masks.labels.tolist() == ["cat"]
    assert masks.forms.tolist() == ["tokens"]
    assert masks.boxes.tolist() == [BOX_PIXELS]


@pytest.mark.parametrize("separator", [";", " ; ", " ;\n", "\n"])
@pytest.mark.parametrize("echo", ["", "segment cat\n", "<bos>"])
@pytest.mark.parametrize("end", ["", "<eos>", " ", ";"])
def test_several_items(separator: str, echo: str, end: str) -> None:
    masks = maskmill.decode(f"{echo}{BOX}{SEG} cat{separator}{BOX} a dog{separator}{BOX} {SEG}{end}", SIZE)
    assert masks.labels.tolist() == ["cat", "a dog", ""]
    assert masks.status.tolist() == ["tokens", "nothing", "tokens"]
    assert masks.reply_status == "ok"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (f"{BOX}{LARGER}{SEG} cat", [(BOX_PIXELS, "nothing"), (LARGER_PIXELS, "tokens")]),
        (f"{BOX}{SEG}{LARGER}{SEG}", [(BOX_PIXELS, "tokens"), (LARGER_PIXELS, "tokens")]),
        (f"{BOX}{SEG} {LARGER} {SEG} cat", [(BOX_PIXELS, "tokens"), (LARGER_PIXELS, "tokens")]),
        (f"{BOX} {LARGER}\n{BOX}", [(BOX_PIXELS, "nothing"), (LARGER_PIXELS, "nothing"), (BOX_PIXELS, "nothing")]),
        (f"{BOX}<loc0005>{SEG} cat", [(BOX_PIXELS, "nothing"), (None, "tokens")]),
        (f"{SEG}{BOX} cat", [(None, "tokens"), (BOX_PIXELS, "nothing")]),
    ],
)
def test_a_mask_goes_with_the_box_before_it(text: str, rows: list[tuple[list[float] | None, str]]) -> None:
    """Labels and semicolons are missing."""
    masks = maskmill.decode(text, SIZE)
    boxes = [None if np.isnan(box).any() else box.tolist() for box in masks.boxes]
    assert list(zip(boxes, masks.status.tolist(), strict=True)) == rows


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (f"cat {BOX} {SEG}", ["cat"]),
        (f"cat{BOX}{SEG}", ["cat"]),
        (f"a red car: {BOX}{SEG} cat", ["cat"]),
        (f"cat {BOX}{SEG} ; dog {BOX}{SEG}", ["cat", "dog"]),
        (f"cat {BOX}{SEG} dog {BOX}{SEG}", ["cat", "dog"]),
        (f"cat {BOX}{SEG}\ndog {BOX}{SEG}\n", ["cat", "dog"]),
        (f"cat {BOX}{LARGER} ; dog {BOX}", ["cat", "", "dog"]),
        (f"cat {BOX} ; {BOX} dog", ["cat", "dog"]),
        (f"{BOX} cat ; dog {BOX}", ["cat", "dog"]),
        (f"segment cat\n{BOX}{SEG} cat", ["cat"]),
        (f"segment cat\n{BOX}{SEG}", ["cat"]),
        (f"detect cat ; dog\n{BOX} cat ; {BOX} dog", ["cat", "dog"]),
        (f"cat [left] {BOX}{SEG}", ["cat [left]"]),
        (f"Here:\n```\ncat {BOX}{SEG}\n```", ["cat"]),
        (f"Here:\n```\n{BOX}{SEG} cat\n```\nThat is all.", ["cat"]),
    ],
)
def test_labels_before_or_after_the_tokens(text: str, labels: list[str]) -> None:
    masks = maskmill.decode(text, SIZE)
    assert_sound(masks)
    assert masks.labels.tolist() == labels
    assert [entry["label"] for entry in masks.items] == labels


@pytest.mark.parametrize("text", [f"Here it is: {BOX}{SEG}", f"{BOX} cat ; nothing else ; {BOX} dog"])
def test_words_that_are_no_label_are_noted(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert "Here" not in masks.labels[0]
    assert [problem.code for problem in masks.problems if problem.row is None] == ["not_an_item"]


@pytest.mark.parametrize("count", [1, 15, 17])
def test_a_wrong_number_of_tokens(count: int) -> None:
    assert statuses(f"{BOX}{'<seg004>' * count} cat") == (["tokens_incomplete"], "ok")


@pytest.mark.parametrize("kept", range(1, 9))
def test_a_reply_that_breaks_off_inside_a_token(kept: int) -> None:
    whole = f"{BOX} cat ; {BOX}{'<seg004>' * 3}"
    rows, status = statuses(whole[: len(whole) - kept])
    assert rows[0] == "nothing"
    assert status == ("ok" if kept == 8 else "truncated")
    assert rows[1] == ("tokens_incomplete" if kept == 8 else "truncated")


def test_a_smallest_box_is_no_share_of_the_image() -> None:
    masks = maskmill.decode("<loc0000><loc0000><loc0001><loc0001> cat", (2048, 1024))
    assert masks.boxes.tolist() == [[0, 0, 2, 1]]
    assert "box_unit" not in [problem.code for problem in masks.problems]


def test_tokens_without_a_box_are_a_row_without_one() -> None:
    masks = maskmill.decode(f"{BOX} cat ; <loc0001><loc0002> {SEG} dog", SIZE, fallback="box")
    assert masks.labels.tolist() == ["cat", "dog"]
    assert np.isnan(masks.boxes[1]).all()


def test_json_that_mentions_locations_stays_json() -> None:
    text = json.dumps([{"box_2d": [0, 0, 500, 500], "mask": f"{BOX}{SEG}", "label": "cat"}])
    for reply in (text, text[:-1], f"Here: {text}"):
        masks = maskmill.decode(reply, SIZE)
        assert masks.boxes.tolist() == [[0, 0, 32, 24]], reply
        assert masks.status.tolist() == ["tokens"]


@settings(deadline=None, derandomize=True, max_examples=cases(300))
@given(st.integers(0, 1023), st.integers(0, 1023), st.integers(1, 65_535))
def test_corners_in_pixels_are_exact(a: int, b: int, side: int) -> None:
    low, high = sorted((a, b))
    masks = maskmill.decode(f"<loc{low:04}><loc0000><loc{high:04}><loc1023> cat", (1, side))
    assert masks.boxes[0, 1::2].tolist() == [low * side / 1024, high * side / 1024]


@settings(deadline=None, derandomize=True, max_examples=cases(300))
@given(
    st.lists(
        st.sampled_from(
            ["<loc0001>", "<loc9999>", "<loc", "<seg001>", "<seg", "5>", ";", " cat", "\n", "<eos>", '"', "["]
        ),
        max_size=60,
    )
)
def test_any_mixture_is_read_soundly(pieces: list[str]) -> None:
    assert_sound(maskmill.decode("".join(pieces), SIZE))


@pytest.mark.parametrize("key", ["mask", "segmentation_mask", "segmentation"])
def test_the_locations_in_an_item_are_its_box(key: str) -> None:
    masks = maskmill.decode([{"label": "dog", "score": 0.5, key: f"{BOX}{SEG} cat"}], SIZE)
    assert masks.boxes.tolist() == [BOX_PIXELS]
    assert masks.labels.tolist() == ["dog"]
    assert masks.status.tolist() == ["tokens"]
    assert masks.scores.tolist() == [0.5]


@pytest.mark.parametrize(
    "text",
    [
        f"<image><image><bos>segment cat\n{BOX}{SEG} cat<eos>",
        f"{BOX}{SEG} cat".replace("<", "&lt;").replace(">", "&gt;"),
        f"{BOX}{SEG} cat".replace("<", "&#60;").replace(">", "&#62;"),
        f"{BOX}{SEG} cat".replace("<", "&amp;lt;").replace(">", "&amp;gt;"),
        f"{BOX}{SEG} cat".replace("<", "\\u003c").replace(">", "\\u003e"),
        json.dumps(f"{BOX}{SEG} cat"),
        repr(f"{BOX}{SEG} cat"),
        json.dumps([{"generated_text": f"segment cat\n{BOX}{SEG} cat"}]),
        json.dumps({"choices": [{"message": {"content": f"{BOX}{SEG} cat"}}]}),
    ],
)
def test_what_stands_around_a_reply(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert masks.labels.tolist() == ["cat"]
    assert masks.status.tolist() == ["tokens"]


def test_what_is_read_is_read_again() -> None:
    masks = maskmill.decode(f"{BOX} {SEG} cat ; {BOX} dog", SIZE)
    again = maskmill.decode(list(masks.items), SIZE)
    assert again.boxes.tolist() == masks.boxes.tolist()
    assert again.status.tolist() == masks.status.tolist()


@pytest.mark.parametrize(
    "text", ["<loc0102><loc0205><loc0512><loc0614> a\ud800", "a\ud800 <loc0102><loc0205><loc0512><loc0614>"]
)
def test_half_of_a_surrogate_pair_is_replaced_in_a_label(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert masks.labels.tolist() == ["a?"]
    assert_sound(masks)


# Labels before and between tokens, and lists of texts.

_TOKENS = "<loc0102><loc0205><loc0512><loc0614>" + "".join(f"<seg{n:03}>" for n in range(16))


@pytest.mark.parametrize(
    "text",
    [
        "cat: {0}",
        "- cat: {0}",
        "* cat: {0}",
        "1. cat: {0}",
        "**cat**: {0}",
        "cat ({0})",
        "cat - {0}",
        "cat -> {0}",
        "cat = {0}",
        "{0}: cat",
        "{0} (cat)",
        "{0} - cat",
        "| cat | {0} |",
        "- cat\n{0}",
    ],
)
def test_labels_without_the_signs_around_them(text: str) -> None:
    masks = maskmill.decode(text.format(_TOKENS), (1024, 1024))
    assert masks.labels.tolist() == ["cat"]
    assert {problem.code for problem in masks.problems} == {"tokens"}


@pytest.mark.parametrize(
    "text",
    [
        "{0} cat, {0} dog",
        "{0} cat | {0} dog",
        "{0} cat and {0} dog",
        "cat: {0}, dog: {0}",
        "cat: {0} ; dog: {0}",
        "- cat: {0}\n- dog: {0}",
        "1. cat: {0}\n2. dog: {0}",
        "cat ({0}), dog ({0})",
        "cat | {0}\ndog | {0}",
        "| cat | {0} |\n| dog | {0} |",
        "- {0} cat\n- {0} dog",
        "1) {0} cat\n2) {0} dog",
    ],
)
def test_labels_without_the_signs_between_them(text: str) -> None:
    masks = maskmill.decode(text.format(_TOKENS), (1024, 1024))
    assert masks.labels.tolist() == ["cat", "dog"]
    assert {problem.code for problem in masks.problems} == {"tokens"}


@pytest.mark.parametrize("label", ["T.V.", "cat, white", "cat (old)", "cat-like dog", "C++ book", "no. 7", "M&M"])
def test_signs_that_belong_to_a_label_stay(label: str) -> None:
    assert maskmill.decode(f"{_TOKENS} {label} ; {_TOKENS} dog", (1024, 1024)).labels.tolist() == [label, "dog"]


@pytest.mark.parametrize("lead", ["Here you go:", "Here it is:", "The segmentation of the cat that you asked for is:"])
def test_a_sentence_that_leads_to_tokens_is_no_label(lead: str) -> None:
    masks = maskmill.decode(f"{lead} {_TOKENS}", (1024, 1024))
    assert masks.labels.tolist() == [""]
    assert "not_an_item" in {problem.code for problem in masks.problems}


@pytest.mark.parametrize(
    "write", [json.dumps, repr, lambda texts: texts, lambda texts: f"```json\n{json.dumps(texts)}\n```"]
)
@pytest.mark.parametrize("text", [f"{_TOKENS} cat", "cup<loc_200><loc_100><loc_600><loc_500>"])
def test_a_list_of_replies_is_refused_by_name(write: Any, text: str) -> None:
    masks = maskmill.decode(write([text, f"{text} {text}"]), (1024, 1024))
    assert (len(masks), masks.reply_status) == (0, "no_json")
    assert "decode_many" in masks.problems[0].message
