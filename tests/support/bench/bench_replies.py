"""Seeded replies as large as real ones, of any number of items, sides and vertices.

The replies that `maskmill bench` times, ``_bench/data/replies.json``, have the same items: see that package's `forms`.
Only their PNGs were compressed by another encoder, so that no version of zlib can change them.
"""

from __future__ import annotations

import base64
import json
import math
import random
import zlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.samples._replies import png_around

ITEMS: Final = 15
SIDES: Final = (60, 500)
"""Smallest and largest side of a box, in thousandths of the image: 6 to 50 %."""

Sides = tuple[int, int]
Box = list[int]


def png_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES) -> str:
    """Return a fenced reply of binary 256x256 PNG maps, about 600 bytes each.

    Parameters
    ----------
    seed : int
        Chooses boxes and maps.
    items : int
        Number of items.
    sides : tuple of int
        Smallest and largest side of a box, in thousandths of the image.
    """
    rng = random.Random(seed)
    return _fence([_item(rng, sides, i, lambda _: _data_uri(rng)) for i in range(items)])


def ring_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES, vertices: int = 24) -> str:
    """Return a reply of polygons, wrapped as Gemini 3.6 does.

    >>> ring_reply(items=1, vertices=3)[:60]
    '{"boxes": [{"box_2d": [388, 430, 880, 687], "mask": [[662, 6'

    Parameters
    ----------
    seed : int
        Chooses boxes and vertices.
    items : int
        Number of items.
    sides : tuple of int
        Smallest and largest side of a box, in thousandths of the image.
    vertices : int
        Vertices of each polygon.
    """
    rng = random.Random(seed)
    return json.dumps({"boxes": [_item(rng, sides, i, lambda box: _ring(rng, box, vertices)) for i in range(items)]})


def tokens_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES) -> str:
    """Return a fenced reply of Gemini's mask tokens; the parameters are those of `png_reply`."""
    rng = random.Random(seed)
    rows = [_item(rng, sides, i, lambda _: _tokens(rng, "<seg_{}>")) for i in range(items)]
    return _fence([{**item, "mask": f"<start_of_mask>{item['mask']}"} for item in rows])


def paligemma_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES) -> str:
    """Return a reply of PaliGemma's location and mask tokens; the parameters are those of `png_reply`."""
    rng = random.Random(seed)
    rows = [_item(rng, sides, i, lambda _: _tokens(rng, "<seg{:03}>")) for i in range(items)]
    boxes = ["".join(f"<loc{v * 1023 // 1000:04}>" for v in item["box_2d"]) for item in rows]
    return " ; ".join(f"{box} {item['mask']} {item['label']}" for box, item in zip(boxes, rows, strict=True))


def mixed_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES) -> str:
    """Return a fenced reply of PNG maps and polygons in turn; the parameters are those of `png_reply`."""
    rng = random.Random(seed)
    forms: tuple[Callable[[Box], Any], ...] = (lambda _: _data_uri(rng), lambda box: _ring(rng, box, 24))
    return _fence([_item(rng, sides, i, forms[i % 2]) for i in range(items)])


def blob(rng: random.Random) -> NDArray[np.bool_]:
    """Return three overlapping ellipses with a wavy outline, bool (256, 256)."""
    y, x = np.mgrid[:256, :256]
    pixels = np.zeros((256, 256), bool)
    for _ in range(3):
        dy, dx = y - rng.uniform(80, 176), x - rng.uniform(80, 176)
        wave = 0.1 * np.sin(rng.randint(3, 9) * np.arctan2(dy, dx) + rng.uniform(0, 6))
        pixels |= np.hypot(dy / rng.uniform(40, 120), dx / rng.uniform(40, 120)) + wave < 1
    return pixels


def png(pixels: NDArray[np.bool_]) -> bytes:
    """Return an 8-bit grey PNG of 0 and 255, laid out as the models' are: one IDAT, no filters."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = pixels * np.uint8(255)
    return png_around(zlib.compress(rows.tobytes(), 9), (width, height))


def _tokens(rng: random.Random, spelling: str) -> str:
    return "".join(spelling.format(rng.randrange(128)) for _ in range(16))


def _fence(items: list[dict[str, Any]]) -> str:
    return f"```json\n{json.dumps(items)}\n```"


def _item(rng: random.Random, sides: Sides, number: int, mask: Callable[[Box], Any]) -> dict[str, Any]:
    height, width = rng.randint(*sides), rng.randint(*sides)
    y, x = rng.randint(0, 1000 - height), rng.randint(0, 1000 - width)
    box = [y, x, y + height, x + width]
    return {"box_2d": box, "mask": mask(box), "label": f"object {number}"}


def _data_uri(rng: random.Random) -> str:
    return "data:image/png;base64," + base64.b64encode(png(blob(rng))).decode()


def _ring(rng: random.Random, box: Box, vertices: int) -> list[list[int]]:
    y0, x0, y1, x1 = box
    points = []
    for i in range(vertices):
        angle, reach = i * math.tau / vertices, rng.uniform(0.8, 1.0) / 2
        x, y = (x0 + x1) / 2 + reach * (x1 - x0) * math.cos(angle), (y0 + y1) / 2 + reach * (y1 - y0) * math.sin(angle)
        points.append([round(x), round(y)])
    return points
