"""The frame and the order of coordinates: what far side they run to, and whether x or y comes first."""

from __future__ import annotations

from typing import Literal, NamedTuple

Order = Literal["", "yx", "xy"]
"""Which number of a pair comes first; empty: not known."""

FrameName = Literal[
    "", "thousandths", "unit", "percent", "pixels", "box_thousandths", "box_unit", "box_percent", "box_pixels"
]
"""What coordinates run to: 1000, 1, 100 or the image's pixels; with ``box_``, within the item's box. Empty: not known.
"""


class Layout(NamedTuple):
    """What is known about the coordinates of an item before they are compared with each other.

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
