"""The orders that an item may have, and which of them its numbers, its reply and its key speak for."""

from __future__ import annotations

from typing import Final

from .._image_size import Size
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
    ring_is_unit = subject.ring_is_unit or (box_is_unit and _is_in_unit(subject.ring))
    box_frame = subject.box_frame or named_frame("unit" if box_is_unit else "thousandths", size)
    return box_frame, subject.mask_frame or named_frame("unit" if ring_is_unit else "thousandths", size)


def _is_in_unit(extent: Extent | None) -> bool:
    return extent is not None and min(extent) >= 0 and max(extent) <= 1


def margin(subject: Subject, frames: tuple[Frame, Frame]) -> float:
    """Return how much better the subject fits the usual pair of orders than the other one, from -1 to 1.

    The two pairs are those that the numbers can tell apart: opposite orders, as Gemini writes them, and the same order.
    It is 0 where one of the two is not possible.
    """
    pair = _opposite_and_same(subject)
    if pair is None or not subject.is_compared:
        return 0.0
    opposite, same = (compare(subject, orders, frames).overlap for orders in pair)
    return opposite - same


def plain_reading(subject: Subject, frames: tuple[Frame, Frame], own_margin: float, balance: float) -> Reading:
    """Return the reading in plain frames: the item's numbers decide, then its reply, then its key.

    Parameters
    ----------
    subject : Subject
        An item with a box and a mask.
    frames : tuple of Frame
        The plain frames of both.
    own_margin : float
        See `margin`.
    balance : float
        The sum of the votes of the items of the reply.
    """
    pair = _opposite_and_same(subject)
    if pair is not None:
        return compare(subject, pair[_is_same(subject, own_margin, balance)], frames)
    readings = [compare(subject, orders, frames) for orders in possible_orders(subject)]
    first, best = readings[0], max(readings, key=lambda reading: reading.overlap)
    return best if first.overlap < AGREEMENT and best.overlap >= CLEAR_AGREEMENT else first


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
