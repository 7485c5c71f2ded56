"""Compare a box with its mask under one order and one frame of each: their intersection over union."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from .._images.size import Size
from .._kernels.steps.axes import overlap
from .._layout import FrameName, Order
from .frame import Extent, Frame, is_within, named_frame
from .subject import NO_READING, RleReading, Subject

_IMAGE_FRAMES: Final[tuple[FrameName, ...]] = ("pixels", "percent", "unit")
_BOX_FRAMES: Final[tuple[FrameName, ...]] = ("box_thousandths", "box_unit", "box_percent", "box_pixels")


class Orders(NamedTuple):
    """The order of a box and that of the points of its polygon."""

    box: Order
    mask: Order

    @property
    def are_same(self) -> bool:
        """Whether both are the same, so that transposing both fits as well."""
        return self.box == self.mask


class Reading(NamedTuple):
    """One way to read a box and its mask, and how well they agree: intersection over union, 0 to 1."""

    orders: Orders
    box_frame: Frame
    mask_frame: Frame
    overlap: float
    rle: str = NO_READING

    @property
    def frames(self) -> tuple[str, str]:
        """The names of both frames, or of the box's frame and the reading of the RLE."""
        return self.box_frame.name, self.rle or self.mask_frame.name


def turned(extent: Extent, order: Order) -> Extent:
    """Return minima and maxima of the first and second numbers as y0, x0, y1, x1."""
    a0, b0, a1, b1 = extent
    return extent if order == "yx" else (b0, a0, b1, a1)


def as_thousandths(extent: Extent, frame: Frame) -> Extent:
    """Return y0, x0, y1, x1 in thousandths of the far sides; in thousandths, as they stand, as kernels compare them."""
    if frame.far_x == frame.far_y == 1000:
        return extent
    y0, x0, y1, x1 = extent
    y, x = 1000 / frame.far_y, 1000 / frame.far_x
    return y0 * y, x0 * x, y1 * y, x1 * x


def within_box(extent: Extent, box: Extent, frame: Frame) -> Extent:
    """Return thousandths of the image for an extent in a frame within a box.

    Parameters
    ----------
    extent : tuple of float
        y0, x0, y1, x1 in `frame`.
    box : tuple of float
        The corners of the box, in thousandths of the image.
    frame : Frame
        A frame within the box.
    """
    y0, x0, y1, x1 = as_thousandths(extent, frame)
    y, x = (1.0, 1.0) if frame.name == "box_pixels" else ((box[2] - box[0]) / 1000, (box[3] - box[1]) / 1000)
    return box[0] + y0 * y, box[1] + x0 * x, box[0] + y1 * y, box[1] + x1 * x


def compare(subject: Subject, orders: Orders, frames: tuple[Frame, Frame], rle: RleReading | None = None) -> Reading:
    """Return a reading of a subject with its overlap.

    Parameters
    ----------
    subject : Subject
        An item with a box and a mask.
    orders : Orders
        The orders to try.
    frames : tuple of Frame
        The frames of the box and of the mask.
    rle : RleReading, optional
        Another way to read its RLE.
    """
    assert subject.box is not None
    box_frame, mask_frame = frames
    box = as_thousandths(turned(subject.box.corners, orders.box), box_frame)
    rle = rle or subject.rle
    if rle is not None:
        return Reading(orders, box_frame, mask_frame, overlap(box, rle.extent), rle.name)
    assert subject.ring is not None
    points = turned(subject.ring, orders.mask)
    mask = within_box(points, box, mask_frame) if mask_frame.is_in_box else as_thousandths(points, mask_frame)
    return Reading(orders, box_frame, mask_frame, overlap(box, mask))


def other_readings(subject: Subject, orders: list[Orders], frames: tuple[Frame, Frame], size: Size) -> list[Reading]:
    """Return the readings of a subject in which one frame, or the order of its RLE, is another one, usual orders first.

    Parameters
    ----------
    subject : Subject
        An item with a box and a mask.
    orders : list of Orders
        The orders to try, the usual ones first.
    frames : tuple of Frame
        The frames of the box and of the mask that did not agree.
    size : tuple of int
        (width, height) of the image.
    """
    pairs = [(each, pair) for each in orders for pair in _other_frames(subject, each, frames, size)]
    readings = [compare(subject, each, pair) for each, pair in pairs]
    others = subject.other_rle() if subject.ring is None else []
    readings += [compare(subject, each, frames, rle) for each in orders for rle in others]
    return readings + [compare(subject, each, pair, rle) for each, pair in pairs for rle in others]


def _other_frames(
    subject: Subject, orders: Orders, frames: tuple[Frame, Frame], size: Size
) -> Iterator[tuple[Frame, Frame]]:
    """Yield the pairs of frames of which one is another one that its coordinates fit."""
    assert subject.box is not None
    box_frame, mask_frame = frames
    if subject.mask_frame is None and subject.ring is not None:
        for frame in _fitting(turned(subject.ring, orders.mask), (*_IMAGE_FRAMES, *_BOX_FRAMES), mask_frame, size):
            yield box_frame, frame
    if subject.box_frame is None:
        for frame in _fitting(turned(subject.box.corners, orders.box), _IMAGE_FRAMES, box_frame, size):
            yield frame, mask_frame


def _fitting(extent: Extent, names: tuple[FrameName, ...], but: Frame, size: Size) -> Iterator[Frame]:
    """Yield the frames of these names, but for one, whose far sides an extent does not pass."""
    for name in names:
        frame = named_frame(name, size)
        if name != but.name and is_within(extent, (frame.far_x, frame.far_y)):
            yield frame
