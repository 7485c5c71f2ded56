"""Echoed keys, fields that come twice, signs in place of a colon or of quotes: both items of a reply come out right."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import read
from support.replies import RING, SIZE, codes, item, png_uri, rows

FIRST, SECOND = item(RING, "cat"), item(png_uri(), "dog", [100, 200, 700, 800])
TEXT = json.dumps([FIRST, SECOND])
RING_TEXT, BOX_TEXT = json.dumps(RING), json.dumps(FIRST["box_2d"])


def swap(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    def damage(text: str) -> str:
        assert old in text
        return text.replace(old, new, count)

    return damage


DAMAGE: dict[str, Callable[[str], str]] = {
    "label echoed": swap('"label": "cat"', '"label": "label": "cat"'),
    "label echoed twice": swap('"label": "cat"', '"label": "label": "label": "cat"'),
    "label echoed in both": swap('"label": ', '"label": "label": ', 2),
    "label echoed bare": swap('"label": "cat"', '"label": label: "cat"'),
    "another name of a label": swap('"label": "cat"', '"label": "name": "cat"'),
    "box echoed": swap('"box_2d": ', '"box_2d": "box_2d": '),
    "mask echoed": swap('"mask": ', '"mask": "mask": '),
    "mask echoed bare": swap('"mask": ', '"mask": mask: '),
    "mask of text echoed": swap('"mask": "data', '"mask": "mask": "data'),
    "semicolon for the colon": swap('"label": ', '"label"; ', 2),
    "equals sign for the colon": swap('": ', '" = ', 6),
    "arrow for the colon": swap('": ', '" => ', 6),
    "wide colon": swap('": ', '"：', 6),
    "semicolon for the comma": swap("], ", "]; ", 9),
    "label in typographic quotes": swap('"cat"', "“cat”"),
    "key in typographic quotes": swap('"label"', "“label”", 2),
    "label in back-ticks": swap('"cat"', "`cat`"),
    "key in back-ticks": swap('"label"', "`label`", 2),
    "label in escaped quotes": swap('"cat"', r"\"cat\""),
    "label in three quotes": swap('"cat"', '"""cat"""'),
    "box twice": swap('"mask"', f'"box_2d": {BOX_TEXT}, "mask"'),
    "mask twice": swap('"label"', f'"mask": {RING_TEXT}, "label"'),
    "label twice": swap('"label": "cat"', '"label": "cat", "label": "cat"'),
    "prose between": swap("}, {", "}, and the second one: {"),
    "ellipsis between": swap("}, {", "}, ..., {"),
    "comment between": swap("}, {", "}, // the dog\n{"),
    "prose at the end": lambda text: text[:-1] + " These are all of them.]",
    "brackets doubled": lambda text: f"[{text}]]",
    "braces doubled": lambda text: text.replace("[{", "[{{", 1),
    "outer bracket lost": lambda text: text[1:],
    "brace lost": swap("}, {", ", {"),
    "opening brace lost": swap("}, {", "}, "),
    "comma lost": swap("}, {", "} {"),
    "bracket of the box lost": swap("900], ", "900, "),
    "key without a colon": swap('"label": "cat"', '"label" "cat"'),
}


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("frame", ["{}", "```json\n{}\n```", '{{"boxes": {}}}'])
def test_both_items_come_out_right(name: str, frame: str) -> None:
    masks = maskmill.decode(frame.replace("{}", DAMAGE[name](TEXT)).replace("{{", "{").replace("}}", "}"), SIZE)
    assert rows(masks) == rows(maskmill.decode([FIRST, SECOND], SIZE))


@pytest.mark.parametrize("name", [name for name in DAMAGE if "echoed" in name or name in ("box twice", "mask twice")])
def test_an_echo_is_said(name: str) -> None:
    masks = maskmill.decode(DAMAGE[name](TEXT), SIZE)
    assert "json_mended" in codes(masks, 0) | codes(masks, 1)


def test_a_key_in_the_place_of_a_value_is_the_next_key() -> None:
    text = TEXT.replace('"label": "cat"', '"label": ').replace('"box_2d": [200', '"label": "box_2d": [200', 1)
    first, second = read(text, Limits()).items
    assert (first.box, first.mask, first.label) == (FIRST["box_2d"], RING, "")
    assert second.label == "dog"


def test_the_same_box_with_two_labels_stays_two_items() -> None:
    text = f'[{{"box_2d": {BOX_TEXT}, "label": "cat", "box_2d": {BOX_TEXT}, "label": "animal"}}]'
    assert [entry.label for entry in read(text, Limits()).items] == ["cat", "animal"]


@pytest.mark.parametrize("label", ["a = b", "x; y", 'say "label": it', "a => b", "1：2", "`a`", "“a”"])
def test_sound_labels_keep_their_signs(label: str) -> None:
    text = json.dumps([item(RING, label), item(RING, "b")], ensure_ascii=False)
    for reply in (text, text[:-1] + ",]"):
        assert [entry.label for entry in read(reply, Limits()).items] == [label, "b"]
