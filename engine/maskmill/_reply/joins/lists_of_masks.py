"""Read the masks that stand beside a list of items, in a list or by their names, with what the reply says of each."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from ...errors import excerpt
from ..keys import BOX, MASK, OTHER_MASK, REFERENCE, fold_keys, names_box
from ..recovery.cursor import Recovered
from ..structure.item_signs import has_mask
from ..structure.list_roles import is_mask
from ..structure.mask_like import is_four_numbers, mask_kind
from .named_entries import Raw, label_of

MASKS: Final = frozenset((*MASK, *OTHER_MASK, *REFERENCE))
"""Folded keys of a mask, or of a reference to one."""


def masks_alone(held: Any) -> list[Raw]:
    """Return an item for each mask of a list that holds nothing else; empty for any other value.

    >>> masks_alone([[[0, 0], [9, 0], [9, 9]]]), masks_alone([{"label": "cat"}])
    ([{'mask': [[0, 0], [9, 0], [9, 9]]}], [])
    """
    if not isinstance(held, list) or not all(isinstance(mask, list) and _is_outline(mask) for mask in held):
        return []
    return [{"mask": mask} for mask in held if mask]


def masks_of(held: Any, items: list[Raw]) -> list[Raw] | None:
    """Return an object for each mask under a key, with what the reply says of it; None if it holds no masks.

    >>> masks_of({"cat": [[0, 0], [9, 0], [9, 9]]}, [])
    [{'id': 'cat', 'label': 'cat', 'mask': [[0, 0], [9, 0], [9, 9]]}]
    """
    if isinstance(held, dict):
        return _masks_by_name(held, items) if held and all(map(_is_outline, held.values())) else None
    if not isinstance(held, list) or not any(held):
        return None
    boxes = frozenset(filter(None, map(_box_of, items)))
    if all(entry is None or (isinstance(entry, dict) and _is_mask_item(entry, boxes)) for entry in held):
        return [_with_key(entry) for entry in held]
    if all(mask is None or _is_outline(mask) for mask in held):
        return [{} if mask is None else {"mask": mask} for mask in held]
    return [{"mask": held}] if mask_kind(held) else None


def _with_key(entry: Raw | None) -> Raw:
    """Return the object of a mask; one that is the mask itself stands under a key."""
    if entry is None:
        return {}
    return {"mask": entry} if MASKS.isdisjoint(fold_keys(entry)) else entry


def _masks_by_name(held: Raw, items: list[Raw]) -> list[Raw]:
    """Return an object for each mask of a mapping from labels or ids; one label may hold a mask for each item of it."""
    open_keys = held.open_keys if isinstance(held, Recovered) else frozenset()
    count = Counter(map(label_of, items))
    is_counted = _are_places([str(key) for key in held])
    found: list[Raw] = []
    for key, mask in held.items():
        is_several = isinstance(mask, list) and 1 < len(mask) == count[str(key)] and all(map(_is_outline, mask))
        names = {"id": str(key)} if is_counted else {"id": str(key), "label": str(key)}
        found += [{**names, "mask": one} for one in (mask if is_several else [mask])]
        if key in open_keys:
            found[-1] = open_mask(found[-1])
    return found


def _are_places(keys: list[str]) -> bool:
    """Tell whether keys only count, from 0 or from 1, such as ``mask_1`` and ``mask_2``."""
    stems = {key.rstrip("0123456789") for key in keys}
    counted = [key[len(stem) :] for stem in stems for key in keys] if len(stems) == 1 else []
    return any(counted == [str(place + first) for place in range(len(keys))] for first in (0, 1))


def open_mask(mask: Raw) -> Recovered:
    """Return the object of the mask in which the text ends, marked as such.

    >>> open_mask({"mask": [[0, 0], [9, 0]]}).open_keys
    {'mask'}
    """
    marked = Recovered()
    marked.update(mask)
    marked.open_keys = set(mask.open_keys) if isinstance(mask, Recovered) else {"mask"} & mask.keys()
    marked.is_cut = bool(marked.open_keys)
    marked.is_repaired = True
    return marked


def _is_outline(mask: Any) -> bool:
    return mask is not None and is_mask(mask) and (not isinstance(mask, str) or bool(mask_kind(mask)))


def _is_mask_item(entry: Raw, boxes: frozenset[str]) -> bool:
    """Tell whether an object is a mask, maybe with an id or a label; or repeats the box of an item."""
    if not is_mask(entry) and not has_mask(entry, fold_keys(entry)):
        return False
    return not names_box(fold_keys(entry)) or _box_of(entry) in boxes


def _box_of(entry: Raw) -> str:
    """Return the box of an object as text; empty if it is no list of four numbers."""
    names = fold_keys(entry)
    boxes = (entry[names[name]] for name in BOX if name in names)
    return next((excerpt(box) for box in boxes if is_four_numbers(box)), "")
