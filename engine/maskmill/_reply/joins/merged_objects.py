"""Merge objects of a reply into one, and gather the fields of an item from the objects in it."""

from __future__ import annotations

from typing import Any, Final

from ..keys import LABEL, OTHER_LABEL, fold, fold_keys, names_box
from ..recovery.cursor import Recovered
from ..structure.item_signs import has_mask
from ..structure.labels import label_of_key

_EMPTY: Final[tuple[Any, ...]] = (None, "", [])
_PLACES: Final = frozenset(("location", "position", "placement", "localization", "place", "bounds", "bounding"))
_LABELS: Final = frozenset((*LABEL, *OTHER_LABEL))

Raw = dict[Any, Any]


def merge_objects(first: Raw, second: Raw) -> Raw:
    """Return one object with the values of both; of one key, the first value that is not empty.

    >>> merge_objects({"label": "cat", "mask": None}, {"mask": "m", "label": "dog"})
    {'label': 'cat', 'mask': 'm'}
    """
    merged = Recovered()
    merged.update(first)
    merged.update((key, held) for key, held in second.items() if key not in first or first[key] in _EMPTY)
    broken = [held for held in (first, second) if isinstance(held, Recovered)]
    if not broken:
        return dict(merged)
    merged.open_keys = set().union(*(held.open_keys for held in broken))
    merged.is_cut = any(held.is_cut for held in broken)
    merged.is_repaired = any(held.is_repaired for held in broken)
    return merged


def gather_fields(value: Raw, names: dict[str, str]) -> Raw:
    """Return an item whose box stands in an object within it, with that object's values; any other as it is.

    >>> value = {"properties": {"box_2d": [1, 2, 3, 4]}, "polygon": [[0, 0], [9, 0], [9, 9]]}
    >>> list(gather_fields(value, {"properties": "properties", "polygon": "polygon"}))
    ['polygon', 'box_2d']
    """
    inner = {key: fold_keys(held) for key, held in value.items() if isinstance(held, dict)}
    boxed = [key for key, held in inner.items() if names_box(held)] if inner else []
    if len(boxed) != 1 or names_box(names):
        return value
    key = boxed[0]
    rest = {other: held for other, held in value.items() if other != key}
    is_labelled = not _LABELS.isdisjoint(names) and not _LABELS.isdisjoint(inner[key])
    is_part = bool(label_of_key(str(key))) and fold(str(key)) not in _PLACES
    if is_labelled or is_part or has_mask(value[key], inner[key]) or not has_mask(rest, fold_keys(rest)):
        return value
    if isinstance(value, Recovered):
        rest = merge_objects(value, {})
        del rest[key]
    return merge_objects(rest, value[key])
