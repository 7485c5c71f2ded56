"""Hazards by their names: input made to exhaust memory, time, the stack or the number types. Each ends in a status."""

from __future__ import annotations

import base64
import json
import math
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest

import maskmill
from maskmill import Limits
from maskmill.errors import ArgumentError
from support import pngs
from support.replies import FORMS, RING, SIZE, TOKENS, assert_sound, codes, fenced, item, png_uri, rows
from support.tiers import cases, is_quick, spread, thorough

MEGABYTE = 2**20
GOOD = item(png_uri(), "good")


@pytest.fixture(autouse=True, scope="module")
def _compiled() -> None:
    """Compile first: the memory of a decoding is measured here, not that of the compiler."""
    maskmill.decode([GOOD, item(RING), item(FORMS["run lengths"])], SIZE).dense()


def good_row() -> list[Any]:
    return rows(maskmill.decode([GOOD], SIZE))


def uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def status_of(mask: Any, box: Any = (100, 100, 900, 900), size: tuple[int, int] = SIZE) -> str:
    """Return the status of a hostile mask, and check that the item beside it does not suffer."""
    masks = maskmill.decode([{"mask": mask, "box_2d": list(box), "label": "bad"}, GOOD], size)
    assert masks[1].status == "ok"
    return str(masks.status[0])


# PNG.


@pytest.mark.parametrize(
    ("width", "height"), [(60_000, 60_000), (2**31 - 1, 2**31 - 1), (2**32 - 1, 1), (1, 2**31 - 1), (0, 5), (5, 0)]
)
def test_a_png_header_of_60_000_by_60_000(width: int, height: int) -> None:
    body = pngs.SIGNATURE + pngs.ihdr(width, height) + pngs.idat(b"\0" * 1000) + pngs.IEND
    tracemalloc.start()
    status = status_of(uri(body))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert status in ("too_large", "garbage")
    assert peak < 2**24


def test_a_zlib_bomb() -> None:
    """A megabyte of zeros a kilobyte: no more is inflated than the header says."""
    stream = pngs.chunk(b"IDAT", zlib.compress(b"\0" * (256 * MEGABYTE)))
    body = pngs.SIGNATURE + pngs.ihdr(16, 16) + stream + pngs.IEND
    tracemalloc.start()
    status = status_of(uri(body))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert status == "garbage"
    assert peak < 2**24


def test_a_png_of_a_million_chunks() -> None:
    body = (
        pngs.SIGNATURE
        + pngs.ihdr(1, 1)
        + pngs.chunk(b"teXt") * 50_000
        + pngs.chunk(b"IDAT") * 50_000
        + pngs.idat(b"\0\xff")
        + pngs.IEND
    )
    assert status_of(uri(body)) == "ok"


@pytest.mark.parametrize("length", [2**31 - 1, 2**32 - 1, 10**6])
def test_a_chunk_longer_than_the_file(length: int) -> None:
    body = pngs.SIGNATURE + pngs.ihdr(16, 16) + length.to_bytes(4, "big") + b"IDAT" + b"x" * 100
    assert status_of(uri(body)) == "garbage"


def test_a_map_far_larger_than_its_box_and_far_smaller() -> None:
    pixels = np.zeros((2000, 2000), int)
    pixels[:1000] = 255
    assert status_of(uri(pngs.encode(pixels[:, :300])), (500, 500, 503, 503), (1000, 1000)) == "ok"
    assert status_of(uri(pngs.encode(np.full((1, 1), 255))), (-16_000, -16_000, 16_000, 16_000), (999, 999)) == "ok"


# Rings.


@thorough
def test_a_ring_of_a_million_points() -> None:
    angles = np.arange(10**6) * 0.7
    ring = np.stack([500 + 400 * np.cos(angles), 500 + 400 * np.sin(angles)], axis=1).round(2).tolist()
    most = Limits().max_vertices
    assert status_of(ring[:most]) == "ok"
    assert status_of(ring[: most + 1]) == "too_large"
    assert status_of(ring) == "too_large"
    assert status_of([v for point in ring for v in point]) == "too_large"
    assert status_of([{"x": x, "y": y} for x, y in ring[: most + 1]]) == "too_large"


