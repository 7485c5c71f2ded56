"""Collect the items of parsed values, one per row, and note repairs and entries that are no items."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import excerpt
from ..limits import Limits
from ..status import Note
from .containers import MASK_TEXT, Entry, is_item, is_polygon_like, walk_entries
from .item import Item, bare_item, build_item, plain_item, with_label_around
from .keys import KNOWN, fold_keys, names_box
from .known_items import ReadItem
from .recovery.cursor import Recovered
from .structure import plain_items
from .structure.bounded_values import bounded_value
from .structure.images import lists_of_items, repeated_answer, separate_lists, several_images
from .structure.labels import image_of

__all__ = ["CollectedItems", "Item", "collect_items", "loose_masks"]

_MAX_NOTES: Final = 100
_LOOSE: Final = re.compile(r"<start_of_mask>(?:\s*<seg_?\d+>)*|(?:<seg_?\d+>\s*)+|data:image/\w+;base64,[\w+/=\s-]+")


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
    collected.notes += several_images(collector.images) or repeated_answer(answers) or _separate_lists(values)
    if collected.others > _MAX_NOTES:
        collected.notes.append(Note("not_an_item", f"{collected.others - _MAX_NOTES} more entries are no items"))
    return collected


def _separate_lists(values: list[Any]) -> list[Note]:
    return next(filter(None, (separate_lists(lists_of_items(value)) for value in values)), [])


def loose_masks(text: str) -> list[Item]:
    """Return an item for each mask that stands in a text without JSON around it.

    >>> [item.mask for item in loose_masks("<start_of_mask><seg_4><seg_20>")]
    ['<start_of_mask><seg_4><seg_20>']
    """
    return [bare_item(match[0].strip()) for match in _LOOSE.finditer(text)]


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
        if entry.is_plain and self._limits.max_depth >= plain_items.DEPTH:
            self._add_row(plain_item(value, entry), entry, "")
        elif isinstance(value, ReadItem):
            self._add_item(value.item, entry, fold_keys(value))
        elif isinstance(value, dict):
            self._add_object(value, entry)
        elif (isinstance(value, str) and MASK_TEXT.match(value)) or is_polygon_like(value):
            self._add_item(with_label_around(bare_item(value), entry.around), entry, {})
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
        item = build_item(value, entry, self._raw(value), {name: str(key) for name, key in names.items()})
        if isinstance(value, Recovered) and value.is_cut and not _is_row(item):
            self.collected.notes.append(_cut_note(value))
        else:
            self._add_item(item, entry, names)

    def _raw(self, value: dict[Any, Any]) -> dict[str, Any]:
        """Return an item in JSON's types; of a part, what its parent already holds."""
        known = self._copies.get(id(value))
        if known is not None:
            return dict(known)
        return {str(key): bounded_value(held, self._limits.max_depth, self._copies) for key, held in value.items()}

    def _add_item(self, item: Item, entry: Entry, names: dict[str, str]) -> None:
        self._rows[id(entry.value)] = len(self.collected.items)
        self._kept.append(entry.value)
        self._add_row(item, entry, image_of(entry.value, names) if names else "")

    def _add_row(self, item: Item, entry: Entry, image: str) -> None:
        if entry.around.parent is not None:
            item.notes.append(self._part_note(entry.around.parent))
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
