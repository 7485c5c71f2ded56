"""The replies of `maskmill bench`, for an image of one size."""

from __future__ import annotations

import os

from maskmill_bindings._bench.workload_replies import (
    ITEMS,
    SIDES,
    blob,
    mixed_reply,
    paligemma_reply,
    png,
    png_reply,
    ring_reply,
    tokens_reply,
)

__all__ = [
    "HEIGHT",
    "ITEMS",
    "SIDES",
    "SIZE",
    "WIDTH",
    "blob",
    "mixed_reply",
    "paligemma_reply",
    "png",
    "png_reply",
    "ring_reply",
    "tokens_reply",
]

WIDTH, HEIGHT = (int(side) for side in os.environ.get("MASKMILL_BENCHMARK_SIZE", "1920x1080").split("x"))
SIZE = (WIDTH, HEIGHT)
