"""Find the items: in lists under any name, in wrappers around them, and masks that items refer to by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from .joins.beside_lists import join_lists
from .joins.label_keys import are_all_labels, maps_labels
from .joins.label_pairs import pair_labels
from .joins.lists_of_masks import masks_alone
from .joins.merged_objects import gather_fields
from .joins.rival_lists import drop_repeated, rival_note
from .joins.vocabularies import vocabulary_of
from .keys import (
    ASSETS,
    BOX,
    CONTAINER,
    FIELDS,
    LABEL,
    OTHER_LABEL,
    OTHER_MASK,
    SCORE,
    fold_keys,
)
from .known_items import ReadItem
from .recovery.cursor import Recovered
from .strict_json import parse_json
from .structure.assets import Asset, assets_of, refer_to_masks, reference_name
from .structure.item_signs import has_box_lists, has_mask, has_own_box, have_boxes, is_box_typo, is_item, is_mask_object
from .structure.key_words import PARTS
from .structure.labels import Around, image_of, label_above, label_of_key, labels_of_keys, names_image
from .structure.mask_like import MASK_TEXT, is_polygon_like
from .structure.parallel_lists import ParallelLists, split_lists
from .structure.plain_items import is_plain_item

__all__ = [
    "MASK_TEXT",
    "Asset",
    "Entry",
    "is_box_typo",
    "is_item",
    "is_mask_object",
    "is_polygon_like",
    "reference_name",
    "walk_entries",
]

_JSON: Final = re.compile(r"\s*(?:[\[{]|```)")
_EMPTIED: Final = (*CONTAINER, "instances", "predictions", "matches", "bboxes")
_NO_PARTS: Final = frozenset((*BOX, *LABEL, *SCORE))
LABEL_KEYS: Final = frozenset((*LABEL, *OTHER_LABEL))
_APART: Final = "its mask stands beside lists of several items; nothing says which of them it belongs to"


class Entry(NamedTuple):
    """A possible item, the masks that it may refer to, what stands around it, and whether it is a plain one."""

    value: Any
    assets: Mapping[str, Asset] = {}
    around: Around = Around()
    is_plain: bool = False


def walk_entries(value: Any, depth: int, above: Entry | None = None) -> Iterator[Entry]:
    """Walk lists and wrappers in order; yield every possible item with the masks that it may refer to.

    >>> reply = {"result": {"boxes": [{"label": "cat"}], "people": [{"box": []}]}}
    >>> [entry.value for entry in walk_entries(reply, 64)]
    [{'label': 'cat'}, {'box': []}]

    Parameters
    ----------
    value : Any
        A parsed value.
    depth : int
        Levels of nesting that are still searched.
    above : Entry, optional
        The object around the value.
    """
    above = above or Entry(None)
    if depth == 0:
        return
    if isinstance(value, dict):
        yield from _object(value, depth, above, False)
    elif isinstance(value, list) and not is_polygon_like(value):
        for entry in pair_labels(value) if value else ():
            if is_plain_item(entry):
                yield Entry(entry, above.assets, above.around, True)
            elif isinstance(entry, dict):
                yield from _object(entry, depth - 1, above, True)
            elif isinstance(entry, list):
                yield from walk_entries(entry, depth - 1, above)
            elif _holds_items(entry, depth - 1):
                yield from walk_entries(_opened(entry), depth - 1, above)
            else:
                yield above._replace(value=entry)
    else:
        yield above._replace(value=value)


def _object(value: dict[Any, Any], depth: int, above: Entry, in_list: bool) -> Iterator[Entry]:
    """Walk an object: an item, a wrapper, or both; in a list, an object that wraps nothing is an item."""
    if isinstance(value, ReadItem):
        yield above._replace(value=value)
        return
    value = gather_fields(value, fold_keys(value))
    names = fold_keys(value)
    above = _below(value, names, above)
    if are_all_labels(value, names):
        yield from _mapped(value, above)
        return
    joined = join_lists(value, names)
    lists = joined or split_lists(value, names)
    if joined:
        yield from walk_entries(joined.rows, depth, _above_rows(joined, value, names, above))
    elif lists:
        yield from _rows(lists, value, names, above)
    if lists:
        value = {key: held for key, held in value.items() if key not in lists.keys}
        names = fold_keys(value)
        is_one = has_mask(value, names)
        if is_one:
            above = above._replace(around=above.around._replace(notes=(_APART,)))
    elif maps_labels(value, names):
        yield from _mapped(value, above)
        return
    else:
        is_one = is_item(value, names)
    inner = _parts(value, names, depth) if is_one else _wrapped(value, names, depth)
    if is_one or (in_list and not inner and not lists and not _is_empty_wrapper(value, names)):
        yield above._replace(value=value)
    yield from _walk_inner(value, names, inner, depth, above, is_one)


def _is_empty_wrapper(value: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object is a container around an empty list, as of a label that was not found."""
    return FIELDS.isdisjoint(names) and any(value[names[name]] == [] for name in _EMPTIED if name in names)


