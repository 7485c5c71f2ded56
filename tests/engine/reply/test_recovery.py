"""Every class of broken JSON between whole items: these survive unchanged, the broken one gives what it holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import maskmill
from maskmill._reply.recovery.scanner import recover
from support.replies import FORMS, RING, SIZE, assert_sound, codes, fenced, item, png_uri, rows
from support.tiers import spread

Damage = Callable[[str], str]

URI = png_uri()
FIRST, LAST = item(png_uri(1), "first"), item(RING, "last")
WHOLE = json.dumps(item(URI, "it"))


def swap(old: str, new: str) -> Damage:
    """Return a damage that must find its place in the text."""

    def damage(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return damage


MENDABLE: dict[str, Damage] = {
    "mask never closed": swap('", "label"', ', "label"'),
    "mask never closed, comma lost": swap('", "label"', ' "label"'),
    "brace for the closing quote": swap('", "label"', '}, "label"'),
    "brace and space for the closing quote": swap('", "label"', ' }, "label"'),
    "bracket for the closing quote": swap('", "label"', '], "label"'),
    "brace after the closing quote": swap('", "label"', '"}, "label"'),
    "bracket after the closing quote": swap('", "label"', '"], "label"'),
    "quote for the box's bracket": swap('900], "mask"', '900", "mask"'),
    "quote in the box's place": swap('900], "mask"', '900, "mask"'),
    "quote after the box's bracket": swap("900],", '900]",'),
    "quote before the box's bracket": swap("[200,", '"[200,'),
    "brace for the box's bracket": swap("900],", "900},"),
    "box's bracket twice": swap("900],", "900]],"),
    "box opened twice": swap("[200", "[[200"),
    "box as a tuple": swap("[200, 100, 900, 900]", "(200, 100, 900, 900)"),
    "parenthesis for the box's bracket": swap("900],", "900),"),
    "parenthesis for the box's opening bracket": swap("[200", "(200"),
    "remark in the box": swap("[200, 100", "[200 (top), 100"),
    "remark in the item": swap('"mask"', '(see below) "mask"'),
    "comma lost in the box": swap("200, 100", "200 100"),
    "comma twice in the box": swap("200, 100", "200,, 100"),
    "comma last in the box": swap("900],", "900,],"),
    "comma lost after the box": swap("], ", "] "),
    "comma lost after the mask": swap('", "label"', '" "label"'),
    "comma twice": swap('", "label"', '",, "label"'),
    "comma first": swap('{"box', '{, "box'),
    "comma last": swap('"}', '",}'),
    "line break for a comma": swap('", "label"', '"\n  "label"'),
    "brace twice": swap('"}', '"}}'),
    "brace three times": swap('"}', '"}}}'),
    "brace lost": swap('"}', '"'),
    "brace lost, comma too": swap('"}', '" '),
    "bracket for the brace": swap('"}', '"]'),
    "opening brace lost": swap('{"box', '"box'),
    "opening brace twice": swap('{"box', '{{"box'),
    "line comment": swap('"mask"', '// the "mask" {[\n"mask"'),
    "hash comment": swap('"mask"', '# it\'s the "mask" {[\n"mask"'),
    "block comment": swap('"mask"', '/* it\'s the "mask" {[ */ "mask"'),
    "comment at the end": swap('"}', '" // done }\n}'),
    "single quotes": swap('"', "'"),
    "one key in single quotes": swap('"label"', "'label'"),
    "keys without quotes": lambda text: (
        text.replace('"box_2d"', "box_2d").replace('"mask"', "mask").replace('"label"', "label")
    ),
    "opening quote of a key lost": swap('"label"', 'label"'),
    "closing quote of a key lost": swap('"label"', '"label'),
    "opening quote of the mask's key lost": swap('"mask"', 'mask"'),
    "closing quote of the mask's key lost": swap('"mask"', '"mask'),
    "opening quote of the box's key lost": swap('"box_2d"', 'box_2d"'),
    "closing quote of the box's key lost": swap('"box_2d"', '"box_2d'),
    "opening quote of the label lost": swap('"it"', 'it"'),
    "closing quote of the label lost": swap('"it"', '"it'),
    "both quotes of the label lost": swap('"it"', "it"),
    "opening quote of the mask lost": swap('"data', "data"),
    "both quotes of the mask lost": swap(f'"{URI}"', URI),
    "opening quote of the mask twice": swap('"data', '""data'),
    "closing quote of the mask twice": swap('", "label"', '"", "label"'),
    "stray quote before a key": swap('"label"', '""label"'),
    "escaped closing quote": swap('", "label"', '\\", "label"'),
    "trailing key and colon": swap('"}', '", "note":}'),
    "undefined value": swap('"}', '", "note": undefined}'),
    "words of Python": swap('"}', '", "a": None, "b": True, "c": False}'),
    "numbers that JSON lacks": swap(
        '"}', '", "score": NaN, "a": -Infinity, "b": .5, "c": +1, "d": 5., "e": 0x1F, "f": 007}'
    ),
    "a box of infinity in another field": swap('"}', '", "note": {"a": 1, "box_2d": Infinity}}'),
    "line break in a text": swap('"}', '", "note": "one\ntwo\ttabs"}'),
    "text in pieces": swap('"}', '", "note": "one" "two"}'),
    "text added up": swap('"}', '", "note": "one" + "two"}'),
    "ellipsis in the item": swap('"}', '", ...}'),
    "byte order mark in the item": swap('"mask"', '\ufeff"mask"'),
    "no-break space in the item": swap(', "mask"', ',\u00a0"mask"'),
    "zero-width space in the item": swap(', "mask"', ',\u200b"mask"'),
    "null character in the item": swap(', "mask"', ',\0"mask"'),
    "unknown escape": swap('"}', '", "note": "50\\% of \\it"}'),
    "quotes in another text": swap('"}', '", "note": "the "left" one"}'),
}
"""Damage after which everything that the item says can still be read."""

LOSING: dict[str, Damage] = {
    "a mask that loses its middle": lambda text: text[:120] + text[160:],
    "a mask cut short": swap(URI[60:] + '"', ""),
    "box of three numbers": swap("[200, 100, 900, 900]", "[200, 100, 900]"),
    "box of words": swap("[200, 100, 900, 900]", "[top, left, bottom, right]"),
    "box without brackets": swap("[200, 100, 900, 900]", "200, 100, 900, 900"),
    "box with NaN": swap("900]", "NaN]"),
    "box with Infinity": swap("900]", "Infinity]"),
    "box unfinished": swap("900, 900]", "900, "),
    "parenthesis for the brace": swap('"}', '")'),
    "brace for the box's opening bracket": swap("[200", "{200"),
    "brace in the box": swap("200, ", "2{00, "),
    "single quote before the box": swap("[200", "'[200"),
    "label in mixed quotes": swap('"it"', "'it\""),
    "label in mixed quotes, the other way": swap('"it"', "\"it'"),
    "key in mixed quotes": swap('"label"', "'label\""),
    "a key without colon and value": swap('"}', '", "note"}'),
    "only an opening brace": lambda _: "{",
    "only a key": lambda _: '{"box_2d"',
    "only a key and a colon": lambda _: '{"box_2d":',
    "an ellipsis": lambda _: "...",
    "a comment": lambda _: "/* more of them */",
    "a word": lambda _: "etc.",
    "signs": lambda _: "@@@ %%% ;;;",
    "an unknown escape": lambda _: "\\x",
    "a stray colon": lambda _: ":",
    "a stray brace": lambda _: "}",
    "a stray key": lambda _: '"count": 3',
    "an object of another kind": lambda _: '{"note": "two more follow"}',
    "the prose of an editor": lambda _: "(I left out a few)",
    "a tag": lambda _: "<br/>",
}
"""Damage after which the item between the two others may be anything, and they must still be what they were."""

LABELS = [
    "it",
    "a { in a label",
    "a [ in a label",
    "} and ] too",
    "```",
    "```json\n[",
    "it's",
    'say "it"',
    "a, b",
    "http://it // not a comment",
    "/* nor this",
    "# nor this",
    'key": "value',
    "猫 🐈\u2028",
    "\\",
    "back\\slash\\",
    "",
    "null",
    '{"box_2d": [1, 2, 3, 4]}',
    "<start_of_mask>",
]
STYLES: dict[str, Callable[[list[str]], str]] = {
    "compact": lambda parts: "[" + ", ".join(parts) + "]",
    "fenced": lambda parts: "```json\n[\n  " + ",\n  ".join(parts) + "\n]\n```",
    "in prose": lambda parts: (
        "Here are [all] {of} them:\n```json\n[" + ", ".join(parts) + "]\n```\nThat's it (see [1])."
    ),
    "wrapped": lambda parts: '{"boxes": [' + ", ".join(parts) + "]}",
    "cut": lambda parts: "```json\n[" + ", ".join(parts),
}


def outer_rows() -> list[Any]:
    return rows(maskmill.decode([FIRST, LAST], SIZE))


def is_json(parts: list[str]) -> bool:
    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        json.loads("[" + ", ".join(parts) + "]", parse_constant=refuse)
    except ValueError:
        return False
    return True


def assert_outer_rows_survive(text: str) -> maskmill.Masks:
    masks = maskmill.decode(text, SIZE)
    assert_sound(masks)
    before, after = outer_rows()
    got = rows(masks)
    assert got[0] == before, text
    assert got[-1] == after, text
    return masks


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", MENDABLE)
def test_a_mendable_item_is_mended(name: str, style: str) -> None:
    parts = [json.dumps(FIRST), MENDABLE[name](WHOLE), json.dumps(LAST)]
    masks = assert_outer_rows_survive(STYLES[style](parts))
    (want,) = rows(maskmill.decode([item(URI, "it")], SIZE))
    got = [row[:4] + row[5:] for row in rows(masks)]  # the score may be part of the damage
    assert got[1:-1] == [want[:4] + want[5:]]
    assert masks.reply_status == "salvaged" or (style, masks.reply_status) == ("cut", "truncated")


@pytest.mark.parametrize("name", [name for name in MENDABLE if name not in ("brace twice", "brace three times")])
def test_what_is_mended_is_said(name: str) -> None:
    masks = maskmill.decode(STYLES["compact"]([json.dumps(FIRST), MENDABLE[name](WHOLE), json.dumps(LAST)]), SIZE)
    assert codes(masks, 1) & {"json_mended", "unclosed", "box_mended"}
    assert codes(masks, 2) == set()


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("name", MENDABLE)
def test_damage_at_either_end_of_the_list(name: str, position: int) -> None:
    good = [FIRST, LAST]
    parts = [json.dumps(entry) for entry in good]
    parts.insert(position, MENDABLE[name](WHOLE))
    masks = maskmill.decode(STYLES["fenced"](parts), SIZE)
    assert_sound(masks)
    got = rows(masks)
    (want,) = rows(maskmill.decode([item(URI, "it")], SIZE))
    assert len(got) == 3
    assert got.pop(position)[:4] == want[:4]
    assert got == outer_rows()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", LOSING)
def test_what_cannot_be_mended_costs_only_itself(name: str, style: str) -> None:
    parts = [json.dumps(FIRST), LOSING[name](WHOLE), json.dumps(LAST)]
    masks = assert_outer_rows_survive(STYLES[style](parts))
    assert len(masks) <= 3
    assert masks.reply_status != "ok" or is_json(parts)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "name", ["mask never closed", "brace for the closing quote", "comma lost after the mask", "comma last"]
)
def test_signs_of_json_in_a_label_beside_damage(name: str, label: str) -> None:
    broken = MENDABLE[name](WHOLE).replace('"it"', json.dumps(label))
    masks = assert_outer_rows_survive(STYLES["fenced"]([json.dumps(FIRST), broken, json.dumps(LAST)]))
    assert masks.labels.tolist() == ["first", label, "last"]
    assert masks.status.tolist() == ["ok"] * 3


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "name", ["mask never closed", "brace for the closing quote", "quote for the box's bracket", "brace lost"]
)
def test_signs_of_json_in_the_labels_around_damage(name: str, label: str) -> None:
    around = [item(URI, label), item(URI, label)]
    parts = [json.dumps(around[0]), MENDABLE[name](WHOLE), json.dumps(around[1])]
    masks = maskmill.decode(STYLES["in prose"](parts), SIZE)
    assert masks.labels.tolist() == [label, "it", label]
    assert masks.status.tolist() == ["ok"] * 3


@pytest.mark.parametrize("label", LABELS)
def test_signs_of_json_in_a_label_before_the_cut(label: str) -> None:
    for entry in (item(URI, label), {"label": label, **item(URI, label)}):
        text = fenced([entry, entry, entry])
        cut = text[: text.rindex('"box_2d"') + 20]
        masks = maskmill.decode(cut, SIZE)
        assert rows(masks)[:2] == rows(maskmill.decode([entry, entry], SIZE))
        assert masks.reply_status == "truncated"


@pytest.mark.parametrize("label", ["the bee's body", "'it'", "it's the dogs' bowl", 'a 5" ring', "it\\'s"])
def test_apostrophes_in_a_python_repr(label: str) -> None:
    entries = [item(URI, label), item(RING, "it"), item(None, label)]
    masks = maskmill.decode(repr(entries), SIZE)
    assert masks.labels.tolist() == [label, "it", label]
    assert masks.status.tolist() == ["ok", "ok", "nothing"]
    assert maskmill.decode("\n".join(map(repr, entries)), SIZE).labels.tolist() == [label, "it", label]


@pytest.mark.parametrize("label", ["the bee's body", "dogs' bowl", "rock 'n' roll", "the 'left', one"])
def test_apostrophes_that_nobody_escaped(label: str) -> None:
    text = f"[{{'box_2d': [200, 100, 900, 900], 'label': '{label}', 'mask': '{URI}'}}, {WHOLE}]"
    masks = maskmill.decode(text, SIZE)
    assert masks.labels.tolist() == [label, "it"]
    assert masks.status.tolist() == ["ok", "ok"]


@pytest.mark.parametrize(
    "reply",
    [
        json.dumps(json.dumps([FIRST, LAST])),
        json.dumps(json.dumps(json.dumps([FIRST, LAST]))),
        json.dumps(fenced([FIRST, LAST])),
        "```json\n" + json.dumps(json.dumps([FIRST, LAST])) + "\n```",
        "Here: " + json.dumps(json.dumps([FIRST, LAST])),
        json.dumps(json.dumps([FIRST, LAST]))[1:-1],
        json.dumps(fenced([FIRST, LAST]))[1:-1],
        json.dumps("Sure!\n" + fenced([FIRST, LAST]))[1:-1],
    ],
)
def test_json_that_was_encoded_again(reply: str) -> None:
    masks = maskmill.decode(reply, SIZE)
    assert rows(masks) == outer_rows()


@pytest.mark.parametrize("name", spread(list(FORMS), 5))
def test_cut_anywhere(name: str) -> None:
    """Rows of a cut reply are the first ones of the whole reply; those that are ok are what they were."""
    entries = [item(FORMS[name], "a"), item(FORMS["points"], "b"), item(FORMS[name], "c")]
    text = fenced(entries)
    whole = rows(maskmill.decode(text, SIZE))
    step = 1 if len(text) < 700 else 3
    for end in range(0, len(text), step):
        got = rows(maskmill.decode(text[:end], SIZE))
        assert len(got) <= len(whole)
        complete = text[:end].count('"}')
        assert got[:complete] == whole[:complete], end
        for row, want in zip(got, whole, strict=False):
            assert row[1] != "ok" or row[1:4] + row[5:] == want[1:4] + want[5:], end


def test_an_item_whose_box_is_whole_is_a_row() -> None:
    text = "[" + json.dumps(item(RING, "a"))
    for end in range(text.index("]") + 1, len(text)):
        masks = maskmill.decode(text[:end], SIZE)
        assert len(masks) == 1
        assert masks.boxes.tolist() == maskmill.decode(text + "]", SIZE).boxes.tolist()
        assert masks.status[0] in ("truncated", "nothing", "ok")
        assert masks.reply_status == "truncated"
    for end in range(text.index("]")):
        assert len(maskmill.decode(text[:end], SIZE)) == 0


@pytest.mark.parametrize("tail", ["", " ", "\n", "\n```", " ```\nThat is all."])
def test_a_string_that_breaks_off_counts_when_its_content_ends_itself(tail: str) -> None:
    start = '[{"box_2d": [200, 100, 900, 900], "label": "it", "mask": "'
    whole = maskmill.decode(start + URI + '"}]', SIZE)
    masks = maskmill.decode(start + URI + tail, SIZE)
    assert rows(masks) == rows(whole)
    assert "unclosed" in codes(masks, 0)
    for cut in (URI[:-9], URI[:100], URI[:30], "data:image/png;base64,", ""):
        masks = maskmill.decode(start + cut + tail, SIZE)
        assert masks.status.tolist() == ["truncated"]


def test_sixteen_tokens_end_themselves_and_fewer_do_not() -> None:
    start = '[{"box_2d": [200, 100, 900, 900], "label": "it", "mask": "'
    tokens = FORMS["tokens"]
    for end in range(len(tokens) + 1):
        masks = maskmill.decode(start + tokens[:end], SIZE)
        assert masks.status.tolist() == ["tokens" if end == len(tokens) else "truncated"], tokens[:end]


KEYS_CUT = [",", ", ", ',\n    "', ', "m', ', "mask', ', "mask"', ', "mask" ', ', "a key', ',"ma\n```', ", 'ma"]


@pytest.mark.parametrize("cut", KEYS_CUT)
def test_text_cut_inside_a_key_leaves_the_string_before_it_whole(cut: str) -> None:
    quoted = json.dumps(json.dumps([{"x": x, "y": y} for x, y in RING]))
    masks = {
        '"gimme_mask_for_this"': "placeholder",
        '"10,10 500,10 500,500"': "ok",
        '"<start_of_mask><seg_1><seg_2>"': "tokens_incomplete",
        f'"{URI}"': "ok",
        quoted: "ok",
        quoted.replace('"[', '"<start_of_mask>[', 1): "ok",
        f'"{RING}"': "ok",
    }
    for mask, status in masks.items():
        text = f'[{{"box_2d": [200, 100, 900, 900], "label": "it", "mask": {mask}'
        got = maskmill.decode(text + cut, SIZE)
        assert rows(got) == rows(maskmill.decode(text + "}]", SIZE)), text + cut
        assert (got.status.tolist(), got.reply_status) == ([status], "truncated")
    alone = maskmill.decode(f'[{{"label": "it", "mask": "{URI}"{cut}', SIZE)
    assert (alone.status.tolist(), alone.labels.tolist()) == (["no_box"], ["it"])
    label = maskmill.decode(f'[{{"box_2d": [200, 100, 900, 900], "label": "the \\"left\\" cat"{cut}', SIZE)
    assert label.labels.tolist() == ['the "left" cat']


@pytest.mark.parametrize(
    "mask", ["{", "{ ", '{"', '{"si', '{"size"', '{"size":', '{"size": ', "[{", '[{"ou', "[[", "["]
)
def test_text_cut_at_the_start_of_a_mask_is_truncated(mask: str) -> None:
    for tail in ("", " ", "\n", "\n```"):
        masks = maskmill.decode(f'[{{"box_2d": [200, 100, 900, 900], "label": "it", "mask": {mask}{tail}', SIZE)
        assert masks.status.tolist() == ["truncated"]
        assert masks.reply_status == "truncated"
        assert len(maskmill.decode(f'[{{"label": "it", "mask": {mask}{tail}', SIZE)) == 0


@pytest.mark.parametrize("mark", ["", "<start_of_mask>", " <start_of_mask> "])
@pytest.mark.parametrize("escape", [True, False])
def test_a_ring_in_a_string_cut_at_its_own_last_bracket_is_whole(mark: str, escape: bool) -> None:
    ring = mark + json.dumps([{"x": x, "y": y} for x, y in RING])
    text = f'[{{"box_2d": [200, 100, 900, 900], "label": "it", "mask": {json.dumps(ring)}'
    text = text if escape else text.replace('\\"', '"')
    masks = maskmill.decode(text[:-1], SIZE)
    assert rows(masks) == rows(maskmill.decode([item(ring, "it")], SIZE))
    assert masks.reply_status == "truncated"
    assert "unclosed" in codes(masks, 0)
    assert maskmill.decode(text[:-2], SIZE).status.tolist() == ["truncated"]


def test_no_value_is_invented_at_the_cut() -> None:
    masks = maskmill.decode('[{"box_2d": [200, 100, 900, 900], "mask": [[100, 200], [900, 250], [700, 9', SIZE)
    assert masks.status.tolist() == ["truncated"]
    masks = maskmill.decode('[{"label": "a", "mask": null, "box_2d": [200, 100, 900, 90', SIZE)
    assert len(masks) == 0
    assert codes(masks, None) == {"item_cut"}
    masks = maskmill.decode('[{"box_2d": [200, 100, 900, 900], "mask": null, "label": "ca', SIZE)
    assert masks.status.tolist() == ["nothing"]


# Numbers in arrays: all of them as they stand, or no mask.

POINTS = [[211, 103], [793, 121], [781, 691], [603, 557], [503, 407], [233, 653]]
TUPLES: dict[str, Callable[[str], str]] = {
    "points": lambda text: text.replace("[", "(").replace("]", ")").replace("((", "[(").replace("))", ")]"),
    "all": lambda text: text.replace("[", "(").replace("]", ")"),
    "with a last comma": lambda text: text.replace("[", "(").replace("]", ",)"),
    "opened as lists": lambda text: text.replace("]", ")"),
    "closed as lists": lambda text: text.replace("[", "("),
    "on lines": lambda text: text.replace("[", "\n  ( ").replace("]", " )"),
    "one point": swap("[781, 691]", "(781, 691)"),
    "one point in floats": swap("[781, 691]", "(781.0, .691e3)"),
    "plus signs": lambda text: text.replace("[7", "[+7"),
}


@pytest.mark.parametrize("end", ["}]", "", "}, {", ", }]"])
@pytest.mark.parametrize("box", ["[100, 200, 700, 800]", "(100, 200, 700, 800)", "[(100, 200), (700, 800)]"])
@pytest.mark.parametrize("name", TUPLES)
def test_tuples_are_lists(name: str, box: str, end: str) -> None:
    text = TUPLES[name](json.dumps(POINTS))
    for start in (f"[{{'box_2d': {box}, 'mask': ", f'[{{"box_2d": {box}, "mask": '):
        masks = maskmill.decode(start + text + end, SIZE)
        assert rows(masks) == rows(maskmill.decode([{"box_2d": [100, 200, 700, 800], "mask": POINTS}], SIZE))
        assert masks.items[0]["mask"] == POINTS


def test_a_ring_of_tuples_that_breaks_off_is_truncated() -> None:
    text = "[{'box_2d': (100, 200, 700, 800), 'mask': " + TUPLES["points"](json.dumps(POINTS))
    for end in range(text.index("mask") + 8, len(text)):
        assert maskmill.decode(text[:end], SIZE).status.tolist() == ["truncated"], text[:end]


UNREADABLE = {
    "a unit": swap("781", "781px"),
    "a percent sign": swap("781", "78.1%"),
    "a letter for a digit": swap("781", "7l1"),
    "two points": swap("781", "7.8.1"),
    "two signs": swap("781", "--781"),
    "a sign apart": swap("781", "- 781"),
    "another minus": swap("781", "\u2212781"),
    "an underscore": swap("781", "7_81"),
    "a fraction": swap("781", "781/2"),
    "hexadecimal": swap("781", "0x30d"),
    "a brace": swap("781", "7{81"),
    "a call": swap("781", "781(about)"),
    "a point in words": swap("[781, 691]", "(x=781, y=691)"),
    "a range": swap("781", "780-782"),
    "a bracket too many after a point": swap("[781, 691]", "[781, 691]]"),
    "two brackets too many after a point": swap("[781, 691]", "[781, 691]]]"),
    "the ring closed early": swap("[781, 691],", "[781, 691]], "),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_number_that_is_passed_over_makes_no_mask(name: str) -> None:
    text = UNREADABLE[name](json.dumps(POINTS))
    for mask in (text, text.replace("[", "(").replace("]", ")")):
        reply = f'[{{"box_2d": [100, 200, 700, 800], "mask": {mask}, "label": "it"}}, {json.dumps(LAST)}]'
        masks = maskmill.decode(reply, SIZE)
        assert masks.status[0] != "ok" or "vertex_dropped" in codes(masks, 0), masks.items[0]
        assert masks.boxes[0].tolist() == [12.8, 4.8, 51.2, 33.6]
        assert rows(masks)[-1] == outer_rows()[-1]
        assert_sound(masks)


@pytest.mark.parametrize("number", ["70%", "7.0.0", "700px", "- 700", "700(about)"])
def test_a_number_that_is_passed_over_makes_no_box(number: str) -> None:
    masks = maskmill.decode(f'[{{"box_2d": [5, 100, 200, {number}, 800], "mask": {POINTS}}}]', SIZE)
    assert "bad_box" in codes(masks, 0)
    assert masks.status.tolist() == ["ok"]


@pytest.mark.parametrize("style", spread(["points", "tuples", "flat", "outer"], 2))
@pytest.mark.parametrize("sign", spread([*"[](){},:;\"'", " ", ""], 7))
def test_a_sign_lost_or_put_in_anywhere_in_a_ring_never_gives_other_pixels(sign: str, style: str) -> None:
    ring = {
        "points": json.dumps(POINTS),
        "tuples": TUPLES["points"](json.dumps(POINTS)),
        "flat": json.dumps([v for point in POINTS for v in point]),
        "outer": json.dumps({"outer": POINTS, "holes": []}),
    }[style]
    (want,) = rows(maskmill.decode([{"box_2d": [100, 200, 700, 800], "mask": POINTS}], SIZE))
    for at in range(len(ring)):
        put_in = ring[:at] + sign + ring[at:]
        instead = ring[:at] + sign + ring[at + 1 :]
        for damaged in (put_in, instead) if not ring[at].isdigit() else (put_in,):
            masks = maskmill.decode(f'[{{"box_2d": [100, 200, 700, 800], "mask": {damaged}}}]', SIZE, axis="xy")
            is_said = not {"vertex_dropped", "numbers_dropped"}.isdisjoint(codes(masks, 0))
            assert is_said or all(row[5] == want[5] for row in rows(masks) if row[1] == "ok"), damaged


@pytest.mark.parametrize("sign", [*"[{(})]", "},", ",}"])
def test_a_bracket_put_in_between_points_never_gives_other_pixels(sign: str) -> None:
    points = [{"x": x, "y": y} for x, y in POINTS]
    (want,) = rows(maskmill.decode([{"box_2d": [100, 200, 700, 800], "mask": points}], SIZE))
    text = json.dumps(points)
    for at in range(len(text)):
        damaged = text[:at] + sign + text[at:]
        masks = maskmill.decode(f'[{{"box_2d": [100, 200, 700, 800], "mask": {damaged}}}]', SIZE)
        is_said = "vertex_dropped" in codes(masks, 0)
        assert is_said or all(row[5] == want[5] for row in rows(masks) if row[1] == "ok"), damaged


def test_a_brace_for_a_bracket_between_points_closes_the_point_alone() -> None:
    reply = json.dumps([item(POINTS, "it", [100, 200, 700, 800]), LAST])
    for broken in ("603, 557}", "603, 557)", "603, 557 }"):
        assert rows(maskmill.decode(reply.replace("603, 557]", broken), SIZE)) == rows(maskmill.decode(reply, SIZE))


def test_keys_of_an_item_beside_the_list_of_the_items_begin_an_item() -> None:
    good = json.dumps(FIRST)
    for count in (1, 3):
        text = f'{{"boxes": [{", ".join([good] * count)}, {{}}200, 100, 900], "mask": "{URI}", "label": "it"}}]}}'
        masks = maskmill.decode(text, SIZE)
        assert rows(masks)[:count] == outer_rows()[:1] * count
        assert masks.labels.tolist() == ["first"] * count + ["it"]


@pytest.mark.parametrize("end", ["", "\n```", "```", "]", "}", "]}", "\n]\n```", "}]"])
def test_a_lost_border_between_two_items(end: str) -> None:
    """Two items run into one: the second box opens the second item."""
    first, second = json.dumps(FIRST)[:-1], json.dumps(LAST)[1:]
    for border in (", ", " ", "\n", ",\n  ", "}", "{"):
        masks = maskmill.decode("[" + first + border + second + end, SIZE)
        assert rows(masks) == outer_rows(), border


def test_values_the_scan_recovers() -> None:
    cases: list[tuple[str, Any]] = [
        ("[1, 2", [[1, 2]]),
        ('{"a": 1}{"b": 2}', [{"a": 1}, {"b": 2}]),
        ("[1 2 3]", [[1, 2, 3]]),
        ("{'a': None, 'b': [True, False,]}", [{"a": None, "b": [True, False]}]),
        ('{a: "b", c_d: -1.5e2}', [{"a": "b", "c_d": -150.0}]),
        ('{"a": {"b": [1, {"c": 2}]}', [{"a": {"b": [1, {"c": 2}]}}]),
        ('["a", "b', [["a", "b"]]),
        ('{"a": 1, // one\n"b": 2 /* two */}', [{"a": 1, "b": 2}]),
        ('{"a": "x\\u00e9\\n\\ud83d\\ude00"', [{"a": "xé\n😀"}]),
        ("no JSON at all", []),
        ("", []),
    ]
    for text, want in cases:
        assert recover(text, 64).values == want, text


@pytest.mark.parametrize(
    "text", ["{} {", "[]]", "{}}", "[", "{", "]", "}", '"', "{]", "[}", "{[", "[{", "[[[", "{{{", '{"', '{"a', "{'"]
)
def test_stray_brackets_alone_give_no_row(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert len(masks) == 0
    assert_sound(masks)


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I cannot find the objects.",
        "There are 3 cats [maybe] and {perhaps} a dog.",
        "See [1], [2, 3] and (4).",
        "The box is [100, 200, 300, 400].",
        "f(x) = {x: x > 1}",
        "```python\nprint('hi')\n```",
        "```\n```",
        "a: b",
        "-",
    ],
)
def test_prose_without_any_item(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert len(masks) == 0
    assert masks.reply_status == "no_json"
    assert codes(masks, None) == {"no_json"}
    assert_sound(masks)
