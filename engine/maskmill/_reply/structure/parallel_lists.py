"""Split lists in parallel, ``{"boxes": […], "masks": […], "labels": […]}``, into one object for each item.

Lists of one length belong together, entry by entry. Where boxes and masks differ in number, nothing says which mask
lies in which box: each is an item by itself, and a note says so. Where labels or scores are fewer, the last items have
none, which is said, too.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ..keys import BOX, BOX_SHAPES, KNOWN, fold, names_box
from ..recovery.cursor import Recovered
from .list_roles import BOX_ROLE, LABEL_ROLE, MASK_ROLE, SCORE_ROLE, entries_of, role_of
from .mask_like import is_four_numbers
from .parallel_mappings import split_mappings
from .parallel_rows import ParallelLists, marked_row

__all__ = ["ParallelLists", "split_lists"]

_LONGEST: Final = 40


class _List(NamedTuple):
    """One of the lists: its key, its key in the object of an item, its entries, and whether the text ends in it."""

    key: str
    name: str
    entries: list[Any]
    is_open: bool


def split_lists(value: dict[Any, Any], names: dict[str, str]) -> ParallelLists | None:
    """Return the objects that lists in parallel mean; None if an object holds no such lists.

    >>> value = {"boxes": [[1, 2, 3, 4], [5, 6, 7, 8]], "labels": ["cat", "dog"]}
    >>> split_lists(value, {"boxes": "boxes", "labels": "labels"}).rows
    [{'box': [1, 2, 3, 4], 'label': 'cat'}, {'box': [5, 6, 7, 8], 'label': 'dog'}]

    Parameters
    ----------
    value : dict
        The object.
    names : dict of str to str
        Its keys by their folded form.
    """
    lists = _lists_of(value, names)
    boxes, masks, labels = (lists.get(role) for role in (BOX_ROLE, MASK_ROLE, LABEL_ROLE))
    if boxes is None and masks is None:
        return split_mappings(value, names)
    if not _are_several(boxes, masks, labels, value, names):
        return None
    if boxes and masks and len(boxes.entries) != len(masks.entries) and not (masks.is_open or boxes.is_open):
        return _split_apart(boxes, masks, lists, value)
    return _zip(lists, value)


def _are_several(
    boxes: _List | None, masks: _List | None, labels: _List | None, value: dict[Any, Any], names: dict[str, str]
) -> bool:
    """Tell whether the lists hold an item each: a list under the name of one field may be that field."""
    holders = [held for held in (boxes, masks) if held]
    if any(fold(held.key) not in KNOWN or fold(held.key) in BOX_SHAPES for held in holders):
        if boxes is None and names_box(names):
            return False
        is_mask_alone = boxes is None and labels is None
        return not is_mask_alone or (KNOWN.isdisjoint(names) and not _holds_objects(value, masks))
    if boxes:
        return len(boxes.entries) > 1 and all(isinstance(entry, (list, dict)) for entry in boxes.entries)
    assert masks is not None
    return (
        not names_box(names)
        and labels is not None
        and len(labels.entries) > 1
        and len(labels.entries) == len(masks.entries)
    )


def _holds_objects(value: dict[Any, Any], masks: _List | None) -> bool:
    """Tell whether an object holds objects beside the list of masks: items that may refer to these."""
    others = [held for key, held in value.items() if masks is None or key != masks.key]
    return any(isinstance(held, dict) or (isinstance(held, list) and _has_object(held)) for held in others)


def _has_object(entries: list[Any]) -> bool:
    return any(isinstance(entry, dict) for entry in entries)


def _lists_of(value: dict[Any, Any], names: dict[str, str]) -> dict[str, _List]:
    """Return the lists of an object by their role, the first of each."""
    lists: dict[str, _List] = {}
    open_keys = value.open_keys if isinstance(value, Recovered) else ()
    for name, key in names.items():
        if type(value[key]) is not list or len(name) > _LONGEST or (name in BOX and is_four_numbers(value[key])):
            continue
        role, field = role_of(name)
        entries = entries_of(role, name, value[key]) if role and role not in lists else None
        if entries:
            lists[role] = _List(str(key), field, entries, key in open_keys)
    return lists


def _zip(lists: dict[str, _List], value: dict[Any, Any]) -> ParallelLists:
    """Pair the entries of all lists by their place."""
    count = max(len(held.entries) for role, held in lists.items() if role in (BOX_ROLE, MASK_ROLE))
    if count == 1 and _is_rest_of_item(value, lists):
        return _only_row(lists, value)
    others = _other_lists(value, lists, count)
    rows = [marked_row(_row([*lists.values(), *others], i), value, set(value)) for i in range(count)]
    return ParallelLists(rows, _keys(lists, others), _unequal(lists, count))


def _is_rest_of_item(value: dict[Any, Any], lists: dict[str, _List]) -> bool:
    """Tell whether nothing beside lists of one entry holds items: all of it belongs to the one item."""
    used = {held.key for held in lists.values()}
    others = [held for key, held in value.items() if key not in used]
    return not any(isinstance(held, dict) or (isinstance(held, list) and _has_object(held)) for held in others)


def _only_row(lists: dict[str, _List], value: dict[Any, Any]) -> ParallelLists:
    """Return the one item of lists with one entry each, with everything beside them."""
    row = _row(list(lists.values()), 0)
    used = {held.key for held in lists.values()}
    for key, held in value.items():
        if key not in used:
            row.setdefault(str(key), held)
    row = marked_row(row, value, used)
    return ParallelLists([row], frozenset(map(str, value)), _unequal(lists, 1))


def _split_apart(boxes: _List, masks: _List, lists: dict[str, _List], value: dict[Any, Any]) -> ParallelLists:
    """Return each box and each mask as an item by itself; labels and scores go to those of their number."""
    counts = f"`{boxes.key}` has {len(boxes.entries)} and `{masks.key}` has {len(masks.entries)}"
    notes = [f"{counts}: nothing says which box is which mask's, so each is an item by itself"]
    rest = {role: held for role, held in lists.items() if role in (LABEL_ROLE, SCORE_ROLE)}
    rows = []
    for field in (boxes, masks):
        fitting = [held for held in rest.values() if len(held.entries) == len(field.entries)]
        rows += [marked_row(_row([field, *fitting], i), value, set(value)) for i in range(len(field.entries))]
    sizes = {len(boxes.entries), len(masks.entries)}
    notes += [_left_out(held) for held in rest.values() if len(held.entries) not in sizes]
    return ParallelLists(rows, _keys(lists, []), tuple(notes))


def _left_out(held: _List) -> str:
    return f"`{held.key}` has {len(held.entries)}, which fits neither the boxes nor the masks; not used"


def _other_lists(value: dict[Any, Any], lists: dict[str, _List], count: int) -> list[_List]:
    """Return further lists with one plain entry for each item; they go with the items."""
    used = {held.key for held in lists.values()}
    found = [(key, held) for key, held in value.items() if key not in used and isinstance(held, list)]
    return [
        _List(str(key), str(key), held, False)
        for key, held in found
        if len(held) == count and not any(isinstance(entry, (list, dict)) for entry in held)
    ]


def _row(lists: list[_List], place: int) -> dict[str, Any]:
    """Return the object of one item; an entry in which the text ends is marked as such."""
    row = Recovered()
    for held in lists:
        if place < len(held.entries):
            row[held.name] = held.entries[place]
            if held.is_open and place == len(held.entries) - 1:
                row.open_keys.add(held.name)
                row.is_cut = row.is_repaired = True
    return row if row.open_keys else dict(row)


def _keys(lists: dict[str, _List], others: list[_List]) -> frozenset[str]:
    return frozenset(held.key for held in (*lists.values(), *others))


def _unequal(lists: dict[str, _List], count: int) -> tuple[str, ...]:
    """Say which lists are shorter or longer than the items are many."""
    return tuple(
        f"`{held.key}` has {len(held.entries)} for {count} items: paired from the first on"
        for held in lists.values()
        if len(held.entries) != count
    )
