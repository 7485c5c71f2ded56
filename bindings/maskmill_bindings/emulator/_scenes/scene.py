"""Scenes drawn from a seed: shapes with known pixels, pictures of them, and the seed read back from a picture.

Polygons are in whole thousandths of the image, so the true mask for a picture of any size is `Shape.pixels(size)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import cos, sin
from random import Random
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import expected
from maskmill.samples._shapes import Ring, ScenePart, Shape

from . import seed_barcode
from .object_outlines import OUTLINES, WITH_HOLE, Outline

VOCABULARY: Final = tuple(OUTLINES)
"""Every label that a scene can hold."""

Image = NDArray[np.uint8]

_COLUMNS: Final = 3
_CELL_CENTRES: Final = tuple((170 + 330 * (i % _COLUMNS), 240 + 460 * (i // _COLUMNS)) for i in range(6))
"""Centres of the cells, with one object in each; the barcode of the seed is below them."""

_HALF_CELL: Final = (145, 205)
"""Half the width and height that a shape may take of its cell."""

_MAX_Y: Final = 940


@lru_cache(maxsize=4096)
def scene(seed: int) -> tuple[Shape, ...]:
    """Return the two to six shapes of a seed; most have one ring, some overlap, and some share a label.

    >>> [shape.label for shape in scene(7)] == [shape.label for shape in scene(7)]
    True
    >>> 2 <= len(scene(7)) <= 6
    True
    """
    random = Random(f"maskmill labels {_check_seed(seed)}")
    count = 2 + int(random.random() * 5)
    return make_shapes(seed, [VOCABULARY[int(random.random() * len(VOCABULARY))] for _ in range(count)])


def make_shapes(seed: int | str, labels: Sequence[str]) -> tuple[Shape, ...]:
    """Return one shape per label, of which there may be six; they need not be in the vocabulary."""
    random = Random(f"maskmill scene {seed}")
    cells = sorted(_CELL_CENTRES, key=lambda _: random.random())
    return tuple(_shape(random, label, *cell) for label, cell in zip(labels, cells, strict=False))


def draw_scene(seed: int, size: tuple[int, int] = (640, 480)) -> Image:
    """Return a picture of a scene, with its seed as a barcode along the lower edge.

    >>> seed_in(draw_scene(7))
    7

    Parameters
    ----------
    seed : int
        In 0..2**32 - 1.
    size : tuple[int, int]
        (width, height) in pixels.

    Returns
    -------
    NDArray[np.uint8]
        RGB, (H, W, 3).

    Raises
    ------
    maskmill.errors.ArgumentError
        The seed is out of range, or the picture is too small for the barcode.
    """
    from .painting import paint_scene

    if size[0] < seed_barcode.MIN_SIZE[0] or size[1] < seed_barcode.MIN_SIZE[1]:
        raise expected(f"at least {seed_barcode.MIN_SIZE[0]}x{seed_barcode.MIN_SIZE[1]} pixels", size, "size")
    pixels = paint_scene(scene(seed), size, seed)
    seed_barcode.write_barcode(pixels, seed)
    return pixels


def seed_in(pixels: NDArray[Any]) -> int | None:
    """Return the seed in an upright picture, which may be shrunk or a JPEG; None for other pictures.

    >>> seed_in(draw_scene(7)[::-1]) is None
    True
    """
    return seed_barcode.read_barcode(pixels)


def _check_seed(seed: int) -> int:
    """Return the seed if the barcode can hold it."""
    if not 0 <= seed < 2**32:
        raise expected("an integer in 0..2**32 - 1", seed, "seed")
    return seed


def _shape(random: Random, label: str, x: int, y: int) -> Shape:
    """Return one object around (x, y)."""
    outline = OUTLINES.get(label) or OUTLINES[VOCABULARY[int(random.random() * len(VOCABULARY))]]
    luck = random.random()
    scale = 0.7 + 0.3 * random.random() if luck < 0.85 else 1.35  # beyond its cell
    if 0.3 < luck < 0.38:
        parts: tuple[ScenePart, ...] = _twins(random, outline(random), x, y)
    else:
        points = _rotate(outline(random), (random.random() - 0.5) * 0.7)
        holes = _hole(random, points, scale, x, y) if label in WITH_HOLE and luck < 0.3 else ()
        parts = (ScenePart(_place(points, scale, x, y), holes),)
    return Shape(label, parts)


def _twins(random: Random, outline: Outline, x: int, y: int) -> tuple[ScenePart, ...]:
    """Return the same outline twice, side by side."""
    return tuple(
        ScenePart(_place(_rotate(outline, (random.random() - 0.5) * 0.5), 0.48, x + side * 72, y + side * 20))
        for side in (-1, 1)
    )


def _hole(random: Random, outline: Outline, scale: float, x: int, y: int) -> tuple[Ring, ...]:
    return (_place(outline, scale * (0.25 + 0.3 * random.random()), x, y),)


def _rotate(outline: Outline, angle: float) -> Outline:
    """Return an outline rotated, and scaled to stay within -1..1."""
    c, s = cos(angle), sin(angle)
    points = [(u * c - v * s, u * s + v * c) for u, v in outline]
    most = max(1.0, *(max(abs(u), abs(v)) for u, v in points))
    return [(u / most, v / most) for u, v in points]


def _place(outline: Outline, scale: float, x: int, y: int) -> Ring:
    """Return an outline as a ring in thousandths, without repeated points, clipped to the image above the barcode."""
    reach_x, reach_y = (scale * reach for reach in _HALF_CELL)
    points = [(min(max(round(x + u * reach_x), 0), 1000), max(round(y + v * reach_y), 0)) for u, v in outline]
    points = [(px, min(py, _MAX_Y)) for px, py in points]
    return tuple(point for i, point in enumerate(points) if point != points[i - 1])
