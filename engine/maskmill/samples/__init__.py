"""A scene with known truth, and replies about it as models write them, made without the engine's own code."""

from __future__ import annotations

from .exercise import exercise
from .replies import FORMS, Sample, compose, mixed, reply, samples
from .scene import picture
from .shapes import SHAPES, SIZE, Shape

__all__ = [
    "FORMS",
    "SHAPES",
    "SIZE",
    "Sample",
    "Shape",
    "compose",
    "exercise",
    "mixed",
    "picture",
    "reply",
    "samples",
]
