"""Tell whether a reply answers for several images, or answers twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ...errors import excerpt
from ...status import Note

_SHOWN: Final = 5


def several_images(images: Sequence[str]) -> list[Note]:
    """Return a note if items name more than one image.

    >>> several_images(["a.jpg", "b.jpg"])[0].message
    "its items name 2 images ('a.jpg', 'b.jpg'), and all were read as masks of one"
    """
    found = list(dict.fromkeys(filter(None, images)))
    if len(found) < 2:
        return []
    shown = ", ".join(excerpt(image) for image in found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
    return [Note("several_images", f"its items name {len(found)} images ({shown}), and all were read as masks of one")]


def repeated_answer(answers: Sequence[tuple[Sequence[str], Sequence[Any]]]) -> list[Note]:
    """Return a note if two lists of items are equal, or give masks to the same labels.

    >>> repeated_answer([(["cat"], [1]), (["cat"], [2])])[0].code
    'several_images'

    Parameters
    ----------
    answers : sequence of pair
        The labels, and the items, of each list that stands alone in the text.
    """
    filled = [answer for answer in answers if answer[1]]
    if len(filled) < 2 or len({_sign(*answer) for answer in filled}) == len(filled):
        return []
    return [
        Note("several_images", "two of its lists are for the same objects: it answers for several images, or twice")
    ]


def _sign(labels: Sequence[str], items: Sequence[Any]) -> str:
    """Return what two answers for the same objects have in common: all labels, or else all items."""
    try:
        return repr(sorted(labels) if all(labels) else items)
    except ValueError:  # an integer of thousands of digits
        return f"list {id(items)}"
