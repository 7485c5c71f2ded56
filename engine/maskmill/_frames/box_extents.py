"""Boxes written as corner or centre, width and height: recognised where only so mask and box agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

from .._boxes import WrittenBox
from .._images.size import Size
from .._kernels.steps.axes import AGREEMENT
from .orders import CLEAR_AGREEMENT, plain_frames, possible_orders
from .readings import Reading, compare
from .subject import Subject

_CORNERS: Final = "corners"
"""The usual shape, of two corners."""


def read_extents(subjects: list[Subject], readings: list[Reading], size: Size) -> bool:
    """Read the last two numbers of boxes as extents, in place, where masks show that they are; tell whether one is.

    An item shows it where its mask agrees with the box so read, with no plain reading of it, and no better in another
    frame. Where one does and none contradicts it, the other boxes follow: they have no mask to compare, or agree better
    so.

    Parameters
    ----------
    subjects : list of Subject
        The items of one reply.
    readings : list of Reading
        How they are read as boxes of two corners.
    size : tuple of int
        (width, height) of the image.
    """
    shown = [_shown_shape(subject, reading, size) for subject, reading in zip(subjects, readings, strict=True)]
    shapes = Counter(shape for shape in shown if shape not in ("", _CORNERS))
    if not shapes:
        return False
    common = shapes.most_common(1)[0][0] if _CORNERS not in shown else ""
    for subject, shape in zip(subjects, shown, strict=True):
        box = None if subject.is_map or shape == _CORNERS else _in_shape(subject.box, shape or common)
        if box is not None:
            subject.box, subject.box_shape = box, shape or common
    return True


def _shown_shape(subject: Subject, reading: Reading, size: Size) -> str:
    """Return the shape that the mask of an item shows; empty where nothing is compared or none agrees best."""
    is_known = subject.box_frame is not None and bool(subject.layout.box_order)
    if not subject.is_compared or subject.box is None or is_known:
        return ""
    plain = _best_overlap(subject, size)
    others = {name: _best_overlap(replace(subject, box=box), size) for name, box in subject.box.other_shapes()}
    best = max(others, key=lambda name: others[name], default="")
    if plain < AGREEMENT:
        return best if best and others[best] >= max(CLEAR_AGREEMENT, reading.overlap) else ""
    return "" if best and others[best] > plain else _CORNERS


def _in_shape(box: WrittenBox | None, shape: str) -> WrittenBox | None:
    return None if box is None else dict(box.other_shapes()).get(shape)


def _best_overlap(subject: Subject, size: Size) -> float:
    frames = plain_frames(subject, size)
    return max(compare(subject, orders, frames).overlap for orders in possible_orders(subject))
