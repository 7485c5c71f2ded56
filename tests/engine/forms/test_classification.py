"""Every form of mask value, recognised by the value alone, in all the shapes that models give it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import maskmill
from maskmill import Limits
from maskmill._forms import NoMask, ProbabilityMap, RunLengths, classify
from support.replies import (
    FORMS,
    RING,
    SIZE,
    TOKENS,
    assert_sound,
    codes,
    column_runs,
    disc,
    item,
    pixel_map,
    png_base64,
    png_uri,
)

URI, DIGITS = png_uri(), png_base64()
STANDARD = next(seed for seed in range(99) if {"+", "/", "="} <= set(png_base64(seed)))


def found(value: Any, is_open: bool = False) -> tuple[str, str]:
    """Return the form, and the status or what the value holds."""
    result = classify(value, is_open, {}, Limits())
    payload = result.payload
    return result.form, str(payload.status) if isinstance(payload, NoMask) else type(payload).__name__


# M1 to M4: PNG.

PNG_TEXTS = {
    "data URI": URI,
    "upper case": URI.replace("data:image/png;base64", "DATA:IMAGE/PNG;BASE64"),
    "bare base64": DIGITS,
    "image/jpeg": URI.replace("png;", "jpeg;", 1),
    "image/webp": URI.replace("png;", "webp;", 1),
    "image/svg+xml": URI.replace("image/png;", "image/svg+xml;", 1),
    "application/octet-stream": URI.replace("image/png;", "application/octet-stream;", 1),
    "no media type": URI.replace("image/png;", ";", 1),
    "a parameter": URI.replace("image/png;", "image/png;charset=utf-8;", 1),
    "no comma": URI.replace(",", "", 1),
    "media type alone": URI.removeprefix("data:"),
    "base64 alone": URI.removeprefix("data:image/png;"),
    "space after the comma": URI.replace(",", ", ", 1),
    "space around it": f" \n{URI}\t ",
    "a space inside": URI[:200] + " " + URI[200:],
    "line breaks": "\n".join(URI[i : i + 76] for i in range(0, len(URI), 76)),
    "line breaks and indents": "\r\n    ".join(URI[i : i + 60] for i in range(0, len(URI), 60)),
    "escaped line breaks left over": URI[:150] + "\n" + URI[150:],
    "padding lost": URI.rstrip("="),
    "too much padding": URI.rstrip("=") + "====",
    "quoted": f'"{URI}"',
    "in single quotes": f"'{URI}'",
    "in back-ticks": f"`{URI}`",
    "in a fence": f"```\n{URI}\n```",
    "as an image in Markdown": f"![mask]({URI})",
    "as a tag": f'<img src="{URI}"/>',
    "a list of one": [URI],
    "inline_data": {"inline_data": {"mime_type": "image/png", "data": DIGITS}},
    "inlineData": {"inlineData": {"mimeType": "image/png", "data": DIGITS}},
    "data": {"data": DIGITS},
    "a list of one object": [{"inline_data": {"data": DIGITS}}],
    "an object with a mask": {"mask": URI},
    "a url": {"url": URI},
    "an image url": {"image_url": {"url": URI}},
    "an image": {"image": URI, "size": [16, 16]},
    "an object in text": json.dumps({"inline_data": {"mime_type": "image/png", "data": DIGITS}}),
}


@pytest.mark.parametrize("name", PNG_TEXTS)
def test_m1_m2_a_png_in_any_dress(name: str) -> None:
    result = classify(PNG_TEXTS[name], False, {}, Limits())
    assert result.form == "png"
    assert isinstance(result.payload, ProbabilityMap)
    np.testing.assert_array_equal(result.payload.pixels, pixel_map(0))


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("url_safe", [True, False])
def test_m2_every_digit(url_safe: bool, padded: bool, prefix: str) -> None:
    text = png_base64(STANDARD)
    text = text.translate(str.maketrans("+/", "-_")) if url_safe else text
    result = classify(prefix + (text if padded else text.rstrip("=")), False, {}, Limits())
    assert isinstance(result.payload, ProbabilityMap)
    np.testing.assert_array_equal(result.payload.pixels, pixel_map(STANDARD))


def test_m2_a_space_for_each_plus() -> None:
    assert found(png_uri(STANDARD).replace("+", " ")) == ("png", "ProbabilityMap")


JUNK = [
    "=Z203_203_203_203",
    "Z203_203_",
    "_203" * 16_000,
    '}, "label',
    '", "label": "x"}, {"box_2d": [1, 2, 3, 4], "mask": "',
    " and some words",
    "=" * 50,
    "AAAA" * 500,
    "\\n\\n",
    "<start_of_mask>",
    "😀",
]


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("is_open", [True, False])
def test_m3_a_good_png_and_then_junk(junk: str, is_open: bool) -> None:
    for text in (URI, DIGITS, URI.rstrip("=")):
        result = classify(text + junk, is_open, {}, Limits())
        assert isinstance(result.payload, ProbabilityMap), junk
        np.testing.assert_array_equal(result.payload.pixels, pixel_map(0))


@pytest.mark.parametrize("junk", ["=Z203_203_203_203", "Z203_203_", '}, "label', " and some words", "AAAA" * 500])
def test_m3_junk_is_said(junk: str) -> None:
    for text in (URI, URI.rstrip("=")):
        masks = maskmill.decode([item(text + junk)], SIZE)
        assert codes(masks, 0) == {"junk_cut"}
    assert maskmill.decode([item(URI)], SIZE).problems == ()


@pytest.mark.parametrize(
    "text",
    [
        URI[:-40],
        URI[:60],
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAASAAAAG4CAYAAAAs" + "4+Pj" * 16_000,
        "data:image/png;base64," + "4+Pj" * 1000,
        "data:image/png;base64,iVBORw0KGgo=",
        "iVBORw0KGgoAAAANSUhEUgAAAQAAAAEACAAAAAB5Gfe6AAAC" + "A" * 65_000,
        "data:image/png;base64,AAAA",
        "data:image/png;base64,!!!!",
        URI[:100] + URI[140:],
        URI[:100] + "abcd" + URI[104:],
        "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==",
        "A" * 64,
        "x" * 100_000,
    ],
)
def test_m4_base64_of_no_png_is_garbage(text: str) -> None:
    assert found(text) == ("png", "garbage")


# M5 to M9, M22: tokens.


def run(count: int, form: str = "<seg_{}>") -> str:
    return "".join(form.format(n * 7 % 128) for n in range(count))


@pytest.mark.parametrize(
    "text",
    [
        "<start_of_mask>" + run(16),
        run(16),
        "<start_of_mask> " + run(16).replace("><", "> <"),
        "<start_of_mask>\n" + run(16).replace("><", ">\n<"),
        "<start_of_mask>" + run(16, "<seg_{:03}>"),
        run(16, "<seg{:03}>"),
        "<loc0001><loc0000><loc1010><loc1020>" + run(16, "<seg{:03}>") + " cat",
        f"```\n<start_of_mask>{run(16)}\n```",
        f'"<start_of_mask>{run(16)}"',
        ["<start_of_mask>" + run(16)],
        {"mask": "<start_of_mask>" + run(16)},
    ],
)
def test_m5_sixteen_tokens(text: Any) -> None:
    assert found(text) == ("tokens", "Tokens")
    assert found(text, is_open=isinstance(text, str)) == ("tokens", "Tokens")


@pytest.mark.parametrize("count", [1, 3, 7, 9, 13, 14, 15, 17, 32])
def test_m6_any_other_number_of_tokens(count: int) -> None:
    assert found("<start_of_mask>" + run(count)) == ("tokens", "tokens_incomplete")
    if count < 16:
        assert found("<start_of_mask>" + run(count), is_open=True) == ("tokens", "truncated")


@pytest.mark.parametrize(
    "junk",
    [
        "Rhombus(100% 0% 0% 100%)",
        "5D",
        " (474, 31) to (961, 489)",
        ' {"point": [421, 161',
        '_box_2d": [33, 349',
        "<end>",
    ],
)
@pytest.mark.parametrize("count", [13, 16])
def test_m7_tokens_and_then_junk(count: int, junk: str) -> None:
    masks = maskmill.decode([item("<start_of_mask>" + run(count) + junk)], SIZE)
    assert masks.forms.tolist() == ["tokens"]
    assert masks.status.tolist() == ["tokens" if count == 16 else "tokens_incomplete"]
    assert "junk_cut" in codes(masks, 0)


@pytest.mark.parametrize("text", ["<start_of_mask>", "<start_of_mask>-1", " <start_of_mask> ", "<start_of_mask> -1 "])
def test_m8_the_mark_alone_is_nothing(text: str) -> None:
    assert found(text) == ("tokens", "nothing")
    assert found(text, is_open=True) == ("tokens", "truncated")


@pytest.mark.parametrize(
    "soup",
    [
        "-1,296 0,296 1,295 2,294",
        "-1,0,0,1,0,2,0,3" + ",0,4" * 20_000,
        "-0.000000," + "0.000000," * 7_000,
        "-" + "9" * 65_000,
        "_A_0_0_0_0",
        "-6.22 178.68 -4.72 181.68",
        "-1,1000 0,1000 0,1000",
        "100,100,900,100,900,900",
        "a mask of a cat",
        "[1, 2, ",
        "{}{}",
    ],
)
def test_m9_the_mark_and_then_soup(soup: str) -> None:
    assert found("<start_of_mask>" + soup) == ("tokens", "garbage")
    assert found("<start_of_mask>" + soup, is_open=True) == ("tokens", "truncated")


def test_a_token_past_the_codebook_is_garbage() -> None:
    assert found("<start_of_mask>" + run(15) + "<seg_128>") == ("tokens", "garbage")
    assert found("<start_of_mask>" + run(15) + "<seg_127>") == ("tokens", "Tokens")
    assert found("<start_of_mask>" + run(15) + "<seg_99999999999999999999>")[1] in ("garbage", "tokens_incomplete")


def test_m22_escaped_tokens() -> None:
    escaped = TOKENS.replace("<", "\\u003c").replace(">", "\\u003e")
    for text in (
        f'[{{"box_2d": [1, 2, 300, 400], "mask": "{escaped}"}}]',
        f'[{{"box_2d": [1, 2, 300, 400], "mask": "{escaped}',
    ):
        assert maskmill.decode(text, SIZE).status.tolist() == ["tokens"]
    assert found(escaped) == ("tokens", "Tokens")


def test_a_png_behind_the_mark() -> None:
    assert found("<start_of_mask>" + URI) == ("png", "ProbabilityMap")


# M10 to M17: rings.

CORNERS = [[100, 100], [900, 100], [900, 900], [100, 900]]
HOLE = [[300, 300], [700, 300], [700, 700], [300, 700]]
FLAT = [v for point in CORNERS for v in point]
POINTS = [{"x": x, "y": y} for x, y in CORNERS]
SQUARES: dict[str, Any] = {
    "M10": "<start_of_mask>" + json.dumps(POINTS),
    "M10 pairs": "<start_of_mask>" + json.dumps(CORNERS),
    "M11": CORNERS,
    "M11 floats": [[float(x), float(y)] for x, y in CORNERS],
    "M11 texts": [[str(x), str(y)] for x, y in CORNERS],
    "M11 closed": [*CORNERS, CORNERS[0]],
    "M12": FLAT,
    "M12 texts": [str(v) for v in FLAT],
    "M13 pieces": [FLAT[:4], FLAT[4:]],
    "M13 uneven pieces": [FLAT[:6], FLAT[6:]],
    "M13 a piece": [FLAT],
    "M14": [CORNERS],
    "M14 twice": [CORNERS, CORNERS],
    "M14 deeper": [[CORNERS]],
    "M15 commas": ",".join(map(str, FLAT)),
    "M15 commas and spaces": ", ".join(map(str, FLAT)),
    "M15 spaces": " ".join(map(str, FLAT)),
    "M15 pairs": " ".join(f"{x},{y}" for x, y in CORNERS),
    "M15 pairs, semicolons": "; ".join(f"{x}, {y}" for x, y in CORNERS),
    "M15 lines": "\n".join(f"{x} {y}" for x, y in CORNERS),
    "M15 list": json.dumps(CORNERS),
    "M15 flat list": json.dumps(FLAT),
    "M15 points": json.dumps(POINTS),
    "M15 lists side by side": ", ".join(map(json.dumps, CORNERS)),
    "M15 tuples": ", ".join(f"({x}, {y})" for x, y in CORNERS),
    "M16": {"outer": CORNERS, "holes": []},
    "M16 no holes": {"outer": CORNERS},
    "M16 null holes": {"outer": CORNERS, "holes": None},
    "M16 list": [{"outer": CORNERS, "holes": []}],
    "M16 points": {"outer": POINTS, "holes": []},
    "M16 flat": {"outer": FLAT, "holes": []},
    "M16 text": json.dumps({"outer": CORNERS, "holes": []}),
    "M17": POINTS,
    "M17 capitals": [{"X": x, "Y": y} for x, y in CORNERS],
    "M17 texts": [{"x": str(x), "y": str(y)} for x, y in CORNERS],
    "M17 y first": [{"y": y, "x": x} for x, y in CORNERS],
    "M17 more": [{"x": x, "y": y, "z": 0, "label": "corner"} for x, y in CORNERS],
    "M17 rings": [POINTS],
    "points in an object": {"points": POINTS},
    "polygon in an object": {"type": "polygon", "points": CORNERS},
    "a polygon that says so": {"polygon": CORNERS},
    "GeoJSON": {"type": "Polygon", "coordinates": [CORNERS]},
}


@pytest.mark.parametrize("name", SQUARES)
def test_m10_to_m17_a_square(name: str) -> None:
    assert found(SQUARES[name]) == ("ring", "Polygons")
    masks = maskmill.decode([item(SQUARES[name], box=[100, 100, 900, 900])], (20, 10))
    want = np.zeros((10, 20), bool)
    want[1:9, 2:18] = True
    np.testing.assert_array_equal(masks[0].dense(), want)
    assert_sound(masks)


@pytest.mark.parametrize(
    "value",
    [
        {"outer": CORNERS, "holes": [HOLE]},
        [{"outer": CORNERS, "holes": [HOLE]}],
        {"outer": FLAT, "holes": [[v for point in HOLE for v in point]]},
        {"outer": POINTS, "holes": [[{"x": x, "y": y} for x, y in HOLE]]},
        {"holes": [HOLE], "outer": CORNERS},
        {"outer": CORNERS, "holes": [HOLE, HOLE[::-1]]},
        [{"outer": CORNERS, "holes": [HOLE]}, {"outer": [[0, 0], [50, 0], [0, 50]], "holes": []}],
        {"type": "Polygon", "coordinates": [CORNERS, HOLE]},
    ],
)
def test_m16_a_square_with_a_hole(value: Any) -> None:
    masks = maskmill.decode([item(value, box=[100, 100, 900, 900])], (20, 10))
    want = np.zeros((10, 20), bool)
    want[1:9, 2:18] = True
    want[3:7, 6:14] = False
    np.testing.assert_array_equal(masks[0].dense()[1:, 2:], want[1:, 2:])


def test_m10_quotes_that_nobody_escaped() -> None:
    text = json.dumps([item("<start_of_mask>" + json.dumps(POINTS), "it", [100, 100, 900, 900]), item(RING, "next")])
    masks = maskmill.decode(text.replace('\\"', '"'), (20, 10))
    assert masks.labels.tolist() == ["it", "next"]
    assert masks.status.tolist() == ["ok", "ok"]
    assert masks.areas[0] == 128


# M18 to M21, M23.


def test_m18_run_lengths() -> None:
    result = classify({"size": [48, 64], "counts": column_runs(disc())}, False, {}, Limits())
    assert result.form == "rle"
    assert isinstance(result.payload, RunLengths)
    inside = classify({"rle": {"size": [48, 64], "counts": column_runs(disc())}}, False, {}, Limits())
    assert isinstance(inside.payload, RunLengths)


@pytest.mark.parametrize(
    "value", [[True] * 1000, [True, False], [[True, False] * 50] * 50, json.dumps([True] * 99), [True, 1, 2, 3, 4, 5]]
)
def test_m19_a_runaway_of_booleans_is_garbage(value: Any) -> None:
    assert found(value)[1] == "garbage"


@pytest.mark.parametrize(
    "text",
    [
        "gimme_mask_for_this",
        "gimme_mask_for_this.",
        "GIMME_MASK_FOR_THIS",
        " gimme_mask_for_this ",
        "<gimme_mask_for_this>",
    ],
)
def test_m20_the_placeholder(text: str) -> None:
    assert found(text) == ("placeholder", "placeholder")


@pytest.mark.parametrize("text", ["mask_1", "mask-12", "seg.3", "a1b2c3", "#mask_1"])
def test_m21_a_reference_that_leads_nowhere_is_nothing(text: str) -> None:
    assert found(text)[1] == "nothing"


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", " ", "\n", [], {}, "[]", "{}", False, "null", "none", "None", "N/A"),
        *(
            [[]],
            [None],
            [{}],
            [""],
            [[], []],
            [[[]]],
            [None] * 9,
            {"outer": [], "holes": []},
            "[[]]",
            {"url": "https://a.b/c.png"},
        ),
    ],
)
def test_m23_nothing(value: Any) -> None:
    assert found(value)[1] == "nothing"


# What is none of these.


@pytest.mark.parametrize(
    "value",
    [
        0,
        1,
        -1.5,
        True,
        float("nan"),
        float("inf"),
        10**30,
        "a red cat on a mat",
        "😀",
        "\0\0\0",
        "\ud800",
        "[1, 2",
        "{",
        "{'x': 1",
        [None],
        [None, None],
        [[None, None], [1, 2], [3, 4]],
        ["cat", "dog"],
        [{}],
        [{"x": 1}],
        [{"x": 1, "y": None}],
        [[[]]],
        [[1], [2], [3]],
        [1, 2, 3],
        {"foo": 1},
        [[1, 2], [[3, 4], [5, 9], [8, 1]]],
        [[[1, 2], [3, 9], [8, 1]], [3, 4]],
        {"size": [48, 64]},
        {"counts": []},
        {"outer": "nothing"},
        {"type": "Polygon", "coordinates": 5},
        {"type": "Polygon", "coordinates": []},
        {"type": "MultiPolygon", "coordinates": [[[]]]},
        {"points": None},
        {"inline_data": None},
        {"inline_data": {"data": None}},
        {"data": {"data": {"data": {"data": {"data": {"data": "x"}}}}}},
        [[0, 1] * 16] * 16,
        b"\xff bytes",
        {1, 2},
        object(),
    ],
)
def test_anything_else_has_a_reason(value: Any) -> None:
    form, status = found(value)
    assert status in ("garbage", "nothing")
    assert isinstance(form, str)
    masks = maskmill.decode([{"box_2d": [1, 2, 300, 400], "mask": value}], SIZE)
    assert masks.status.tolist() == [status]
    assert_sound(masks)


@pytest.mark.parametrize("name", FORMS)
def test_an_open_value_is_truncated_unless_it_ends_itself(name: str) -> None:
    status = found(FORMS[name], is_open=True)[1]
    assert status == {"png": "ProbabilityMap", "bare base64": "ProbabilityMap", "tokens": "Tokens"}.get(
        name, "truncated"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "d",
        "data",
        "data:image",
        "data:image/png;base64,",
        "iVBOR",
        "gimme",
        "[[1, 2], [3",
        "100, 200, 3",
        "mask",
        "<sta",
    ],
)
def test_the_first_characters_of_a_cut_value_are_truncated(text: str) -> None:
    assert found(text, is_open=True)[1] == "truncated"
