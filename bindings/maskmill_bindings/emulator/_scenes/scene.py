"""Scenes that a seed makes: shapes with known pixels, pictures of them, and the seed again out of a picture.

Rings are in whole thousandths of the image, so the truth of a picture of any size is `Shape.pixels(size)`.
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
from maskmill.samples._shapes import Part, Ring, Shape

from . import seed_barcode
from .outlines import OUTLINES, WITH_HOLE, Outline

VOCABULARY: Final = tuple(OUTLINES)
"""Every label that a scene can hold."""

Image = NDArray[np.uint8]

_COLUMNS: Final = 3
_CELLS: Final = tuple((170 + 330 * (i % _COLUMNS), 240 + 460 * (i // _COLUMNS)) for i in range(6))
"""Centres of the cells, one object in each; the strip with the seed lies below them."""
_REACH: Final = (145, 205)
"""Half of what a shape may take of its cell."""
_LOWEST: Final = 940


@lru_cache(maxsize=4096)
def scene(seed: int) -> tuple[Shape, ...]:
    """Two to six shapes, most of one ring; now and then two lie over each other or have one label.

    >>> [shape.label for shape in scene(7)] == [shape.label for shape in scene(7)]
    True
    >>> 2 <= len(scene(7)) <= 6
    True
    """
    random = Random(f"maskmill labels {_checked(seed)}")
    count = 2 + int(random.random() * 5)
    return shapes_of(seed, [VOCABULARY[int(random.random() * len(VOCABULARY))] for _ in range(count)])


def shapes_of(seed: int | str, labels: Sequence[str]) -> tuple[Shape, ...]:
    """A shape a label, of which there are at most six; they need not be of the vocabulary."""
    random = Random(f"maskmill scene {seed}")
    cells = sorted(_CELLS, key=lambda _: random.random())
    return tuple(_shape(random, label, *cell) for label, cell in zip(labels, cells, strict=False))


def draw(seed: int, size: tuple[int, int] = (640, 480)) -> Image:
    """(H, W, 3) uint8 RGB: a picture of the scene, with its seed as black and white cells along the lower edge.

    >>> seed_in(draw(7))
    7

    Raises
    ------
    maskmill.errors.ArgumentError
        The seed is not in 0..2**32 - 1, or the size leaves no room for it.
    """
    from .painting import paint

    if size[0] < seed_barcode.LEAST[0] or size[1] < seed_barcode.LEAST[1]:
        raise expected(f"at least {seed_barcode.LEAST[0]}x{seed_barcode.LEAST[1]} pixels", size, "size")
    pixels = paint(scene(seed), size, seed)
    seed_barcode.write(pixels, seed)
    return pixels


def seed_in(pixels: NDArray[Any]) -> int | None:
    """The seed that an upright picture carries, also shrunk or as a JPEG; None for any other picture.

    >>> seed_in(draw(7)[::-1]) is None
    True
    """
    return seed_barcode.read(pixels)


def _checked(seed: int) -> int:
    """The seed, which a picture has to hold."""
    if not 0 <= seed < 2**32:
        raise expected("an integer in 0..2**32 - 1", seed, "seed")
    return seed


def _shape(random: Random, label: str, x: int, y: int) -> Shape:
    """One object around x, y."""
    outline = OUTLINES.get(label) or OUTLINES[VOCABULARY[int(random.random() * len(VOCABULARY))]]
    luck = random.random()
    scale = 0.7 + 0.3 * random.random() if luck < 0.85 else 1.35  # beyond its cell
    if 0.3 < luck < 0.38:
        parts: tuple[Part, ...] = _pair(random, outline(random), x, y)
    else:
        points = _turned(outline(random), (random.random() - 0.5) * 0.7)
        holes = _hole(random, points, scale, x, y) if label in WITH_HOLE and luck < 0.3 else ()
        parts = (Part(_placed(points, scale, x, y), holes),)
    return Shape(label, parts)


def _pair(random: Random, outline: Outline, x: int, y: int) -> tuple[Part, ...]:
    """Twice the same, side by side."""
    return tuple(
        Part(_placed(_turned(outline, (random.random() - 0.5) * 0.5), 0.48, x + side * 72, y + side * 20))
        for side in (-1, 1)
    )


def _hole(random: Random, outline: Outline, scale: float, x: int, y: int) -> tuple[Ring, ...]:
    return (_placed(outline, scale * (0.25 + 0.3 * random.random()), x, y),)


def _turned(outline: Outline, angle: float) -> Outline:
    """Turned and brought back into its bounds."""
    c, s = cos(angle), sin(angle)
    points = [(u * c - v * s, u * s + v * c) for u, v in outline]
    most = max(1.0, *(max(abs(u), abs(v)) for u, v in points))
    return [(u / most, v / most) for u, v in points]


def _placed(outline: Outline, scale: float, x: int, y: int) -> Ring:
    """A ring in thousandths, each point once in a row, nothing beyond the image or on the strip."""
    reach_x, reach_y = (scale * reach for reach in _REACH)
    points = [(min(max(round(x + u * reach_x), 0), 1000), max(round(y + v * reach_y), 0)) for u, v in outline]
    points = [(px, min(py, _LOWEST)) for px, py in points]
    return tuple(point for i, point in enumerate(points) if point != points[i - 1])
