"""Random shapes of annotation tools, and their pixels by the tools' own libraries; imports nothing of ours."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pycocotools import mask as coco_mask

Points = NDArray[np.float64]
Size = tuple[int, int]

KINDS: Final = ("polygon", "rectangle", "circle", "oriented_rectangle")
"""What LabelMe calls the shapes that have an inside."""

_SPREADS: Final = ((0.0, 1.0), (-0.05, 1.05), (-0.5, 1.5), (0.3, 0.6), (-5.0, 8.0))
"""Where vertices lie, in sides of the image."""

_GRIDS: Final = (1.0, 2.0, 5.0, 10.0, 100.0, 0.0)
"""Steps per pixel of coordinates; 0 stands for any real number."""

_VERTICES: Final = (3, 4, 5, 8, 20, 60)


def random_size(rng: np.random.Generator, largest: Size) -> Size:
    """Return the size of an image: mostly small, sometimes the largest."""
    side = (12, 12) if rng.random() < 0.4 else (90, 90)
    if rng.random() < 0.1:
        return largest
    return int(rng.integers(1, min(side[0], largest[0]) + 1)), int(rng.integers(1, min(side[1], largest[1]) + 1))


def random_ring(rng: np.random.Generator, size: Size) -> Points:
    """Return a ring (V, 2): on a grid or not, inside, across or far past the border, perhaps degenerate."""
    low, high = _SPREADS[rng.integers(len(_SPREADS))]
    grid = _GRIDS[rng.integers(len(_GRIDS))]
    ring = rng.uniform(low, high, (_VERTICES[rng.integers(len(_VERTICES))], 2)) * size
    if grid:
        ring = np.round(ring * grid) / grid
    change = rng.integers(8)
    if change == 0:
        ring = np.clip(ring, 0, size)
    elif change == 1:
        ring[-1] = ring[0]
    elif change == 2:
        ring[: len(ring) // 2, rng.integers(2)] = ring[0, 0]
    elif change == 3:
        ring = np.sort(ring, axis=0)
    return ring


def random_shape(rng: np.random.Generator, kind: str, size: Size) -> Points:
    """Return the points of one of `KINDS`."""
    ring = random_ring(rng, size)
    if kind == "polygon":
        return ring
    if kind == "rectangle":
        return ring[:2]
    if kind == "circle":
        radius = rng.choice([1, 3, max(size)]) * rng.random() * (1, np.sin(1))[rng.integers(2)]
        angle = rng.choice([0, rng.uniform(0, 2 * np.pi)])
        return np.stack([ring[0], ring[0] + radius * np.array([np.cos(angle), np.sin(angle)])])
    centre, angle = ring[0], rng.uniform(0, 2 * np.pi)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    long, wide = rng.uniform(0, max(size), 2)
    corners = [(1, 1), (1, -1), (-1, -1), (-1, 1)]
    return np.stack([centre + a * long * along + b * wide * across for a, b in corners])


def coco_string(rings: list[Points], size: Size) -> bytes:
    """Return the COCO string that pycocotools gives for rings of one object."""
    parts = coco_mask.frPyObjects([ring.ravel().tolist() for ring in rings], size[1], size[0])
    text: bytes = coco_mask.merge(parts)["counts"]
    return text


def labelme_pixels(kind: str, points: Points, size: Size) -> NDArray[np.bool_]:
    """Return the pixels (H, W) that Pillow draws for a shape of LabelMe."""
    image = Image.new("L", size)
    draw: Any = ImageDraw.Draw(image)
    xy = [tuple(point) for point in points.tolist()]
    if kind == "circle":
        (cx, cy), (px, py) = xy
        radius = math.sqrt((cx - px) ** 2 + (cy - py) ** 2)
        draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=1, outline=1)
    elif kind == "rectangle":
        draw.rectangle((tuple(points.min(0).tolist()), tuple(points.max(0).tolist())), fill=1, outline=1)
    else:
        draw.polygon(xy, fill=1, outline=1)
    return np.asarray(image) > 0
