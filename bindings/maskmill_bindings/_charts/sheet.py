"""A white sheet to draw charts on with OpenCV: text, lines, bars and marks with soft edges."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maskmill._drawing.label_font import Colour, LabelFont, open_font

INK: Final[Colour] = (32, 34, 40)
SOFT: Final[Colour] = (108, 112, 122)
HAIR: Final[Colour] = (226, 228, 232)
PAPER: Final[Colour] = (255, 255, 255)

_SHIFT: Final = 4
_DASH: Final = (9.0, 6.0)

Point = tuple[float, float]
Align = Literal["left", "centre", "right"]
Mark = Literal["circle", "square", "triangle"]


class Rectangle(NamedTuple):
    """A rectangle in pixels."""

    x0: float
    y0: float
    x1: float
    y1: float


class Sheet:
    """An image to draw on; positions are in pixels from the upper left corner.

    >>> sheet = Sheet((60, 40))
    >>> sheet.bar(Rectangle(10, 10, 20, 20), INK)
    >>> sheet.pixels.shape, tuple(sheet.pixels[15, 15].tolist()) == INK
    ((40, 60, 3), True)
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.pixels: NDArray[np.uint8] = np.full((size[1], size[0], 3), PAPER, np.uint8)

    def text(self, text: str, at: Point, size: int = 18, colour: Colour = INK, align: Align = "left") -> float:
        """Write text from, around or up to a point of the base line, and return the x where it ends.

        Parameters
        ----------
        text : str
            What to write.
        at : tuple[float, float]
            The point.
        size : int
            Height of the letters in pixels.
        colour : tuple[int, int, int]
            RGB.
        align : str
            ``left``, ``centre`` or ``right``: which part of the text is at the point.
        """
        letters = _letters(size)
        shown = letters.to_drawable(text)
        width = letters.text_width(shown)
        x = at[0] - {"left": 0, "centre": width / 2, "right": width}[align]
        letters.draw(self.pixels, shown, (round(x), round(at[1])), colour)
        return x + width

    def line(self, points: Sequence[Point], colour: Colour, width: int = 1, dashed: bool = False) -> None:
        """Draw a line through points.

        Parameters
        ----------
        points : Sequence[tuple[float, float]]
            The points.
        colour : tuple[int, int, int]
            RGB.
        width : int
            In pixels.
        dashed : bool
            Whether to draw dashes.
        """
        import cv2

        for run in _dashes(points) if dashed else [points]:
            cv2.polylines(self.pixels, [_to_fixed_point(run)], False, colour, width, cv2.LINE_AA, _SHIFT)

    def bar(self, box: Rectangle, colour: Colour) -> None:
        """Fill a rectangle."""
        x0, y0, x1, y1 = (round(v) for v in box)
        self.pixels[max(y0, 0) : y1, max(x0, 0) : max(x1, x0 + 1)] = colour

    def mark(self, kind: Mark, at: Point, radius: float, colour: Colour, filled: bool = True) -> None:
        """Draw a mark with a white rim; if it is not filled, it is white inside.

        Parameters
        ----------
        kind : str
            ``circle``, ``square`` or ``triangle``.
        at : tuple[float, float]
            Its centre.
        radius : float
            In pixels.
        colour : tuple[int, int, int]
            RGB.
        filled : bool
            Whether the colour fills it.
        """
        import cv2

        outline = _to_fixed_point(_outline(kind, at, radius))
        cv2.fillPoly(self.pixels, [outline], colour if filled else PAPER, cv2.LINE_AA, _SHIFT)
        cv2.polylines(
            self.pixels, [outline], True, PAPER if filled else colour, 1 if filled else 2, cv2.LINE_AA, _SHIFT
        )

    def band(self, box: Rectangle, colour: Colour, share: float) -> None:
        """Blend a colour into a rectangle.

        Parameters
        ----------
        box : Rectangle
            x0, y0, x1, y1 in pixels.
        colour : tuple[int, int, int]
            RGB.
        share : float
            Share of the colour, 0..1.
        """
        x0, y0, x1, y1 = (round(v) for v in box)
        view = self.pixels[max(y0, 0) : y1, max(x0, 0) : x1]
        view[:] = np.rint(view * (1 - share) + np.array(colour) * share)


def tint(colour: Colour, share: float = 0.55) -> Colour:
    """Return a colour mixed with a share of white.

    >>> tint((0, 100, 200), 0.5)
    (128, 178, 228)
    """
    red, green, blue = (round(v + (255 - v) * share) for v in colour)
    return red, green, blue


@cache
def _letters(size: int) -> LabelFont:
    return open_font(size)


def _to_fixed_point(points: Sequence[Point]) -> NDArray[np.int32]:
    """Return points in OpenCV's fixed-point format: sixteenths of a pixel."""
    fixed: NDArray[np.int32] = np.rint(np.array(points) * 2**_SHIFT).astype(np.int32).reshape(-1, 1, 2)
    return fixed


def _outline(kind: Mark, at: Point, radius: float) -> list[Point]:
    corners, turn = {"circle": (40, 0.0), "square": (4, np.pi / 4), "triangle": (3, -np.pi / 2)}[kind]
    reach = radius * {"circle": 1.0, "square": 1.25, "triangle": 1.35}[kind]
    angles = turn + np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return [(at[0] + reach * float(np.cos(a)), at[1] + reach * float(np.sin(a))) for a in angles]


def _dashes(points: Sequence[Point]) -> list[list[Point]]:
    """Return the dashes of each straight segment."""
    dashes = []
    for start, end in pairwise(points):
        a, b = np.array(start), np.array(end)
        length = float(np.hypot(*(b - a))) or 1.0
        for at in np.arange(0, length, sum(_DASH)):
            ends = (a + (b - a) * at / length, a + (b - a) * min(at + _DASH[0], length) / length)
            dashes.append([(float(x), float(y)) for x, y in ends])
    return dashes
