"""Collect the items of parsed values, one per row, and note repairs and entries that are no items."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .._layout import Layout
from ..errors import excerpt
from ..limits import Limits
from ..status import Note
from . import fields
from .containers import (
    MASK_TEXT,
    Asset,
    is_box_typo,
    is_item,
    is_mask_object,
    is_mask_typo,
    is_polygon_like,
    walk_entries,
)
from .keys import BOX, CORNERS, KNOWN, fold_keys, names_box
from .recovery.cursor import Recovered, TooDeep
from .source import to_json_types

_MASK_ITSELF: Final = frozenset(("outer", "holes", "counts", "size"))
_MAX_NOTES: Final = 100
_LOOSE: Final = re.compile(r"<start_of_mask>(?:\s*<seg_?\d+>)*|(?:<seg_?\d+>\s*)+|data:image/\w+;base64,[\w+/=\s-]+")


@dataclass(slots=True)
class Item:
    """One item of a reply, with its fields under whatever names the model used.

    Attributes
    ----------
    raw : dict
        The item as the model wrote it, unknown keys kept.
    box, mask : Any
        Untrusted values; None where there is none.
    label : str
        Empty where there is none.
    score : float
        NaN where there is none.
    box_key, mask_key : str
        The keys as the model wrote them; empty where the value has none, such as corners that stand in the item.
    layout : Layout
        What the form of the reply says about the order and the frame of the coordinates.
    is_box_open, is_mask_open : bool
        The value breaks off, or its string was never closed.
    assets : mapping of str to Asset
        Masks that references in this reply may point to.
    notes : list of Note
        Repairs.
    """

    raw: dict[str, Any]
    box: Any = None
    mask: Any = None
    label: str = ""
    score: float = math.nan
    box_key: str = ""
    mask_key: str = ""
    layout: Layout = Layout()
    is_box_open: bool = False
    is_mask_open: bool = False
    assets: Mapping[str, Asset] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class CollectedItems:
    """The items of a reply in order, notes about entries that are no items, and the number of those."""

    items: list[Item] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    others: int = 0


def collect_items(values: list[Any], limits: Limits) -> CollectedItems:
    """Collect the items of parsed values.

    >>> [item.label for item in collect_items([{"boxes": [{"label": "cat"}, {"name": "dog"}]}], Limits()).items]
    ['cat', 'dog']
    """
    collected = CollectedItems()
    for value in values:
        for entry, assets in walk_entries(value, limits.max_depth):
            _add(collected, entry, assets, limits)
    if collected.others > _MAX_NOTES:
        collected.notes.append(Note("not_an_item", f"{collected.others - _MAX_NOTES} more entries are no items"))
    return collected


def loose_masks(text: str) -> list[Item]:
    """Return an item for each mask that stands in a text without JSON around it.

    >>> [item.mask for item in loose_masks("<start_of_mask><seg_4><seg_20>")]
    ['<start_of_mask><seg_4><seg_20>']
    """
    return [_bare(match[0].strip()) for match in _LOOSE.finditer(text)]


# Items.


def _add(collected: CollectedItems, entry: Any, assets: Mapping[str, Asset], limits: Limits) -> None:
    if isinstance(entry, dict):
        _add_object(collected, entry, assets, limits)
    elif (isinstance(entry, str) and MASK_TEXT.match(entry)) or is_polygon_like(entry):
        collected.items.append(_bare(entry))
    else:
        _note_other(collected, entry)


def _add_object(collected: CollectedItems, entry: dict[Any, Any], assets: Mapping[str, Asset], limits: Limits) -> None:
    names = fold_keys(entry)
    broken = isinstance(entry, Recovered) and entry.is_repaired
    is_known = not KNOWN.isdisjoint(names) or names_box(names) or is_item(entry, names)
    if not is_known or (broken and not any(entry.values())):
        if entry or not broken:
            _note_other(collected, entry)
        return
    item = _item(entry, assets, limits)
    if isinstance(entry, Recovered) and entry.is_cut and not _is_row(item):
        collected.notes.append(_cut_note(entry))
    else:
        collected.items.append(item)


def _note_other(collected: CollectedItems, entry: Any) -> None:
    collected.others += 1
    if collected.others <= _MAX_NOTES:
        collected.notes.append(Note("not_an_item", "expected an object with a box or a mask", excerpt(entry)))


def _is_row(item: Item) -> bool:
    """Tell whether an item that is cut off becomes a row: its box or its mask is complete."""
    return (item.box is not None and not item.is_box_open) or (item.mask is not None and not item.is_mask_open)


def _cut_note(entry: Recovered) -> Note:
    key = next(iter(sorted(entry.open_keys)), None)
    if key is None:
        return Note("item_cut", "the text ends inside an item, before its box and its mask", excerpt(dict(entry)))
    return Note("item_cut", f"the text ends inside an item, in its `{key}`", excerpt(entry[key]))


def _bare(mask: Any) -> Item:
    note = Note("bare_value", "a mask without an item around it")
    return Item(raw={"mask": mask}, mask=mask, notes=[note])


def _item(entry: dict[Any, Any], assets: Mapping[str, Asset], limits: Limits) -> Item:
    raw = {str(key): _bounded(value, limits.max_depth) for key, value in entry.items()}
    names = fold_keys(raw)
    item = Item(raw=raw, assets=assets)
    box_keys, mask_key = _set_box(item, names), _set_mask(item, names)
    item.box_key, item.mask_key = box_keys[0] if len(box_keys) == 1 else "", mask_key or ""
    item.label, item.score = fields.read_label(raw, names), fields.read_score(raw, names)
    if isinstance(entry, Recovered):
        item.is_box_open = not entry.open_keys.isdisjoint(box_keys) and not _ends_itself(item.box)
        item.is_mask_open = mask_key in entry.open_keys if mask_key else bool(entry.open_keys & _MASK_ITSELF)
        if entry.is_repaired:
            item.notes.append(Note("json_mended", "the item's JSON was broken and has been mended"))
    return item


def _set_box(item: Item, names: dict[str, str]) -> list[str]:
    """Set the box of an item; return the keys that hold it: one for the box, or one per corner."""
    key = fields.pick_key(item.raw, names, BOX) or _typo(item, "box_2d", is_box_typo)
    if key is not None:
        item.box = item.raw[key]
        return [key]
    if not names_box(names):
        return []
    keys = [key for name, key in names.items() if name in CORNERS]
    item.box = {key: item.raw[key] for key in keys}
    return keys


def _set_mask(item: Item, names: dict[str, str]) -> str | None:
    """Set the mask of an item; return the key that holds it, None if there is none or the item is the mask."""
    key = fields.mask_key(item.raw, names, item.assets)
    if key is None and is_mask_object(item.raw):
        item.mask = item.raw
        return None
    key = key or _typo(item, "mask", is_mask_typo)
    item.mask = fields.with_holes(item.raw, names, key) if key else None
    return key


def _typo(item: Item, name: str, is_typo: Callable[[str, Any], bool]) -> str | None:
    """Return the only key whose value looks like the field `name`, and note that it was read so."""
    keys = [key for key, value in item.raw.items() if is_typo(key, value)]
    if len(keys) != 1:
        return None
    item.notes.append(Note("key_mended", f"read `{keys[0]}` as `{name}`", keys[0]))
    return keys[0]


def _ends_itself(box: Any) -> bool:
    """Tell whether the text of a box whose string was never closed ends with its last bracket."""
    return isinstance(box, str) and box.rstrip().endswith(("]", "}"))


def _bounded(value: Any, depth: int) -> Any:
    """Return the value in JSON's types; nested deeper than `depth`, an empty `TooDeep`."""
    level = [value]
    for _ in range(depth):
        level = [
            child
            for node in level
            if isinstance(node, (list, dict))
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (list, dict))
        ]
        if any(isinstance(child, TooDeep) for child in level):
            return TooDeep()
        if not level:
            return to_json_types(value, depth) if isinstance(value, (list, dict)) else value
    return TooDeep()
