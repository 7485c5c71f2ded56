"""Name the points in JSON, which are no masks: ``{"point_2d": [x, y]}``, ``{"point": [y, x]}``, lists of them."""

from __future__ import annotations

from typing import Any, Final

from ...fields import read_label, read_score
from ...items import Item
from ...keys import BOX, MASK, corners_of, fold_keys
from .. import _parts

_NAMES: Final = ("point", "point_2d", "points_2d", "point2d", "Point", "keypoint", "keypoint_2d", "points")
KEYS: Final = frozenset(_NAMES)

_SHORT: Final = 300
_OF_ANSWER: Final = frozenset(("points", "request_id", "metrics", "finish_reason", "count"))
_FIELDS: Final = frozenset((*BOX, *MASK)) - {"points"}


def read(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return an item for each point of an object that has neither a box nor a mask; None for any other object."""
    names = fold_keys(value)
    key = next(key for key in _NAMES if key in value)
    if not _FIELDS.isdisjoint(names) or corners_of(names) or not _are_plain(value, key):
        return None
    points = _points(value[key]) if key != "points" or _are_apart(value) else []
    if not points:
        return None
    label = read_label(value, names) or label
    rest = {name: held for name, held in value.items() if name != key}
    items = [_parts.point_item(label, point) for point in points]
    for item in items:
        item.raw, item.score = {**rest, "point": item.raw["point"]}, read_score(value, names)
    return items


def _are_plain(value: dict[str, Any], key: str) -> bool:
    """Tell whether nothing beside the point can be a mask: there are numbers and short texts alone."""
    others = [held for name, held in value.items() if name != key and name not in _OF_ANSWER]
    return all(held is None or (isinstance(held, (str, int, float)) and len(str(held)) < _SHORT) for held in others)


def _are_apart(value: dict[str, Any]) -> bool:
    """Tell whether a list of points is no ring: an answer to where things are, or too few for an outline."""
    points = value["points"]
    return isinstance(points, list) and ("request_id" in value or len(points) < 3) and _OF_ANSWER.issuperset(value)


def _points(value: Any) -> list[list[float]]:
    """Return the points of a value: one, or a list of them; empty if it is anything else."""
    if isinstance(value, dict) and _parts.are_numbers([value.get("x"), value.get("y")]):
        return [[value["x"], value["y"]]]
    if _parts.are_numbers(value, 2):
        return [value]
    if not isinstance(value, list) or not all(isinstance(entry, (list, dict)) for entry in value):
        return []
    points = [_points(entry) for entry in value]
    return [pair[0] for pair in points] if all(len(pair) == 1 for pair in points) else []
