"""The replies that are timed, and the size of their image."""

from __future__ import annotations

import os

from support.bench.bench_replies import (
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
