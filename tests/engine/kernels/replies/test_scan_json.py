"""Scanned replies against a JSON parser: the same values to the last bit, and nothing accepted that it refuses."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill._kernels.cpu.replies import scan_json
from maskmill._kernels.cpu.replies.scan_json import UNSUPPORTED, KeyNames, ScannedReply, new_scan_buffers, scan_reply
from maskmill._kernels.cpu.run_lengths import as_kernel_input
from support.replies import RING, png_uri
from support.tiers import cases

ROLES = {"box_2d": 0, "box": 0, "mask": 1, "maske": 1, "label": 2, "score": 3, "boxes": 4}
NAMES = KeyNames(
    np.frombuffer("".join(ROLES).encode(), np.uint8),
    np.cumsum([len(name) for name in ROLES]),
    np.array(list(ROLES.values())),
)
SCALAR = st.integers(-(10**16), 10**16) | st.floats(-1e17, 1e17) | st.decimals(-2000, 2000, places=3).map(float)


def read_items(text: str, found: ScannedReply | None = None) -> list[dict[str, Any]] | None:
    """Return the items of a reply as Python values, or None where it is unsupported."""
    data = text.encode()
    found = found or new_scan_buffers(len(data))
    n = scan_reply(as_kernel_input(np.frombuffer(data, np.uint8), np.uint8), NAMES, found)
    return None if n == UNSUPPORTED else [item(data, found, i) for i in range(n)]


def item(data: bytes, found: ScannedReply, i: int) -> dict[str, Any]:
    row, numbers = found.rows[i], found.numbers[i]
    first, last = row[scan_json.FIRST], row[scan_json.LAST]
    is_png = row[scan_json.FORM] == scan_json.PNG
    return {
        "text": data[row[scan_json.START] : row[scan_json.STOP]],
        "box": numbers[:4].tolist(),
        "score": float(numbers[scan_json.SCORE]),
        "label": data[row[scan_json.LABEL] : row[scan_json.LABEL_END]].decode(),
        "escaped": bool(row[scan_json.ESCAPED]),
        "mask": found.mask_bytes[first:last].tobytes() if is_png else found.points[first:last].tolist(),
    }


def has_valid_escapes(found: dict[str, Any]) -> bool:
    """Tell whether the escapes of a label are valid JSON, which `scan_reply` leaves to its caller."""
    if found["escaped"]:
        try:
            orjson.loads(f'"{found["label"]}"')
        except orjson.JSONDecodeError:
            return False
    return True


def entry(**fields: Any) -> dict[str, Any]:
    return {"box_2d": [1, 2, 3, 4], "mask": RING, **fields}


@pytest.mark.parametrize("indent", [None, 0, 2, "\t"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_items_in_any_layout(indent: Any, wrapped: bool) -> None:
    entries = [entry(label="a"), {"mask": png_uri(), "score": 0.25, "box": [5, 6.5, 7, 1000]}, entry(label="é 猫")]
    got = read_items(json.dumps({"boxes": entries} if wrapped else entries, indent=indent, ensure_ascii=False))
    assert got is not None
    assert [orjson.loads(found["text"]) for found in got] == entries
    assert [found["label"] for found in got] == ["a", "", "é 猫"]
    assert [found["box"] for found in got] == [[1, 2, 3, 4], [5, 6.5, 7, 1000], [1, 2, 3, 4]]
    assert [math.isnan(found["score"]) for found in got] == [True, False, True]
    assert [found["mask"] for found in got] == [RING, base64.b64decode(png_uri().partition(",")[2]), RING]


@settings(deadline=None, max_examples=cases(2_000))
@given(SCALAR)
def test_numbers_equal_a_parsers_to_the_last_bit(number: float) -> None:
    text = json.dumps([entry(score=number)])
    written = json.dumps(number)
    digits = sum(c.isdigit() for c in written)
    got = read_items(text)
    assert (got is None) == ("e" in written or digits > 15 or (number == 0 and written[0] == "-"))
    if got is not None:
        assert got[0]["score"] == orjson.loads(text)[0]["score"]


@pytest.mark.parametrize(
    "number", ["01", "1.", ".5", "+1", "-", "1e3", "1E3", "-0", "-0.0", "0x1", "1_0", "NaN", "1 2", ""]
)
def test_numbers_that_are_unsupported(number: str) -> None:
    assert read_items(f'[{{"box_2d": [{number}, 2, 3, 4], "mask": [[1, 2], [3, 4], [5, 6]]}}]') is None
    assert read_items(f'[{{"box_2d": [1, 2, 3, 4], "mask": [[1, 2], [3, {number}], [5, 6]]}}]') is None


@pytest.mark.parametrize(
    "change",
    [
        *(("box_2d", name) for name in ("box_3d", "box_2", "box_2d_", "Box_2d", "")),
        *(("[[100, 200]", value) for value in ("[[100]", "[[100, 200, 3]", "[[]", "[[null, 1]", '[["1", 2]', "[{}")),
        ('"mask": [[', '"mask": [], "x": [['),
        ('"label": "a"', '"label": "a", "label": "b"'),
        ('"label": "a"', '"label": null'),
        ('"label": "a"', '"label": 3'),
        ('"label": "a"', '"label": "a\nb"'),
        ('"label": "a"', '"label": "a", "note": 1'),
        ('"label": "a"', '"label": "a",'),
        ('"label": "a"', '"label" "a"'),
        ('"label": "a"', "\"label\": 'a'"),
        ('"label": "a"', '"label": "a'),
        ('"label": "a"', '"label": "a\\'),
        ('"box_2d": [1, 2, 3, 4], ', ""),
        ("}]", "}]]"),
        ("}]", "},]"),
        ("}]", "}"),
        ("}]", "] }"),
        ("[{", "[[{"),
        ("[{", "{"),
        ("[{", '{"boxes": [{'),
        ("[{", '{"label": [{'),
        ("[{", "[{}, {"),
        ("[{", "[1, {"),
    ],
)
def test_unsupported_replies(change: tuple[str, str]) -> None:
    text = json.dumps([{"box_2d": [1, 2, 3, 4], "mask": RING, "label": "a"}])
    assert read_items(text) is not None
    assert change[0] in text
    assert read_items(text.replace(*change)) is None


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "{}", "{", '{"boxes": []}', '{"boxes"', "[{", "null", '"', "[{}]", " "]
)
def test_replies_without_items(text: str) -> None:
    assert read_items(text) is None


@pytest.mark.parametrize(
    "mask", ["iVBORw0KGgo=", "data:image/png;base64,", "data:image/jpeg;base64,QQ==", "data:image/png;base64,Q Q=="]
)
def test_strings_that_are_no_data_uri(mask: str) -> None:
    got = read_items(json.dumps([entry(mask=mask)]))
    assert got is None or got[0]["mask"] == b""


def test_escapes_are_noted_and_not_resolved() -> None:
    got = read_items('[{"label": "a\\"b\\u00e9\\\\", "box": [1, 2, 3, 4], "mask": [[1, 2]]}]')
    assert got is not None
    assert (got[0]["label"], got[0]["escaped"]) == ('a\\"b\\u00e9\\\\', True)


def test_every_truncation_is_refused() -> None:
    text = json.dumps({"boxes": [entry(label='a"'), entry(mask=png_uri())]})
    for stop in range(len(text)):
        assert read_items(text[:stop]) is None, text[:stop][-30:]


def test_more_items_and_vertices_than_fit() -> None:
    text = json.dumps([entry()] * 40)
    assert len(read_items(text) or []) == 40
    assert read_items(text, new_scan_buffers(300)) is None
    assert read_items(json.dumps([entry(mask=[[1, 2]] * 400)]), new_scan_buffers(300)) is None


@settings(deadline=None, max_examples=cases(1_500))
@given(st.data())
def test_nothing_is_accepted_that_a_parser_refuses(data: st.DataObject) -> None:
    text = json.dumps([entry(label="a"), entry(mask=png_uri(), score=0.5), entry()])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        piece = data.draw(st.sampled_from([*'{}[]",:\\0-.e \n\x01é', '"label"', "null", "[[1, 2]]", '{"'] + [""] * 3))
        text = text[:place] + piece + text[place + data.draw(st.integers(0, 2)) :]
    got = read_items(text)
    if got is not None and all(map(has_valid_escapes, got)):
        value = orjson.loads(text)
        assert [orjson.loads(found["text"]) for found in got] == value
        boxes = [next(v for key, v in found.items() if ROLES[key] == 0) for found in value]
        assert [found["box"] for found in got] == boxes


@pytest.mark.parametrize("label", ["\\a", "\\u12", "\\ud800"])
def test_an_escape_that_json_does_not_know_is_marked_as_one(label: str) -> None:
    got = read_items(json.dumps([entry(label="a")]).replace('"a"', f'"{label}"'))
    assert got is not None
    assert got[0]["escaped"]
    assert not has_valid_escapes(got[0])
