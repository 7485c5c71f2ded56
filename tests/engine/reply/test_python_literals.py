"""Python's literals in a reply: read as Python reads them, or left to the salvage as a whole."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from maskmill._reply.recovery import python_literals
from support.replies import RING, SIZE, assert_sound, codes, fenced, item, png_uri, rows
from support.tiers import cases

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
THIRTEEN = "<start_of_mask>" + "".join(f"<seg_{n}>" for n in range(13))
QUOTED = [
    'the "label": "x" thing',
    "a 'mask': 'b' \"c\"",
    "say \"mask\": [1] and 'box_2d': [",
    '", "label": "x"}, {"box_2d": [1, 2, 3, 4]',
    "it's",
    'it\'s "it"',
    "\\",
    "\\'\"",
    "tab\tnew\nline\r\x07\x00\x7f",
    "\xa0é猫\U0001f408\u2028",
    "}]",
    "{'a': 1}",
    "```json\n[",
    "(1, 2)",
    "None, True",
    "",
]


@settings(deadline=None, derandomize=True, max_examples=cases(1000))
@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4), st.sampled_from(["", " and", ", {'a': 1}"]))
def test_a_dictionary_is_what_python_says(value: dict[str, Any], tail: str) -> None:
    text = repr(value)
    result = python_literals.read_dictionary(f"x{text}{tail}", 1)
    assert result is not None
    assert result.stop == len(text) + 1
    if result.is_python:
        assert json.loads(result.json) == ast.literal_eval(text)


@settings(deadline=None, derandomize=True, max_examples=cases(1000))
@given(st.lists(st.sampled_from([*"{}[](),:'\"\\ n1.-", "None", "'a'", '"b"', "\n"]), max_size=24).map("".join))
def test_what_is_no_literal_is_left_alone(text: str) -> None:
    result = python_literals.read_dictionary("{" + text, 0)
    try:
        want = ast.literal_eval("{" + text)
    except (ValueError, SyntaxError, TypeError):
        want = None
    if result and result.is_python and isinstance(want, dict) and result.stop == len(text) + 1:
        assert json.loads(result.json) == json.loads(json.dumps(want))


@pytest.mark.parametrize("label", QUOTED)
def test_quotes_of_any_kind_in_strings_of_a_repr(label: str) -> None:
    entries = [item(png_uri(), label), item(RING, "it"), {**item(None, label), "note": {"a": [label, (1, None)]}}]
    for reply in (
        repr(entries),
        repr(tuple(entries)),
        repr({"boxes": entries}),
        "\n".join(map(repr, entries)),
        f"```python\nresult = {entries}\n```",
        f"Here they are: {entries!r}, as asked.",
        repr(entries)[:-1],
        repr(entries)[:-1] + ",\n]",
    ):
        masks = maskmill.decode(reply, SIZE)
        assert masks.labels.tolist() == [label, "it", label], reply
        assert masks.status.tolist() == ["ok", "ok", "nothing"]
        assert masks.reply_status in ("salvaged", "truncated")
        assert all(codes(masks, row) >= {"json_mended"} for row in range(3))
        assert_sound(masks)


@pytest.mark.parametrize(
    "leak",
    ['_box_2d": [33, 31, 60, 126', '}, {"box_2d": [1, 2, 3, 4], "label": "x"', '", "label": "polyp"}', ' {"point": [4'],
)
def test_tokens_with_leaked_json_in_a_repr(leak: str) -> None:
    entries = [item(THIRTEEN + leak, "polyp"), item(RING, "it's")]
    masks = maskmill.decode(repr(entries), SIZE)
    assert masks.labels.tolist() == ["polyp", "it's"]
    assert masks.status.tolist() == ["tokens_incomplete", "ok"]
    assert masks.items[0]["mask"] == THIRTEEN + leak


def test_a_sound_item_beside_a_repr_is_not_said_to_be_mended() -> None:
    masks = maskmill.decode(f"[{item(RING, 'a')!r}, {json.dumps(item(RING, 'b'))}]", SIZE)
    assert [codes(masks, row) for row in range(2)] == [{"json_mended"}, set()]


def test_a_repr_of_a_response() -> None:
    text = json.dumps([item(RING, "it's"), item(RING, 'a "b"')])
    response = {"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}, "finishReason": "STOP"}]}
    for reply in (repr(response), str(response).encode(), repr([response]), f"response: {response}"):
        masks = maskmill.decode(reply, SIZE)
        assert masks.labels.tolist() == ["it's", 'a "b"']
        assert masks.status.tolist() == ["ok", "ok"]


def test_a_key_for_the_second_time_in_a_repr_is_a_lost_border() -> None:
    first, second = repr(item(RING, "a"))[:-1], repr(item(RING, 'say "b"'))[1:]
    masks = maskmill.decode(f"[{first}, {second}]", SIZE)
    assert masks.labels.tolist()[0] == "a"
    assert masks.status.tolist() == ["ok", "ok"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([item(RING, "it's"), item(RING, 'a "b"')]),
        fenced([item(RING, "it's"), item(RING, 'a "b"')]),
        "Sure, it's this:\n" + fenced([item(RING, "it's"), item(RING, 'a "b"')]) + "\nDone.",
    ],
)
def test_a_text_that_is_one_string_literal(text: str) -> None:
    want = rows(maskmill.decode(text, SIZE))
    for reply in (repr(text), repr(text.encode()), f" {text!r}\n", repr(repr(text))):
        assert rows(maskmill.decode(reply, SIZE)) == want


def test_slashes_that_json_escapes_stay_slashes_in_a_repr() -> None:
    uri = png_uri(3)
    assert "/" in uri
    text = json.dumps([item(uri, "it")]).replace("/", "\\/").replace('"it"', "'it'")
    assert rows(maskmill.decode(text, SIZE)) == rows(maskmill.decode([item(uri, "it")], SIZE))
