"""What a decision about coordinates is made of, one item at a time: its box and the extent of its mask, as written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from .._boxes import Box, WrittenBox
from .._layout import Layout, Order
from ..status import Note
from .frame import Extent, Frame

NO_READING: Final = ""
_NOTHING_KNOWN: Final = Layout()


class RleReading(NamedTuple):
    """One way to read an RLE: its name, and y0, x0, y1, x1 of its pixels in thousandths of the image."""

    name: str
    extent: Extent


@dataclass(slots=True)
class Subject:
    """The box and the mask of one item, before their order and frame are known.

    Attributes
    ----------
    box : WrittenBox or None
        The box as written; None where it has none that can be used.
    ring : Extent or None
        Of polygons: minima and maxima a0, b0, a1, b1 of the points as written.
    rle : RleReading or None
        Of an RLE that fits the image: how it is read as it stands.
    other_rle : callable
        Returns the other ways to read the RLE; called only where its box does not agree with the first.
    key_order : {"yx", "xy"}
        The order that the key of the box stands for.
    layout : Layout
        What the form of the reply or the caller says; empty where the comparison decides.
    box_frame, mask_frame : Frame or None
        The frames that `layout` or the caller names.
    is_gemini : bool
        The keys, or the form of the mask, are Gemini's.
    is_map : bool
        The mask is a map within the box, so that there is nothing to compare.
    box_shape : {"", "corner", "centre"}
        The last two numbers of the box were read as its extents, the first two as this point of it.
    ring_is_unit : bool
        The coordinates of the ring run from 0 to 1, one of them a fraction.
    """

    box: WrittenBox | None
    ring: Extent | None = None
    rle: RleReading | None = None
    other_rle: Callable[[], list[RleReading]] = list
    key_order: Order = "yx"
    layout: Layout = _NOTHING_KNOWN
    box_frame: Frame | None = None
    mask_frame: Frame | None = None
    is_gemini: bool = False
    is_map: bool = False
    box_shape: str = ""
    ring_is_unit: bool = False

    @property
    def is_compared(self) -> bool:
        """Whether there is a box and a mask that can be compared with it."""
        return self.box is not None and (self.ring is not None or self.rle is not None)


@dataclass(slots=True)
class Decision:
    """How one item is read.

    Attributes
    ----------
    box_order, mask_order : {"yx", "xy"}
        The order of the box's corners and of the points.
    box_frame, mask_frame : Frame
        Their frames.
    overlap : float
        Intersection over union of mask and box so read, 0 to 1; NaN where nothing is compared.
    rle : str
        The name of the reading of the RLE; empty: as it stands.
    box : Box or None
        The box so read.
    notes : list of Note
        What is to be said about it.
    """

    box_order: Order
    mask_order: Order
    box_frame: Frame
    mask_frame: Frame
    overlap: float = float("nan")
    rle: str = NO_READING
    box: Box | None = None
    notes: list[Note] = field(default_factory=list)
