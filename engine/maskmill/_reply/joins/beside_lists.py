"""Join a list of items with masks, labels or scores in another list, or under another key, of the same object.

What the entries say of themselves decides: their id, else their label, else their place where the lists are of one
length. Where none of these fits, each entry is an item by itself, and a note says so.
"""

from __future__ import annotations

from typing import Any, Final

from ..keys import BOX, LABEL_ID, SCORE, fold, fold_keys, names_box
from ..recovery.cursor import Recovered
from ..structure.item_signs import has_mask
from ..structure.labels import read_label
from ..structure.list_roles import BOX_ROLE, LABEL_ROLE, MASK_ROLE, SCORE_ROLE, is_box, role_of
from ..structure.mask_like import is_four_numbers, mask_kind
from ..structure.parallel_rows import ParallelLists
from .lists_of_masks import MASKS, masks_of, open_mask
from .merged_objects import merge_objects
from .named_entries import LABELS, Raw, label_of
from .partners import join_masks

_LONGEST: Final = 40
_EMPTY: Final[tuple[Any, ...]] = (None, "", [])
_HOLDER: Final = "maskassets"

Names = dict[str, str]


def join_lists(value: Raw, names: Names) -> ParallelLists | None:
    """Return the objects that lists beside each other mean; None if an object holds no list of items to join.

    >>> value = {"objects": [{"label": "cat"}], "polygons": [[[0, 0], [9, 0], [9, 9]]]}
    >>> join_lists(value, {"objects": "objects", "polygons": "polygons"}).rows
    [{'label': 'cat', 'mask': [[0, 0], [9, 0], [9, 9]]}]

    Parameters
    ----------
    value : dict
        The object.
    names : dict of str to str
        Its keys by their folded form.
    """
    if len(value) < 2 or any(name in names and is_four_numbers(value[names[name]]) for name in BOX):
        return None
    lists = {name: value[key] for name, key in names.items() if _holds_objects(value[key])}
    if not lists:
        return None
    value = _with_box_objects(value, names)
    lists |= {name: value[key] for name, key in names.items() if name not in lists and _holds_objects(value[key])}
    base = next((name for name, held in lists.items() if len(name) <= _LONGEST and _lacks_masks(held)), "")
    rows, used, notes = (_with_masks(value, names, base) if base else None) or ([], [], ())
    if not rows and len(lists) == 1:
        base, held = next(iter(lists.items()))
        rows = held if any(map(_is_item, held)) else []
    if not rows:
        return None
    fields, more = _lists_of_fields(value, names, rows)
    if not used and not fields and not more:
        return None
    for field, entries in fields:
        rows = [merge_objects(row, {field: entry}) for row, entry in zip(rows, entries, strict=True)]
    keys = frozenset(str(names[name]) for name in (base, *used))
    return ParallelLists(rows, keys, (*notes, *more))


def _with_box_objects(value: Raw, names: Names) -> Raw:
    """Return an object whose list of plain boxes, beside masks that are objects with labels, holds objects, too."""
    boxes = next((key for name, key in names.items() if _are_boxes(name, value[key])), None)
    masks = [held for held in value.values() if _holds_objects(held) and all(map(_is_labelled_mask, held))]
    if boxes is None or len(masks) != 1 or len(masks[0]) != len(value[boxes]):
        return value
    field = role_of(fold(str(boxes)))[1]
    changed = merge_objects(value, {})
    changed[boxes] = [{field: box} for box in value[boxes]]
    return changed


def _are_boxes(name: str, held: Any) -> bool:
    is_holder = type(held) is list and len(name) <= _LONGEST and role_of(name)[0] == BOX_ROLE
    return is_holder and bool(held) and all(map(is_four_numbers, held))


def _is_labelled_mask(entry: Raw) -> bool:
    names = fold_keys(entry)
    return label_of(entry) != "" and has_mask(entry, names) and not names_box(names)


def _holds_objects(held: Any) -> bool:
    return type(held) is list and bool(held) and all(isinstance(entry, dict) for entry in held)


def _is_item(entry: Raw) -> bool:
    names = fold_keys(entry)
    return names_box(names) or has_mask(entry, names)


def _lacks_masks(entries: list[Raw]) -> bool:
    """Tell whether a list holds items with boxes or labels, and none with a mask or a reference to one."""
    folded = [fold_keys(entry) for entry in entries]
    both = zip(entries, folded, strict=True)
    if any(entry[names[name]] not in _EMPTY for entry, names in both for name in MASKS & names.keys()):
        return False
    is_filled = all(names_box(names) or not LABELS.isdisjoint(names) for names in folded)
    return is_filled and not all(map(is_box, entries))


def _with_masks(value: Raw, names: Names, base: str) -> tuple[list[Raw], list[str], tuple[str, ...]] | None:
    """Return the items of a list with the masks that stand beside it, the name of those, and what did not fit."""
    items = value[names[base]]
    for name, key in names.items():
        is_holder = len(name) <= _LONGEST and (role_of(name)[0] == MASK_ROLE or name == _HOLDER)
        masks = masks_of(value[key], items) if is_holder and name != base else None
        if masks:
            open_keys = value.open_keys if isinstance(value, Recovered) else set()
            if key in open_keys:
                masks[-1] = open_mask(masks[-1])
            is_open = bool({key, names[base]} & open_keys)
            rows, note = join_masks(items, masks, str(names[base]), str(key), is_open)
            return rows, [name], note
    return None


def _lists_of_fields(value: Raw, names: Names, rows: list[Raw]) -> tuple[list[tuple[str, list[Any]]], list[str]]:
    """Return the labels and scores that stand beside items without them, and those that do not fit."""
    fields: list[tuple[str, list[Any]]] = []
    notes = []
    for role, field in ((LABEL_ROLE, "label"), (SCORE_ROLE, "score")):
        if any(_has_field(role, row, fold_keys(row)) for row in rows):
            continue
        name = next((name for name in names if _is_list_of(role, name, value[names[name]])), "")
        entries = value[names[name]] if name else []
        if len(entries) == len(rows) or (role == LABEL_ROLE and len(entries) == 1):
            fields.append((field, entries * len(rows) if len(entries) == 1 else entries))
        if name and len(entries) != len(rows):
            shown = "all got the same" if len(entries) == 1 and role == LABEL_ROLE else "none was used"
            notes.append(f"`{names[name]}` has {len(entries)} for {len(rows)} items: {shown}")
    return fields, notes


def _has_field(role: str, row: Raw, names: Names) -> bool:
    """Tell whether an item has a label, or a number that stands for one; or a score."""
    if role == SCORE_ROLE:
        return not names.keys().isdisjoint(SCORE)
    return not names.keys().isdisjoint(LABEL_ID) or read_label(row, names) != ""


def _is_list_of(role: str, name: str, held: Any) -> bool:
    if type(held) is not list or not held or len(name) > _LONGEST or role_of(name)[0] != role:
        return False
    if role == LABEL_ROLE:
        return all(isinstance(entry, str) and entry and not mask_kind(entry) for entry in held)
    return all(type(entry) in (int, float) for entry in held)
