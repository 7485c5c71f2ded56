"""Labels in pictures: which characters can be drawn, how wide a text is, and the drawing.

OpenCV 5 draws Unicode with a font that it brings along: Latin, Cyrillic, Greek, Hebrew, Arabic, Chinese, Japanese and
Korean. It neither joins Arabic letters nor turns right-to-left text around, and has no Indic script, Thai or emoji.
OpenCV 4 has strokes for ASCII alone. What a font lacks is drawn as what it is made of (a letter without its accent),
else as a sign that says that something is missing; only characters without a picture of their own are left out.
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

_LONGEST: Final = 100
"""Characters of a label that are drawn; what is longer is shortened."""

_UNSEEN: Final = ("Cc", "Cf", "Cs", "Mn", "Mc", "Me")
"""Categories that have no picture: controls, half characters, and marks that no letter has taken up."""

_RTL: Final = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+"
_RIGHT_TO_LEFT: Final = re.compile(rf"{_RTL}(?:\s+{_RTL})*")
_STANDINS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L"}
    | {"ı": "i", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "×": "x", "…": "..."}
)


def lettering(size: int) -> Lettering:
    """The best that this OpenCV has, in letters of about `size` pixels from line to line."""
    import cv2

    return TrueType(size) if hasattr(cv2, "FontFace") else Strokes(size)


class Lettering(ABC):
    """One font in one size."""

    ellipsis: str
    missing: str

    def __init__(self, size: int) -> None:
        self.size = size

    @abstractmethod
    def has(self, character: str) -> bool:
        """Tell whether the font has a picture of the character."""

    @abstractmethod
    def width(self, text: str) -> int:
        """Pixels that a text takes."""

    @abstractmethod
    def write(self, canvas: Canvas, text: str, at: tuple[int, int], colour: Colour) -> None:
        """Draw a text from `at`, the left end of its base line, clipped to the canvas."""

    def fitted(self, name: str, rest: str, width: int) -> str:
        """`name` shortened until it and `rest` take at most `width` pixels; empty where not even that fits."""
        shown = name
        if len(name) > _LONGEST or self.width(name + rest) > width:
            lengths = range(1, min(len(name) - 1, _LONGEST) + 1)
            kept = bisect_right(lengths, width, key=lambda length: self.width(self._cut(name, length) + rest))
            if kept == 0:
                return ""
            shown = self._cut(name, kept)
        return _RIGHT_TO_LEFT.sub(lambda run: run[0][::-1], shown) + rest

    def _cut(self, name: str, length: int) -> str:
        return name[:length].rstrip() + self.ellipsis

    def drawable(self, text: str) -> str:
        """A text in the characters that the font has; empty where that would say nothing."""
        words = unicodedata.normalize("NFC", text[: 4 * _LONGEST]).split()
        clean = " ".join("".join(map(self._drawable, word)) for word in words).strip()
        lost = clean != " ".join(words) and not any(c.isalnum() for c in clean)
        return "" if lost else clean

    def _drawable(self, character: str) -> str:
        if unicodedata.category(character) in _UNSEEN:
            return ""
        if self.has(character):
            return character
        parts = [c for c in unicodedata.normalize("NFKD", character) if unicodedata.category(c) not in _UNSEEN]
        return "".join(parts) if all(map(self.has, parts)) else self.missing


class TrueType(Lettering):
    """OpenCV 5's own font, a little bolder than regular."""

    ellipsis = "…"
    missing = "□"
    _WEIGHT: Final = 550

    def __init__(self, size: int) -> None:
        import cv2

        super().__init__(size)
        self._font: Any = cv2.FontFace("sans")

    def has(self, character: str) -> bool:
        """See `Lettering`; what is missing is drawn as a question mark."""
        return character.isascii() or _ink(character) != _ink("?")

    def width(self, text: str) -> int:
        """See `Lettering`."""
        import cv2

        return int(cv2.getTextSize((0, 0), text, (0, 0), self._font, self.size, self._WEIGHT)[2])

    def write(self, canvas: Canvas, text: str, at: tuple[int, int], colour: Colour) -> None:
        """See `Lettering`."""
        import cv2

        cv2.putText(canvas, text, at, colour, self._font, self.size, self._WEIGHT)


@lru_cache(4096)
def _ink(character: str) -> bytes:
    import cv2

    canvas = np.zeros((24, 40), np.uint8)
    cv2.putText(canvas, character, (4, 18), (255,), cv2.FontFace("sans"), 16, 400)
    return canvas.tobytes()


class Strokes(Lettering):
    """OpenCV 4's letters of straight strokes."""

    ellipsis = "..."
    missing = "?"
    _PIXELS: Final = 30  # from line to line at scale 1

    def has(self, character: str) -> bool:
        """See `Lettering`."""
        return character.isascii()

    def drawable(self, text: str) -> str:
        """See `Lettering`."""
        return super().drawable(text.translate(_STANDINS))

    def width(self, text: str) -> int:
        """See `Lettering`."""
        import cv2

        (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, self.size / self._PIXELS, self._stroke)
        return int(width)

    def write(self, canvas: Canvas, text: str, at: tuple[int, int], colour: Colour) -> None:
        """See `Lettering`."""
        import cv2

        scale = self.size / self._PIXELS
        cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, self._stroke, cv2.LINE_AA)

    @property
    def _stroke(self) -> int:
        return max(1, round(self.size / 14))
