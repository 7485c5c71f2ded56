"""The frame and the order of coordinates, and the dialects of models, which have one of each."""

from __future__ import annotations

from typing import Literal, NamedTuple

Order = Literal["", "yx", "xy"]
"""Which number of a pair comes first; empty: not known."""

FrameName = Literal[
    "", "thousandths", "unit", "percent", "pixels", "box_thousandths", "box_unit", "box_percent", "box_pixels"
]
"""What coordinates run to: 1000, 1, 100 or the image's pixels; with ``box_``, within the item's box. Empty: not known.
"""

Dialect = Literal[
    "auto",
    "gemini",
    "qwen2",
    "qwen2.5",
    "qwen3",
    "gpt",
    "claude",
    "florence",
    "moondream",
    "perceptron",
    "sam3",
    "falcon",
    "internvl",
    "glm",
    "deepseek",
]
"""A family of models that writes in one layout; `_frames.dialects` says in which."""


class Layout(NamedTuple):
    """The order and the frame that the form of an item, or its dialect, says; a comparison decides the rest.

    Attributes
    ----------
    box_order, mask_order : {"", "yx", "xy"}
        The order of the box's corners, and of the points of the polygon.
    box_frame, mask_frame : str
        See `FrameName`; a box has none of the frames within a box.
    """

    box_order: Order = ""
    box_frame: FrameName = ""
    mask_order: Order = ""
    mask_frame: FrameName = ""