@thorough
def test_100_000_rings() -> None:
    assert status_of([[[n % 1000, n // 1000]] for n in range(10**5)]) in ("too_large", "degenerate")
    assert status_of([[]] * 10**5) in ("garbage", "nothing", "too_large")
    assert status_of([{"outer": RING, "holes": [[]] * 10**5}]) in ("ok", "garbage", "too_large")


def test_a_ring_that_crosses_every_row_and_column() -> None:
    zigzag = [[(n * 617) % 1001, 1000 * (n % 2)] for n in range(cases(5000))]
    assert status_of(zigzag) == "ok"


@thorough
def test_a_zigzag_of_16_000_vertices_on_a_wide_image() -> None:
    """Each edge crosses every column: 640 million crossings, refused before memory is spent."""
    size = (40_000, 40_000)
    zigzags = [
        [[1000 * (n % 2), n / 16] for n in range(16_000)],
        [[1000 * (n % 2), n % 1000] for n in range(16_000)],
    ]
    good = [[0, 0], [900, 0], [900, 900]]
    tracemalloc.start()
    for zigzag in zigzags:
        items = [item(zigzag, box=[0, 0, 1000, 1000]), item(good, box=[0, 0, 1000, 1000])]
        for reply in (json.dumps(items), items, json.dumps(items)[:-1]):
            masks = maskmill.decode(reply, size)
            assert masks.status.tolist() == ["too_large", "ok"]
            assert "max_crossings" in masks.problems[-1].message
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**26


def test_a_fine_outline_on_a_wide_image_is_not_refused() -> None:
    """As many vertices as that zigzag has, of which each edge crosses few columns."""
    count = cases(16_000)
    turns = [2 * math.pi * n / count for n in range(count)]
    outline = [[round(500 + 499 * math.cos(t), 2), round(500 + 499 * math.sin(t), 2)] for t in turns]
    items = [item(outline, box=[0, 0, 1000, 1000])]
    for reply in (json.dumps(items), items):
        assert maskmill.decode(reply, (cases(40_000), 8)).status.tolist() == ["ok"]


def test_crossings_are_counted_inside_the_image_and_for_all_rings_of_an_item() -> None:
    limits = Limits(max_crossings=400)
    square = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]]
    outside = [[-9000, 0], [9000, 0], [9000, 1000], [-9000, 1000]]
    for mask, status in (
        (square, "ok"),
        (outside, "ok"),
        ([square] * 2, "ok"),
        ([square] * 3, "too_large"),
        ({"outer": square, "holes": [square[:3]] * 2}, "too_large"),
    ):
        for reply in ([{"mask": mask}], json.dumps([{"mask": mask, "box_2d": [0, 0, 1000, 1000]}])):
            masks = maskmill.decode(reply, (100, 10), limits=limits, axis="xy")
            assert masks.status.tolist() == [status], mask


@pytest.mark.parametrize("limit", [100, 199, 200, 2**25])
def test_the_short_way_keeps_to_the_limit_on_crossings(limit: int) -> None:
    for count in (1, 2, 9, 40):
        zigzag = [[1000 * (n % 2), n * 20] for n in range(2 * count)] + [[0, 990]]
        text = json.dumps([{"box_2d": [0, 0, 1000, 1000], "mask": zigzag}], separators=(",", ":"))
        masks = maskmill.decode(text, (100, 100), limits=Limits(max_crossings=limit))
        assert (masks.status[0] == "too_large") == (2 * count * 100 > limit)


@pytest.mark.parametrize("number", [1e308, -1e308, 1e-308, 5e-324, 2**53 + 1, 2**63, -(2**63), 2**64, 10**30])
def test_a_ring_of_extreme_numbers(number: float) -> None:
    assert status_of([[0, 0], [number, 0], [0, number]]) in ("too_large", "garbage", "empty", "degenerate", "ok")
    assert status_of([[0, 0], [number, 5], [5, number], [900, 900]]) in ("too_large", "garbage", "ok")


# Run lengths.


@pytest.mark.parametrize(
    "counts",
    [
        [2**62, 2**62, 2**62, 2**62, 3072],
        [2**63 - 1, 2**63 - 1, 3074],
        [2**64 + 3072],
        [-1, 3073],
        [3072 + 2**32, -(2**32)],
        [10**30],
        [10**30, -(10**30), 3072],
        [1e300],
        ["9" * 5000],
        "~" * 50,
        "oooooooooooooooo0",
        "o" * cases(MEGABYTE),
        "0" * cases(MEGABYTE),
        [0] * cases(10**6),
        [1] * cases(10**6),
    ],
    ids=lambda counts: str(counts)[:24],
)
def test_rle_counts_that_overflow(counts: Any) -> None:
    assert status_of({"size": [48, 64], "counts": counts}) == "garbage"


def test_rle_counts_of_5001_digits() -> None:
    assert status_of({"size": [48, 64], "counts": [10**5000]}) == "garbage"
    assert status_of({"size": [10**5000, 64], "counts": [0]}) in ("garbage", "too_large")


def test_an_rle_of_a_huge_picture_in_few_bytes() -> None:
    assert status_of({"size": [32_768, 65_535], "counts": [0, 32_768 * 65_535]}, size=(65_535, 32_767)) in (
        "ok",
        "garbage",
    )
    assert status_of({"size": [30_000, 40_000], "counts": [0, 30_000 * 40_000]}) == "ok"
    assert status_of({"size": [10**6, 10**6], "counts": [0, 10**12]}) == "too_large"


# Nesting.


def nested(depth: int, opening: str, inner: str = "", closing: str = "") -> str:
    return opening * depth + inner + closing * depth


@pytest.mark.parametrize("depth", [500, 10_000, 100_000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [("[", "]"), ('{"mask":', "}"), ('[{"boxes":', "}]"), ('{"a":[', "]}"), ("{'a': ", "}"), ("[[", "")],
)
def test_10_000_levels_of_nesting_in_text(opening: str, closing: str, depth: int) -> None:
    for inner in ("", "1", '{"box_2d": [1, 2, 300, 400]}'):
        masks = maskmill.decode(nested(depth, opening, inner, closing), SIZE)
        assert len(masks) <= 1
        assert_sound(masks)


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"mask":', "[[1,2],"])
def test_a_deep_value_inside_an_item_costs_it_alone(opening: str) -> None:
    closing = {"[": "]", '{"a":': "}", '[{"mask":': "}]", "[[1,2],": "]"}[opening]
    deep = nested(10_000, opening, "1", closing)
    text = f'[{{"box_2d": [1, 2, 300, 400], "mask": {deep}, "label": "deep"}}, {json.dumps(GOOD)}]'
    masks = maskmill.decode(text, SIZE)
    assert_sound(masks)
    assert masks.labels.tolist() == ["deep", "good"]
    assert masks.status.tolist() == ["too_large", "ok"]


@pytest.mark.parametrize("depth", [100, 900, 10_000])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda v: [v],
        lambda v: {"mask": v},
        lambda v: {"boxes": [v]},
        lambda v: {"outer": v},
        lambda v: [[1, 2], v],
        lambda v: {"data": v},
    ],
)
def test_10_000_levels_of_nesting_in_parsed_python(wrap: Any, depth: int) -> None:
    value: Any = RING
    for _ in range(depth):
        value = wrap(value)
    for reply in (value, [value], {"boxes": [value]}):
        assert_sound(maskmill.decode(reply, SIZE))
    for key in ("mask", "box_2d", "label", "score", "note"):
        masks = maskmill.decode([{**GOOD, key: value}, GOOD], SIZE)
        assert_sound(masks)
        assert rows(masks)[1:] == good_row()


def test_a_value_that_holds_itself() -> None:
    loop: list[Any] = []
    loop.append(loop)
    table: dict[str, Any] = {"box_2d": [1, 2, 300, 400]}
    table["mask"] = table
    for reply in (
        loop,
        table,
        [table],
        {"boxes": loop},
        {"boxes": [table]},
        [{"mask": loop, "box_2d": loop, "label": loop, "score": loop}],
    ):
        assert_sound(maskmill.decode(reply, SIZE))


# Sizes and numbers.


@pytest.mark.parametrize("size", [(10**6, 10**6), (2**31, 2**31), (2**63, 1), (10**30, 10**30), (65_535, 65_535)])
def test_a_size_of_a_million_by_a_million(size: Any) -> None:
    with pytest.raises(ArgumentError, match="at `size`"):
        maskmill.decode([GOOD], size)


def test_the_largest_image_stays_runs() -> None:
    size = (65_535, 32_767)
    tracemalloc.start()
    masks = maskmill.decode(
        [item([[0, 0], [1000, 0], [1000, 1000]]), {"box_2d": [0, 0, 1000, 1000]}], size, fallback="box"
    )
    assert masks.areas[1] == size[0] * size[1]
    assert masks.coco()[1]["size"] == [32_767, 65_535]
    masks.iou(masks)
    masks.to_dict()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**26


@pytest.mark.parametrize(
    "number",
    [10**30, 10**5000, -(10**5000), 2**63, 2**64, 1e308, -1e308, 5e-324, math.nan, math.inf, -math.inf],
    ids=lambda n: str(n)[:9] if isinstance(n, float) else str(n.bit_length()),
)
@pytest.mark.parametrize("key", ["box_2d", "mask", "label", "score", "note"])
def test_huge_numbers_and_nan_everywhere(key: str, number: float) -> None:
    for value in (
        number,
        [number],
        [number] * 4,
        [0, 0, number, 500],
        [[number, 0], [0, 900], [900, 900]],
        {"x": number, "y": number},
        {"ymin": 0, "xmin": 0, "ymax": number, "xmax": 500},
        [{"x": number, "y": 1}] * 3,
        {"size": [48, number], "counts": [number]},
    ):
        for fallback in ("none", "box"):
            masks = maskmill.decode([{**GOOD, key: value}, GOOD], SIZE, fallback=fallback)  # type: ignore[arg-type]
            assert_sound(masks)
            assert rows(masks)[1:] == good_row()


@pytest.mark.parametrize(
    "word",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e999",
        "1e-999",
        "9" * 5000,
        "-" + "9" * 400,
        "0." + "9" * 5000,
        "1e" + "9" * 400,
    ],
)
@pytest.mark.parametrize("key", ["box_2d", "mask", "label", "score"])
def test_words_and_endless_numbers_in_text(key: str, word: str) -> None:
    for value in (word, f"[{word}, {word}, {word}, {word}]", f"[[0, 0], [{word}, 0], [0, 900]]", f'{{"x": {word}}}'):
        entry = (
            json.dumps(GOOD).replace("{", f'{{"{key}": {value}, ', 1)
            if key not in GOOD
            else f'{{"box_2d": [1, 2, 300, 400], "{key}": {value}}}'
        )
        masks = maskmill.decode(f"[{entry}, {json.dumps(GOOD)}]", SIZE)
        assert_sound(masks)
        assert rows(masks)[-1:] == good_row()


