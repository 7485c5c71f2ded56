"""Paint scenes: a lit table, shadows, and shapes shaded from one side to the other."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskmill.samples._shapes import Shape

Canvas = NDArray[np.float32]

_SHIFT = 8
"""Fractional bits of coordinates for OpenCV."""


def paint_scene(shapes: tuple[Shape, ...], size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    """Return a picture of shapes as RGB, uint8 (H, W, 3).

    Parameters
    ----------
    shapes : tuple[Shape, ...]
        The shapes, the lowest first.
    size : tuple[int, int]
        (width, height) in pixels.
    seed : int
        Chooses the colours.
    """
    random = Random(f"maskmill paint {seed}")
    canvas: Canvas = _light(size, 4 + int(random.random() * 4))[..., None] * _table_colour(random)
    _paint_shadows(canvas, shapes)
    for shape in shapes:
        _paint_shape(canvas, shape, _object_colour(random))
    canvas += 0.5
    return np.clip(canvas, 0, 255, out=canvas).astype(np.uint8)


@lru_cache(maxsize=8)
def _light(size: tuple[int, int], boards: int) -> Canvas:
    """Return the brightness of a table of some boards, lit from above."""
    width, height = size
    y, x = np.linspace(0, 1, height)[:, None], np.linspace(0, 1, width)[None]
    grain = 0.02 * np.sin(y * 150 + 3 * np.sin(x * 7)) + 0.02 * np.cos(np.floor(y * boards) * 2)
    light: Canvas = (1.05 - 0.12 * (x + y) + grain).astype(np.float32)
    return light


def _table_colour(random: Random) -> Canvas:
    """Return a colour of wood or stone."""
    base = 150 + 70 * random.random()
    return np.array([base, base * (0.82 + 0.2 * random.random()), base * (0.7 + 0.35 * random.random())], np.float32)


def _object_colour(random: Random) -> Canvas:
    """Return a saturated colour."""
    hue = random.random()
    wheel = [abs((hue + third) % 1 * 2 - 1) for third in (0, 1 / 3, 2 / 3)]
    return np.array([60 + 180 * v for v in wheel], np.float32)


def _paint_shadows(canvas: Canvas, shapes: tuple[Shape, ...]) -> None:
    """Darken what lies below and to the right of the shapes."""
    import cv2

    height, width = canvas.shape[:2]
    dark = np.zeros((height, width), np.uint8)
    for shape in shapes:
        _fill(dark, shape, (width, height), (-width // 80, -height // 50))
    blurred = cv2.blur(dark, (width // 40 | 1, width // 40 | 1)).astype(np.float32)
    canvas *= (1 - blurred * np.float32(0.35 / 255))[..., None]


def _paint_shape(canvas: Canvas, shape: Shape, colour: Canvas) -> None:
    """Fill a shape with a colour, darker to the lower right."""
    height, width = canvas.shape[:2]
    y0, x0, y1, x1 = shape.box
    top, left = max(height * y0 // 1000 - 1, 0), max(width * x0 // 1000 - 1, 0)
    view = canvas[top : height * y1 // 1000 + 2, left : width * x1 // 1000 + 2]
    cover = np.zeros(view.shape[:2], np.uint8)
    _fill(cover, shape, (width, height), (left, top))
    down, across = np.linspace(0, 0.35, len(cover)), np.linspace(0, 0.15, view.shape[1])
    lit = (1.1 - down[:, None] - across[None]).astype(np.float32)[..., None] * colour
    view += (lit - view) * (cover.astype(np.float32) / 255)[..., None]


def _fill(cover: NDArray[np.uint8], shape: Shape, size: tuple[int, int], corner: tuple[int, int]) -> None:
    """Draw a shape of an image of `size` on the window whose upper left pixel is `corner`."""
    import cv2

    for part in shape.parts:
        contours: list[Any] = []
        for ring in (part.outer, *part.holes):
            points = np.array(ring, np.float64) * size / 1000 - 0.5 - corner
            contours.append(np.rint(points * 2**_SHIFT).astype(np.int32))
        cv2.fillPoly(cover, contours, 255, cv2.LINE_AA, _SHIFT)
