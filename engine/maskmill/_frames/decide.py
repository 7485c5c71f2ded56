"""Decide the order and the frame of every box and polygon of a reply, by comparing masks with their boxes.

Nothing in the numbers of one box says whether it is y, x or x, y, in thousandths or in pixels. What stands beside it
does: a mask that was read rightly spans about its box. So each mask is compared with its box in the plain reading
(thousandths, or 0 to 1 where the numbers are fractions; in the order of the key). Where they do not agree, the other
frames are tried, one side at a time, and the reading that makes them agree is taken. The boxes of one reply share a
frame: clear items decide for unclear ones. A box and a ring that share a frame agree in every frame; then only numbers
past 1000 show that they are pixels, and otherwise a note says that nothing confirmed the frame.
"""

from __future__ import annotations

import math
from typing import Final

from .._boxes import Box, unit_box_note
from .._images.size import Size
from .._kernels.steps.axes import AGREEMENT, is_clear
from .alternatives import with_other_frames
from .box_extents import read_extents
from .frame import Extent, Frame, named_frame
from .large_numbers import pixel_orders
from .notes import (
    assumed_order_note,
    box_order_note,
    disagreement_note,
    extents_note,
    other_frame_note,
    rle_note,
    swapped_axes_note,
    unchecked_frame_note,
    unit_ring_note,
)
from .orders import is_in_unit, margin, order_readings, plain_frames, plain_reading, possible_orders, votes
from .readings import Orders, Reading, as_thousandths, turned, within_box
from .subject import Decision, Subject

_KEYS: Final = ("yx", "xy")

_FITS: Final = "so mask and box agree"
_SHARED: Final = "as the other items of the reply"
_LARGE: Final = "its numbers pass 1000 and fit the image"


def decide_layouts(subjects: list[Subject], size: Size) -> list[Decision]:
    """Decide the order and the frame of each item of one reply.

    Parameters
    ----------
    subjects : list of Subject
        The items of the reply that have a box or coordinates.
    size : tuple of int
        (width, height) of the image.
    """
    _share_signs(subjects)
    plain, margins = _plain_readings(subjects, size)
    final = with_other_frames(subjects, plain, size)
    if any(reading.overlap < AGREEMENT for reading in plain) and read_extents(subjects, final, size):
        plain, margins = _plain_readings(subjects, size)
        final = with_other_frames(subjects, plain, size)
    is_pixels = _in_pixels(subjects, final, plain, size)
    return [
        _decision(subject, plain[i], is_pixels.get(i, final[i]), margins[i], size) for i, subject in enumerate(subjects)
    ]


def _share_signs(subjects: list[Subject]) -> None:
    """Let the clear items of a reply speak for all: its maps, which only Gemini writes, and numbers from 0 to 1."""
    has_map = any(subject.is_map for subject in subjects)
    has_unit = any(subject.box is not None and subject.box.is_unit for subject in subjects)
    for subject in subjects:
        if has_map:
            subject.key_order = "yx"
        if subject.box is not None and not subject.box_frame and _is_unit_box(subject, has_unit):
            subject.box = subject.box._replace(is_unit=True)


def _is_unit_box(subject: Subject, has_unit: bool) -> bool:
    """Tell whether the corners 0 and 1 alone are those of the whole image: as in another box, or beside such a ring."""
    assert subject.box is not None
    corners = subject.box.corners
    if min(corners) < 0 or max(corners) > 1 or corners[0] == corners[2] or corners[1] == corners[3]:
        return False
    return has_unit or (corners == (0, 0, 1, 1) and is_in_unit(subject.ring))


def _plain_readings(subjects: list[Subject], size: Size) -> tuple[list[Reading], list[float]]:
    """Return the plain reading of each subject, and how clear its order is."""
    frames = [plain_frames(subject, size) for subject in subjects]
    pairs = [order_readings(subject, each) for subject, each in zip(subjects, frames, strict=True)]
    margins = [margin(pair) for pair in pairs]
    balances = {key: votes([m for s, m in zip(subjects, margins, strict=True) if s.key_order == key]) for key in _KEYS}
    return [
        plain_reading(subject, each, pair, balances[subject.key_order])
        if subject.is_compared
        else _uncompared(subject, each, balances[subject.key_order])
        for subject, each, pair in zip(subjects, frames, pairs, strict=True)
    ], margins


def _uncompared(subject: Subject, frames: tuple[Frame, Frame], balance: float) -> Reading:
    """Return the reading of an item with a box or a mask alone: the order is its key's, or that of the reply."""
    orders = possible_orders(subject)
    wanted = ("yx" if balance > 0 else "xy") if subject.key_order == "xy" else None
    if subject.box is None and balance < 0 and subject.key_order == "yx":
        return Reading(next((o for o in orders if o.mask == "yx"), orders[0]), *frames, math.nan)
    return Reading(next((o for o in orders if wanted in (None, o.box)), orders[0]), *frames, math.nan)


