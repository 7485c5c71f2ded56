"""Where the items are: lists under any name, wrappers around them, and masks that items refer to by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from .cursor import Recovered
from .keys import ASSETS, BOX, CONTAINER, FIELDS, HOLES, named, normal

MASK_TEXT: Final = re.compile(r"\s*(?:data:image/|iVBORw0KGgo|<start_of_mask>)")


class Asset(NamedTuple):
    """A mask that items refer to by name, and whether the text ends inside it."""

    value: Any
    is_open: bool


_Found = Iterator[tuple[Any, Mapping[str, Asset]]]


def entries(value: Any, depth: int, assets: Mapping[str, Asset] | None = None) -> _Found:
    """Walk lists and wrappers, in their order, down to what may be an item; each with the masks it may refer to.

    >>> [entry for entry, _ in entries({"result": {"boxes": [{"label": "cat"}], "people": [{"box": []}]}}, 64)]
    [{'label': 'cat'}, {'box': []}]
    """
    assets = assets or {}
    if depth == 0:
        return
    if isinstance(value, dict):
        yield from _object(value, depth, assets, False)
    elif isinstance(value, list) and not is_ring_like(value):
        for entry in value:
            if isinstance(entry, dict):
                yield from _object(entry, depth - 1, assets, True)
            elif isinstance(entry, list):
                yield from entries(entry, depth - 1, assets)
            else:
                yield entry, assets
    else:
        yield value, assets


def _object(value: dict[Any, Any], depth: int, assets: Mapping[str, Asset], in_list: bool) -> _Found:
    """An object: an item, a wrapper, or both; in a list it is an item whatever it holds."""
    names = named(value)
    assets = _assets(value, names) or assets
    is_one = is_item(value, names)
    inner = _children(value, names) if is_one else _wrapped(value, names, depth)
    if is_one or (in_list and not inner):
        yield value, assets
    for held in inner:
        yield from entries(held, depth - 1, assets)


def _children(value: dict[Any, Any], names: dict[str, str]) -> list[Any]:
    """Lists of items inside an item."""
    return [value[key] for name, key in names.items() if name in CONTAINER and _have_boxes(value[key])]


def _wrapped(value: dict[Any, Any], names: dict[str, str], depth: int) -> list[Any]:
    """What of a wrapper leads to items, in its order."""
    inner = {name: value[key] for name, key in names.items() if _leads_on(name, value[key], depth)}
    if len(inner) > 1:  # beside items, masks without boxes are what the items refer to
        inner = {name: held for name, held in inner.items() if name not in ASSETS or _have_boxes(held)}
    return list(inner.values())


def _leads_on(name: str, held: Any, depth: int) -> bool:
    if name in CONTAINER and isinstance(held, list) and any(isinstance(entry, dict) for entry in held):
        return True
    return name != ASSETS[0] and _holds_items(held, depth)


def _holds_items(held: Any, depth: int) -> bool:
    if depth == 0 or not isinstance(held, (list, dict)) or is_ring_like(held):
        return False
    if isinstance(held, dict):
        return is_item(held, named(held)) or any(_holds_items(inner, depth - 1) for inner in held.values())
    return any(_holds_items(inner, depth - 1) for inner in held)


def _have_boxes(held: Any) -> bool:
    inner = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    return any(isinstance(entry, dict) and not named(entry).keys().isdisjoint(BOX) for entry in inner)


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


def is_item(value: dict[Any, Any], names: dict[str, str]) -> bool:
    """Tell whether an object has a box or a mask, under whatever name."""
    fields = [name for name in names if name in FIELDS]
    if any(name in BOX or not _have_boxes(value[names[name]]) for name in fields) or is_whole_mask(value):
        return True
    return any(is_box_typo(str(key), inner) or is_mask_typo(str(key), inner) for key, inner in value.items())


def is_whole_mask(value: dict[Any, Any]) -> bool:
    """Tell whether the object itself is the mask: an RLE, or a part with holes."""
    return ("counts" in value and "size" in value) or "outer" in value


def is_box_typo(key: str, value: Any) -> bool:
    """Tell whether an unknown key means a box: it is named like one and holds four values."""
    if not (normal(key).endswith("2d") or "box" in normal(key)) or not isinstance(value, (list, dict)):
        return False
    corners = list(value.values()) if isinstance(value, dict) else value
    return len(corners) == 4 and not any(isinstance(corner, (list, dict)) for corner in corners)


def is_mask_typo(key: str, value: Any) -> bool:
    """Tell whether an unknown key means a mask: its text begins as one."""
    return isinstance(value, str) and MASK_TEXT.match(value) is not None


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
            return all(isinstance(entry, dict) and _is_geometry(entry) for entry in value)
        if isinstance(first, (int, float)):
            return len(value) > 4 and all(isinstance(v, (int, float)) for v in value)
        if isinstance(first, list) and len(first) == 2 and all(isinstance(v, (int, float)) for v in first):
            return True
        value = first
    return False


def _is_geometry(entry: dict[Any, Any]) -> bool:
    """Tell whether an object is a point or a part of a ring, and says nothing else."""
    return entry.keys() == {"x", "y"} or ("outer" in entry and named(entry).keys() <= {"outer", *HOLES})
