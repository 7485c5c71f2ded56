"""From parsed values to items: containers of any name, key aliases, references, one item a row."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ..errors import excerpt
from ..limits import Limits
from ..status import Note
from .cursor import Recovered, TooDeep
from .keys import ASSETS, BOX, CONTAINER, FIELDS, LABEL, MASK, SCORE, named, normal

_MASK_TEXT: Final = re.compile(r"\s*(?:data:image/|iVBORw0KGgo|<start_of_mask>)")
_MOST_NOTES: Final = 100
_SCORE_BOUND: Final = 2.0**127
_LOOSE: Final = re.compile(r"<start_of_mask>(?:\s*<seg_\d+>)*|(?:<seg_\d+>\s*)+|data:image/\w+;base64,[\w+/=-]+")


class Asset(NamedTuple):
    """A mask that items refer to by name, and whether the text ends inside it."""

    value: Any
    is_open: bool


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


def collect(values: list[Any], limits: Limits) -> Collected:
    """Find the items in parsed values.

    >>> [item.label for item in collect([{"boxes": [{"label": "cat"}, {"name": "dog"}]}], Limits()).items]
    ['cat', 'dog']
    """
    found = Collected()
    for value in values:
        for entry, assets in _entries(value, {}, limits.max_depth):
            _add(found, entry, assets, limits)
    surplus = len(found.notes) - _MOST_NOTES
    if surplus > 0:
        found.notes[_MOST_NOTES:] = [Note("not_an_item", f"{surplus} more entries are no items")]
    return found


def loose_masks(text: str) -> list[Item]:
    """Items for masks that stand in the text without any JSON around them.

    >>> [item.mask for item in loose_masks("<start_of_mask><seg_4><seg_20>")]
    ['<start_of_mask><seg_4><seg_20>']
    """
    return [_bare(found[0].strip()) for found in _LOOSE.finditer(text)]


# Containers.


def _entries(value: Any, assets: Mapping[str, Asset], depth: int) -> Iterator[tuple[Any, Mapping[str, Asset]]]:
    """Walk lists and wrappers down to what may be an item."""
    if depth == 0:
        return
    if isinstance(value, list) and not is_ring_like(value):
        for entry in value:
            if isinstance(entry, list) or (isinstance(entry, dict) and _wrapped(entry, named(entry))):
                yield from _entries(entry, assets, depth - 1)
            else:
                yield entry, assets
    elif isinstance(value, dict):
        yield from _object_entries(value, assets, depth)
    else:
        yield value, assets


def _object_entries(
    value: dict[Any, Any], assets: Mapping[str, Asset], depth: int
) -> Iterator[tuple[Any, Mapping[str, Asset]]]:
    names = named(value)
    assets = _assets(value, names) or assets
    inner = _wrapped(value, names)
    if inner:
        for entries in inner:
            yield from _entries(entries, assets, depth - 1)
    elif _is_item(value, names):
        yield value, assets
    else:
        for key, entry in value.items():
            if isinstance(entry, (list, dict)) and not is_ring_like(entry) and normal(str(key)) not in ASSETS:
                yield from _entries(entry, assets, depth - 1)


def _wrapped(value: dict[Any, Any], names: dict[str, str]) -> list[list[Any]]:
    """The lists of items in an object that wraps them, in its order; none where it is no wrapper."""
    if not names.keys().isdisjoint(BOX):
        return []
    inner = {name: value[key] for name, key in names.items() if name in CONTAINER and _holds_items(value[key])}
    lists = {name: list(held.values()) if isinstance(held, dict) else held for name, held in inner.items()}
    if len(lists) > 1:  # beside items, masks without boxes are what the items refer to
        lists = {name: held for name, held in lists.items() if name not in ASSETS or _have_boxes(held)}
    return list(lists.values())


def _have_boxes(entries: list[Any]) -> bool:
    return any(isinstance(entry, dict) and not named(entry).keys().isdisjoint(BOX) for entry in entries)


def _holds_items(inner: Any) -> bool:
    if isinstance(inner, dict):
        return any(isinstance(entry, dict) and _is_item(entry, named(entry)) for entry in inner.values())
    return isinstance(inner, list) and (not inner or any(isinstance(entry, dict) for entry in inner))


def _assets(value: dict[Any, Any], names: dict[str, str]) -> dict[str, Asset]:
    """Masks by name, for items that refer to them: a mapping, or a list of objects with an id."""
    assets: dict[str, Asset] = {}
    for name in ASSETS:
        inner = value[names[name]] if name in names else None
        if isinstance(inner, dict):
            broken = inner.open if isinstance(inner, Recovered) else ()
            assets.update((str(key), Asset(asset, key in broken)) for key, asset in inner.items())
        elif isinstance(inner, list):
            entries = [e for e in inner if isinstance(e, dict) and named(e).keys().isdisjoint(BOX)]
            ids = [str(e.get("id", e.get("name", ""))) for e in entries]
            assets.update((i, Asset(e, _is_cut(e))) for i, e in zip(ids, entries, strict=True) if i)
    return assets


def _is_cut(entry: dict[Any, Any]) -> bool:
    return isinstance(entry, Recovered) and entry.cut


def _is_item(value: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object has a box or a mask, under whatever name."""
    if not FIELDS.isdisjoint(names) or _is_whole_mask(value):
        return True
    return any(_is_box_typo(str(k), v) or _is_mask_typo(str(k), v) for k, v in value.items())