@pytest.mark.parametrize("score", [1e39, -1e39, "1e39", 3.4028235677973366e38, 1e-46, "Infinity", math.inf])
def test_a_score_past_float32(score: Any) -> None:
    masks = maskmill.decode([{**GOOD, "score": score}], SIZE)
    assert_sound(masks)
    assert masks.instance_map("score").any()


# Characters.


@pytest.mark.parametrize(
    "bad", ["\ud800", "\udfff", "\udc00\ud800", "\0", "\x1b[31m", "\u202e", "\ufffe", "\U0010ffff", "\x7f", "\r\n"]
)
@pytest.mark.parametrize("place", ["label", "mask", "box_2d", "key", "before", "after"])
def test_lone_surrogates_and_nuls(place: str, bad: str) -> None:
    entry: dict[str, Any] = {**GOOD}
    if place == "key":
        entry["no" + bad] = 1
    elif place in entry:
        entry[place] = f"{entry[place]}{bad}"
    parsed = [entry, GOOD]
    texts = [
        json.dumps(parsed),
        json.dumps(parsed, ensure_ascii=False),
        fenced(parsed),
        repr(parsed),
        json.dumps(parsed, ensure_ascii=False)[:-1],
    ]
    if place == "before":
        texts = [bad + text for text in texts]
    elif place == "after":
        texts = [text + bad for text in texts]
    for reply in (parsed, *texts, *(text.encode("utf-8", "surrogatepass") for text in texts)):
        masks = maskmill.decode(reply, SIZE)
        assert_sound(masks)
        assert rows(masks)[-1:] == good_row()
        for label in masks.labels:
            label.encode()


