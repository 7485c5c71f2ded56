"""Where a string of broken JSON ends, and what its escapes mean; sound strings are what the standard library reads."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill._reply.recovery.strings import read_string, unescape
from support.tiers import cases

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)
WELL_FORMED = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
TAILS_IN_OBJECT = [
    '"}',
    '" }',
    '", "label": 1}',
    '","x":2',
    '"\n}',
    '"',
    '"```',
    '"]',
    '" // c',
    '", }',
    '",\n  "box_2d": [',
]


@settings(deadline=None, derandomize=True, max_examples=cases(1000))
@given(WELL_FORMED, st.booleans(), st.sampled_from(["", " ", "\n\t"]))
def test_a_sound_string_is_what_json_says(content: str, ascii_only: bool, space: str) -> None:
    text = json.dumps(content, ensure_ascii=ascii_only)
    for in_object, tail in ((True, "}"), (True, ', "label": 1}'), (False, "]"), (False, ', "more"]'), (True, "")):
        read = read_string(text + space + tail, 0, in_object)
        assert (read.content, read.stop, read.is_closed) == (content, len(text), True)


@settings(deadline=None, derandomize=True, max_examples=cases(1000))
@given(ANYTHING)
def test_unescape_is_json_where_json_is_sound(content: str) -> None:
    got = unescape(json.dumps(content)[1:-1])
    got.encode()  # no lone surrogate is left
    assert got == json.loads(json.dumps(content)) or "\ufffd" in got


@settings(deadline=None, derandomize=True, max_examples=cases(1000))
@given(ANYTHING, ANYTHING, st.sampled_from("\"'"), st.booleans())
def test_any_text_is_read_within_its_bounds(before: str, content: str, quote: str, in_object: bool) -> None:
    text = before + quote + content
    read = read_string(text, len(before), in_object)
    assert len(before) < read.stop <= len(text)
    assert len(read.content) <= len(content)


@pytest.mark.parametrize("tail", TAILS_IN_OBJECT)
@pytest.mark.parametrize(
    "content",
    ["a cat", "", "it's", 'a \\"big\\" cat', "a, b", "x: y", "{", "}", "[1", "```", "\\\\", "é\\u00e9", "#1 //x"],
)
def test_a_closing_quote_in_an_object(content: str, tail: str) -> None:
    read = read_string(f'"{content}{tail}', 0, True)
    assert (read.content, read.stop, read.is_closed) == (json.loads(f'"{content}"'), len(content) + 2, True)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ('"a "big" cat", "label": 1}', 'a "big" cat'),
        ('"the "left", the "right" one"}', 'the "left", the "right" one'),
        ('"5" ring"}', '5" ring'),
        ('"so called "cat""}', 'so called "cat"'),
        ("'the bee's body', 'label': 1}", "the bee's body"),
        ("'the dogs' bowl'}", "the dogs' bowl"),
        ("'rock 'n' roll', 'score': 2}", "rock 'n' roll"),
        ("'\"'}", '"'),
    ],
)
def test_quotes_that_nobody_escaped(text: str, content: str) -> None:
    read = read_string(text, 0, True)
    assert read.content == content
    assert text[read.stop - 1] == text[0]


@pytest.mark.parametrize(
    "key", ["label", "mask", "box_2d", "bbox", "boundingBox", "score", "confidence", "name", "polygon", "Label"]
)
@pytest.mark.parametrize("border", [", ", "}, ", ",\n  ", " ", "}, {", "", ' },\n {"box_2d": [1], '])
def test_a_lost_closing_quote_before_a_key(key: str, border: str) -> None:
    read = read_string(f'"iVBORw0KGgo=={border}"{key}": "x"}}', 0, True)
    assert not read.is_closed
    assert read.content.rstrip() == "iVBORw0KGgo=="


def test_a_lost_closing_quote_at_the_end() -> None:
    for text in ('"abc', "'abc", '"abc\\', '"abc\\u12'):
        read = read_string(text, 0, True)
        assert not read.is_closed
        assert read.stop == len(text)
        assert read.content.startswith("abc")


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        (r"\u003cstart_of_mask\u003e", "<start_of_mask>"),
        (r"\u003Cseg_1\u003E", "<seg_1>"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"a\/b", "a/b"),
        (r"50\% of \it", "50% of it"),
        (r"\"\\\'", "\"\\'"),
        (r"\b\f\n\r\t", "\b\f\n\r\t"),
        (r"\ud800 alone", "\ufffd alone"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\u12", "u12"),
        ("", ""),
    ],
)
def test_escapes(raw: str, want: str) -> None:
    assert unescape(raw) == want
