"""`maskmill.inspect`: what is in a reply, without the size of its image."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

import maskmill
from maskmill import Inspection
from maskmill.errors import ArgumentError

RING = [[0, 0], [500, 0], [500, 500], [0, 500]]
ROW = {"box_2d": [0, 0, 500, 500], "mask": RING, "label": "half"}
BARE = {"box_2d": [100, 100, 500, 900], "label": "cat"}
RLE = {"mask": {"size": [4, 5], "counts": [3, 17]}, "box_2d": [0, 0, 1000, 1000]}


def test_without_a_size_boxes_are_thousandths() -> None:
    inspection = maskmill.inspect(json.dumps([ROW, BARE]))
    assert inspection.box_unit == "thousandths"
    assert not inspection.is_complete
    result = inspection.to_dict()
    assert result["size"] is None
    assert [row["area"] for row in result["rows"]] == [None, None]
    assert [row["box"] for row in result["rows"]] == [[0, 0, 500, 500], [100, 100, 900, 500]]
    assert result["rows"][0]["extent"] == [0, 0, 500, 500]
    assert result["rows"][1]["reason"] == "the item gives no mask"
    assert result["rows"][1]["advice"] == maskmill.decode([BARE], (1000, 1000)).problems[0].advice
    assert json.loads(json.dumps(result)) == result


def test_with_a_size_it_shows_what_decode_gives() -> None:
    inspection = maskmill.inspect([ROW, BARE], (64, 48))
    masks = maskmill.decode([ROW, BARE], (64, 48))
    assert inspection == Inspection(masks, "pixels")
    assert [row["area"] for row in inspection.to_dict()["rows"]] == masks.areas.tolist()


def test_an_rle_gives_the_size() -> None:
    inspection = maskmill.inspect([RLE])
    assert (inspection.masks.size, inspection.box_unit, inspection.is_complete) == ((5, 4), "pixels", True)


@pytest.mark.parametrize("size", [[4, "x"], [0, 5], [4, 5, 6], [], "4x5", [10**30, 5]])
def test_an_rle_of_no_size_is_shown_all_the_same(size: Any) -> None:
    inspection = maskmill.inspect([{**RLE, "mask": {"size": size, "counts": [3, 17]}}])
    assert inspection.box_unit == "thousandths"
    assert len(inspection.masks) == 1


def test_options_are_those_of_decode() -> None:
    text = json.dumps([{**ROW, "box_2d": [0, 0, 400, 500], "mask": [[0, 0], [400, 0], [400, 500]]}])
    assert maskmill.inspect(text, axis="yx").masks == maskmill.decode(text, (1000, 1000), axis="yx")
    assert maskmill.inspect([BARE], fallback="box").masks.filled.tolist() == [True]
    with pytest.raises(ArgumentError, match=r"at `threshold`$"):
        maskmill.inspect("[]", threshold=256)


@pytest.mark.parametrize(("option", "at"), [({"frame": "pixels"}, "frame"), ({"dialect": "qwen2.5"}, "dialect")])
def test_pixels_need_a_size(option: dict[str, Any], at: str) -> None:
    with pytest.raises(ArgumentError, match=rf"^expected a size beside coordinates in pixels, got none - at `{at}`$"):
        maskmill.inspect([ROW], **option)
    assert maskmill.inspect([ROW], (64, 48), **option).masks == maskmill.decode([ROW], (64, 48), **option)


def test_it_prints_a_table() -> None:
    lines = str(maskmill.inspect([{**ROW, "label": "a\x1b[31mb\nc"}, BARE])).splitlines()
    assert lines[0].split("  ")[0] == "row"
    assert lines[1].startswith("0    a�[31mb c")
    assert "\x1b" not in "".join(lines)
    assert lines[3] == "The reply is ok: well-formed."
    assert lines[4].startswith("nothing (row 1): ")
    assert (
        len({line.index("ring" if "ring" in line else "form" if "form" in line else "none") for line in lines[:3]}) == 1
    )


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        ("[]", "The reply is ok: well-formed."),
        (None, "The reply is empty: no text from the model."),
        ("no cat", "The reply is no_json: text or JSON without any item in it."),
    ],
)
def test_a_reply_without_rows(reply: Any, line: str) -> None:
    inspection = maskmill.inspect(reply)
    assert str(inspection).splitlines()[0] == line
    assert inspection.to_dict()["rows"] == []
    assert inspection.is_complete == (reply == "[]")


def test_it_is_a_value() -> None:
    inspection = maskmill.inspect([ROW])
    assert pickle.loads(pickle.dumps(inspection)) == inspection
    assert hash(inspection) == hash(maskmill.inspect([ROW]))
    assert repr(inspection) == str(inspection)
