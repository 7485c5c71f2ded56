"""Run lengths in the encodings that programs write, each against the pixels, and each said."""

from __future__ import annotations

import base64
import gzip
import html
import json
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

import maskmill
from maskmill._forms.run_lengths import texts
from support.replies import assert_sound, codes, column_runs
from support.tiers import cases

W, H = 97, 61
MASK = np.hypot(*(np.mgrid[:H, :W] - np.array([[[28]], [[45]]]))) < 23
MASK[3, 90] = MASK[50:, 3] = True
COCO: bytes = coco.encode(np.asfortranarray(MASK, np.uint8))["counts"]
TEXT = COCO.decode()
RUNS = column_runs(MASK)
SIZE = [H, W]


def decoded(value: Any, key: str = "mask") -> maskmill.Masks:
    masks = maskmill.decode([{key: value, "label": "a"}], (W, H))
    assert_sound(masks)
    return masks


def digits(data: bytes) -> str:
    return base64.b64encode(data).decode()


MENDED: dict[str, Any] = {
    "bytes": str(COCO),
    "bytes in double quotes": 'b"' + str(COCO)[2:-1] + '"',
    "bytes, quoted": repr(str(COCO)),
    "doubled backslashes": json.dumps(TEXT)[1:-1].replace("\\", "\\\\"),
    "HTML": html.escape(TEXT),
    "HTML twice": html.escape(html.escape(TEXT)),
    "quotes": f'"{TEXT}"',
    "a break inside": f"{TEXT[:20]}\n{TEXT[20:]}",
    "base64": digits(COCO),
    "URL-safe base64 without padding": digits(COCO).rstrip("=").translate(str.maketrans("+/", "-_")),
    "zlib": digits(zlib.compress(COCO)),
    "gzip": digits(gzip.compress(COCO)),
    "zlib of a list": digits(zlib.compress(json.dumps(RUNS).encode())),
    "base64 of a list": digits(" ".join(map(str, RUNS)).encode()),
    "hexadecimal": COCO.hex(),
}
TELLING = "\\" in TEXT and "<" in TEXT


@pytest.mark.parametrize("name", MENDED)
def test_what_programs_did_to_the_text(name: str) -> None:
    assert MENDED[name] == TEXT or texts.read_counts(MENDED[name], W * H)[0] is not None
    masks = decoded({"size": SIZE, "counts": MENDED[name]})
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert codes(masks, 0) == (set() if MENDED[name] == TEXT else {"rle_text_mended"})


def test_deflate_without_a_header() -> None:
    packer = zlib.compressobj(wbits=-15)
    text = digits(packer.compress(COCO) + packer.flush())
    np.testing.assert_array_equal(decoded({"size": SIZE, "counts": text})[0].dense(), MASK)


@pytest.mark.parametrize(
    "counts",
    [
        json.dumps(RUNS),
        str(tuple(RUNS)).strip("()"),
        " ".join(map(str, RUNS)),
        [str(n) for n in RUNS],
        [*map(float, RUNS)],
    ],
)
def test_lists(counts: Any) -> None:
    masks = decoded({"size": SIZE, "counts": counts})
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert codes(masks, 0) == set()


@pytest.mark.parametrize(
    "text", [TEXT, str(COCO), " ".join(map(str, RUNS)), json.dumps(RUNS), digits(zlib.compress(COCO))]
)
@pytest.mark.parametrize("key", ["rle", "mask_rle", "counts"])
def test_a_text_under_a_key_that_names_it(key: str, text: str) -> None:
    masks = decoded({key: text})
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert "rle_size_assumed" in codes(masks, 0)
    assert codes(decoded(text, "rle"), 0) == codes(masks, 0)


@pytest.mark.parametrize("key", ["mask", "segmentation", "rle"])
def test_a_coco_string_alone(key: str) -> None:
    masks = decoded(TEXT, key)
    np.testing.assert_array_equal(masks[0].dense(), MASK)
    assert codes(masks, 0) == {"rle_size_assumed"}
    assert maskmill.decode([{key: TEXT}], (W + 1, H)).status[0] != "ok"


def test_a_bomb_is_not_inflated() -> None:
    text = digits(zlib.compress(b"0" * 2**27))
    assert decoded({"size": SIZE, "counts": text}).status.tolist() == ["garbage"]


@pytest.mark.parametrize(
    "text", [TEXT[:-1], TEXT + "1", str(COCO)[:-3], digits(COCO)[4:], digits(zlib.compress(COCO))[:-8], "b'"]
)
def test_what_does_not_sum_up_is_garbage(text: str) -> None:
    assert decoded({"size": SIZE, "counts": text}).status.tolist() == ["garbage"]


@settings(deadline=None, derandomize=True, max_examples=cases(500))
@given(
    st.text(max_size=40) | st.lists(st.integers(-3, 99) | st.text(max_size=3) | st.none(), max_size=9), st.booleans()
)
def test_any_counts_give_runs_or_a_message(value: Any, is_pairs: bool) -> None:
    counts, _ = texts.read_counts(value, W * H, is_pairs)
    assert isinstance(counts, str) or int(counts.sum()) == W * H
