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
from collections import Counter
from collections.abc import Iterable
from typing import Final

from .._boxes import Box, unit_box_note
from .._image_size import Size
from .._kernels.steps.axes import AGREEMENT, is_clear
from .box_extents import read_extents
from .frame import Extent, Frame, named_frame
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
from .orders import CLEAR_AGREEMENT, margin, order_readings, plain_frames, plain_reading, possible_orders, votes
from .pixels import pixel_orders
from .readings import Orders, Reading, as_thousandths, compare, other_readings, turned, within_box
from .subject import Decision, Subject

_KEYS: Final = ("yx", "xy")

_TIE: Final = 0.02
"""Difference of two overlaps below which the more usual reading is taken."""

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
    if any(subject.is_map for subject in subjects):  # only Gemini writes maps and tokens
        for subject in subjects:
            subject.key_order = "yx"
    plain, margins = _plain_readings(subjects, size)
    if any(reading.overlap < AGREEMENT for reading in plain) and read_extents(subjects, size):
        plain, margins = _plain_readings(subjects, size)
    final = _with_other_frames(subjects, plain, size)
    is_pixels = _in_pixels(subjects, final, plain, size)
    return [
        _decision(subject, plain[i], is_pixels.get(i, final[i]), margins[i], size) for i, subject in enumerate(subjects)
    ]


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


# Other frames than the plain ones.


def _with_other_frames(subjects: list[Subject], plain: list[Reading], size: Size) -> list[Reading]:
    """Return the readings with other frames where these make mask and box agree, and nothing else does."""
    best = {
        i: _best_other(subject, reading, size)
        for i, (subject, reading) in enumerate(zip(subjects, plain, strict=True))
        if subject.is_compared and reading.overlap < AGREEMENT
    }
    clear = {i: reading for i, reading in best.items() if reading is not None}
    if not clear:
        return plain
    common = _commonest(clear.values())
    shared = [_as_common(subject, reading, common) for subject, reading in zip(subjects, plain, strict=True)]
    if _is_contradicted(plain, shared, common):
        return [
            clear.get(i, reading) if _keeps_box(clear.get(i), reading) else reading for i, reading in enumerate(plain)
        ]
    return [shared[i] if shared[i] is not plain[i] else clear.get(i, plain[i]) for i in range(len(plain))]


def _best_other(subject: Subject, reading: Reading, size: Size) -> Reading | None:
    """Return the reading in other frames in which mask and box agree best; None if they agree in none."""
    frames = reading.box_frame, reading.mask_frame
    orders = possible_orders(subject)
    if reading.orders in orders:
        orders = [reading.orders, *(each for each in orders if each != reading.orders)]
    others = [o for o in other_readings(subject, orders, frames, size) if o.overlap >= CLEAR_AGREEMENT]
    best = max((other.overlap for other in others), default=0.0)
    return next((other for other in others if other.overlap > best - _TIE), None)


def _commonest(readings: Iterable[Reading]) -> Reading:
    """Return the first reading with the frames that most readings have."""
    readings = list(readings)
    frames = Counter(reading.frames for reading in readings).most_common(1)[0][0]
    return next(reading for reading in readings if reading.frames == frames)


def _as_common(subject: Subject, plain: Reading, common: Reading) -> Reading:
    """Return the reading of a subject in the common frames, if it agrees there no worse than in its plain ones."""
    frames = subject.box_frame or common.box_frame, subject.mask_frame or common.mask_frame
    if not subject.is_compared:
        free = plain.box_frame.name == "thousandths" if subject.box else not common.mask_frame.is_in_box
        return plain._replace(box_frame=frames[0], mask_frame=frames[1]) if free and not subject.is_map else plain
    rle = None
    if common.rle and subject.ring is None:
        rle = next((other for other in subject.other_rle() if other.name == common.rle), None)
    readings = [compare(subject, orders, frames, rle) for orders in possible_orders(subject)]
    best = max(reading.overlap for reading in readings)
    first = next(reading for reading in readings if reading.overlap > best - _TIE)
    return first if best >= max(CLEAR_AGREEMENT, plain.overlap) else plain


def _is_contradicted(plain: list[Reading], shared: list[Reading], common: Reading) -> bool:
    """Tell whether as many items agree only with the plain frame of their boxes as with another one."""
    if common.box_frame.name == "thousandths":
        return False
    against = sum(old is new and old.overlap >= AGREEMENT for old, new in zip(plain, shared, strict=True))
    return against >= sum(
        old is not new and not math.isnan(new.overlap) for old, new in zip(plain, shared, strict=True)
    )


def _keeps_box(other: Reading | None, plain: Reading) -> bool:
    return other is not None and other.box_frame == plain.box_frame


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
    if subject.is_map or subject.rle is not None or subject.box_frame or subject.mask_frame:
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
    if not subject.is_gemini and final is plain and _is_open(subject, final):
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
        if subject.key_order == "yx" and orders.box == "xy":
            decision.notes.append(box_order_note("xy"))
        elif subject.key_order == "xy" and orders.box == "xy" and _is_assumed(subject, orders):
            decision.notes.append(assumed_order_note("xy"))
    if subject.ring is not None and orders.mask == "yx":
        decision.notes.append(swapped_axes_note(is_clear(own_margin)))


def _is_assumed(subject: Subject, orders: Orders) -> bool:
    """Tell whether nothing but the key of a box says that it is x, y."""
    return subject.ring is None if not subject.is_compared else orders.are_same and not subject.layout.mask_order
