"""One item of a reply: which of its values is the box, the mask, the label and the score, and what was repaired."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .._layout import Layout
from ..errors import excerpt
from ..status import Note
from . import fields
from .containers import Entry
from .joins.vocabularies import Vocabulary, number_of
from .known_items import StatedSize
from .recovery.cursor import Recovered
from .structure.assets import Asset
from .structure.axis_lists import find_axis_lists
from .structure.item_signs import is_mask_object
from .structure.labels import Around, as_label, guess_label
from .structure.plain_items import plain_score

_UNKNOWN_LAYOUT: Final = Layout()
_BARE_NUMBERS: Final = "nothing says that its numbers are points"
_MASK_ITSELF: Final = frozenset(("outer", "holes", "counts", "size"))


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
    image_size : StatedSize or None
        The size that the reply gives of the image in whose pixels it writes, for the layout's pixels.
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
    image_size: StatedSize | None = None
    is_box_open: bool = False
    is_mask_open: bool = False
    assets: Mapping[str, Asset] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def plain_item(value: dict[str, Any], entry: Entry) -> Item:
    """Return the item of an object that `is_plain_item` knows; it is the one that `build_item` returns.

    >>> plain_item({"box_2d": [1, 2, 3, 4], "mask": "", "label": "cat"}, Entry(None)).label
    'cat'
    """
    return Item(
        raw=dict(value),
        box=value["box_2d"],
        mask=value["mask"],
        label=as_label(value["label"]),
        score=fields.as_score(plain_score(value)),
        box_key="box_2d",
        mask_key="mask",
        assets=entry.assets,
        notes=_notes_of_lists(entry.around),
    )


def build_item(value: dict[Any, Any], entry: Entry, raw: dict[str, Any], names: dict[str, str]) -> Item:
    """Return the item of an object.

    >>> raw = {"box_2d": [1, 2, 3, 4], "label": "cat"}
    >>> build_item(raw, Entry(raw), raw, {"box2d": "box_2d", "label": "label"}).box_key
    'box_2d'

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
    item.notes += _notes_of_lists(entry.around)
    if isinstance(value, Recovered):
        item.is_box_open = not value.open_keys.isdisjoint(box_keys) and not _ends_itself(item.box)
        key = item.mask_key
        item.is_mask_open = key in value.open_keys if key else bool(value.open_keys & _MASK_ITSELF)
        if value.is_repaired:
            item.notes.append(Note("json_mended", "the item's JSON was broken and has been mended"))
    return item


def _notes_of_lists(around: Around) -> list[Note]:
    return [*(Note("lists_unequal", note) for note in around.notes), *around.list_notes]


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
    axes = find_axis_lists(item.raw, names) if found.key is None else None
    if axes:
        item.mask_key, item.mask = axes[0], {"x": item.raw[axes[0]], "y": item.raw[axes[1]]}
        item.notes.append(Note("key_mended", f"read `{axes[0]}` and `{axes[1]}` as `mask`", axes[0]))
        return
    item.mask_key = found.key or ""
    item.mask = fields.with_holes(item.raw, names, found.key) if found.key else None
    if found.key and found.is_guessed:
        item.notes.append(_read_as(found.key, "mask"))
    reason = f"took `{found.key}`" if found.key else "its name says that it is no outline"
    for key in found.unused:
        item.notes.append(Note("mask_unused", f"did not read `{key}` as the mask: {reason}", key))
    for key in found.numbers:
        item.notes.append(Note("mask_unused", f"did not read `{key}` as the mask: {_BARE_NUMBERS}", key))


def _set_label(item: Item, names: dict[str, str], around: Around, is_cut: bool) -> None:
    """Set the label of an item: its own, that of what stands around it, or one that only its place shows.

    An item in which the text ends may have lost its own, so it gets none that is not sure.
    """
    item.label = fields.read_label(item.raw, names)
    if around.vocabulary is not None and (not item.label or item.label.isdigit()):
        _set_named_label(item, names, around.vocabulary)
    if item.label or (is_cut and (around.note or not around.label)):
        return
    with_label_around(item, around)
    if not item.label:
        item.label, key = guess_label(item.raw, names)
        if item.label:
            item.notes.append(_read_as(key, "label"))


def _set_named_label(item: Item, names: dict[str, str], vocabulary: Vocabulary) -> None:
    """Set the label to the name that the reply gives to the item's number, if it gives one."""
    number, key = number_of(item.raw, names)
    name = vocabulary.names.get(number, "")
    if name:
        item.label = as_label(name)
        message = f"read `{key}` {number} as {excerpt(name)}, its name in `{vocabulary.key}`"
        item.notes.append(Note("label_named", message, key))


def with_label_around(item: Item, around: Around) -> Item:
    """Give an item the label of what stands around it, and return it."""
    item.label = around.label
    if item.label and around.note:
        item.notes.append(Note("label_around", around.note))
    return item


def _read_as(key: str, name: str) -> Note:
    return Note("key_mended", f"read `{key}` as `{name}`", key)


def _ends_itself(box: Any) -> bool:
    """Tell whether the text of a box whose string was never closed ends with its last bracket."""
    return isinstance(box, str) and box.rstrip().endswith(("]", "}"))


def bare_item(mask: Any) -> Item:
    """Return the item of a mask that stands alone."""
    note = Note("bare_value", "a mask without an item around it")
    return Item(raw={"mask": mask}, mask=mask, notes=[note])
