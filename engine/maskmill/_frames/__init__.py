"""Decide the order and the frame of coordinates: compare every mask with its box, and say what decided."""

from __future__ import annotations

from .decide import decide_layouts
from .dialects import DIALECTS, Convention, convention
from .frame import Extent, Frame
from .notes import resized_image_note, rle_note, scaled_image_note
from .readings import turned
from .subject import Decision, RleReading, Subject

__all__ = [
    "DIALECTS",
    "Convention",
    "Decision",
    "Extent",
    "Frame",
    "RleReading",
    "Subject",
    "convention",
    "decide_layouts",
    "resized_image_note",
    "rle_note",
    "scaled_image_note",
    "turned",
]
