"""Boxes written as corner, width and height: recognised where only so mask and box agree."""

from __future__ import annotations

from dataclasses import replace

from .._image_size import Size
from .._kernels.steps.axes import AGREEMENT
from .orders import CLEAR_AGREEMENT, plain_frames, possible_orders
from .readings import compare
from .subject import Subject


def read_extents(subjects: list[Subject], size: Size) -> None:
    """Read the last two numbers of boxes as extents, in place, where masks show that they are.

    An item shows it where its mask agrees with the box so read and with no plain reading of it. Where one does and none
    contradicts it, the other boxes follow: they have no mask to compare, or agree better so.

    Parameters
    ----------
    subjects : list of Subject
        The items of one reply.
    size : tuple of int
        (width, height) of the image.
    """
    shown = [_shows_extents(subject, size) for subject in subjects]
    if True not in shown:
        return
    follow = False not in shown
    for subject, shows in zip(subjects, shown, strict=True):
        box = subject.box.from_extents() if subject.box is not None and (shows or (follow and shows is None)) else None
        if box is not None and not subject.is_map:
            subject.box, subject.has_extents = box, True


def _shows_extents(subject: Subject, size: Size) -> bool | None:
    """Tell whether only extents agree with the mask, or the plain reading agrees better; None where neither shows."""
    if not subject.is_compared or subject.box is None or subject.box_frame:
        return None
    plain, box = _best_overlap(subject, size), subject.box.from_extents()
    extents = 0.0 if box is None else _best_overlap(replace(subject, box=box), size)
    if plain < AGREEMENT:
        return extents >= CLEAR_AGREEMENT or None
    return None if extents > plain else False


def _best_overlap(subject: Subject, size: Size) -> float:
    frames = plain_frames(subject, size)
    return max(compare(subject, orders, frames).overlap for orders in possible_orders(subject))
