"""Shapes of COCO's and LabelMe's files, filled as the tools' own libraries fill them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import config
from numpy.typing import ArrayLike, NDArray
from pycocotools import mask as coco_mask

from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports._geometry.coco_shapes import fill_polygons
from maskmill_bindings.exports._geometry.pillow_shapes import fill_circle, fill_polygon, fill_rectangle
from support.annotation_shapes import KINDS, coco_string, labelme_pixels, random_ring, random_shape, random_size
from support.tiers import cases, thorough

FILL: dict[str, Callable[[ArrayLike, tuple[int, int]], Any]] = {
    "polygon": fill_polygon,
    "rectangle": fill_rectangle,
    "circle": fill_circle,
    "oriented_rectangle": fill_polygon,
}
LARGEST = (40, 40) if config.DISABLE_JIT else (640, 480)


def check_random_shapes(kind: str, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        size = random_size(rng, LARGEST)
        points = random_shape(rng, kind, size)
        expected: NDArray[np.bool_] = labelme_pixels(kind, points, size)
        [rle] = Masks.from_coco([FILL[kind](points, size)]).coco()
        assert rle == coco_mask.encode(np.asfortranarray(expected, np.uint8)), (points, size)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_as_labelme_draws_them(kind: str) -> None:
    check_random_shapes(kind, 1, cases(600))


@thorough
@pytest.mark.parametrize("kind", KINDS)
def test_twenty_thousand_shapes(kind: str) -> None:
    check_random_shapes(kind, 2, 50 if config.DISABLE_JIT else 5_000)


def test_polygons_as_pycocotools_fills_them() -> None:
    rng = np.random.default_rng(6)
    for _ in range(cases(300)):
        size = random_size(rng, LARGEST)
        rings = [random_ring(rng, size) for _ in range(rng.integers(1, 6))]
        wanted = [{"size": [size[1], size[0]], "counts": coco_string(rings, size)}]
        assert Masks.from_coco([fill_polygons(rings, size)]).coco() == wanted
        assert Masks.from_polygons([rings], size, rule="native").coco() == wanted


@pytest.mark.parametrize(
    ("fill", "points", "message"),
    [
        (fill_polygon, [[0, 0], [1, 1]], "expected at least 3 points, got 2 - at `polygon`"),
        (fill_polygon, [[0, 0, 1]] * 3, r"expected points \(V, 2\) of x, y in pixels, got an array of \(3, 3\)"),
        (fill_polygon, [["a", "b"]] * 3, "expected points .* - at `polygon`"),
        (fill_polygon, [[0, 0], [1, float("nan")], [2, 2]], "expected finite coordinates .*, got nan"),
        (fill_polygon, [[0, 0], [1, -(2**20)], [2, 2]], "below 1048576 pixels, got -1048576.0"),
        (fill_rectangle, [[0, 0], [1, 1], [2, 2]], "expected 2 points, got 3 - at `rectangle`"),
        (fill_rectangle, [[0, float("inf")], [1, 1]], "expected finite .* - at `rectangle`"),
        (fill_circle, [[0, 0]], "expected 2 points, got 1 - at `circle`"),
        (fill_circle, [[0, 0], [30_000, 0]], "expected a circle at most 46340 pixels wide, got 60000"),
    ],
)
def test_a_wrong_shape_is_named(fill: Callable[..., Any], points: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        fill(points, (9, 9))
