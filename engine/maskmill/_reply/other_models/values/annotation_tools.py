"""Read what annotation tools and their services write: Roboflow's predictions, V7 Darwin's annotations, in pixels."""

from __future__ import annotations

from typing import Any, Final

from ...._layout import Layout
from ...fields import read_label, read_score
from ...items import Item
from ...keys import fold_keys
from .. import _parts

ROBOFLOW_KEYS: Final = frozenset(("class",))
DARWIN_KEYS: Final = frozenset(("bounding_box",))

_CENTRE: Final = ("x", "y", "width", "height")
_OF_ROBOFLOW: Final = ("class_id", "detection_id")
_AGREES: Final = 0.8


def read_roboflow(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the item of Roboflow's prediction: a centre with width and height, and points; None for any other object.

    >>> corners = [{"x": 1, "y": 2}, {"x": 9, "y": 2}, {"x": 9, "y": 6}]
    >>> read_roboflow({"x": 5, "y": 4, "width": 8, "height": 4, "class": "cat", "points": corners}, "")[0].box
    [1.0, 2.0, 9.0, 6.0]
    """
    numbers: Any = [value.get(name) for name in _CENTRE]
    if not _parts.are_numbers(numbers, 4):
        return None
    x, y, width, height = numbers
    box = _parts.as_corners([x - width / 2, y - height / 2, width, height])
    if "points" in value:
        return [_polygon(value, box, label)] if _spans(value["points"], box) else None
    mask = value.get("rle", value.get("rle_mask"))
    if "confidence" not in value or (mask is None and not any(name in value for name in _OF_ROBOFLOW)):
        return None
    item = _item(value, box, label)
    item.layout = Layout("xy", _parts.frame_of_pixels(box))
    item.mask, item.mask_key = (
        (_parts.BOX_ONLY, "") if mask is None else (mask, "rle" if "rle" in value else "rle_mask")
    )
    return [item]


def read_annotation(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the item of V7 Darwin's annotation: ``bounding_box`` and the paths of a polygon; None for any other."""
    box, polygon = value["bounding_box"], value.get("polygon")
    numbers: Any = [box.get(name) for name in "xywh"] if isinstance(box, dict) else None
    if not isinstance(polygon, dict) or not _parts.are_numbers(numbers, 4):
        return None
    key = next((key for key in ("paths", "path") if isinstance(polygon.get(key), list)), "")
    if not key:
        return None
    item = _item(value, _parts.as_corners(numbers), label)
    item.mask, item.mask_key, item.box_key = polygon[key], "polygon", "bounding_box"
    frame = _parts.frame_of_pixels([numbers, polygon[key]])
    item.layout = Layout("xy", frame, "xy", frame)
    return [item]


def _polygon(value: dict[str, Any], box: list[float], label: str) -> Item:
    item = _item(value, box, label)
    item.mask, item.mask_key = value["points"], "points"
    frame = _parts.frame_of_pixels([box, value["points"]])
    item.layout = Layout("xy", frame, "xy", frame)
    return item


def _item(value: dict[str, Any], box: list[float], label: str) -> Item:
    names = fold_keys(value)
    return Item(raw=dict(value), box=box, label=read_label(value, names) or label, score=read_score(value, names))


def _spans(points: Any, box: list[float]) -> bool:
    """Tell whether points with x and y span a box, as they do if it was read rightly."""
    if not isinstance(points, list) or len(points) < 3 or not all(isinstance(point, dict) for point in points):
        return False
    xs: Any = [point.get("x") for point in points]
    ys: Any = [point.get("y") for point in points]
    if not (_parts.are_numbers(xs) and _parts.are_numbers(ys)):
        return False
    return _parts.agreement([min(xs), min(ys), max(xs), max(ys)], box) >= _AGREES
