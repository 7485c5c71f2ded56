"""Split mappings in parallel, ``{"boxes": {"cat": […]}, "masks": {"cat": …}}``, into one object for each key.

Boxes and masks under the same keys belong together, and the keys are the labels. A key may hold several of each, in
lists. A key that one of the mappings lacks is said, and its item has what the others hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from ...errors import excerpt
from ..keys import BOX, MASK, OTHER_MASK, REFERENCE, fold_keys, names_box
from ..recovery.cursor import Recovered
from .labels import label_of_key
from .list_roles import BOX_ROLE, LABEL_ROLE, MASK_ROLE, SCORE_ROLE, is_box, is_mask, role_of
from .parallel_rows import ParallelLists, marked_row

_LONGEST: Final = 40
_SHOWN: Final = 5


class _Mapping(NamedTuple):
    """One of the mappings: its key, its key in the object of an item, and what it holds."""

    key: str
    name: str
    held: dict[Any, Any]


def split_mappings(value: dict[Any, Any], names: dict[str, str]) -> ParallelLists | None:
    """Return the objects that mappings in parallel mean; None if an object holds no boxes and masks by their labels.

    >>> value = {"boxes": {"cat": [1, 2, 3, 4]}, "masks": {"cat": "<start_of_mask><seg_1>"}}
    >>> split_mappings(value, {"boxes": "boxes", "masks": "masks"}).rows
    [{'box': [1, 2, 3, 4], 'mask': '<start_of_mask><seg_1>', 'label': 'cat'}]

    Parameters
    ----------
    value : dict
        The object.
    names : dict of str to str
        Its keys by their folded form.
    """
    mappings = _mappings_of(value, names)
    boxes, masks = mappings.get(BOX_ROLE), mappings.get(MASK_ROLE)
    if boxes is None or masks is None or boxes.held.keys().isdisjoint(masks.held):
        return None
    keys = list(dict.fromkeys(key for mapping in (boxes, masks) for key in mapping.held))
    used = frozenset(mapping.key for mapping in mappings.values())
    notes: list[str] = [note for mapping in mappings.values() if (note := _lacking(mapping, keys))]
    rows = []
    for key in keys:
        found, unequal = _rows(mappings, key)
        rows += [marked_row(row, value, set(value)) for row in found]
        notes += unequal
    return ParallelLists(rows, used, tuple(notes))


def _mappings_of(value: dict[Any, Any], names: dict[str, str]) -> dict[str, _Mapping]:
    """Return the mappings of an object by their role, the first of each."""
    mappings: dict[str, _Mapping] = {}
    for name, key in names.items():
        held = value[key]
        if not isinstance(held, dict) or not held or len(name) > _LONGEST:
            continue
        role, field = role_of(name)
        if role and role not in mappings and any(held.values()) and all(map(_FITS[role], held.values())):
            mappings[role] = _Mapping(str(key), field, held)
    return mappings


def _fits_box(held: Any) -> bool:
    return held is None or is_box(held) or _is_boxed(held) or (isinstance(held, list) and all(map(is_box, held)))


def _is_boxed(held: Any) -> bool:
    """Tell whether a value is an object with a box and no mask, to which a mask of the same key belongs."""
    if not isinstance(held, dict) or is_box(held):
        return False
    names = fold_keys(held)
    return names_box(names) and names.keys().isdisjoint((*MASK, *OTHER_MASK, *REFERENCE))


def _fits_mask(held: Any) -> bool:
    return held is None or is_mask(held) or (isinstance(held, list) and all(map(is_mask, held)))


def _fits_plain(held: Any) -> bool:
    entries = held if isinstance(held, list) else [held]
    return all(entry is None or isinstance(entry, (str, int, float)) for entry in entries)


_FITS: Final[dict[str, Callable[[Any], bool]]] = {
    BOX_ROLE: _fits_box,
    MASK_ROLE: _fits_mask,
    LABEL_ROLE: _fits_plain,
    SCORE_ROLE: _fits_plain,
}


def _lacking(mapping: _Mapping, keys: list[Any]) -> str:
    """Say which keys of the others a mapping lacks; empty if none."""
    lacking = [key for key in keys if key not in mapping.held]
    shown = ", ".join(excerpt(str(key)) for key in lacking[:_SHOWN]) + (", …" if len(lacking) > _SHOWN else "")
    return f"`{mapping.key}` has no {shown}, which the others have" if lacking else ""


def _rows(mappings: dict[str, _Mapping], key: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the objects of the items under one key, and what did not fit."""
    boxes, masks = (mappings[role].held.get(key) for role in (BOX_ROLE, MASK_ROLE))
    if not isinstance(boxes, list) or is_box(boxes):
        return [_row(mappings, key)], []
    found = masks if isinstance(masks, list) and all(map(is_mask, masks)) else [masks]
    if len(boxes) == len(found) or masks is None:
        return [_row(mappings, key, place) for place in range(len(boxes))], []
    apart = [({BOX_ROLE: mappings[BOX_ROLE]}, place) for place in range(len(boxes))]
    apart += [({MASK_ROLE: mappings[MASK_ROLE]}, place) for place in range(len(found))]
    counts = f"{excerpt(str(key))} has {len(boxes)} boxes and {len(found)} masks"
    note = f"{counts}: nothing says which box is which mask's, so each is an item by itself"
    return [_row(held, key, place) for held, place in apart], [note]


def _row(mappings: dict[str, _Mapping], key: Any, place: int | None = None) -> dict[str, Any]:
    """Return the object of one item; a value in which the text ends is marked as such.

    Parameters
    ----------
    mappings : dict of str to _Mapping
        The mappings by their role.
    key : Any
        The key of the item in each of them.
    place : int, optional
        The place of the item in lists under this key.
    """
    row = Recovered()
    for mapping in mappings.values():
        held = mapping.held.get(key)
        if place is not None and isinstance(held, list):
            held = held[place] if place < len(held) else None
        found: dict[str, Any] = {} if held is None else {mapping.name: held}
        if mapping.name in BOX and isinstance(held, dict) and _is_boxed(held):
            found = held
        row.update(found)
        if isinstance(mapping.held, Recovered) and key in mapping.held.open_keys:
            row.open_keys.update(found)
            row.is_cut = row.is_repaired = True
    label = label_of_key(str(key))
    if label:
        row.setdefault("label", label)
    return row if row.open_keys else dict(row)
