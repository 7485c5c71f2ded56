"""Tell a list of polygons with labels, as Florence-2's servers write them, from the parts of one polygon."""

from __future__ import annotations

from typing import Any, Final

from ...fields import read_label
from ...keys import MASK, fold_keys, names_box

_LISTS: Final = ("polygons", "contours", "segments", "regions", "instances", "shapes")
_CONTAINER: Final = "annotations"


def as_container(value: dict[Any, Any]) -> dict[Any, Any] | None:
    """Return an object whose polygons are items, under the name of a list of items; None for any other object.

    >>> corners = [[0, 0], [9, 0], [9, 9]]
    >>> list(as_container({"polygons": [{"label": "cat", "points": corners}, {"label": "dog", "points": corners}]}))
    ['annotations']
    >>> as_container({"label": "cat", "polygons": [{"points": corners}]}) is None
    True
    """
    names = fold_keys(value)
    key = next((names[name] for name in _LISTS if name in names), None)
    is_own = names_box(names) or bool(read_label(value, names))
    if key is None or is_own or _CONTAINER in value or not _are_labelled(value[key]):
        return None
    return {_CONTAINER if name == key else name: held for name, held in value.items()}


def _are_labelled(held: Any) -> bool:
    """Tell whether a list holds objects alone, each with a label and a mask."""
    if not isinstance(held, list) or not held or not all(isinstance(entry, dict) for entry in held):
        return False
    folded = [(entry, fold_keys(entry)) for entry in held]
    return all(read_label(entry, names) and not names.keys().isdisjoint(MASK) for entry, names in folded)