def _in_pixels(subjects: list[Subject], final: list[Reading], plain: list[Reading], size: Size) -> dict[int, Reading]:
    """Return the readings in pixels of the items whose frame nothing shows, if their numbers pass 1000 and fit."""
    open_items = [i for i, subject in enumerate(subjects) if final[i] is plain[i] and _is_open(subject, final[i])]
    orders = pixel_orders([subjects[i] for i in open_items], [final[i] for i in open_items], size)
    pixels = named_frame("pixels", size)
    return {
        i: final[i]._replace(orders=each, box_frame=pixels, mask_frame=pixels)
        for i, each in zip(open_items, orders, strict=False)
    }


def _is_open(subject: Subject, reading: Reading) -> bool:
    """Tell whether nothing shows the frame of an item: its box and its ring share one, or it has but one of them."""
    if subject.rle is not None or subject.box_frame or subject.mask_frame:
        return False
    if subject.is_compared and reading.overlap < AGREEMENT:
        return False
    frames = {reading.box_frame.name if subject.box else "", reading.mask_frame.name if subject.ring else ""} - {""}
    return frames == {"thousandths"}


# Notes, and the box that comes out.


def _decision(subject: Subject, plain: Reading, final: Reading, own_margin: float, size: Size) -> Decision:
    orders = final.orders
    decision = Decision(orders.box, orders.mask, final.box_frame, final.mask_frame, final.overlap, final.rle)
    if subject.box_shape:
        decision.notes.append(extents_note(subject.box_shape))
    if subject.box is not None:
        y0, x0, y1, x1 = turned(subject.box.corners, orders.box)
        decision.box = _box((y0, x0, y1, x1), final.box_frame)
    _note_frames(decision, subject, plain, final)
    _note_orders(decision, subject, plain, final, own_margin)
    if subject.is_compared and final.overlap < AGREEMENT and decision.box is not None:
        decision.notes.append(disagreement_note(_mask_extent(subject, final), decision.box, size, final.overlap))
    return decision


def _box(corners: Extent, frame: Frame) -> Box:
    """Return a box; one from 0 to 1 or in per cent is brought to thousandths."""
    if frame.name == "pixels":
        return Box(*corners, frame.far_x, frame.far_y)
    return Box(*corners) if frame.far_x == 1000 else Box(*(v * (1000 / frame.far_x) for v in corners))


def _mask_extent(subject: Subject, reading: Reading) -> Extent:
    """Return y0, x0, y1, x1 of the mask in thousandths of the image."""
    if subject.rle is not None:
        return subject.rle.extent
    assert subject.ring is not None
    assert subject.box is not None
    points = turned(subject.ring, reading.orders.mask)
    if not reading.mask_frame.is_in_box:
        return as_thousandths(points, reading.mask_frame)
    box = as_thousandths(turned(subject.box.corners, reading.orders.box), reading.box_frame)
    return within_box(points, box, reading.mask_frame)


def _note_frames(decision: Decision, subject: Subject, plain: Reading, final: Reading) -> None:
    """Note the frames that are not thousandths, and those that nothing confirmed."""
    notes = decision.notes
    if subject.box is not None and subject.box_frame is None:
        if final.box_frame.name == "unit":
            notes.append(unit_box_note(subject.box))
        elif final.box_frame.name != "thousandths":
            notes.append(other_frame_note("box", final.box_frame, _why(subject, plain, final)))
    if subject.ring is not None and subject.mask_frame is None:
        if final.mask_frame.name == "unit":
            notes.append(unit_ring_note())
        elif final.mask_frame.name != "thousandths":
            notes.append(other_frame_note("ring", final.mask_frame, _why(subject, plain, final)))
    if final.rle:
        notes.append(rle_note(final.rle))
    if not subject.is_gemini and not subject.is_map and final is plain and _is_open(subject, final):
        notes.append(unchecked_frame_note())


def _why(subject: Subject, plain: Reading, final: Reading) -> str:
    if not subject.is_compared or final.overlap == plain.overlap:
        return _LARGE if _passes_thousand(subject) else _SHARED
    return _FITS


def _passes_thousand(subject: Subject) -> bool:
    extents = (subject.ring, subject.box.corners if subject.box else None)
    return any(max(extent) > 1000 for extent in extents if extent is not None)


def _note_orders(decision: Decision, subject: Subject, plain: Reading, final: Reading, own_margin: float) -> None:
    """Note the orders that are not the usual ones, and those that only a key speaks for."""
    layout, orders = subject.layout, final.orders
    if subject.box is not None and not layout.box_order:
        if orders.box != subject.key_order and _is_shown(subject, orders):
            decision.notes.append(box_order_note(orders.box))
        elif subject.key_order == "xy" and orders.box == "xy" and _is_assumed(subject, orders):
            decision.notes.append(assumed_order_note("xy"))
    if subject.ring is not None and orders.mask == "yx":
        decision.notes.append(swapped_axes_note(is_clear(own_margin)))


def _is_shown(subject: Subject, orders: Orders) -> bool:
    """Tell whether the mask shows another order of the box than its key says, and not the habit of Gemini."""
    return subject.is_compared and (orders.box == "xy" or subject.ring is None or bool(subject.layout.mask_order))


def _is_assumed(subject: Subject, orders: Orders) -> bool:
    """Tell whether nothing but the key of a box says that it is x, y."""
    return subject.ring is None if not subject.is_compared else orders.are_same and not subject.layout.mask_order
