"""Recognise the objects that are items, or hold items, by their keys and values."""

from __future__ import annotations

from typing import Any, Final

from ..keys import (
    ASSETS,
    BOX,
    FIELDS,
    KNOWN,
    LABEL,
    MASK,
    OTHER_MASK,
    corners_of,
    fold,
    fold_keys,
    names_box,
)
from .axis_lists import find_axis_lists
from .mask_like import MASK_TEXT, is_run_text, mask_kind, names_no_mask
from .parallel_lists import split_lists

_BOX_KEYS: Final = frozenset(BOX)


def is_item(value: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object has a box or a mask, under any known name."""
    fields = [name for name in names if name in FIELDS]
    if any(_is_field(name, value[names[name]]) for name in fields) or is_mask_object(value):
        return True
    if corners_of(names) and not KNOWN.isdisjoint(names):
        return True
    if any(is_box_typo(str(key), inner) or is_mask_typo(str(key), inner) for key, inner in value.items()):
        return True
    return _has_other_mask(value, names)


def _is_field(name: str, held: Any) -> bool:
    """Tell whether a value under the name of a box or a mask is one, and no item for which the key is the label."""
    return not _holds_whole_item(held) if name in BOX else not have_boxes(held)


def _holds_whole_item(held: Any) -> bool:
    """Tell whether a value is an item with a box and a mask or a label, or a list that begins with one."""
    entry = held[0] if isinstance(held, list) and held else held
    if not isinstance(entry, dict):
        return False
    names = fold_keys(entry)
    return names_box(names) and not names.keys().isdisjoint((*MASK, *LABEL))


def _has_other_mask(value: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object has a mask under one of its further names, or beside a label under any name."""
    if find_axis_lists(value, names):
        return True
    others = [name for name in OTHER_MASK if name in names and name not in ASSETS]
    if any(
        mask_kind(value[names[name]]) not in ("", "numbers") or is_run_text(name, value[names[name]]) for name in others
    ):
        return True
    if KNOWN.isdisjoint(names):
        return False
    unknown = [key for key in value if fold(str(key)) not in KNOWN and fold(str(key)) not in ASSETS]
    return any(_is_geometry(str(key), value[key]) for key in unknown)


def _is_geometry(key: str, value: Any) -> bool:
    return not names_no_mask(key) and not have_boxes(value) and mask_kind(value, 0) in ("polygon", "runs")


def is_mask_object(value: dict[Any, Any]) -> bool:
    """Tell whether the object itself is the mask: an RLE, or a polygon with holes."""
    return ("counts" in value and "size" in value) or "outer" in value


def is_box_typo(key: str, value: Any) -> bool:
    """Tell whether an unknown key means a box: its name resembles one and it holds four values."""
    name = fold(key)
    if name in FIELDS or not (name.endswith("2d") or "box" in name) or not isinstance(value, (list, dict)):
        return False
    corners = list(value.values()) if isinstance(value, dict) else value
    return len(corners) == 4 and not any(isinstance(corner, (list, dict)) for corner in corners)


def is_mask_typo(key: str, value: Any) -> bool:
    """Tell whether an unknown key means a mask: its value begins like the text of one."""
    return isinstance(value, str) and MASK_TEXT.match(value) is not None and not names_no_mask(key)


def have_boxes(held: Any) -> bool:
    """Tell whether a value is an object with a box, or holds such objects.

    >>> have_boxes([{"box_2d": [1, 2, 3, 4]}]), have_boxes([[1, 2], [3, 4]])
    (True, False)
    """
    if isinstance(held, dict) and not _BOX_KEYS.isdisjoint(fold_keys(held)):
        return True
    inner = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    return any(isinstance(entry, dict) and names_box(fold_keys(entry)) for entry in inner)


def has_box_lists(held: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object holds lists in parallel with boxes among them."""
    lists = split_lists(held, names)
    return lists is not None and any(names_box(fold_keys(row)) for row in lists.rows)


def has_mask(held: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object has a value that looks like a mask under the name of one."""
    return any(mask_kind(held[names[name]]) for name in (*MASK, *OTHER_MASK) if name in names)


def has_own_box(held: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object has a value that may be a box."""
    values = [held[names[name]] for name in BOX if name in names]
    return any(isinstance(value, (list, dict)) and value for value in values) or (
        bool(corners_of(names)) and not KNOWN.isdisjoint(names)
    )
