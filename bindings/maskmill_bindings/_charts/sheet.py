"""A white sheet to draw figures on: text, lines, bars and marks with soft edges, by OpenCV alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maskmill._drawing.lettering import Colour, Lettering, lettering

INK: Final[Colour] = (32, 34, 40)
SOFT: Final[Colour] = (108, 112, 122)
HAIR: Final[Colour] = (226, 228, 232)
PAPER: Final[Colour] = (255, 255, 255)

_SHIFT: Final = 4
_DASH: Final = (9.0, 6.0)

Point = tuple[float, float]
Align = Literal["left", "centre", "right"]
Mark = Literal["circle", "square", "triangle"]


class Box(NamedTuple):
    """A rectangle in pixels."""

    x0: float
    y0: float
    x1: float
    y1: float


class Sheet:
    """The pixels and what can be drawn on them; places are in pixels, from the upper left.

    >>> sheet = Sheet((60, 40))
    >>> sheet.bar(Box(10, 10, 20, 20), INK)
    >>> sheet.pixels.shape, tuple(sheet.pixels[15, 15].tolist()) == INK
    ((40, 60, 3), True)
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.pixels: NDArray[np.uint8] = np.full((size[1], size[0], 3), PAPER, np.uint8)

    def text(self, text: str, at: Point, size: int = 18, colour: Colour = INK, align: Align = "left") -> float:
        """Write from, around or up to a point of the base line; return where the text ends."""
        letters = _letters(size)
        shown = letters.drawable(text)
        width = letters.width(shown)
        x = at[0] - {"left": 0, "centre": width / 2, "right": width}[align]
        letters.write(self.pixels, shown, (round(x), round(at[1])), colour)
        return x + width

    def line(self, points: Sequence[Point], colour: Colour, width: int = 1, dashed: bool = False) -> None:
        """Draw through points."""
        import cv2

        for run in _dashes(points) if dashed else [points]:
            cv2.polylines(self.pixels, [_fixed(run)], False, colour, width, cv2.LINE_AA, _SHIFT)

    def bar(self, box: Box, colour: Colour) -> None:
        """Fill a rectangle."""
        x0, y0, x1, y1 = (round(v) for v in box)
        self.pixels[max(y0, 0) : y1, max(x0, 0) : max(x1, x0 + 1)] = colour

    def mark(self, kind: Mark, at: Point, radius: float, colour: Colour, filled: bool = True) -> None:
        """Draw a mark with a white rim; a hollow one is white inside."""
        import cv2

        outline = _fixed(_outline(kind, at, radius))
        cv2.fillPoly(self.pixels, [outline], colour if filled else PAPER, cv2.LINE_AA, _SHIFT)
        cv2.polylines(
            self.pixels, [outline], True, PAPER if filled else colour, 1 if filled else 2, cv2.LINE_AA, _SHIFT
        )

    def band(self, box: Box, colour: Colour, share: float) -> None:
        """Mix a colour into a rectangle."""
        x0, y0, x1, y1 = (round(v) for v in box)
        view = self.pixels[max(y0, 0) : y1, max(x0, 0) : x1]
        view[:] = np.rint(view * (1 - share) + np.array(colour) * share)


def tint(colour: Colour, share: float = 0.55) -> Colour:
    """A colour with so much white in it.

    >>> tint((0, 100, 200), 0.5)
    (128, 178, 228)
    """
    red, green, blue = (round(v + (255 - v) * share) for v in colour)
    return red, green, blue


@cache
def _letters(size: int) -> Lettering:
    return lettering(size)


def _fixed(points: Sequence[Point]) -> NDArray[np.int32]:
    """Points as OpenCV takes them: in sixteenths of a pixel."""
    fixed: NDArray[np.int32] = np.rint(np.array(points) * 2**_SHIFT).astype(np.int32).reshape(-1, 1, 2)
    return fixed


def _outline(kind: Mark, at: Point, radius: float) -> list[Point]:
    corners, turn = {"circle": (40, 0.0), "square": (4, np.pi / 4), "triangle": (3, -np.pi / 2)}[kind]
    reach = radius * {"circle": 1.0, "square": 1.25, "triangle": 1.35}[kind]
    angles = turn + np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return [(at[0] + reach * float(np.cos(a)), at[1] + reach * float(np.sin(a))) for a in angles]


def _dashes(points: Sequence[Point]) -> list[list[Point]]:
    """The dashes of each straight piece."""
    dashes = []
    for start, end in pairwise(points):
        a, b = np.array(start), np.array(end)
        length = float(np.hypot(*(b - a))) or 1.0
        for at in np.arange(0, length, sum(_DASH)):
            ends = (a + (b - a) * at / length, a + (b - a) * min(at + _DASH[0], length) / length)
            dashes.append([(float(x), float(y)) for x, y in ends])
    return dashes