# Runaways: a megabyte each must end, and what stood before it must be there.

RUNAWAYS: dict[str, str] = {
    "the letter A": "A",
    "a loop of base64": "4+Pj",
    "a loop of junk": "_203_",
    "zeros": "0.000000,",
    "a count": "",
    "nines": "9",
    "minus signs": "-",
    "booleans": "true, ",
    "nulls": "null,",
    "pairs": "[0, 1000], ",
    "points": '{"x": 1, "y": 2}, ',
    "tokens": "<seg_27>",
    "marks": "<start_of_mask>",
    "data URIs": "data:image/png;base64,",
    "spaces": " ",
    "line breaks": "\n",
    "null characters": "\0",
    "commas": ",",
    "colons": ":",
    "double quotes": '"',
    "single quotes": "'",
    "backslashes": "\\",
    "escaped quotes": '\\"',
    "unicode escapes": "\\u003c",
    "surrogate escapes": "\\ud83d",
    "opening brackets": "[",
    "opening braces": "{",
    "closing brackets": "]",
    "closing braces": "}",
    "brackets in turn": "[{",
    "empty lists": "[], ",
    "empty objects": "{}, ",
    "keys": '"label": ',
    "boxes": '"box_2d": [',
    "half items": '{"box_2d": [1, 2, 3, 4], "mask": "',
    "open strings": '{"mask": "',
    "back-ticks": "`",
    "fences": "```json\n",
    "slashes": "/",
    "comments": "/* ",
    "line comments": "// x\n",
    "hashes": "#",
    "words": "cat ",
    "emoji": "\U0001f408",
    "quotes and commas": '", "',
    "quotes and braces": '"}, {"',
}

