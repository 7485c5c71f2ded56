"""Banners: an image in which no row has a mask says so, legibly, at any size."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

import maskmill
from maskmill import ReplyStatus, samples
from maskmill._drawing import label_font, overlay
from maskmill._drawing.banner import Banner, banner_texts, draw_banner, place_banner

TOKENS = "<start_of_mask>" + "<seg_27>" * 16
SIZES = [(1, 1), (1, 50), (50, 1), (16, 12), (24, 16), (40, 30), (64, 48), (40, 200), (240, 160), (640, 480)]
SIZES += [(3000, 20), (20, 3000), (1920, 1080), (4000, 3000)]
BOX = [250, 100, 750, 900]


def banner_of(masks: maskmill.Masks) -> Banner:
    texts = banner_texts(masks.status.tolist(), masks.reply_status, int(masks.filled.sum()))
    return place_banner(texts, masks.size, overlay.Style.of(masks.size).font_size)


@pytest.mark.parametrize(
    ("status", "reply_status", "filled", "text"),
    [
        (["tokens"] * 3, "ok", 0, "no masks: 3 tokens; see maskmill inspect"),
        (["tokens", "nothing", "tokens"], "salvaged", 0, "no masks: 2 tokens, 1 nothing; see maskmill inspect"),
        (["nothing"], "ok", 1, "no masks: 1 nothing, boxes filled; see maskmill inspect"),
        (["empty"], "truncated", 0, "no masks: 1 empty; see maskmill inspect"),
        ([], "ok", 0, "no masks: 0 rows"),
        ([], "blocked", 0, "no masks: the service refused to answer; see maskmill inspect"),
        ([], "no_json", 0, "no masks: text or JSON without any item in it; see maskmill inspect"),
        ([], "empty", 0, "no masks: no text from the model; see maskmill inspect"),
    ],
)
def test_it_says_why(status: list[str], reply_status: str, filled: int, text: str) -> None:
    texts = banner_texts(status, ReplyStatus(reply_status), filled)
    assert texts[0] == text
    assert texts[-1] == "no masks"


@pytest.mark.parametrize("status", [["ok"], ["ok", "tokens"], ["nothing", "ok"]])
def test_there_is_none_where_a_row_has_its_mask(status: list[str]) -> None:
    assert banner_texts(status, ReplyStatus.TRUNCATED, 0) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("has_truetype", [True, False])
def test_it_fits_an_image_of_any_size(
    size: tuple[int, int], has_truetype: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_truetype:
        monkeypatch.delattr(cv2, "FontFace", raising=False)
    masks = maskmill.decode([{"mask": TOKENS}] * 3, size)
    banner = banner_of(masks)
    x0, y0, x1, y1 = banner.box
    assert 0 <= x0 <= x1 <= size[0]
    assert 0 <= y0 <= y1 <= size[1]
    font = label_font.open_font(banner.font_size)
    assert all(font.text_width(line) <= x1 - x0 for line in banner.lines)
    assert banner.font_size >= 8
    drawn = masks.overlay()
    assert drawn.shape == (size[1], size[0], 3)
    assert (drawn != 128).any()
    if min(size) >= 48:
        assert " ".join(banner.lines).startswith("no masks")
        assert banner.font_size >= 10


@pytest.mark.parametrize("size", [(240, 160), (640, 480), (1920, 1080)])
@pytest.mark.parametrize("background", [0, 128, 255])
def test_its_letters_are_light_on_dark(size: tuple[int, int], background: int) -> None:
    masks = maskmill.decode([], size)
    drawn = masks.overlay(np.full((size[1], size[0], 3), background, np.uint8))
    x0, y0, x1, y1 = banner_of(masks).box
    view = drawn[y0:y1, x0:x1]
    assert (view.max(axis=2) < 40).mean() > 0.5
    assert (view.min(axis=2) > 200).mean() > 0.02
    above = drawn[:y0]
    assert (above == background).all()


def test_its_letters_are_whole() -> None:
    """Nothing is cut off: drawn on a larger ground, the same letters have as many light pixels."""
    banner = banner_of(maskmill.decode([{"mask": TOKENS}, {"label": "gjpqy"}], (240, 160)))
    x0, y0, x1, y1 = banner.box
    tight, roomy = np.zeros((160, 240, 3), np.uint8), np.zeros((200, 280, 3), np.uint8)
    draw_banner(tight, banner)
    draw_banner(roomy, banner._replace(box=(x0 + 20, y0 + 20, x1 + 20, y1 + 20)))
    np.testing.assert_array_equal(tight[y0:y1, x0:x1], roomy[y0 + 20 : y1 + 20, x0 + 20 : x1 + 20])
    edge = np.concatenate([tight[y0, x0:x1], tight[y1 - 1, x0:x1], tight[y0:y1, x0], tight[y0:y1, x1 - 1]])
    assert edge.max() < 60


@pytest.mark.parametrize("fallback", ["none", "box"])
def test_tags_keep_clear_of_it(fallback: Any) -> None:
    items = [{"box_2d": [y, 100, y + 150, 900], "mask": TOKENS, "label": f"row {y}"} for y in range(0, 1000, 100)]
    masks = maskmill.decode(items, (640, 480), fallback=fallback)
    drawn = masks.overlay()
    banner = banner_of(masks)
    x0, y0, x1, y1 = banner.box
    alone = np.zeros((480, 640, 3), np.uint8)
    draw_banner(alone, banner)
    np.testing.assert_array_equal(drawn[y0:y1, x0:x1], alone[y0:y1, x0:x1])


def test_the_demos_picture_has_none() -> None:
    masks = maskmill.decode(samples.mixed(), (960, 640))
    assert banner_texts(masks.status.tolist(), masks.reply_status, 0) == []
