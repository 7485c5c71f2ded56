"""Pictures of scenes: a lit table, shadows, shapes that are shaded from one side to the other."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskmill.samples.shapes import Shape

_SHIFT = 8
"""Binary places of the coordinates that OpenCV is given."""


def paint(shapes: tuple[Shape, ...], size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB."""
    random = Random(f"maskmill paint {seed}")
    canvas = _table(random, size)
    _shade(canvas, shapes)
    for shape in shapes:
        _lay(canvas, shape, _colour(random))
    pixels: NDArray[np.uint8] = np.clip(canvas + 0.5, 0, 255).astype(np.uint8)
    return pixels


def _table(random: Random, size: tuple[int, int]) -> NDArray[np.float32]:
    """Boards in a colour of wood or stone, lit from above."""
    width, height = size
    y, x = np.linspace(0, 1, height, dtype=np.float32)[:, None], np.linspace(0, 1, width, dtype=np.float32)[None]
    boards = 4 + int(random.random() * 4)
    light = 1.05 - 0.12 * (x + y) + 0.02 * np.sin(y * 150 + 3 * np.sin(x * 7)) + 0.02 * np.cos(np.floor(y * boards) * 2)
    base = 150 + 70 * random.random()
    colour = np.array([base, base * (0.82 + 0.2 * random.random()), base * (0.7 + 0.35 * random.random())], np.float32)
    return (light[..., None] * colour).astype(np.float32)


def _colour(random: Random) -> NDArray[np.float32]:
    """Any but a dull one."""
    hue = random.random()
    wheel = [abs((hue + third) % 1 * 2 - 1) for third in (0, 1 / 3, 2 / 3)]
    return np.array([60 + 180 * v for v in wheel], np.float32)


def _shade(canvas: NDArray[np.float32], shapes: tuple[Shape, ...]) -> None:
    import cv2

    height, width = canvas.shape[:2]
    dark = np.zeros((height, width), np.uint8)
    for shape in shapes:
        np.maximum(dark, np.roll(_cover(shape, (width, height)), (height // 50, width // 80), (0, 1)), out=dark)
    blurred = cv2.blur(dark, (width // 40 | 1, width // 40 | 1))
    canvas *= (1 - blurred.astype(np.float32) * (0.35 / 255))[..., None]


def _lay(canvas: NDArray[np.float32], shape: Shape, colour: NDArray[np.float32]) -> None:
    """Lay a colour over the shape, darker to the lower right."""
    height, width = canvas.shape[:2]
    y0, x0, y1, x1 = shape.box
    rows = slice(max(height * y0 // 1000 - 1, 0), height * y1 // 1000 + 2)
    columns = slice(max(width * x0 // 1000 - 1, 0), width * x1 // 1000 + 2)
    view = canvas[rows, columns]
    down, across, _ = view.shape
    fall = 1.1 - 0.35 * np.linspace(0, 1, down)[:, None] - 0.15 * np.linspace(0, 1, across)[None]
    cover = _cover(shape, (width, height))[rows, columns].astype(np.float32)[..., None] / 255
    view += (fall[..., None].astype(np.float32) * colour - view) * cover


def _cover(shape: Shape, size: tuple[int, int]) -> NDArray[np.uint8]:
    """How much of each pixel the shape covers, 0 to 255."""
    import cv2

    cover = np.zeros(size[::-1], np.uint8)
    for part in shape.parts:
        contours: list[Any] = [_points(ring, size) for ring in (part.outer, *part.holes)]
        cv2.fillPoly(cover, contours, 255, cv2.LINE_AA, _SHIFT)
    return cover


def _points(ring: tuple[tuple[int, int], ...], size: tuple[int, int]) -> NDArray[np.int32]:
    scaled = (np.array(ring, np.float64) * size / 1000 - 0.5) * 2**_SHIFT
    return np.rint(scaled).astype(np.int32)
