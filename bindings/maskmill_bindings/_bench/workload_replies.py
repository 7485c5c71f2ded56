"""Replies of a fixed, seeded make-up, as large as real ones, and the same bytes wherever they are made."""

from __future__ import annotations

import base64
import json
import math
import random
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.samples._replies import png_around

from .packing import pack

ITEMS: Final = 15
SIDES: Final = (60, 500)
"""Least and largest side of a box, in thousandths of the image: 6 to 50 %."""

Sides = tuple[int, int]
Box = list[int]


def png_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES) -> str:
    """A fenced reply of binary 256x256 PNG masks of some 600 bytes."""
    draw = random.Random(seed)
    return _fenced([_item(draw, sides, i, lambda _: _data_uri(draw)) for i in range(items)])


def ring_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES, vertices: int = 24) -> str:
    """A reply of rings, wrapped as Gemini 3.6 does.

    >>> ring_reply(items=1, vertices=3)[:60]
    '{"boxes": [{"box_2d": [388, 430, 880, 687], "mask": [[662, 6'
    """
    draw = random.Random(seed)
    return json.dumps({"boxes": [_item(draw, sides, i, lambda box: _ring(draw, box, vertices)) for i in range(items)]})


def tokens_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES) -> str:
    """A fenced reply of Gemini's mask tokens."""
    draw = random.Random(seed)
    made = [_item(draw, sides, i, lambda _: _tokens(draw, "<seg_{}>")) for i in range(items)]
    return _fenced([{**item, "mask": f"<start_of_mask>{item['mask']}"} for item in made])


def paligemma_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES) -> str:
    """A reply of PaliGemma's location and mask tokens."""
    draw = random.Random(seed)
    made = [_item(draw, sides, i, lambda _: _tokens(draw, "<seg{:03}>")) for i in range(items)]
    boxes = ["".join(f"<loc{v * 1023 // 1000:04}>" for v in item["box_2d"]) for item in made]
    return " ; ".join(f"{box} {item['mask']} {item['label']}" for box, item in zip(boxes, made, strict=True))


def _tokens(draw: random.Random, spelling: str) -> str:
    return "".join(spelling.format(draw.randrange(128)) for _ in range(16))


def mixed_reply(seed: int = 0, items: int = ITEMS, sides: Sides = SIDES) -> str:
    """A fenced reply of PNG masks and rings in turn."""
    draw = random.Random(seed)
    forms: tuple[Callable[[Box], Any], ...] = (lambda _: _data_uri(draw), lambda box: _ring(draw, box, 24))
    return _fenced([_item(draw, sides, i, forms[i % 2]) for i in range(items)])


def blob(draw: random.Random) -> NDArray[np.bool_]:
    """Three overlapping ellipses with a wavy outline, as a binary map of 256x256."""
    y, x = np.mgrid[:256, :256]
    blob = np.zeros((256, 256), bool)
    for _ in range(3):
        dy, dx = y - draw.uniform(80, 176), x - draw.uniform(80, 176)
        wave = 0.1 * np.sin(draw.randint(3, 9) * np.arctan2(dy, dx) + draw.uniform(0, 6))
        blob |= np.hypot(dy / draw.uniform(40, 120), dx / draw.uniform(40, 120)) + wave < 1
    return blob


def png(pixels: NDArray[np.bool_]) -> bytes:
    """An 8-bit grey PNG of 0 and 255, laid out as the models' are: one IDAT, no filters."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = pixels * np.uint8(255)
    return png_around(pack(rows), (width, height))


def streams(reply: str) -> list[bytes]:
    """The zlib streams of the PNGs in a fenced reply."""
    masks = [item["mask"] for item in json.loads(reply.strip("`json\n"))]
    return [base64.b64decode(mask.partition(",")[2])[41:-16] for mask in masks]


def _fenced(items: list[dict[str, Any]]) -> str:
    return f"```json\n{json.dumps(items)}\n```"


def _item(draw: random.Random, sides: Sides, number: int, mask: Callable[[Box], Any]) -> dict[str, Any]:
    height, width = draw.randint(*sides), draw.randint(*sides)
    y, x = draw.randint(0, 1000 - height), draw.randint(0, 1000 - width)
    box = [y, x, y + height, x + width]
    return {"box_2d": box, "mask": mask(box), "label": f"object {number}"}


def _data_uri(draw: random.Random) -> str:
    return "data:image/png;base64," + base64.b64encode(png(blob(draw))).decode()


def _ring(draw: random.Random, box: Box, vertices: int) -> list[list[int]]:
    y0, x0, y1, x1 = box
    points = []
    for i in range(vertices):
        angle, reach = i * math.tau / vertices, draw.uniform(0.8, 1.0) / 2
        x, y = (x0 + x1) / 2 + reach * (x1 - x0) * math.cos(angle), (y0 + y1) / 2 + reach * (y1 - y0) * math.sin(angle)
        points.append([round(x), round(y)])
    return points
