"""Fonts for labels in pictures: which characters can be drawn, how wide a text is, and drawing it.

OpenCV 5 draws Unicode with a font that it includes: Latin, Cyrillic, Greek, Hebrew, Arabic, Chinese, Japanese and
Korean. It neither joins Arabic letters nor reverses right-to-left text, and has no Indic script, Thai or emoji. OpenCV
4 has ASCII only, drawn with strokes. A character that the font lacks is decomposed (a letter without its accent); if
that does not help, it becomes a sign for a missing character. Characters that are invisible by nature are left out.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from bisect import bisect_right
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.uint8]
Colour = tuple[int, int, int]

_MAX_LENGTH: Final = 100
"""Characters of a label that are drawn; longer ones are shortened."""

_INVISIBLE: Final = ("Cc", "Cf", "Cs", "Mn", "Mc", "Me")
"""Unicode categories without a glyph: controls, surrogates, and marks that are not combined with a letter."""

_RTL: Final = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+"
_RIGHT_TO_LEFT: Final = re.compile(rf"{_RTL}(?:\s+{_RTL})*")
_TRANSLITERATIONS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L"}
    | {"ı": "i", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "×": "x", "…": "..."}
)


def open_font(size: int) -> LabelFont:
    """Return the best font that this OpenCV has, with lines of about `size` pixels."""
    import cv2

    return TrueTypeFont(size) if hasattr(cv2, "FontFace") else StrokeFont(size)


class LabelFont(ABC):
    """A font in one size.

    Parameters
    ----------
    size : int
        Height of a line in pixels.
    """

    ellipsis: str
    missing_sign: str

    def __init__(self, size: int) -> None:
        self.size = size

    @abstractmethod
    def has_glyph(self, character: str) -> bool:
        """Return whether the font can draw the character."""

    @abstractmethod
    def text_width(self, text: str) -> int:
        """Return the width of a text in pixels."""

    @abstractmethod
    def draw(self, canvas: Canvas, text: str, at: tuple[int, int], colour: Colour) -> None:
        """Draw a text, clipped to the canvas.

        Parameters
        ----------
        canvas : NDArray[np.uint8]
            (H, W, 3); drawn upon.
        text : str
            What to draw.
        at : tuple of int
            (x, y) of the left end of its base line.
        colour : tuple of int
            RGB.
        """

    def fit(self, name: str, rest: str, width: int) -> str:
        """Shorten a name until it fits, together with the text after it.

        Parameters
        ----------
        name : str
            The text to shorten.
        rest : str
            Text after it, which is never shortened.
        width : int
            Available pixels.

        Returns
        -------
        str
            The text to draw; empty if not even one character of the name fits.
        """
        shown = name
        if len(name) > _MAX_LENGTH or self.text_width(name + rest) > width:
            lengths = range(1, min(len(name) - 1, _MAX_LENGTH) + 1)
            kept = bisect_right(lengths, width, key=lambda length: self.text_width(self._cut(name, length) + rest))
            if kept == 0:
                return ""
            shown = self._cut(name, kept)
        return _RIGHT_TO_LEFT.sub(lambda run: run[0][::-1], shown) + rest

    def _cut(self, name: str, length: int) -> str:
        return name[:length].rstrip() + self.ellipsis

    def to_drawable(self, text: str) -> str:
        """Return a text in characters that the font has; empty if only signs for missing ones would remain."""
        words = unicodedata.normalize("NFC", text[: 4 * _MAX_LENGTH]).split()
        drawable = " ".join("".join(map(self._to_drawable, word)) for word in words).strip()
        is_lost = drawable != " ".join(words) and not any(c.isalnum() for c in drawable)
        return "" if is_lost else drawable

    def _to_drawable(self, character: str) -> str:
        if unicodedata.category(character) in _INVISIBLE:
            return ""
        if self.has_glyph(character):
            return character
        parts = [c for c in unicodedata.normalize("NFKD", character) if unicodedata.category(c) not in _INVISIBLE]
        return "".join(parts) if all(map(self.has_glyph, parts)) else self.missing_sign


class TrueTypeFont(LabelFont):
    """The font of OpenCV 5, a little bolder than regular."""

    ellipsis = "…"
    missing_sign = "□"
    _WEIGHT: Final = 550

    def __init__(self, size: int) -> None:
        import cv2

        super().__init__(size)
        self._font: Any = cv2.FontFace("sans")

    def has_glyph(self, character: str) -> bool:
        """Return whether the character looks different from the question mark that OpenCV draws for missing ones."""
        return character.isascii() or _glyph_pixels(character) != _glyph_pixels("?")

    def text_width(self, text: str) -> int:
        """Return the width of a text in pixels."""
        import cv2

        return int(cv2.getTextSize((0, 0), text, (0, 0), self._font, self.size, self._WEIGHT)[2])

    def draw(self, canvas: Canvas, text: str, at: tuple[int, int], colour: Colour) -> None:
        """Draw a text, clipped to the canvas.

        Parameters
        ----------
        canvas : NDArray[np.uint8]
            (H, W, 3); drawn upon.
        text : str
            What to draw.
        at : tuple of int
            (x, y) of the left end of its base line.
        colour : tuple of int
            RGB.
        """
        import cv2

        cv2.putText(canvas, text, at, colour, self._font, self.size, self._WEIGHT)


@lru_cache(4096)
def _glyph_pixels(character: str) -> bytes:
    import cv2

    canvas = np.zeros((24, 40), np.uint8)
    cv2.putText(canvas, character, (4, 18), (255,), cv2.FontFace("sans"), 16, 400)
    return canvas.tobytes()


class StrokeFont(LabelFont):
    """The font of OpenCV 4, made of straight strokes."""

    ellipsis = "..."
    missing_sign = "?"
    _PIXELS: Final = 30  # height of a line at scale 1

    def has_glyph(self, character: str) -> bool:
        """Return whether the character is ASCII."""
        return character.isascii()

    def to_drawable(self, text: str) -> str:
        """Return a text in ASCII, with some letters transliterated."""
        return super().to_drawable(text.translate(_TRANSLITERATIONS))

    def text_width(self, text: str) -> int:
        """Return the width of a text in pixels."""
        import cv2

        (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, self.size / self._PIXELS, self._stroke)
        return int(width)

    def draw(self, canvas: Canvas, text: str, at: tuple[int, int], colour: Colour) -> None:
        """Draw a text, clipped to the canvas.

        Parameters
        ----------
        canvas : NDArray[np.uint8]
            (H, W, 3); drawn upon.
        text : str
            What to draw.
        at : tuple of int
            (x, y) of the left end of its base line.
        colour : tuple of int
            RGB.
        """
        import cv2

        scale = self.size / self._PIXELS
        cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, self._stroke, cv2.LINE_AA)

    @property
    def _stroke(self) -> int:
        return max(1, round(self.size / 14))
