"""Texts of a mask: tokens in any spelling and beside a PNG, escapes, files and addresses that are not opened."""

from __future__ import annotations

import base64
import html
import json
from typing import Any

import pytest

import maskmill
from maskmill._forms import Tokens, classify
from maskmill.limits import Limits
from support.replies import SIZE, codes, item, png_base64, png_uri

NUMBERS = tuple(n * 7 % 128 for n in range(16))
RUN = "".join(f"<seg_{n}>" for n in NUMBERS)
TOKENS = "<start_of_mask>" + RUN


def numbers_of(value: Any, key: str = "") -> tuple[int, ...] | str:
    payload = classify(value, False, {}, Limits(), SIZE, key).payload
    return payload.numbers if isinstance(payload, Tokens) else str(getattr(payload, "status", "map"))


SPELLINGS = {
    "spaces": "<seg {}>",
    "no separator": "<seg{}>",
    "dashes": "<seg-{}>",
    "capitals": "<SEG_{}>",
    "bars": "<|seg_{}|>",
    "square brackets": "[seg_{}]",
    "no brackets": "seg_{} ",
    "no brackets, commas": "seg_{}, ",
    "colons": "seg:{} ",
}


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("start", ["", "<start_of_mask>", "[start_of_mask] ", "<|start_of_mask|>"])
@pytest.mark.parametrize("end", ["", "<end_of_mask>"])
def test_tokens_in_another_spelling(end: str, start: str, name: str) -> None:
    text = start + "".join(SPELLINGS[name].format(n) for n in NUMBERS) + end
    assert numbers_of(text) == NUMBERS
    masks = maskmill.decode([item(text)], SIZE)
    assert masks.status.tolist() == ["tokens"]
    assert "tokens_mended" in codes(masks, 0) or name == "no separator"
    assert numbers_of(start + "".join(SPELLINGS[name].format(n) for n in NUMBERS[1:])) != NUMBERS[1:]


@pytest.mark.parametrize("between", [" ", "\n", ", ", '", "', "','", "; ", " | "])
def test_what_stands_between_tokens(between: str) -> None:
    assert numbers_of("<start_of_mask>" + RUN.replace("><", f">{between}<")) == NUMBERS


@pytest.mark.parametrize(
    "value",
    [
        [f"<seg_{n}>" for n in NUMBERS],
        ["<start_of_mask>", *(f"<seg_{n}>" for n in NUMBERS)],
        [f"seg_{n}" for n in NUMBERS],
        json.dumps([f"<seg_{n}>" for n in NUMBERS]),
        {"tokens": list(NUMBERS)},
        {"mask_tokens": [f"<seg_{n}>" for n in NUMBERS]},
        TOKENS + "<end_of_mask>",
    ],
)
def test_tokens_in_lists(value: Any) -> None:
    assert numbers_of(value) == NUMBERS


def test_numbers_are_tokens_only_where_a_key_says_so() -> None:
    assert numbers_of(list(NUMBERS), "mask_tokens") == NUMBERS
    assert numbers_of(list(NUMBERS), "mask") != NUMBERS
    assert numbers_of({"tokens": list(NUMBERS)[:15]}) == "tokens_incomplete"
    assert numbers_of({"tokens": [*NUMBERS[:15], 128]}) == "garbage"


@pytest.mark.parametrize("times", [1, 2, 3])
def test_escaped_tokens(times: int) -> None:
    text = TOKENS
    for _ in range(times):
        text = html.escape(text)
    masks = maskmill.decode([item(text)], SIZE)
    assert masks.status.tolist() == ["tokens"]
    assert codes(masks, 0) == {"html_unescaped", "tokens"}


@pytest.mark.parametrize("between", ["", " ", "\n", ", ", " and "])
def test_tokens_and_a_png_in_one_text_give_the_png(between: str) -> None:
    want = maskmill.decode([item(png_uri())], SIZE).areas.tolist()
    for text in (TOKENS + between + png_uri(), png_uri() + between + TOKENS, TOKENS + between + png_base64()):
        masks = maskmill.decode([item(text)], SIZE)
        assert masks.areas.tolist() == want
        assert codes(masks, 0) == {"tokens_unused"}
    broken = TOKENS + between + png_uri()[:60]
    assert maskmill.decode([item(broken)], SIZE).status.tolist() == ["tokens"]


def test_two_masks_in_one_text_are_said() -> None:
    assert "tokens_unused" in codes(maskmill.decode([item(TOKENS + TOKENS)], SIZE), 0)
    assert numbers_of(TOKENS + TOKENS) == NUMBERS
    masks = maskmill.decode([item(TOKENS + RUN)], SIZE)
    assert masks.status.tolist() == ["tokens_incomplete"]
    assert "2 masks" in masks.problems[-1].message


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\xd8\xff\xe0" + b"x" * 60, "JPEG"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"x" * 60, "WebP"),
        (b"GIF89a" + b"x" * 60, "GIF"),
        (b"BM" + b"x" * 60, "BMP"),
        (b"II*\0" + b"x" * 60, "TIFF"),
    ],
)
@pytest.mark.parametrize("prefix", ["data:image/png;base64,", "data:image/jpeg;base64,", ""])
def test_pictures_of_another_kind_are_named(prefix: str, data: bytes, name: str) -> None:
    masks = maskmill.decode([item(prefix + base64.b64encode(data).decode())], SIZE)
    assert masks.status.tolist() == ["garbage"]
    assert f"a {name}" in masks.problems[-1].message


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("https://storage.googleapis.com/bucket/mask.png?token=a%20b", "address"),
        ("gs://bucket/mask_1", "address"),
        ("mask_0.png", "file name"),
        ("masks/cat 1.webp", "file name"),
        ("C:\\masks\\cat.npy", "file name"),
        ("mask_1", "reference"),
    ],
)
def test_what_lies_elsewhere_is_named(text: str, word: str) -> None:
    masks = maskmill.decode([item(text)], SIZE)
    assert masks.forms.tolist() == ["reference"]
    assert masks.status.tolist() == ["nothing"]
    assert word in masks.problems[-1].message
