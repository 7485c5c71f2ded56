"""Join items and masks: by their ids, else by their labels, else by their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from ..keys import fold_keys
from .merged_objects import merge_objects
from .named_entries import IDS, LABELS, Raw, id_of, label_of


def join_masks(
    items: list[Raw], masks: list[Raw], base: str, key: str, is_open: bool
) -> tuple[list[Raw], tuple[str, ...]]:
    """Join items and masks by their ids, else by their labels, else by their place.

    >>> join_masks([{"label": "cat"}], [{"mask": "data:image/png;base64,"}], "objects", "masks", False)
    ([{'label': 'cat', 'mask': 'data:image/png;base64,'}], ())

    Parameters
    ----------
    items, masks : list of dict
        Their objects.
    base, key : str
        The keys of both lists.
    is_open : bool
        The text ends in one of the lists, so that it may be shorter.
    """
    for read in (id_of, label_of):
        mine, theirs = _counted(map(read, items)), _counted(map(read, masks))
        found = dict(zip(theirs, masks, strict=True))
        if all(name for name, _ in theirs) and not found.keys().isdisjoint(mine) and _are_as_many(mine, theirs):
            return _by_name(items, mine, found, key)
    counts = f"`{base}` has {len(items)} and `{key}` has {len(masks)}"
    if (len(items) == len(masks) or is_open) and _may_go_by_place(items, masks):
        nothing: Raw = {}
        pairs = zip_longest(items, masks, fillvalue=nothing)
        note = (f"{counts}: paired from the first on",) if len(items) != len(masks) else ()
        return [_merged(item, mask) for item, mask in pairs], note
    note = (f"{counts}: nothing says which mask is which item's, so each is an item by itself",)
    return [*items, *map(_alone, filter(None, masks))], note


def _counted(names: Iterable[str]) -> list[tuple[str, int]]:
    """Return each name with the number of times that it stands before."""
    before: Counter[str] = Counter()
    found = []
    for name in names:
        found.append((name, before[name]))
        before[name] += 1
    return found


def _are_as_many(mine: list[tuple[str, int]], theirs: list[tuple[str, int]]) -> bool:
    """Tell whether names that stand several times do so equally often on both sides."""
    counts = Counter(name for name, _ in mine), Counter(name for name, _ in theirs)
    both = counts[0].keys() & counts[1].keys()
    return all(counts[0][name] == counts[1][name] for name in both if name)


def _may_go_by_place(items: list[Raw], masks: list[Raw]) -> bool:
    """Tell whether the labels of items and masks, where both have them, are the same from first to last."""
    labels = zip(map(label_of, items), map(label_of, masks), strict=False)
    return all(not mine or not theirs or mine == theirs for mine, theirs in labels)


def _by_name(
    items: list[Raw], mine: list[tuple[str, int]], found: dict[tuple[str, int], Raw], key: str
) -> tuple[list[Raw], tuple[str, ...]]:
    """Join items and masks of the same name; one without a partner is an item by itself."""
    rows = [_merged(item, found[name]) if name in found else item for item, name in zip(items, mine, strict=True)]
    known = frozenset(mine)
    left = [mask for name, mask in found.items() if name not in known]
    lacking = sum(name not in found for name in mine)
    notes = [f"`{key}` has no mask for {lacking} of {len(items)} items"] if lacking else []
    notes += (
        [f"{len(left)} of {len(found)} entries of `{key}` fit no item, and are items by themselves"] if left else []
    )
    return [*rows, *map(_alone, left)], tuple(notes)


def _merged(item: Raw, mask: Raw) -> Raw:
    """Return an item with its mask; the id and the label of a mask are those of its item."""
    used = merge_objects(mask, {})
    for key in mask if not LABELS.isdisjoint(fold_keys(item)) else ():
        if _is_name(key):
            del used[key]
    return merge_objects(item, used)


def _is_name(key: Any) -> bool:
    (name,) = fold_keys({key: 0})
    return name in IDS or name in LABELS


def _alone(mask: Raw) -> Raw:
    return {key: held for key, held in mask.items() if key != "id"} if mask.get("id") == mask.get("label") else mask
