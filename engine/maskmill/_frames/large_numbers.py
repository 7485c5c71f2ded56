"""Coordinates past 1000 that fit the image: pixels, where nothing else shows their frame."""

from __future__ import annotations

from typing import Final

from .._images.size import Size
from .._layout import Order
from .frame import Extent, is_within
from .readings import Orders, Reading, turned
from .subject import Subject

_OVERSHOOT: Final = 1050
"""A coordinate up to which Gemini's thousandths overshoot the image, instead of being pixels."""


def pixel_orders(subjects: list[Subject], readings: list[Reading], size: Size) -> list[Orders]:
    """Return the orders in which all items are pixels of the image; empty if they are not, or need not be.

    Parameters
    ----------
    subjects : list of Subject
        The items of one reply whose frame nothing shows.
    readings : list of Reading
        How they are read in thousandths.
    size : tuple of int
        (width, height) of the image.
    """
    limit = _OVERSHOOT if any(subject.is_gemini for subject in subjects) else 1000
    if not any(max(extent) > limit for subject in subjects for extent in _extents(subject)):
        return []
    as_read = [reading.orders for reading in readings]
    fitting = [_fits(subject, orders, size) for subject, orders in zip(subjects, as_read, strict=True)]
    if all(fitting):
        return as_read
    orders = [_transposed(subject, orders) for subject, orders in zip(subjects, as_read, strict=True)]
    return orders if all(_fits(subject, each, size) for subject, each in zip(subjects, orders, strict=True)) else []


def _extents(subject: Subject) -> list[Extent]:
    box = subject.box.corners if subject.box else None
    return [extent for extent in (subject.ring, box) if extent is not None]


def _transposed(subject: Subject, orders: Orders) -> Orders:
    """Return the other order of an item that fits both, or has but a box; the same for any other item."""
    if subject.layout.box_order or subject.layout.mask_order or (subject.is_compared and not orders.are_same):
        return orders
    return Orders(_other(orders.box), _other(orders.mask)) if subject.box is not None else orders


def _other(order: Order) -> Order:
    return "xy" if order == "yx" else "yx"


def _fits(subject: Subject, orders: Orders, size: Size) -> bool:
    box_fits = subject.box is None or is_within(turned(subject.box.corners, orders.box), size, 0.002)
    return box_fits and (subject.ring is None or is_within(turned(subject.ring, orders.mask), size, 0.002))
