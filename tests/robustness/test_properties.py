"""What holds for every reply, however it was damaged: found by search, not by example."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from support.replies import FORMS, RING, SIZE, assert_sound, fenced, item, png_uri, rows
from support.tiers import cases, spread, thorough

PROFILE = settings(deadline=None, derandomize=True)

FORM = st.sampled_from(sorted(FORMS))
LABEL = st.sampled_from(["cat", "", "it's", 'a "b"', "{", "}]", "```", "a, b", "[1]", "猫", "x\\y", "//", "\n"])
ITEM = st.builds(lambda form, label: item(FORMS[form], label), FORM, LABEL)
ITEMS = st.lists(ITEM, min_size=1, max_size=4)

LAYOUTS: dict[str, Any] = {
    "compact": json.dumps,
    "indented": lambda items: json.dumps(items, indent=2),
    "fenced": fenced,
    "wrapped": lambda items: json.dumps({"boxes": items}),
    "lines": lambda items: "\n".join(map(json.dumps, items)),
    "repr": repr,
    "prose": lambda items: "Here are [the] masks:\n" + fenced(items) + "\nDone {really}.",
    "plain unicode": lambda items: json.dumps(items, ensure_ascii=False),
}
LAYOUT = st.sampled_from(sorted(LAYOUTS))
SIGNS = st.sampled_from(
    [
        *"{}[]\",':\\`/#\n\0 -0e.<>=",
        *(
            '"}',
            "]}",
            '", "',
            '{"',
            "```",
            "/*",
            "//",
            "null",
            "NaN",
            '"label"',
            '"box_2d": [',
            "\ud800",
            "\ufeff",
            "é",
        ),
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(list(FORMS.values()))
    | st.sampled_from(["mask_1", "x,y", "1,2,3,4", "[1,2]"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "x",
                    "y",
                    "outer",
                    "holes",
                    "size",
                    "counts",
                    "data",
                    "points",
                    "inline_data",
                    "coordinates",
                    "type",
                    "mask",
                    "boxes",
                    "box_2d",
                    "label",
                    "id",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@st.composite
def mutations(draw: st.DrawFn, text: str) -> str:
    """One to four changes: characters or slices lost, put in, replaced, doubled, moved, or everything after a place."""
    for _ in range(draw(st.integers(1, 4))):
        a = draw(st.integers(0, len(text)))
        b = draw(st.integers(a, min(len(text), a + draw(st.sampled_from([1, 3, 20, 200])))))
        kind = draw(st.sampled_from(["delete", "insert", "replace", "double", "cut", "move", "reverse"]))
        piece = draw(SIGNS)
        text = {
            "delete": text[:a] + text[b:],
            "insert": text[:a] + piece + text[a:],
            "replace": text[:a] + piece + text[b:],
            "double": text[:b] + text[a:b] + text[b:],
            "cut": text[:a],
            "move": text[:a] + text[b:] + text[a:b],
            "reverse": text[:a] + text[a:b][::-1] + text[b:],
        }[kind]
    return text


def check(reply: Any, **options: Any) -> maskmill.Masks:
    masks = maskmill.decode(reply, SIZE, **options)
    assert_sound(masks)
    return masks


# No input raises, and whatever comes out keeps the promises of a batch.


@settings(PROFILE, max_examples=cases(800))
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text(text: str) -> None:
    check(text)
    check(text.encode("utf-8", "surrogatepass"))


@settings(PROFILE, max_examples=cases(300))
@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    check(data)


@settings(PROFILE, max_examples=cases(1500))
@given(
    st.lists(
        SIGNS
        | st.sampled_from(
            [
                '"mask": ',
                '"',
                "[[1, 2], [3, 4]]",
                "<start_of_mask>",
                "<seg_1>",
                "1",
                "cat",
                '"box_2d": [1, 2, 3, 4]',
                '"mask": "',
            ]
        ),
        max_size=30,
    )
)
def test_any_soup_of_json(pieces: list[str]) -> None:
    check("".join(pieces))


@settings(PROFILE, max_examples=cases(1000))
@given(JSON)
def test_any_value_as_the_whole_reply(value: Any) -> None:
    check(value if isinstance(value, (list, dict)) else [value])
    check(json.dumps(value))


@settings(PROFILE, max_examples=cases(1500))
@given(st.sampled_from(["mask", "box_2d", "label", "score", "polygon", "note"]), JSON, st.sampled_from(["none", "box"]))
def test_any_value_of_any_key(key: str, value: Any, fallback: Any) -> None:
    beside = item(RING, "beside")
    entry = {**item(png_uri(), "odd"), key: value}
    masks = check([entry, beside], fallback=fallback)
    assert rows(masks)[-1:] == rows(maskmill.decode([beside], SIZE))
    assert len(masks) == 2 + len({p.row for p in masks.problems if p.code == "part_of"})
    again = check(json.dumps([entry, beside]), fallback=fallback)
    assert again.status.tolist() == masks.status.tolist()


@settings(PROFILE, max_examples=cases(500))
@given(st.sampled_from(["boxes", "masks", "mask_assets", "items", "results", "x"]), JSON, ITEMS, st.booleans())
def test_any_value_beside_a_container(key: str, value: Any, items: list[Any], first: bool) -> None:
    reply = {key: value, "objects": items} if first else {"objects": items, key: value}
    masks = check(reply)
    want = rows(maskmill.decode(items, SIZE))
    got = rows(masks)
    assert all(row in got for row in want)


@settings(PROFILE, max_examples=cases(300))
@given(
    st.dictionaries(
        st.sampled_from(
            ["candidates", "promptFeedback", "content", "parts", "text", "response", "finishReason", "thought"]
        ),
        JSON,
        max_size=4,
    )
)
def test_any_response(value: dict[str, Any]) -> None:
    check(value)
    check({"candidates": [value]})
    check({"candidates": [{"content": value}]})
    check({"candidates": [{"content": {"parts": [value]}}]})


@settings(PROFILE, max_examples=cases(1500))
@given(ITEMS, LAYOUT, st.data())
def test_any_damage_to_any_reply(items: list[Any], layout: str, data: st.DataObject) -> None:
    check(data.draw(mutations(LAYOUTS[layout](items))))


# A sound reply is read the same in every layout, and well-formed JSON is never touched.


@settings(PROFILE, max_examples=cases(300))
@given(ITEMS)
def test_every_layout_gives_the_same_rows(items: list[Any]) -> None:
    want = rows(check(items))
    for name, layout in LAYOUTS.items():
        masks = check(layout(items))
        assert rows(masks) == want, name
        assert masks.items == tuple(items), name
        assert masks.reply_status == ("salvaged" if name == "repr" else "ok"), name


# What is whole before the damage is what it was.


@settings(PROFILE, max_examples=cases(1000))
@given(
    st.lists(ITEM, min_size=1, max_size=3),
    ITEM,
    st.sampled_from(["compact", "fenced", "indented", "wrapped", "prose", "lines"]),
    st.data(),
)
def test_whole_items_before_the_damage(before: list[Any], last: Any, layout: str, data: st.DataObject) -> None:
    text = LAYOUTS[layout]([*before, last])
    border = text.rindex("{", 0, text.rindex('"box_2d"') + 1)
    damaged = text[:border] + data.draw(mutations(text[border:]))
    masks = check(damaged)
    assert rows(masks)[: len(before)] == rows(maskmill.decode(before, SIZE))


@settings(PROFILE, max_examples=cases(700))
@given(
    ITEM,
    st.lists(ITEM, min_size=1, max_size=3),
    st.sampled_from([(None, ", "), (None, ",\n  "), (2, ",\n"), (None, "\n")]),
    st.integers(0, 10**6),
    st.sampled_from(["", *"x0 ,:e'"]),
)
def test_whole_items_after_one_lost_character(
    first: Any, after: list[Any], layout: tuple[int | None, str], place: int, new: str
) -> None:
    """One character of the first item is lost, or is another one: the others follow as they were."""
    indent, border = layout
    text = json.dumps(first, indent=indent)
    place %= len(text)
    parts = [text[:place] + new + text[place + 1 :], *(json.dumps(entry, indent=indent) for entry in after)]
    want = rows(maskmill.decode(after, SIZE, axis="xy"))
    for reply in (f"[{border.join(parts)}]", f"```json\n[\n{border.join(parts)}\n]\n```"):
        assert rows(check(reply, axis="xy"))[-len(want) :] == want


@thorough
@pytest.mark.parametrize("layout", spread(["compact", "fenced", "indented", "wrapped", "lines", "prose"], 2))
@pytest.mark.parametrize("form", spread(["png", "points", "parts", "run lengths", "tokens", "null"], 3))
def test_truncation_at_every_index(form: str, layout: str) -> None:
    """Rows are a prefix; rows of whole items are equal; a row that is ok holds the whole mask."""
    items = [item(FORMS[form], "a {"), item(FORMS["points"], "b"), item(FORMS[form], "c")]
    text = LAYOUTS[layout](items)
    whole = rows(maskmill.decode(items, SIZE))
    ends = [
        text.index(json.dumps(entry["label"]), text.index("box_2d", place)) + len(json.dumps(entry["label"]))
        for entry, place in zip(items, starts(text), strict=True)
    ]
    for end in range(0, len(text), max(1, 20 // cases(20))):
        got = rows(maskmill.decode(text[:end], SIZE))
        complete = sum(border < end for border in ends)
        assert len(got) <= complete + 1
        assert got[:complete] == whole[:complete], text[:end][-60:]
        for row, want in zip(got[complete:], whole[complete:], strict=False):
            assert row[1] in ("truncated", "nothing") or row[1:] == want[1:], text[:end][-60:]


def starts(text: str) -> list[int]:
    found = [n for n in range(len(text)) if text.startswith('"box_2d"', n)]
    assert len(found) == 3
    return found


@settings(PROFILE, max_examples=cases(300))
@given(ITEMS, LAYOUT, st.data())
def test_damage_is_deterministic(items: list[Any], layout: str, data: st.DataObject) -> None:
    text = data.draw(mutations(LAYOUTS[layout](items)))
    assert maskmill.decode(text, SIZE).to_dict() == maskmill.decode(text, SIZE).to_dict()


@settings(PROFILE, max_examples=cases(300))
@given(ITEMS, ITEMS)
def test_rows_do_not_depend_on_their_neighbours(first: list[Any], second: list[Any]) -> None:
    """But for the axis order, which a reply settles as a whole, a row is what it would be alone."""
    together = rows(maskmill.decode([*first, *second], SIZE, axis="xy"))
    assert together == rows(maskmill.decode(first, SIZE, axis="xy")) + rows(maskmill.decode(second, SIZE, axis="xy"))
