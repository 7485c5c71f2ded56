"""Other readings than the plain ones: taken where only so mask and box agree, and shared by the items of a reply."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Final

from .._images.size import Size
from .._kernels.steps.axes import AGREEMENT, CERTAIN, NEARLY
from .orders import CLEAR_AGREEMENT, possible_orders
from .readings import Reading, compare, other_readings
from .subject import Subject

_TIE: Final = 0.02
"""Difference of two overlaps below which the more usual reading is taken."""

_GAP: Final = 0.15
"""By how much pixels must fit better where thousandths agree too: in images of about 1000 pixels both do."""


def with_other_frames(subjects: list[Subject], plain: list[Reading], size: Size) -> list[Reading]:
    """Return the readings with other frames where these make mask and box agree, and nothing else does.

    Parameters
    ----------
    subjects : list of Subject
        The items of one reply.
    plain : list of Reading
        How they are read in plain frames.
    size : tuple of int
        (width, height) of the image.
    """
    best = {
        i: _best_other(subject, reading, size)
        for i, (subject, reading) in enumerate(zip(subjects, plain, strict=True))
        if subject.is_compared and reading.overlap < NEARLY
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
    others = [o for o in other_readings(subject, orders, frames, size) if _is_better(o, reading)]
    best = max((other.overlap for other in others), default=0.0)
    return next((other for other in others if other.overlap > best - _TIE), None)


def _is_better(other: Reading, plain: Reading) -> bool:
    """Tell whether another reading is taken before the plain one: that one does not agree, or pixels fit far better."""
    is_double = other.box_frame != plain.box_frame and (other.rle != plain.rle or other.mask_frame != plain.mask_frame)
    if plain.overlap < AGREEMENT:
        return other.overlap >= (CERTAIN if is_double else CLEAR_AGREEMENT)
    return "pixels" in other.frames and other.overlap >= max(CERTAIN, plain.overlap + _GAP) and not is_double


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
        return plain._replace(box_frame=frames[0], mask_frame=frames[1]) if free else plain
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
