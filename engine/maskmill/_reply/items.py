"""From parsed values to items: one a row, with what was mended and what was passed over."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import excerpt
from ..limits import Limits
from ..status import Note
from . import fields
from .containers import MASK_TEXT, Asset, entries, is_box_typo, is_item, is_mask_typo, is_ring_like, is_whole_mask
from .keys import BOX, CORNERS, KNOWN, named, names_box
from .recovery.cursor import Recovered, TooDeep
from .source import plain

_MASK_ITSELF: Final = frozenset(("outer", "holes", "counts", "size"))
_MOST_NOTES: Final = 100
_LOOSE: Final = re.compile(r"<start_of_mask>(?:\s*<seg_?\d+>)*|(?:<seg_?\d+>\s*)+|data:image/\w+;base64,[\w+/=\s-]+")


@dataclass(slots=True)
class Item:
    """One item of a reply, its fields found under whatever names they had.

    Attributes
    ----------
    raw
        The item as the model wrote it, unknown keys kept.
    box, mask
        Untrusted values; None where there is none.
    label
        Empty where there is none.
    score
        NaN where there is none.
    in_thousandths
        The unit of the box is settled, however small its numbers.
    box_open, mask_open
        The value breaks off, or its string was never closed.
    assets
        What references in this reply may point to.
    notes
        What was mended.
    """

    raw: dict[str, Any]
    box: Any = None
    mask: Any = None
    label: str = ""
    score: float = math.nan
    in_thousandths: bool = False
    box_open: bool = False
    mask_open: bool = False
    assets: Mapping[str, Asset] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class Collected:
    """Items in the order of the reply, and what was no item."""

    items: list[Item] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    others: int = 0


def collect(values: list[Any], limits: Limits) -> Collected:
    """Find the items in parsed values.

    >>> [item.label for item in collect([{"boxes": [{"label": "cat"}, {"name": "dog"}]}], Limits()).items]
    ['cat', 'dog']
    """
    found = Collected()
    for value in values:
        for entry, assets in entries(value, limits.max_depth):
            _add(found, entry, assets, limits)
    if found.others > _MOST_NOTES:
        found.notes.append(Note("not_an_item", f"{found.others - _MOST_NOTES} more entries are no items"))
    return found


def loose_masks(text: str) -> list[Item]:
    """Items for masks that stand in the text without any JSON around them.

    >>> [item.mask for item in loose_masks("<start_of_mask><seg_4><seg_20>")]
    ['<start_of_mask><seg_4><seg_20>']
    """
    return [_bare(found[0].strip()) for found in _LOOSE.finditer(text)]


# Items.


def _add(found: Collected, entry: Any, assets: Mapping[str, Asset], limits: Limits) -> None:
    if isinstance(entry, dict):
        _add_object(found, entry, assets, limits)
    elif (isinstance(entry, str) and MASK_TEXT.match(entry)) or is_ring_like(entry):
        found.items.append(_bare(entry))
    else:
        _pass_over(found, entry)


def _add_object(found: Collected, entry: dict[Any, Any], assets: Mapping[str, Asset], limits: Limits) -> None:
    names = named(entry)
    broken = isinstance(entry, Recovered) and entry.mended
    is_known = not KNOWN.isdisjoint(names) or names_box(names) or is_item(entry, names)
    if not is_known or (broken and not any(entry.values())):
        if entry or not broken:
            _pass_over(found, entry)
        return
    item = _item(entry, assets, limits)
    if isinstance(entry, Recovered) and entry.cut and not _is_row(item):
        found.notes.append(_cut_note(entry))
    else:
        found.items.append(item)


def _pass_over(found: Collected, entry: Any) -> None:
    found.others += 1
    if found.others <= _MOST_NOTES:
        found.notes.append(Note("not_an_item", "expected an object with a box or a mask", excerpt(entry)))


def _is_row(item: Item) -> bool:
    """A cut-off item is a row when its box or its mask is whole."""
    return (item.box is not None and not item.box_open) or (item.mask is not None and not item.mask_open)


def _cut_note(entry: Recovered) -> Note:
    key = next(iter(sorted(entry.open)), None)
    if key is None:
        return Note("item_cut", "the text ends inside an item, before its box and its mask", excerpt(dict(entry)))
    return Note("item_cut", f"the text ends inside an item, in its `{key}`", excerpt(entry[key]))


def _bare(mask: Any) -> Item:
    note = Note("bare_value", "a mask without an item around it")
    return Item(raw={"mask": mask}, mask=mask, notes=[note])


def _item(entry: dict[Any, Any], assets: Mapping[str, Asset], limits: Limits) -> Item:
    raw = {str(key): _bounded(value, limits.max_depth) for key, value in entry.items()}
    names = named(raw)
    item = Item(raw=raw, assets=assets)
    box_keys, mask_key = _set_box(item, names), _set_mask(item, names)
    item.label, item.score = fields.label(raw, names), fields.score(raw, names)
    if isinstance(entry, Recovered):
        item.box_open = not entry.open.isdisjoint(box_keys) and not _ends_itself(item.box)
        item.mask_open = mask_key in entry.open if mask_key else bool(entry.open & _MASK_ITSELF)
        if entry.mended:
            item.notes.append(Note("json_mended", "the item's JSON was broken and has been mended"))
    return item


def _set_box(item: Item, names: dict[str, str]) -> list[str]:
    """Find the box of an item, and return the keys that hold it: its own, or those of its corners."""
    key = fields.pick(item.raw, names, BOX) or _typo(item, "box_2d", is_box_typo)
    if key is not None:
        item.box = item.raw[key]
        return [key]
    if not names_box(names):
        return []
    keys = [key for name, key in names.items() if name in CORNERS]
    item.box = {key: item.raw[key] for key in keys}
    return keys


def _set_mask(item: Item, names: dict[str, str]) -> str | None:
    """Find the mask of an item, and return the key that holds it; None if there is none, or it is the item itself."""
    key = fields.mask_key(item.raw, names, item.assets)
    if key is None and is_whole_mask(item.raw):
        item.mask = item.raw
        return None
    key = key or _typo(item, "mask", is_mask_typo)
    item.mask = fields.with_holes(item.raw, names, key) if key else None
    return key


def _typo(item: Item, name: str, is_typo: Callable[[str, Any], bool]) -> str | None:
    """The one key that is taken for that of a field by what it holds."""
    keys = [key for key, value in item.raw.items() if is_typo(key, value)]
    if len(keys) != 1:
        return None
    item.notes.append(Note("key_mended", f"read `{keys[0]}` as `{name}`", keys[0]))
    return keys[0]


def _ends_itself(box: Any) -> bool:
    """Tell whether the text of a box, its string never closed, has its last bracket."""
    return isinstance(box, str) and box.rstrip().endswith(("]", "}"))


def _bounded(value: Any, depth: int) -> Any:
    """The value, unless it is nested deeper than `depth`: then an empty list that says so."""
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
            return plain(value, depth) if isinstance(value, (list, dict)) else value
    return TooDeep()
