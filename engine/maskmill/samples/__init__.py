"""A scene with known masks, and replies about it as models write them, built without the engine's own code."""

from __future__ import annotations

from ._replies import FORMS, Sample, compose, mixed, reply, samples
from ._scene import picture
from ._shapes import SHAPES, SIZE, Shape

__all__ = [
    "FORMS",
    "SHAPES",
    "SIZE",
    "Sample",
    "Shape",
    "compose",
    "mixed",
    "picture",
    "reply",
    "samples",
]
