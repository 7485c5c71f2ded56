"""Collect the items of parsed values, one per row, and note repairs and entries that are no items."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .._layout import Layout
from ..errors import excerpt
from ..limits import Limits
from ..status import Note
from . import fields
from .containers import MASK_TEXT, Asset, Entry, is_item, is_mask_object, is_polygon_like, walk_entries
from .keys import KNOWN, fold_keys, names_box
from .known_items import ReadItem
from .recovery.cursor import Recovered, TooDeep
from .structure.images import repeated_answer, several_images
from .structure.labels import Around, guess_label, image_of

_UNKNOWN_LAYOUT: Final = Layout()
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
    layout: Layout = _UNKNOWN_LAYOUT
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
    collector = _Collector(CollectedItems(), limits)
    answers = []
    for value in values:
        first = len(collector.collected.items)
        for entry in walk_entries(value, limits.max_depth):
            collector.add(entry)
        items = collector.collected.items[first:]
        if isinstance(value, list) or len(items) > 1:  # lines of one item each may well be alike
            answers.append(([item.label for item in items], [item.raw for item in items]))
    collected = collector.collected
    collected.notes += several_images(collector.images) or repeated_answer(answers)
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


class _Collector:
    """Adds entries to the collected items, and keeps what concerns several of them.

    Attributes
    ----------
    collected : CollectedItems
        The items so far.
    images : list of str
        The image that each item names; empty where it names none.
    """

    def __init__(self, collected: CollectedItems, limits: Limits) -> None:
        self.collected = collected
        self.images: list[str] = []
        self._limits = limits
        self._rows: dict[int, int] = {}
        self._copies: dict[int, dict[str, Any]] = {}
        self._kept: list[Any] = []  # no other object takes the id of one of these

    def add(self, entry: Entry) -> None:
        """Add an entry: as an item, or as a note that it is none."""
        value = entry.value
        if isinstance(value, ReadItem):
            self._add_item(value.item, entry, fold_keys(value))
        elif isinstance(value, dict):
            self._add_object(value, entry)
        elif (isinstance(value, str) and MASK_TEXT.match(value)) or is_polygon_like(value):
            self._add_item(_with_label_around(_bare(value), entry.around), entry, {})
        else:
            self._note_other(value)

    def _add_object(self, value: dict[Any, Any], entry: Entry) -> None:
        names = fold_keys(value)
        broken = isinstance(value, Recovered) and value.is_repaired
        is_known = not KNOWN.isdisjoint(names) or names_box(names) or is_item(value, names)
        if not is_known or (broken and not any(value.values())):
            if value or not broken:
                self._note_other(value)
            return
        item = _item(value, entry, self._raw(value), {name: str(key) for name, key in names.items()})
        if isinstance(value, Recovered) and value.is_cut and not _is_row(item):
            self.collected.notes.append(_cut_note(value))
        else:
            self._add_item(item, entry, names)

    def _raw(self, value: dict[Any, Any]) -> dict[str, Any]:
        """Return an item in JSON's types; of a part, what its parent already holds."""
        known = self._copies.get(id(value))
        if known is not None:
            return dict(known)
        return {str(key): _bounded(held, self._limits.max_depth, self._copies) for key, held in value.items()}

    def _add_item(self, item: Item, entry: Entry, names: dict[str, str]) -> None:
        if entry.around.parent is not None:
            item.notes.append(self._part_note(entry.around.parent))
        image = image_of(entry.value, names) if names else ""
        self._rows[id(entry.value)] = len(self.collected.items)
        self._kept.append(entry.value)
        self.collected.items.append(item)
        self.images.append(image or entry.around.image)

    def _part_note(self, parent: dict[Any, Any]) -> Note:
        row = self._rows.get(id(parent))
        if row is None:
            return Note("part_of", "part of an item that is no row")
        label = self.collected.items[row].label
        return Note("part_of", f"part of row {row}" + (f", {excerpt(label)}" if label else ""))

    def _note_other(self, entry: Any) -> None:
        self.collected.others += 1
        if self.collected.others <= _MAX_NOTES:
            self.collected.notes.append(Note("not_an_item", "expected an object with a box or a mask", excerpt(entry)))


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