STARTS = {
    "": "",
    "in a mask": '[{"box_2d": [200, 100, 900, 900], "label": "a", "mask": "',
    "in a list": '[{"box_2d": [200, 100, 900, 900], "label": "a", "mask": [',
    "in an item": f"[{json.dumps(GOOD)}, {{",
    "after an item": f"[{json.dumps(GOOD)}, ",
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", spread(list(RUNAWAYS), 24))
def test_a_megabyte_of(name: str, start: str) -> None:
    length = cases(MEGABYTE // 4 if is_quick() else MEGABYTE) if start == "after an item" else cases(MEGABYTE // 16)
    unit = RUNAWAYS[name]
    body = ("".join(f"0,{n}," for n in range(length // 5)) if name == "a count" else unit * (length // len(unit) + 1))[
        :length
    ]
    masks = maskmill.decode(STARTS[start] + body, SIZE)
    assert masks.reply_status != "ok" or start == ""
    assert sum(masks.status == "ok") == (1 if "item" in start else 0)
    if "item" in start:
        assert rows(masks)[:1] == good_row()
    assert len(masks) <= 1 + sum(body.count(sign) for sign in ('"box_2d"', '"mask"', "<start", "<seg", "data:"))
    if len(masks) < 100:
        assert_sound(masks)


@pytest.mark.parametrize("name", ["half items", "open strings", "boxes"])
def test_a_megabyte_of_items_gives_rows_and_no_more(name: str) -> None:
    unit = RUNAWAYS[name]
    masks = maskmill.decode("[" + unit * (cases(MEGABYTE // 4) // len(unit)), SIZE)
    assert len(masks) <= cases(MEGABYTE // 4) // len(unit) + 1
    assert not masks.areas.any()


def test_a_megabyte_of_good_items() -> None:
    entries = [json.dumps(item(RING, f"{n}")) for n in range(cases(8000))]
    masks = maskmill.decode("[" + ", ".join(entries), SIZE)
    assert len(masks) == len(entries)
    assert set(masks.status.tolist()) == {"ok"}
    assert masks.reply_status == "truncated"


@thorough
def test_a_reply_past_64_megabytes_is_cut() -> None:
    text = "[" + json.dumps(GOOD) + " " * (2**26) + "]"
    masks = maskmill.decode(text, SIZE)
    assert rows(masks) == good_row()
    assert masks.reply_status == "truncated"
    assert "reply_cut" in codes(masks, None)


def test_a_label_of_a_megabyte() -> None:
    label = "x" * MEGABYTE
    masks = maskmill.decode(fenced([item(TOKENS, label), item("?" + label, "b")]), SIZE)
    assert masks.labels[0] == label
    assert all(len(problem.message) + len(problem.excerpt) < 500 for problem in masks.problems)


@thorough
def test_problems_never_quote_at_length() -> None:
    huge: list[Any] = ["x" * MEGABYTE, ["y" * MEGABYTE] * 4, {"z" * MEGABYTE: "z" * MEGABYTE}, [0] * 10**6, 10**5000]
    for value in huge:
        for key in ("mask", "box_2d", "score", "label"):
            masks = maskmill.decode([{**item(FORMS["tokens"]), key: value}, value], SIZE)
            assert all(len(problem.message) + len(problem.excerpt) < 1000 for problem in masks.problems)


def test_limits_of_the_caller_hold() -> None:
    limits = Limits(max_depth=5, max_map_pixels=16, max_vertices=3, max_coordinate=900)
    masks = maskmill.decode(
        [item(png_uri()), item(RING), item([[0, 0], [901, 0], [0, 9]]), item([[[[[[[[1, 2]]]]]]]])], SIZE, limits=limits
    )
    assert masks.status.tolist() == ["too_large"] * 4
