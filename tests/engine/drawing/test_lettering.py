"""Labels in pictures: which characters are drawn, and how many."""

from __future__ import annotations

import cv2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill._drawing import lettering
from support.corpus import cases

needs_truetype = pytest.mark.skipif(not hasattr(cv2, "FontFace"), reason="OpenCV 4 has no font of its own")


@needs_truetype
@given(st.text(max_size=80), st.integers(10, 40), st.integers(5, 400))
@settings(deadline=None, max_examples=cases(200))
def test_a_fitted_label_fits(label: str, size: int, width: int) -> None:
    for letters in (lettering.TrueType(size), lettering.Strokes(size)):
        text = letters.fitted(letters.drawable(label) or "#0", ": tokens", width)
        assert letters.width(text) <= width


@needs_truetype
@pytest.mark.parametrize("label", ["Ünïcödé", "Привет", "Ελληνικά", "日本語", "한국어", "中文标签"])
def test_scripts_of_the_font_are_drawn_as_they_are(label: str) -> None:
    assert lettering.TrueType(20).drawable(label) == label


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
def test_what_the_font_lacks_is_replaced(label: str, drawn: str) -> None:
    assert lettering.TrueType(20).drawable(label) == drawn


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
    assert lettering.Strokes(20).drawable(label) == drawn


@needs_truetype
def test_right_to_left_text_is_turned_around() -> None:
    letters = lettering.TrueType(20)
    assert letters.fitted("שלום עולם 3", ": ok", 1000) == "םלוע םולש 3: ok"
