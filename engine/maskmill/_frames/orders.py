"""The orders that an item may have, and which of them its numbers, its reply and its key speak for."""

from __future__ import annotations

from typing import Final

from .._images.size import Size
from .._kernels.steps.axes import AGREEMENT, is_clear, vote
from .frame import Extent, Frame, named_frame
from .readings import Orders, Reading, compare
from .subject import Subject

CLEAR_AGREEMENT: Final = 0.7
"""Intersection over union from which another reading is taken where the plain one does not agree."""

_BY_KEY: Final = {
    "yx": (Orders("yx", "xy"), Orders("yx", "yx"), Orders("xy", "xy"), Orders("xy", "yx")),
    "xy": (Orders("xy", "xy"), Orders("yx", "xy"), Orders("xy", "yx"), Orders("yx", "yx")),
}
"""Every pair of orders, the usual ones for a key first."""


def possible_orders(subject: Subject) -> list[Orders]:
    """Return the orders that a subject may have, the usual ones for its key first."""
    layout = subject.layout
    return [
        orders
        for orders in _BY_KEY[subject.key_order or "yx"]
        if layout.box_order in ("", orders.box) and layout.mask_order in ("", orders.mask)
    ]


def plain_frames(subject: Subject, size: Size) -> tuple[Frame, Frame]:
    """Return the frames that are known, or else thousandths; 0 to 1 where the numbers are fractions."""
    box_is_unit = subject.box is not None and subject.box.is_unit
    ring_is_unit = subject.ring_is_unit or (box_is_unit and is_in_unit(subject.ring))
    box_frame = subject.box_frame or named_frame("unit" if box_is_unit else "thousandths", size)
    return box_frame, subject.mask_frame or named_frame("unit" if ring_is_unit else "thousandths", size)


def is_in_unit(extent: Extent | None) -> bool:
    """Tell whether coordinates lie between 0 and 1; False where there are none."""
    return extent is not None and min(extent) >= 0 and max(extent) <= 1


def order_readings(subject: Subject, frames: tuple[Frame, Frame]) -> tuple[Reading, Reading] | None:
    """Return the two readings that numbers can tell apart: opposite orders, as Gemini writes them, and the same order.

    None where the order of the points is known, or nothing can be compared.
    """
    pair = _opposite_and_same(subject) if subject.is_compared else None
    return None if pair is None else (compare(subject, pair[0], frames), compare(subject, pair[1], frames))


def margin(readings: tuple[Reading, Reading] | None) -> float:
    """Return how much better opposite orders fit than the same one, from -1 to 1; 0 where there are not both."""
    return 0.0 if readings is None else readings[0].overlap - readings[1].overlap


def plain_reading(
    subject: Subject, frames: tuple[Frame, Frame], readings: tuple[Reading, Reading] | None, balance: float
) -> Reading:
    """Return the reading in plain frames: the item's numbers decide, then its reply, then its key.

    Parameters
    ----------
    subject : Subject
        An item with a box and a mask.
    frames : tuple of Frame
        The plain frames of both.
    readings : tuple of Reading, optional
        See `order_readings`.
    balance : float
        The sum of the votes of the items of the reply.
    """
    if readings is not None:
        return readings[_is_same(subject, margin(readings), balance)]
    others = [compare(subject, orders, frames) for orders in possible_orders(subject)]
    first, best = others[0], max(others, key=lambda reading: reading.overlap)
    if first.overlap >= AGREEMENT or best.overlap < CLEAR_AGREEMENT:
        return first
    return first if _fits_otherwise(subject, first) else best


def _fits_otherwise(subject: Subject, first: Reading) -> bool:
    """Tell whether an RLE fits its box in the order of its key if it is read row by row."""
    if subject.rle is None:
        return False
    frames = first.box_frame, first.mask_frame
    return any(compare(subject, first.orders, frames, rle).overlap >= CLEAR_AGREEMENT for rle in subject.other_rle())


def votes(margins: list[float]) -> float:
    """Return the balance of a reply; added as kernels add, since `sum` of Python 3.12 rounds otherwise."""
    balance = 0.0
    for each in margins:
        balance += vote(each)
    return balance


def _is_same(subject: Subject, own_margin: float, balance: float) -> bool:
    """Tell whether box and points are in the same order."""
    decisive = own_margin if is_clear(own_margin) else balance
    is_xy_key = subject.key_order == "xy" and not subject.layout.box_order
    return decisive < 0 or (decisive == 0 and is_xy_key)


def _opposite_and_same(subject: Subject) -> tuple[Orders, Orders] | None:
    """Return the two pairs of orders that numbers can tell apart; None where the order of the points is known."""
    layout = subject.layout
    if subject.ring is None or layout.mask_order:
        return None
    if layout.box_order:
        box = layout.box_order
        return Orders(box, "xy"), Orders(box, "yx")
    return Orders("yx", "xy"), Orders(subject.key_order, subject.key_order)