def _below(value: dict[Any, Any], names: dict[str, str], above: Entry) -> Entry:
    """Return what an object gives to the items in it: masks to refer to, and the image."""
    image = image_of(value, names)
    around = above.around._replace(image=image) if image else above.around
    vocabulary = vocabulary_of(value, names)
    around = around._replace(vocabulary=vocabulary) if vocabulary else around
    return Entry(None, assets_of(value, names) or above.assets, around)


def _rows(lists: ParallelLists, value: dict[Any, Any], names: dict[str, str], above: Entry) -> Iterator[Entry]:
    above = _above_rows(lists, value, names, above)
    for row in lists.rows:
        yield above._replace(value=row)


def _above_rows(lists: ParallelLists, value: dict[Any, Any], names: dict[str, str], above: Entry) -> Entry:
    """Return what stands around the rows of lists in parallel: the label above them, and what did not fit."""
    label = label_above(value, names, False) or above.around.label
    return above._replace(around=above.around._replace(label=label, notes=lists.notes))


# Labels as keys.


def _mapped(value: dict[Any, Any], above: Entry) -> Iterator[Entry]:
    labels = labels_of_keys([str(key) for key in value])
    for key, held in value.items():
        is_open = isinstance(value, Recovered) and key in value.open_keys
        entry = Recovered() if is_open else {}
        entry["mask"] = held
        if isinstance(entry, Recovered):
            entry.open_keys, entry.is_cut, entry.is_repaired = {"mask"}, True, True
        yield above._replace(value=entry, around=_under_key(str(key), above.around, labels[str(key)]))


def _under_key(key: str, around: Around, found: tuple[str, bool]) -> Around:
    """Return what stands around the items under a key: the key is their label, or names their image, or neither.

    Parameters
    ----------
    key : str
        The key.
    around : Around
        What stands around the object with the key.
    found : tuple of str and bool
        The label that the key is beside the others, and whether it may be none.
    """
    label, is_doubtful = found
    if not label:
        return around._replace(image=key) if names_image(key) and around.image == "" else around
    return around._replace(label=label, note=f"read the key `{label}` as the label" if is_doubtful else "")


# Wrappers and parts.


def _walk_inner(
    value: dict[Any, Any], names: dict[str, str], inner: dict[str, Any], depth: int, above: Entry, is_one: bool
) -> Iterator[Entry]:
    """Walk the values of an object that lead to items; what stands around them are its label and their keys."""
    is_direct = len(inner) == 1 and all(isinstance(held, dict) for held in inner.values())
    label = "" if is_one else label_above(value, names, is_direct)
    around = above.around._replace(note="", notes=())
    if is_one:
        around = around._replace(label="", parent=value, list_notes=())
    elif label:
        around = around._replace(label=label)
    if len(inner) > 1 and not is_one:
        inner, twice = drop_repeated(inner, names)
        around = around._replace(list_notes=around.list_notes + twice)
    labels = labels_of_keys([str(names[name]) for name in inner])
    for name, held in inner.items():
        key = str(names[name])
        if is_one:  # a part says whose it is, so that its label needs no word
            labels[key] = (label_of_key(key), False)
        under = around if label else _under_key(key, around, labels[key])
        if len(inner) > 1 and not is_one:
            under = under._replace(list_notes=under.list_notes + rival_note(name, names, inner))
        yield from walk_entries(held, depth - 1, above._replace(around=under))


