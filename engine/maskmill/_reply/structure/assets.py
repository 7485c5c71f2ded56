"""Masks that items refer to by name, ``{"mask_assets": {"mask_1": …}}``."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ..keys import ASSETS, MASK, REFERENCE, fold_keys, names_box
from ..recovery.cursor import Recovered
from .mask_like import MASK_TEXT, is_polygon_like

_IDS: Final = ("id", *REFERENCE, "name")


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


def assets_of(value: dict[Any, Any], names: dict[str, str]) -> dict[str, Asset]:
    """Return the masks that items may refer to by name: from a mapping, or from a list of objects with an id.

    >>> assets_of({"masks": {"a": "data:image/png;base64,"}}, {"masks": "masks"})
    {'a': Asset(value='data:image/png;base64,', is_open=False)}
    """
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


def refer_to_masks(inner: Any, depth: int = 4) -> bool:
    """Tell whether one of the items in a value refers to a mask by its name.

    >>> refer_to_masks({"items": [{"mask_id": 1}]}), refer_to_masks({"items": [{"mask": [[0, 0], [9, 0], [9, 9]]}]})
    (True, False)
    """
    if depth == 0 or not isinstance(inner, (dict, list)) or is_polygon_like(inner):
        return False
    if isinstance(inner, dict) and _refers(inner):
        return True
    return any(refer_to_masks(held, depth - 1) for held in (inner.values() if isinstance(inner, dict) else inner))


def _refers(item: dict[Any, Any]) -> bool:
    names = fold_keys(item)
    if not names.keys().isdisjoint(REFERENCE):
        return True
    held = (item[names[name]] for name in MASK if name in names)
    return any(isinstance(value, (str, int)) and not MASK_TEXT.match(str(value)) for value in held)


def _id(entry: dict[Any, Any]) -> str:
    """Return the name by which items refer to a mask; empty if it has none."""
    names = fold_keys(entry)
    return next(filter(None, (reference_name(entry[names[name]]) for name in _IDS if name in names)), "")


def _is_cut(entry: dict[Any, Any]) -> bool:
    return isinstance(entry, Recovered) and entry.is_cut
