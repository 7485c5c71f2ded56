"""Tell whether a reply answers for several images, or answers twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ...errors import excerpt
from ...status import Note
from .mask_like import is_polygon_like

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


def lists_of_items(value: Any) -> list[list[Any]]:
    """Return the lists of a list that holds nothing else, some of them with objects; empty for any other value.

    >>> lists_of_items([[{"label": "cat"}], [{"label": "dog"}]]), lists_of_items([[1, 2], [3, 4]])
    ([[{'label': 'cat'}], [{'label': 'dog'}]], [])
    """
    while isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    if not isinstance(value, list) or len(value) < 2 or not all(isinstance(entry, list) for entry in value):
        return []
    has_objects = any(isinstance(entry, dict) for held in value for entry in held)
    return value if has_objects and not is_polygon_like(value) else []


def separate_lists(lists: Sequence[Sequence[Any]]) -> list[Note]:
    """Return a note if lists of items stand in one list and one of them has several: they may be for several images.

    >>> separate_lists([[{"label": "cat"}], [{"label": "dog"}]])
    []
    """
    if len(lists) < 2 or max(map(len, lists)) < 2:
        return []
    sizes = ", ".join(str(len(held)) for held in lists[:_SHOWN]) + (", …" if len(lists) > _SHOWN else "")
    message = f"it holds {len(lists)} lists, of {sizes} entries, and all were read as masks of one image"
    return [Note("several_images", message)]


def _sign(labels: Sequence[str], items: Sequence[Any]) -> str:
    """Return what two answers for the same objects have in common: all labels, or else all items."""
    try:
        return repr(sorted(labels) if all(labels) else items)
    except ValueError:  # an integer of thousands of digits
        return f"list {id(items)}"
