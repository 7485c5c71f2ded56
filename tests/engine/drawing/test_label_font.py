"""Label fonts: which characters are drawn, and how labels are shortened."""

from __future__ import annotations

import cv2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill._drawing import label_font
from support.tiers import cases

needs_truetype = pytest.mark.skipif(not hasattr(cv2, "FontFace"), reason="OpenCV 4 includes no font")


@needs_truetype
@given(st.text(max_size=80), st.integers(10, 40), st.integers(5, 400))
@settings(deadline=None, max_examples=cases(200))
def test_a_fitted_label_fits(label: str, size: int, width: int) -> None:
    for font in (label_font.TrueTypeFont(size), label_font.StrokeFont(size)):
        text = font.fit(font.to_drawable(label) or "#0", ": tokens", width)
        assert font.text_width(text) <= width


@needs_truetype
@pytest.mark.parametrize("label", ["Ünïcödé", "Привет", "Ελληνικά", "日本語", "한국어", "中文标签"])
def test_scripts_of_the_font_are_drawn_as_they_are(label: str) -> None:
    assert label_font.TrueTypeFont(20).to_drawable(label) == label


@needs_truetype
@pytest.mark.parametrize(
    ("label", "drawn"),
    [
        ("🐱 cat", "□ cat"),
        ("cat 👍🏽 1️⃣", "cat □□ 1"),
        ("\U0001fae8 cat", "□ cat"),
        ("a\x00b\nc\x1b", "ab c"),
        ("cafe\u0301", "café"),
        ("𝔘𝔫𝔦", "Uni"),
        ("\u200bcat\ufeff", "cat"),
        ("cat ไ", "cat □"),
        ("ไทย", ""),
        ("🐱", ""),
        ("\ud83d", ""),
        ("", ""),
        ("→ ✓", "→ ✓"),
        ("?!", "?!"),
    ],
)
def test_missing_characters_are_replaced(label: str, drawn: str) -> None:
    assert label_font.TrueTypeFont(20).to_drawable(label) == drawn


@pytest.mark.parametrize(
    ("label", "drawn"),
    [
        ("Łódź – straße", "Lodz - strasse"),
        ("Привет", ""),
        ("¿qué?", "?que?"),
        ("🐱 cat", "? cat"),
        ("ﬁsh №5", "fish No5"),
    ],
)
def test_with_opencv_4_letters_are_transliterated(label: str, drawn: str) -> None:
    assert label_font.StrokeFont(20).to_drawable(label) == drawn


@needs_truetype
def test_right_to_left_text_is_reversed() -> None:
    font = label_font.TrueTypeFont(20)
    assert font.fit("שלום עולם 3", ": ok", 1000) == "םלוע םולש 3: ok"
