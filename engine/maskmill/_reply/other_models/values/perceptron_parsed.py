"""Read Perceptron's parsed objects: ``hull``, ``top_left`` and ``bottom_right``, or x and y, beside their mention."""

from __future__ import annotations

from typing import Any, Final

from ...._layout import Layout
from ...items import Item
from .. import _parts

KEYS: Final = frozenset(("mention", "hull"))

_LAYOUT: Final = Layout("xy", "thousandths", "xy", "thousandths")
_FIELDS: Final = frozenset(
    ("hull", "top_left", "bottom_right", "x", "y", "mention", "t", "kind", "confidence", "asset_idx")
)


def read(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the item of one object; None if it has fields of another form.

    >>> corner = {"x": 10, "y": 20}
    >>> read({"top_left": corner, "bottom_right": {"x": 30, "y": 40}, "mention": "cat"}, "")[0].box
    [10, 20, 30, 40]
    """
    if not _FIELDS.issuperset(value):
        return None
    mention = value.get("mention")
    label = mention if isinstance(mention, str) and mention else label
    corners = [number for name in ("top_left", "bottom_right") for number in _point(value.get(name))]
    if "hull" in value:
        return _hull(value, label)
    if len(corners) == 4:
        item = _parts.box_item(label, corners, "thousandths")
    elif point := _point(value):
        item = _parts.point_item(label, point)
    else:
        return None
    item.raw = dict(value)
    return [item]


def _hull(value: dict[str, Any], label: str) -> list[Item] | None:
    hull = value["hull"]
    points = [_point(point) for point in hull] if isinstance(hull, list) else []
    if not points or not all(points):
        return None
    return [Item(raw=dict(value), mask=points, label=label, mask_key="hull", layout=_LAYOUT)]


def _point(value: Any) -> list[float]:
    """Return x and y of a point; empty if the value is none."""
    if isinstance(value, dict):
        value = [value.get("x"), value.get("y")]
    return value if _parts.are_numbers(value, 2) else []