def _item(value: dict[Any, Any], entry: Entry, raw: dict[str, Any], names: dict[str, str]) -> Item:
    """Return the item of an object.

    Parameters
    ----------
    value : dict
        The object.
    entry : Entry
        What stands around it.
    raw : dict
        The object in JSON's types.
    names : dict of str to str
        Its keys by their folded form.
    """
    item = Item(raw=raw, assets=entry.assets)
    box_keys = _set_box(item, names)
    _set_mask(item, names, box_keys)
    item.score = fields.read_score(raw, names)
    is_cut = isinstance(value, Recovered) and value.is_cut
    _set_label(item, names, entry.around, is_cut)
    item.notes += [Note("lists_unequal", note) for note in entry.around.notes]
    if isinstance(value, Recovered):
        item.is_box_open = not value.open_keys.isdisjoint(box_keys) and not _ends_itself(item.box)
        key = item.mask_key
        item.is_mask_open = key in value.open_keys if key else bool(value.open_keys & _MASK_ITSELF)
        if value.is_repaired:
            item.notes.append(Note("json_mended", "the item's JSON was broken and has been mended"))
    return item


def _set_box(item: Item, names: dict[str, str]) -> tuple[str, ...]:
    """Set the box of an item; return the keys that hold it: one for the box, or one per corner."""
    found = fields.find_box(item.raw, names)
    item.box = found.value
    item.box_key = found.keys[0] if len(found.keys) == 1 else ""
    if found.order:
        item.layout = item.layout._replace(box_order=found.order)
    if found.guessed:
        item.notes.append(_read_as(found.guessed, "box_2d"))
    return found.keys


def _set_mask(item: Item, names: dict[str, str], box_keys: tuple[str, ...]) -> None:
    """Set the mask of an item and its key, which is empty if there is none or the item is the mask."""
    found = fields.find_mask(item.raw, names, item.assets, box_keys)
    if found.key is None and is_mask_object(item.raw):
        item.mask = item.raw
        return
    item.mask_key = found.key or ""
    item.mask = fields.with_holes(item.raw, names, found.key) if found.key else None
    if found.key and found.is_guessed:
        item.notes.append(_read_as(found.key, "mask"))
    reason = f"took `{found.key}`" if found.key else "its name says that it is no outline"
    for key in found.unused:
        item.notes.append(Note("mask_unused", f"did not read `{key}` as the mask: {reason}", key))


def _set_label(item: Item, names: dict[str, str], around: Around, is_cut: bool) -> None:
    """Set the label of an item: its own, that of what stands around it, or one that only its place shows.

    An item in which the text ends may have lost its own, so it gets none that is not sure.
    """
    item.label = fields.read_label(item.raw, names)
    if item.label or (is_cut and (around.note or not around.label)):
        return
    _with_label_around(item, around)
    if not item.label:
        item.label, key = guess_label(item.raw, names)
        if item.label:
            item.notes.append(_read_as(key, "label"))


def _with_label_around(item: Item, around: Around) -> Item:
    item.label = around.label
    if item.label and around.note:
        item.notes.append(Note("label_around", around.note))
    return item


def _read_as(key: str, name: str) -> Note:
    return Note("key_mended", f"read `{key}` as `{name}`", key)


def _ends_itself(box: Any) -> bool:
    """Tell whether the text of a box whose string was never closed ends with its last bracket."""
    return isinstance(box, str) and box.rstrip().endswith(("]", "}"))


def _bounded(value: Any, depth: int, copies: dict[int, dict[str, Any]]) -> Any:
    """Return the value in JSON's types; nested deeper than `depth`, an empty `TooDeep`.

    Parameters
    ----------
    value : Any
        A value of an item.
    depth : int
        The levels of nesting that it may have.
    copies : dict of int to dict
        Receives each object in the value in JSON's types, by the id of the object.
    """
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
            return _in_json_types(value, copies)
    return TooDeep()


def _in_json_types(value: Any, copies: dict[int, dict[str, Any]]) -> Any:
    """Return the value in JSON's types; what has these already is shared and not copied, as items may be nested.

    Parameters
    ----------
    value : Any
        A value of an item.
    copies : dict of int to dict
        Receives each object in the value in JSON's types, by the id of the object.
    """
    if isinstance(value, (list, tuple)):
        if value and not isinstance(value[0], (list, dict, tuple)) and not any(map(_is_container, value)):
            return value if type(value) is list else list(value)
        entries = [_in_json_types(entry, copies) for entry in value]
        is_same = type(value) is list and all(map(operator.is_, entries, value))
        return value if is_same else entries
    if isinstance(value, dict):
        held = {str(key): _in_json_types(inner, copies) for key, inner in value.items()}
        is_same = type(value) is dict and all(map(operator.is_, held.values(), value.values()))
        copies[id(value)] = value if is_same and all(isinstance(key, str) for key in value) else held
        return copies[id(value)]
    return value


def _is_container(value: Any) -> bool:
    return isinstance(value, (list, dict, tuple))
