"""The picture of the built-in scene, drawn with numpy alone."""

from __future__ import annotations

from math import cos, pi, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ._shapes import SHAPES, SIZE, Frame, ScenePart, Shape, circle, thousandths

Colour = tuple[int, int, int]
Canvas = NDArray[np.float64]
"""(H, W, 3) colours, or (H, W) values for all colours."""

_FINE: Final = 3
"""Samples per pixel along each axis, for smooth edges."""

_CELL: Final = (SIZE[0] // 40, SIZE[1] // 40)
"""Pixels in 25 thousandths of the width, and of the height."""

_PAINT: Final[dict[str, tuple[Colour, Colour]]] = {
    "orange": ((255, 178, 70), (226, 112, 20)),
    "star": ((255, 240, 150), (250, 216, 80)),
    "leaf": ((126, 190, 94), (46, 118, 62)),
    "doughnut": ((226, 172, 112), (176, 112, 58)),
    "dice": ((255, 255, 252), (208, 212, 222)),
    "fish": ((236, 242, 248), (150, 170, 192)),
}
"""Colours of each object in light and in shadow."""


def picture() -> NDArray[np.uint8]:
    """Return the scene as a camera would see it, uint8 RGB (640, 960, 3).

    >>> picture().shape
    (640, 960, 3)
    """
    canvas = _table()
    _shadow(canvas, SHAPES)
    for shape in SHAPES:
        _paint(canvas, shape, *_PAINT[shape.label])
    for detail, colour in _details():
        _paint(canvas, detail, colour, colour)
    return np.clip(canvas + 0.5, 0, 255).astype(np.uint8)


def _table() -> Canvas:
    """Draw planks, lit from the upper left."""
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    light = 1.06 - 0.16 * (x / width + y / height) / 2
    grain = 0.012 * np.sin(y / 3.1 + 2.2 * np.sin(x / 97 + (y // 128) * 1.7)) + 0.01 * np.sin(y / 11 + x / 210)
    seam = np.where((y % 128 < 2.5), -0.10, 0.0)
    plank = 0.02 * np.cos((y // 128) * 2.4)
    shade = light + grain + seam + plank
    canvas: Canvas = shade[..., None] * np.array([205.0, 178.0, 148.0])
    return canvas


def _paint(canvas: Canvas, shape: Shape, lit: Colour, dark: Colour) -> None:
    """Paint a shape with a gradient from `lit` at the upper left of its box to `dark` at the lower right."""
    view = _view(canvas, shape)
    height, width, _ = view.shape
    y, x = np.mgrid[0:height, 0:width]
    fall = (x / width * 0.4 + y / height * 0.6)[..., None]
    colour = np.array(lit) * (1 - fall) + np.array(dark) * fall
    view += (colour - view) * _coverage(shape)[..., None]


def _cells(shape: Shape) -> Frame:
    """Return the shape's box y0, x0, y1, x1, widened to cells of 25 thousandths, which are whole pixels."""
    y0, x0, y1, x1 = shape.box
    return y0 // 25, x0 // 25, -(-y1 // 25), -(-x1 // 25)


def _view(canvas: Canvas, shape: Shape) -> Canvas:
    """Return a view of the pixels of the shape's cells."""
    y0, x0, y1, x1 = _cells(shape)
    across, down = _CELL
    return canvas[down * y0 : down * y1, across * x0 : across * x1]


def _coverage(shape: Shape) -> Canvas:
    """Return the share of each pixel of its cells that the shape covers."""
    y0, x0, y1, x1 = _cells(shape)
    width, height = _CELL[0] * (x1 - x0), _CELL[1] * (y1 - y0)
    fine = shape.pixels((width * _FINE, height * _FINE), (y0 * 25, x0 * 25, y1 * 25, x1 * 25))
    cover: Canvas = fine.reshape(height, _FINE, width, _FINE).mean(axis=(1, 3))
    return cover


def _shadow(canvas: Canvas, shapes: tuple[Shape, ...]) -> None:
    cover = np.zeros(canvas.shape[:2])
    for shape in shapes:
        view = _view(cover, shape)
        np.maximum(view, _coverage(shape), out=view)
    cover = np.roll(cover, (12, 9), axis=(0, 1))
    for axis in (0, 1, 0, 1):
        cover = _blurred(cover, axis)
    canvas *= 1 - 0.38 * cover[..., None]


def _blurred(values: Canvas, axis: int, reach: int = 7) -> Canvas:
    """Return the mean over `reach` pixels to either side."""
    length, span = values.shape[axis], 2 * reach + 1
    margins = [(0, 0), (0, 0)]
    margins[axis] = (reach + 1, reach)
    sums = np.cumsum(np.pad(values, margins), axis=axis)
    return (sums.take(range(span, span + length), axis) - sums.take(range(length), axis)) / span


# Details that make the objects easy to recognise.


def _details() -> list[tuple[Shape, Colour]]:
    return [*_icing(), *_pips(), *_veins(), *_face(), (_dot(128, 132, 20), (255, 226, 170))]


def _dot(x: float, y: float, radius: float) -> Shape:
    return Shape("", (ScenePart(circle(x, y, radius, 24)),))


def _stroke(start: tuple[float, float], end: tuple[float, float], first: float, last: float) -> Shape:
    """Return a line that is `first` pixels wide at its start and `last` at its end."""
    (x0, y0), (x1, y1) = start, end
    length = 2 * float(np.hypot(x1 - x0, y1 - y0))
    u, v = (y0 - y1) / length, (x1 - x0) / length
    corners = [(x0, y0, first), (x1, y1, last), (x1, y1, -last), (x0, y0, -first)]
    return Shape("", (ScenePart(thousandths(*((x + u * b, y + v * b) for x, y, b in corners))),))


def _icing() -> list[tuple[Shape, Colour]]:
    edge = [(117 + 7 * sin(7 * t), t) for t in (2 * pi * i / 84 for i in range(84))]
    outer = thousandths(*((205 + r * cos(t), 455 + r * sin(t)) for r, t in edge))
    icing = Shape("", (ScenePart(outer, (circle(205, 455, 58),)),))
    colours: list[Colour] = [(255, 246, 214), (120, 205, 200), (255, 214, 90), (250, 250, 255)]
    spots = [(68 + 38 * ((i * 0.755) % 1), 2.4 * i) for i in range(40)]
    places = [(205 + r * cos(t), 455 + r * sin(t), 2.1 * i) for i, (r, t) in enumerate(spots)]
    strokes = [_stroke((x, y), (x + 12 * cos(a), y + 12 * sin(a)), 5, 5) for x, y, a in places]
    return [(icing, (232, 122, 156)), *((s, colours[i % 4]) for i, s in enumerate(strokes))]


def _pips() -> list[tuple[Shape, Colour]]:
    dice = [(455, 430, 0.35, (-1, 0, 1)), (575, 530, -0.25, (-1, 1))]
    pips = []
    for x, y, angle, steps in dice:
        spots = [(28.0 * i, 28.0 * i) for i in steps] + [(28.0 * i, -28.0 * i) for i in steps if i]
        turned = [(u * cos(angle) - v * sin(angle), u * sin(angle) + v * cos(angle)) for u, v in spots]
        pips += [(_dot(x + u, y + v, 9), (52, 56, 72)) for u, v in turned]
    return pips


def _veins() -> list[tuple[Shape, Colour]]:
    def at(u: float, v: float) -> tuple[float, float]:
        c, s = cos(-0.5), sin(-0.5)
        return 785 + u * c - v * s, 170 + u * s + v * c

    ribs = [_stroke(at(u, 0), at(u + 34, side * 34), 4, 1.5) for u in (-80, -40, 0, 40) for side in (-1, 1)]
    return [(vein, (205, 226, 160)) for vein in (_stroke(at(-125, 0), at(118, 0), 6, 1.5), *ribs)]


def _face() -> list[tuple[Shape, Colour]]:
    fin = Shape("", (ScenePart(thousandths((772, 452), (842, 428), (826, 462), (838, 492))),))
    return [(fin, (24, 78, 142)), (_dot(704, 458, 11), (250, 252, 255)), (_dot(702, 459, 5.5), (24, 32, 48))]