def _is_whole_mask(value: dict[Any, Any]) -> bool:
    """Tell whether the object itself is the mask: an RLE, or a part with holes."""
    return ("counts" in value and "size" in value) or "outer" in value


def is_ring_like(value: Any) -> bool:
    """Tell whether a list holds coordinates and no items: numbers, lists of numbers, points.

    >>> is_ring_like([[1, 2], [3, 4]]), is_ring_like([{"x": 1, "y": 2}]), is_ring_like([{"label": "cat"}])
    (True, True, False)
    """
    for _ in range(4):
        if not isinstance(value, list) or not value:
            return False
        first = value[0]
        if isinstance(first, dict):
            return first.keys() == {"x", "y"} or "outer" in first
        if isinstance(first, (int, float)):
            return len(value) > 4 and all(isinstance(v, (int, float)) for v in value)
        if isinstance(first, list) and len(first) == 2 and all(isinstance(v, (int, float)) for v in first):
            return True
        value = first
    return False


# Items.


def _add(found: Collected, entry: Any, assets: Mapping[str, Asset], limits: Limits) -> None:
    if isinstance(entry, Recovered) and entry.cut and not entry:
        return
    if isinstance(entry, dict):
        item = _item(entry, assets, limits)
        if isinstance(entry, Recovered) and entry.cut and not _is_row(item):
            found.notes.append(_cut_note(entry))
        else:
            found.items.append(item)
    elif (isinstance(entry, str) and _MASK_TEXT.match(entry)) or is_ring_like(entry):
        found.items.append(_bare(entry))
    else:
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
    box_key = _pick(raw, names, BOX) or _typo(item, raw, "box_2d", _is_box_typo)
    mask_key = _pick(raw, names, MASK)
    if mask_key is None and not _is_whole_mask(raw):
        mask_key = _typo(item, raw, "mask", _is_mask_typo)
    item.box = raw[box_key] if box_key else None
    item.mask = raw[mask_key] if mask_key else (raw if _is_whole_mask(raw) else None)
    item.label = _label(_value(raw, names, LABEL))
    item.score = _score(_value(raw, names, SCORE))
    if isinstance(entry, Recovered):
        item.box_open = box_key in entry.open and not _ends_itself(item.box)
        item.mask_open = mask_key in entry.open
        if entry.mended:
            item.notes.append(Note("json_mended", "the item's JSON was broken and has been mended"))
    return item


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


def _is_box_typo(key: str, value: Any) -> bool:
    named = normal(key).endswith("2d") or "box" in normal(key)
    return named and isinstance(value, (list, dict)) and len(value) == 4


def _is_mask_typo(key: str, value: Any) -> bool:
    return isinstance(value, str) and _MASK_TEXT.match(value) is not None


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
        if not level:
            return value
    return TooDeep()
