"""JSON dressed for another medium: escaped, with entities or typographic quotes."""

from __future__ import annotations

import html
import json

import pytest

import maskmill
from support.replies import RING, SIZE, TOKENS, assert_sound, codes, fenced, item, png_uri, rows

ITEMS = [item(RING, 'it\'s "one" <b> & two'), item(png_uri(), "猫"), item(TOKENS, "tokens")]
LAYOUTS = {
    "compact": json.dumps(ITEMS),
    "indented": json.dumps(ITEMS, indent=2),
    "fenced": fenced(ITEMS),
    "in prose": f"Here's what I found:\n{fenced(ITEMS)}\nThat's “all”.",
    "wrapped": json.dumps({"boxes": ITEMS}),
    "one": json.dumps(ITEMS[0]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_quotes_as_entities(layout: str) -> None:
    text = LAYOUTS[layout]
    want = rows(maskmill.decode(text, SIZE))
    escaped = html.escape(text)
    for reply in (
        escaped,
        text.replace('"', "&quot;"),
        text.replace("&", "&amp;").replace('"', "&#34;"),
        text.replace("&", "&amp;").replace('"', "&#x22;"),
        f"<pre>{escaped}</pre>",
        html.escape(escaped),
    ):
        masks = maskmill.decode(reply, SIZE)
        assert rows(masks) == want
        assert_sound(masks)


@pytest.mark.parametrize("pair", ["“”", "””", "““", "„“", "″″", "＂＂"])
@pytest.mark.parametrize("layout", ["compact", "indented", "fenced", "wrapped"])
def test_typographic_quotes(layout: str, pair: str) -> None:
    items = [item(RING, "it’s"), item(png_uri(), "猫")]
    text = {"compact": json.dumps(items), "indented": json.dumps(items, indent=2), "fenced": fenced(items)}.get(layout)
    text = text or json.dumps({"boxes": items})
    pieces = text.replace("\\u2019", "’").replace("\\u732b", "猫").split('"')
    reply = pieces[0] + "".join(pair[i % 2] + piece for i, piece in enumerate(pieces[1:]))
    masks = maskmill.decode(reply, SIZE)
    assert rows(masks) == rows(maskmill.decode(items, SIZE))
    assert_sound(masks)


def test_typographic_single_quotes() -> None:
    masks = maskmill.decode(f"[{{‘box_2d’: [200, 100, 900, 900], ‘label’: ‘cat’, ‘mask’: {RING}}}]", SIZE)
    assert rows(masks) == rows(maskmill.decode([item(RING, "cat")], SIZE))


def test_typographic_keys_alone() -> None:
    reply = json.dumps([item(RING, "“cat”")], ensure_ascii=False)
    for key in ("box_2d", "mask", "label"):
        reply = reply.replace(f'"{key}"', f"“{key}”")
    masks = maskmill.decode(reply, SIZE)
    assert masks.status.tolist() == ["ok"]


@pytest.mark.parametrize(
    "label", ["“box_2d”: [1]", "&quot;label&quot;: 5", "‘mask’: “x”", '\\"label\\": 1', "&#34;a&#34;: &"]
)
def test_other_quotes_beside_plain_ones_are_content(label: str) -> None:
    for text in (json.dumps([item(RING, label)], ensure_ascii=False), repr([item(RING, label)])):
        for reply in (text, text[:-1], text[:-1] + ",]"):
            assert maskmill.decode(reply, SIZE).labels.tolist() == [label]


@pytest.mark.parametrize(
    "reply",
    [
        "[{‹label›: «cat»}]",
        "[{`box`_2d: 1}]",
        "[<item>]",
        "[{;label;: ;cat;}]",
        "{'boxes': []}",
        '{"boxes": [],}',
        "[[,]]",
    ],
)
def test_nothing_is_lost_without_a_word(reply: str) -> None:
    masks = maskmill.decode(reply, SIZE)
    assert len(masks) == 0
    assert masks.problems
    assert_sound(masks)


def test_an_empty_list_in_broken_json_is_said() -> None:
    masks = maskmill.decode("{'boxes': []}", SIZE)
    assert (len(masks), masks.reply_status, codes(masks, None)) == (0, "salvaged", {"none_found"})
    lost = maskmill.decode('{"boxes": [{label: ]}', SIZE)
    assert (len(lost), codes(lost, None)) == (0, {"none_found"})
    assert maskmill.decode('{"boxes": [@cat@]}', SIZE).reply_status == "no_json"
