"""Find the items: in lists under any name, in wrappers around them, and masks that items refer to by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from .keys import (
    ASSETS,
    BOX,
    CONTAINER,
    CORNERS,
    FIELDS,
    HOLES,
    KNOWN,
    REFERENCE,
    fold,
    fold_keys,
    names_box,
    point_coordinates,
)
from .recovery.cursor import Recovered
from .strict_json import parse_json

_JSON: Final = re.compile(r"\s*(?:[\[{]|```)")
_IDS: Final = ("id", *REFERENCE, "name")
MASK_TEXT: Final = re.compile(r"\s*(?:data:image/|iVBORw0KGgo|<start_of_mask>)")


class Asset(NamedTuple):
    """A mask that items refer to by name, and whether the text ends inside it."""

    value: Any
    is_open: bool


def reference_name(value: Any) -> str:
    """Return the name by which a value may refer to a mask elsewhere in the reply; empty if it cannot be one.

    >>> reference_name(" mask_1 "), reference_name(1), reference_name([1])
    ('mask_1', '1', '')
    """
    if isinstance(value, str):
        return value.strip()
    return str(value) if type(value) is int and abs(value) < 2**63 else ""


_Entries = Iterator[tuple[Any, Mapping[str, Asset]]]


def walk_entries(value: Any, depth: int, assets: Mapping[str, Asset] | None = None) -> _Entries:
    """Walk lists and wrappers in order; yield every possible item with the masks that it may refer to.

    >>> reply = {"result": {"boxes": [{"label": "cat"}], "people": [{"box": []}]}}
    >>> [entry for entry, _ in walk_entries(reply, 64)]
    [{'label': 'cat'}, {'box': []}]

    Parameters
    ----------
    value : Any
        A parsed value.
    depth : int
        Levels of nesting that are still searched.
    assets : mapping of str to Asset, optional
        Masks by name, from the objects around the value.
    """
    assets = assets or {}
    if depth == 0:
        return
    if isinstance(value, dict):
        yield from _object(value, depth, assets, False)
    elif isinstance(value, list) and not is_polygon_like(value):
        for entry in value:
            if isinstance(entry, dict):
                yield from _object(entry, depth - 1, assets, True)
            elif isinstance(entry, list):
                yield from walk_entries(entry, depth - 1, assets)
            elif _holds_items(entry, depth - 1):
                yield from walk_entries(_opened(entry), depth - 1, assets)
            else:
                yield entry, assets
    else:
        yield value, assets


def _object(value: dict[Any, Any], depth: int, assets: Mapping[str, Asset], in_list: bool) -> _Entries:
    """Walk an object: an item, a wrapper, or both; in a list, an object that wraps nothing is an item."""
    names = fold_keys(value)
    assets = _assets(value, names) or assets
    is_one = is_item(value, names)
    inner = _children(value, names) if is_one else _wrapped(value, names, depth)
    if is_one or (in_list and not inner):
        yield value, assets
    for held in inner:
        yield from walk_entries(held, depth - 1, assets)


def _children(value: dict[Any, Any], names: dict[str, str]) -> list[Any]:
    """Return the lists of items inside an item."""
    return [value[key] for name, key in names.items() if name in CONTAINER and _have_boxes(value[key])]


def _wrapped(value: dict[Any, Any], names: dict[str, str], depth: int) -> list[Any]:
    """Return the values of a wrapper that lead to items, in order."""
    held = {name: _opened(value[key]) for name, key in names.items()}
    inner = {name: held[name] for name in names if _leads_on(name, held[name], depth)}
    if len(inner) > 1:  # beside items, masks without boxes are what the items refer to
        inner = {name: inside for name, inside in inner.items() if name not in ASSETS or _have_boxes(inside)}
    return list(inner.values())


def _opened(held: Any) -> Any:
    """Parse a string that is JSON itself; return anything else as it is."""
    value = parse_json(held) if isinstance(held, str) and _JSON.match(held) else None
    return held if value is None else value


def _leads_on(name: str, held: Any, depth: int) -> bool:
    if name in CONTAINER and isinstance(held, list) and any(isinstance(entry, dict) for entry in held):
        return True
    return name != ASSETS[0] and _holds_items(held, depth)


def _holds_items(held: Any, depth: int) -> bool:
    held = _opened(held)
    if depth == 0 or not isinstance(held, (list, dict)) or is_polygon_like(held):
        return False
    if isinstance(held, dict):
        return is_item(held, fold_keys(held)) or any(_holds_items(inner, depth - 1) for inner in held.values())
    return any(_holds_items(inner, depth - 1) for inner in held)


def _have_boxes(held: Any) -> bool:
    inner = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    return any(isinstance(entry, dict) and names_box(fold_keys(entry)) for entry in inner)


def _assets(value: dict[Any, Any], names: dict[str, str]) -> dict[str, Asset]:
    """Return the masks that items may refer to by name: from a mapping, or from a list of objects with an id."""
    assets: dict[str, Asset] = {}
    for name in ASSETS:
        inner = value[names[name]] if name in names else None
        if isinstance(inner, dict):
            broken = inner.open_keys if isinstance(inner, Recovered) else ()
            assets.update((reference_name(key), Asset(asset, key in broken)) for key, asset in inner.items())
        elif isinstance(inner, list):
            masks = [entry for entry in inner if isinstance(entry, dict) and not names_box(fold_keys(entry))]
            assets.update((_id(mask), Asset(mask, _is_cut(mask))) for mask in masks)
    assets.pop("", None)
    return assets


def _id(entry: dict[Any, Any]) -> str:
    """Return the name by which items refer to a mask; empty if it has none."""
    names = fold_keys(entry)
    return next(filter(None, (reference_name(entry[names[name]]) for name in _IDS if name in names)), "")


def _is_cut(entry: dict[Any, Any]) -> bool:
    return isinstance(entry, Recovered) and entry.is_cut


def is_item(value: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object has a box or a mask, under any known name."""
    fields = [name for name in names if name in FIELDS]
    if any(name in BOX or not _have_boxes(value[names[name]]) for name in fields) or is_mask_object(value):
        return True
    if names.keys() >= CORNERS and not KNOWN.isdisjoint(names):
        return True
    return any(is_box_typo(str(key), inner) or is_mask_typo(str(key), inner) for key, inner in value.items())


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
    return isinstance(value, str) and MASK_TEXT.match(value) is not None


def is_polygon_like(value: Any) -> bool:
    """Tell whether a list holds coordinates and no items: numbers, lists of numbers, points.

    >>> is_polygon_like([[1, 2], [3, 4]]), is_polygon_like([{"x": 1, "y": 2}]), is_polygon_like([{"label": "cat"}])
    (True, True, False)
    """
    for _ in range(4):
        if not isinstance(value, list) or not value:
            return False
        first = value[0]
        if isinstance(first, dict):
            return all(isinstance(entry, dict) and _is_geometry(entry) for entry in value)
        if isinstance(first, (int, float)):
            return len(value) > 4 and all(isinstance(v, (int, float)) for v in value)
        if isinstance(first, list) and len(first) == 2 and all(isinstance(v, (int, float)) for v in first):
            return True
        value = first
    return False


def _is_geometry(entry: dict[Any, Any]) -> bool:
    """Tell whether an object is a point or a part of a polygon and nothing else."""
    is_point = len(entry) == 2 and point_coordinates(entry) is not None
    return is_point or ("outer" in entry and fold_keys(entry).keys() <= {"outer", *HOLES})
