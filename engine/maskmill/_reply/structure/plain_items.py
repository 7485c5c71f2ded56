"""Recognise at a glance the items that most replies consist of, whose fields need no search."""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

_SCORES: Final = ("confidence", "score")
_FIELDS: Final = frozenset(("box_2d", "mask", "label"))
_KEYS: Final = frozenset((*_FIELDS, *_SCORES, "id", "index", "area"))
_NUMBERS: Final = frozenset((int, float))
_CORNERS: Final = 4
_POINT: Final = frozenset((2,))
_LISTS: Final = frozenset((list,))

DEPTH: Final = 3
"""Levels of nesting of a plain item."""


def is_plain_item(value: Any) -> bool:
    """Tell whether an object is an item with Gemini's keys alone: a box, a text or one ring, a label, numbers.

    >>> is_plain_item({"box_2d": [1, 2, 3, 4], "mask": "data:image/png;base64,", "label": "cat"})
    True
    >>> is_plain_item({"box_2d": [1, 2, 3, 4], "label": ["cat"]}), is_plain_item({"bbox": [1, 2, 3, 4]})
    (False, False)
    """
    if type(value) is not dict or not _KEYS.issuperset(value):
        return False
    if len(value) > len(_FIELDS) and not _are_numbers_beside(value):
        return False
    label, box, mask = value.get("label"), value.get("box_2d"), value.get("mask")
    if type(label) is not str or not label or type(box) is not list or len(box) != _CORNERS:
        return False
    return _NUMBERS.issuperset(map(type, box)) and (type(mask) is str or _is_ring(mask))


def plain_score(value: dict[str, Any]) -> Any:
    """Return the score of a plain item; None if it has none, or two.

    >>> plain_score({"score": 0.5}), plain_score({"score": 0.5, "confidence": 0.6})
    (0.5, None)
    """
    held = [value[name] for name in _SCORES if name in value]
    return held[0] if len(held) == 1 else None


def _are_numbers_beside(value: dict[str, Any]) -> bool:
    """Tell whether everything but the fields is a number, and no more than one is a score."""
    others = [value[name] for name in value if name not in _FIELDS]
    return _NUMBERS.issuperset(map(type, others)) and not all(name in value for name in _SCORES)


def _is_ring(mask: Any) -> bool:
    """Tell whether a mask is a list of points, two numbers each."""
    if type(mask) is not list or not mask or not _LISTS.issuperset(map(type, mask)):
        return False
    return _POINT.issuperset(map(len, mask)) and _NUMBERS.issuperset(map(type, chain.from_iterable(mask)))
