"""Pair labels with the items that follow them in a list, ``["cup", {"box_2d": …}, "fork", {"box_2d": …}]``."""

from __future__ import annotations

from typing import Any, Final

from ..keys import LABEL, OTHER_LABEL, fold_keys, names_box
from ..structure.item_signs import has_mask
from ..structure.mask_like import mask_kind
from .merged_objects import merge_objects

_LONGEST: Final = 80
_LABELS: Final = frozenset((*LABEL, *OTHER_LABEL))


def pair_labels(entries: list[Any]) -> list[Any]:
    """Return a list of labels and items by turns as items with these labels; any other list as it is.

    >>> pair_labels(["cup", {"mask": "data:image/png;base64,"}])
    [{'label': 'cup', 'mask': 'data:image/png;base64,'}]
    """
    if type(entries[0]) is not str or len(entries) % 2:
        return entries
    texts, items = entries[::2], entries[1::2]
    if not all(map(_is_label, texts)) or not all(map(_is_unlabelled_item, items)):
        return entries
    return [merge_objects({"label": text}, item) for text, item in zip(texts, items, strict=True)]


def _is_label(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text.strip()) <= _LONGEST and not mask_kind(text)


def _is_unlabelled_item(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    names = fold_keys(item)
    return _LABELS.isdisjoint(names) and (names_box(names) or has_mask(item, names))
