"""From parsed values to items: containers of any name, key aliases, references, one item a row."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import excerpt
from ..limits import Limits
from ..status import Note
from .containers import MASK_TEXT, Asset, entries, is_box_typo, is_item, is_mask_typo, is_ring_like, is_whole_mask
from .cursor import Recovered, TooDeep
from .keys import BOX, HOLES, KNOWN, LABEL, MASK, SCORE, named
from .source import plain

_MASK_ITSELF: Final = frozenset(("outer", "holes", "counts", "size"))
_MOST_NOTES: Final = 100
_SCORE_BOUND: Final = 2.0**127
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
    if (KNOWN.isdisjoint(names) and not is_item(entry, names)) or (broken and not any(entry.values())):
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
    box_key = _pick(raw, names, BOX) or _typo(item, raw, "box_2d", is_box_typo)
    mask_key = _pick(raw, names, MASK)
    if mask_key is None and not is_whole_mask(raw):
        mask_key = _typo(item, raw, "mask", is_mask_typo)
    item.box = raw[box_key] if box_key else None
    item.mask = _with_holes(raw, names, mask_key) if mask_key else (raw if is_whole_mask(raw) else None)
    item.label = _label(_value(raw, names, LABEL))
    item.score = _score(_value(raw, names, SCORE))
    if isinstance(entry, Recovered):
        item.box_open = box_key in entry.open and not _ends_itself(item.box)
        item.mask_open = mask_key in entry.open if mask_key else bool(entry.open & _MASK_ITSELF)
        if entry.mended:
            item.notes.append(Note("json_mended", "the item's JSON was broken and has been mended"))
    return item


def _with_holes(raw: dict[str, Any], names: dict[str, str], mask_key: str) -> Any:
    """The mask, as a part where its holes stand beside it in the item."""
    holes = next((raw[names[name]] for name in HOLES if name in names), None)
    mask = raw[mask_key]
    return {"outer": mask, "holes": holes} if isinstance(mask, list) and isinstance(holes, list) else mask


def _ends_itself(box: Any) -> bool:
    """Tell whether the text of a box, its string never closed, has its last bracket."""
    return isinstance(box, str) and box.rstrip().endswith(("]", "}"))


def _pick(entry: dict[str, Any], names: dict[str, str], aliases: tuple[str, ...]) -> str | None:
    """The key of the first alias that holds something; failing that, of one that holds nothing."""
    keys = [names[alias] for alias in aliases if alias in names]
    filled = [key for key in keys if entry[key] is not None and entry[key] != "" and entry[key] != []]
    return next(iter(filled or keys), None)


def _value(entry: dict[str, Any], names: dict[str, str], aliases: tuple[str, ...]) -> Any:
    key = _pick(entry, names, aliases)
    return entry[key] if key else None


def _typo(item: Item, raw: dict[str, Any], name: str, is_typo: Any) -> str | None:
    keys = [key for key, value in raw.items() if is_typo(key, value)]
    if len(keys) != 1:
        return None
    item.notes.append(Note("key_mended", f"read `{keys[0]}` as `{name}`", keys[0]))
    return keys[0]


def _label(value: Any) -> str:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return ", ".join(entry for entry in value if isinstance(entry, str))
    return excerpt(value) if isinstance(value, (int, float)) else ""


def _score(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        score = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return score if abs(score) < _SCORE_BOUND else math.nan


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
