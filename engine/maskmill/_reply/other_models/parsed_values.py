"""Find the objects of other models in parsed values, and read them; everything else stays the object that it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...status import Note
from ..containers import is_item, is_polygon_like
from ..fields import read_label
from ..items import Item
from ..keys import fold_keys
from ..known_items import AbsentMask, ReadItem
from ..recovery.cursor import Recovered
from ..structure.plain_items import is_plain_item
from . import _parts
from .values import (
    annotation_tools,
    fal,
    falcon,
    florence_parsed,
    json_points,
    located_tokens,
    moondream,
    perceptron_parsed,
    sam3,
    svg_values,
    ultralytics,
)
from .values.labelled_polygons import as_container

_LEVELS: Final = 8
_ECHO: Final = ("echo", "prompt", "query", "text_prompt", "object")
_Reader = Callable[[dict[str, Any], str], list[Item] | None]

_READERS: Final[tuple[tuple[frozenset[str], _Reader], ...]] = (
    (moondream.KEYS, moondream.read),
    (sam3.KEYS, sam3.read),
    (sam3.MASK_KEYS, sam3.read_prediction),
    (falcon.KEYS, falcon.read),
    (fal.KEYS, fal.read),
    (perceptron_parsed.KEYS, perceptron_parsed.read),
    (svg_values.KEYS, svg_values.read),
    (ultralytics.KEYS, ultralytics.read),
    (annotation_tools.ROBOFLOW_KEYS, annotation_tools.read_roboflow),
    (annotation_tools.DARWIN_KEYS, annotation_tools.read_annotation),
    (located_tokens.KEYS, located_tokens.read),
    (json_points.KEYS, json_points.read),
)
"""Each reader, and the keys of which an object must have one before it is asked."""

_HARMLESS: Final = frozenset(
    (
        *("label", "labels", "polygons_labels", "bboxes_labels", "pred_labels", "pred_scores", "scores", "score"),
        *("confidence", "format", "mention", "t", "completed", "request_id", "type", "text_prompt", "query", "time"),
    )
)
"""Keys without coordinates: a text that breaks off in one of them has lost no part of a mask."""

_KEYS: Final = frozenset().union(*(keys for keys, _ in _READERS))


def rewrite_value(value: Any) -> Any:
    """Return a parsed value in which the objects of other models are items; the same object if it has none.

    >>> rewrite_value([{"<OD>": {"bboxes": [[10, 20, 30, 40]], "labels": ["car"]}}])[0].item.label
    'car'
    """
    return _rewrite(value, "", _LEVELS)


def _rewrite(value: Any, label: str, level: int) -> Any:
    if level == 0:
        return value
    if isinstance(value, list):
        return _list(value, label, level)
    if isinstance(value, dict):
        return value if is_plain_item(value) else _object(value, label, level)
    return value


def _list(value: list[Any], label: str, level: int) -> Any:
    if not value or not isinstance(value[0], (dict, list)) or is_polygon_like(value):
        return value
    items = moondream.read_stream(value, label)
    if items is not None:
        return _as_entries(items)
    inner = [_rewrite(entry, label, level - 1) for entry in value]
    if all(new is old for new, old in zip(inner, value, strict=True)):
        return value
    return [piece for new, old in zip(inner, value, strict=True) for piece in _spread(new, old)]


def _spread(new: Any, old: Any) -> list[Any]:
    """Return the entries that replace one: an object of several items becomes several, one of none an empty list."""
    return new if isinstance(old, dict) and isinstance(new, list) and new else [new]


def _object(value: dict[Any, Any], label: str, level: int) -> Any:
    items = florence_parsed.read(value)
    if items is None and not _KEYS.isdisjoint(value):
        items = _read(value, label)
    if items is not None:
        _mark_breaks(items, value)
        return _as_entries(items)
    names = fold_keys(value)
    if is_item(value, names):
        container = as_container(value)
        return value if container is None else _object(container, label, level - 1)
    label = _own_label(value, names) or label
    inner = {key: _rewrite(held, label, level - 1) for key, held in value.items()}
    is_same = all(new is old for new, old in zip(inner.values(), value.values(), strict=True))
    return value if is_same else inner


def _read(value: dict[Any, Any], label: str) -> list[Item] | None:
    for keys, read in _READERS:
        if not keys.isdisjoint(value) and (items := read(value, label)) is not None:
            return items
    return None


def _mark_breaks(items: list[Item], value: dict[Any, Any]) -> None:
    """Mark the last item as open if the text breaks off in what it consists of, and note a repair on all."""
    if items and _parts.open_keys(value) - _HARMLESS:
        last = items[-1]
        if isinstance(last.mask, AbsentMask):
            last.mask, last.is_box_open = _parts.CUT, True
        last.is_mask_open = True
    if isinstance(value, Recovered) and value.is_repaired:
        for item in items:
            item.notes.append(Note("json_mended", "the item's JSON was broken and has been mended"))


def _as_entries(items: list[Item]) -> list[Any]:
    return [ReadItem(item) for item in items]


def _own_label(value: dict[Any, Any], names: dict[str, str]) -> str:
    """Return the label that an object around items has: its own, or the text that the model was asked for."""
    label = read_label(value, names)
    for key in _ECHO:
        asked = value.get(key)
        asked = asked.get("text") if isinstance(asked, dict) else asked
        if not label and isinstance(asked, str):
            label = asked
    return label
