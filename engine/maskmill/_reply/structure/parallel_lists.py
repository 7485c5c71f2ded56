"""Split lists in parallel, ``{"boxes": […], "masks": […], "labels": […]}``, into one object for each item.

Lists of one length belong together, entry by entry. Where boxes and masks differ in number, nothing says which mask
lies in which box: each is an item by itself, and a note says so. Where labels or scores are fewer, the last items have
none, which is said, too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

from ..keys import (
    BOX,
    BOX_SHAPES,
    KNOWN,
    LABEL,
    LAST_LABEL,
    MASK,
    OTHER_BOX,
    OTHER_LABEL,
    OTHER_MASK,
    SCORE,
    corners_of,
    fold,
    fold_keys,
    names_box,
)
from ..recovery.cursor import Recovered
from .mask_like import is_four_numbers, is_polygon_like, mask_kind

_PREFIXES: Final = ("pred", "predicted", "detection", "detected", "output", "instance", "object", "result", "gt", "all")
_ENDINGS: Final = ("list", "array", "s", "es")
_PLURAL_LABELS: Final = frozenset(
    [
        "labels",
        "names",
        "classes",
        "classnames",
        "categories",
        "categorynames",
        "labelnames",
        "textlabels",
        "tags",
        "phrases",
        "texts",
        "objects",
        "captions",
        "descriptions",
        "entities",
        "titles",
        "species",
    ]
)
_PLURAL_SCORES: Final = frozenset(["scores", "confidences", "probs", "probabilities", "logits"])
_NOT_LISTS: Final = frozenset(
    (*BOX, "coordinates", "points", "vertices", "rings", "ring", "outline", "contour", "path")
)
_OF_ITEMS: Final = frozenset((*LABEL, *OTHER_LABEL, *SCORE, "mask", "id", "object", "description", "title"))
_LONGEST: Final = 40
_BOX, _MASK, _LABEL, _SCORE = "box", "mask", "label", "score"


class ParallelLists(NamedTuple):
    """The objects that lists in parallel mean, the keys of those lists, and what did not fit.

    Attributes
    ----------
    rows : list of dict
        An object for each item.
    keys : frozenset of str
        The keys of the lists, as the model wrote them.
    notes : tuple of str
        What did not fit.
    """

    rows: list[dict[str, Any]]
    keys: frozenset[str]
    notes: tuple[str, ...]


class _List(NamedTuple):
    """One of the lists: its key, its key in the object of an item, its entries, and whether the text ends in it."""

    key: str
    name: str
    entries: list[Any]
    is_open: bool


def split_lists(value: dict[Any, Any], names: dict[str, str]) -> ParallelLists | None:
    """Return the objects that lists in parallel mean; None if an object holds no such lists.

    >>> value = {"boxes": [[1, 2, 3, 4], [5, 6, 7, 8]], "labels": ["cat", "dog"]}
    >>> split_lists(value, fold_keys(value)).rows
    [{'box': [1, 2, 3, 4], 'label': 'cat'}, {'box': [5, 6, 7, 8], 'label': 'dog'}]

    Parameters
    ----------
    value : dict
        The object.
    names : dict of str to str
        Its keys by their folded form.
    """
    lists = _lists_of(value, names)
    boxes, masks, labels = (lists.get(role) for role in (_BOX, _MASK, _LABEL))
    if boxes is None and masks is None:
        return None
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
        return len(boxes.entries) > 1
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
        role, field = _role(name)
        entries = _entries(role, name, value[key]) if role and role not in lists else None
        if entries:
            lists[role] = _List(str(key), field, entries, key in open_keys)
    return lists


@lru_cache(maxsize=1024)
def _role(name: str) -> tuple[str, str]:
    """Return the role of a folded key of a list, and the name of the field in the object of an item."""
    for stem in _stems(name):
        if stem in BOX or stem in BOX_SHAPES:
            return _BOX, stem if stem in BOX_SHAPES else ("box_2d" if stem == "box2d" else stem)
        if stem in MASK or (stem in OTHER_MASK and stem not in OTHER_BOX):
            return _MASK, stem if stem in MASK else "mask"
        if stem in SCORE or name in _PLURAL_SCORES or stem in _PLURAL_SCORES:
            return _SCORE, "score"
        if name in _PLURAL_LABELS or stem in (*LABEL, *OTHER_LABEL, *_PLURAL_LABELS, *LAST_LABEL):
            return _LABEL, "label"
    return "", ""


def _stems(name: str) -> list[str]:
    """Return a folded key, and what it may be the plural or a longer form of."""
    found = [name]
    for prefix in _PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            found.append(name[len(prefix) :])
    endless = [stem[: -len(end)] for stem in found for end in _ENDINGS if stem.endswith(end) and len(stem) > len(end)]
    return [*found, *endless]


def _entries(role: str, name: str, held: Any) -> list[Any] | None:
    """Return the entries of a list with one for each item; None if a value is no such list."""
    if not isinstance(held, list) or not held:
        return None
    if role == _BOX:
        return held if all(entry is None or _is_box(entry) for entry in held) and any(held) else None
    if role == _MASK:
        return _mask_entries(name, held)
    is_flat = all(entry is None or isinstance(entry, (str, int, float)) for entry in held)
    return held if is_flat or (role == _LABEL and all(isinstance(entry, (str, list)) for entry in held)) else None


def _mask_entries(name: str, held: list[Any]) -> list[Any] | None:
    """Return the masks of a list; points alone, or numbers, are one mask."""
    if is_polygon_like(held) and (not isinstance(held[0], list) or not _is_mask(held[0])):
        return [held] if mask_kind(held) and name not in _NOT_LISTS and name not in MASK else None
    return held if all(entry is None or _is_mask(entry) for entry in held) and any(held) else None


def _is_mask(entry: Any) -> bool:
    """Tell whether an entry is a mask by itself, or the text or list that stands for one."""
    if isinstance(entry, dict):
        return _OF_ITEMS.isdisjoint(names := fold_keys(entry)) and not names_box(names) and mask_kind(entry) != ""
    if isinstance(entry, list):
        return not entry or mask_kind(entry) != ""
    return isinstance(entry, str)


def _is_box(entry: Any) -> bool:
    """Tell whether an entry is a box: four numbers, two corners, or an object of corners and nothing else."""
    if isinstance(entry, dict):
        names = fold_keys(entry)
        return len(names) == len(corners_of(names)) > 0
    if isinstance(entry, str):
        return is_four_numbers([part.strip(" []()") for part in entry.split(",")])
    is_corners = isinstance(entry, list) and len(entry) == 2 and all(isinstance(v, list) and len(v) == 2 for v in entry)
    return is_four_numbers(entry) or is_corners


def _zip(lists: dict[str, _List], value: dict[Any, Any]) -> ParallelLists:
    """Pair the entries of all lists by their place."""
    count = max(len(held.entries) for role, held in lists.items() if role in (_BOX, _MASK))
    if count == 1 and _is_rest_of_item(value, lists):
        return _only_row(lists, value)
    others = _other_lists(value, lists, count)
    rows = [_marked(_row([*lists.values(), *others], i), value, set(value)) for i in range(count)]
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
    row = _marked(row, value, used)
    return ParallelLists([row], frozenset(map(str, value)), _unequal(lists, 1))


def _split_apart(boxes: _List, masks: _List, lists: dict[str, _List], value: dict[Any, Any]) -> ParallelLists:
    """Return each box and each mask as an item by itself; labels and scores go to those of their number."""
    counts = f"`{boxes.key}` has {len(boxes.entries)} and `{masks.key}` has {len(masks.entries)}"
    notes = [f"{counts}: nothing says which box is which mask's, so each is an item by itself"]
    rest = {role: held for role, held in lists.items() if role in (_LABEL, _SCORE)}
    rows = []
    for field in (boxes, masks):
        fitting = [held for held in rest.values() if len(held.entries) == len(field.entries)]
        rows += [_marked(_row([field, *fitting], i), value, set(value)) for i in range(len(field.entries))]
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


def _marked(row: dict[str, Any], value: dict[Any, Any], used: set[str]) -> dict[str, Any]:
    """Return the object of an item with the repairs of the object that held the lists.

    Parameters
    ----------
    row : dict
        The object of an item.
    value : dict
        The object that held the lists.
    used : set of str
        The keys of the lists; another key may be open in both.
    """
    if not isinstance(value, Recovered) or not value.is_repaired:
        return row
    marked = Recovered()
    marked.update(row)
    marked.is_repaired = True
    marked.open_keys = (row.open_keys if isinstance(row, Recovered) else set()) | (value.open_keys - used)
    marked.is_cut = bool(marked.open_keys)
    return marked


def _keys(lists: dict[str, _List], others: list[_List]) -> frozenset[str]:
    return frozenset(held.key for held in (*lists.values(), *others))


def _unequal(lists: dict[str, _List], count: int) -> tuple[str, ...]:
    """Say which lists are shorter or longer than the items are many."""
    return tuple(
        f"`{held.key}` has {len(held.entries)} for {count} items: paired from the first on"
        for held in lists.values()
        if len(held.entries) != count
    )
