"""Replies of a fixed, seeded make-up, as large as real ones."""

from __future__ import annotations

import base64
import json
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np

from maskmill.samples.replies import png

SIZE = (1920, 1080)
ITEMS = 15


def png_reply(seed: int = 0) -> str:
    """A fenced reply of 15 binary 256x256 PNG masks in boxes of all sizes."""
    draw = random.Random(seed)
    items = _items(draw, lambda box: "data:image/png;base64," + base64.b64encode(png(_blob(draw))).decode())
    return f"```json\n{json.dumps(items)}\n```"


def ring_reply(seed: int = 0) -> str:
    """A reply of 15 rings of 24 points in boxes of all sizes, wrapped as Gemini 3.6 does."""
    draw = random.Random(seed)
    return json.dumps({"boxes": _items(draw, lambda box: _ring(draw, box))})


def _items(draw: random.Random, mask: Callable[[list[int]], Any]) -> list[dict[str, Any]]:
    boxes = [_box(draw) for _ in range(ITEMS)]
    return [{"box_2d": box, "mask": mask(box), "label": f"object {i}"} for i, box in enumerate(boxes)]


def _box(draw: random.Random) -> list[int]:
    height, width = draw.randint(40, 500), draw.randint(40, 500)
    y, x = draw.randint(0, 1000 - height), draw.randint(0, 1000 - width)
    return [y, x, y + height, x + width]


def _blob(draw: random.Random) -> Any:
    """Three overlapping ellipses, as a binary map of 256x256."""
    y, x = np.mgrid[:256, :256]
    blob = np.zeros((256, 256), bool)
    for _ in range(3):
        dy, dx = y - draw.uniform(80, 176), x - draw.uniform(80, 176)
        blob |= (dy / draw.uniform(30, 110)) ** 2 + (dx / draw.uniform(30, 110)) ** 2 < 1
    return blob


def _ring(draw: random.Random, box: list[int]) -> list[list[int]]:
    y0, x0, y1, x1 = box
    points = []
    for i in range(24):
        angle, reach = i * math.tau / 24, draw.uniform(0.6, 1.0) / 2
        x, y = (x0 + x1) / 2 + reach * (x1 - x0) * math.cos(angle), (y0 + y1) / 2 + reach * (y1 - y0) * math.sin(angle)
        points.append([round(x), round(y)])
    return points