def _parts(value: dict[Any, Any], names: dict[str, str], depth: int) -> dict[str, Any]:
    """Return the values inside an item that hold further items: its parts."""
    or_masks = has_mask(value, names)
    return {
        name: value[key]
        for name, key in names.items()
        if isinstance(value[key], (dict, list))
        and name not in _NO_PARTS
        and _is_part(name, value[key], depth, or_masks)
    }


def _is_part(name: str, held: Any, depth: int, or_masks: bool) -> bool:
    """Tell whether a value of an item leads to items; an object under the key of a mask is the mask."""
    if name in FIELDS or name in OTHER_MASK:
        return isinstance(held, list) and have_boxes(held)
    if name in PARTS and isinstance(held, dict) and maps_labels(held, fold_keys(held)):
        return True
    return _holds_parts(held, depth, or_masks or _are_labelled(held))


def _are_labelled(held: Any) -> bool:
    """Tell whether a list holds objects with labels, which are items even without boxes."""
    inner = held if isinstance(held, list) else ()
    return any(isinstance(entry, dict) and not LABEL_KEYS.isdisjoint(fold_keys(entry)) for entry in inner)


def _wrapped(value: dict[Any, Any], names: dict[str, str], depth: int) -> dict[str, Any]:
    """Return the values of a wrapper that lead to items, in order."""
    held = {name: _opened(value[key]) for name, key in names.items()}
    inner = {name: held[name] for name in names if _leads_on(name, held[name], depth)}
    if len(inner) > 1 and refer_to_masks(inner):  # beside items, masks without boxes are what the items refer to
        inner = {name: inside for name, inside in inner.items() if name not in ASSETS or have_boxes(inside)}
    elif inner:
        inner |= {name: masks for name in names if name in ASSETS and (masks := masks_alone(held[name]))}
    return inner


def _opened(held: Any) -> Any:
    """Parse a string that is JSON itself; return anything else as it is."""
    value = parse_json(held) if isinstance(held, str) and _JSON.match(held) else None
    return held if value is None else value


def _leads_on(name: str, held: Any, depth: int) -> bool:
    if name in CONTAINER and isinstance(held, list) and any(isinstance(entry, dict) for entry in held):
        return True
    return name != ASSETS[0] and _holds_items(held, depth)


def _holds_items(held: Any, depth: int) -> bool:
    """Tell whether a value holds items."""
    held = _opened(held)
    if depth == 0 or not isinstance(held, (list, dict)) or is_polygon_like(held):
        return False
    if isinstance(held, dict):
        return _is_entry(held) or any(_holds_items(inner, depth - 1) for inner in held.values())
    return any(_holds_items(inner, depth - 1) for inner in held)


def _is_entry(held: dict[Any, Any]) -> bool:
    """Tell whether an object is an item or several."""
    names = fold_keys(held)
    return (
        isinstance(held, ReadItem)
        or is_item(held, names)
        or maps_labels(held, names)
        or split_lists(held, names) is not None
    )


def _holds_parts(held: Any, depth: int, or_masks: bool) -> bool:
    """Tell whether a value of an item holds items: with boxes or, unless they could be its own mask, masks alone."""
    if depth == 0 or not isinstance(held, (list, dict)) or is_polygon_like(held):
        return False
    if isinstance(held, dict):
        names = fold_keys(held)
        is_labelled_mask = or_masks and not LABEL_KEYS.isdisjoint(names) and has_mask(held, names)
        if isinstance(held, ReadItem) or has_own_box(held, names) or is_labelled_mask or has_box_lists(held, names):
            return True
    inner = held.values() if isinstance(held, dict) else held
    return any(_holds_parts(entry, depth - 1, or_masks) for entry in inner)
