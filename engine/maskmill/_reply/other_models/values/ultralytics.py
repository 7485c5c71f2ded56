"""Read what Ultralytics prints: a name, a box of x1, y1, x2, y2, and segments as lists of x and y, in pixels."""

from __future__ import annotations

from typing import Any, Final

from ...._layout import Layout
from ...fields import read_label, read_score
from ...items import Item
from ...keys import fold_keys
from .. import _parts

KEYS: Final = frozenset(("segments",))

_CORNERS: Final = ("x1", "y1", "x2", "y2")


def read(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the item of one object; None if its box or its segments are written otherwise.

    >>> segments = {"x": [1.0, 9.0, 9.0], "y": [2.0, 2.0, 5.0]}
    >>> read({"name": "cat", "box": {"x1": 1, "y1": 2, "x2": 9, "y2": 5}, "segments": segments}, "")[0].mask
    [[1.0, 2.0], [9.0, 2.0], [9.0, 5.0]]
    """
    box, segments = value.get("box", {}), value["segments"]
    if not isinstance(box, dict) or not isinstance(segments, dict):
        return None
    corners: Any = [box.get(name) for name in _CORNERS]
    xs, ys = segments.get("x"), segments.get("y")
    if not (_parts.are_numbers(xs) and _parts.are_numbers(ys, len(xs)) and (_parts.are_numbers(corners, 4) or not box)):
        return None
    names = fold_keys(value)
    points = [[x, y] for x, y in zip(xs, ys, strict=True)]
    item = Item(raw=dict(value), mask=points, mask_key="segments")
    item.label, item.score = read_label(value, names) or label, read_score(value, names)
    frame = _parts.frame_of_pixels([corners if box else [], points])
    item.layout = Layout("xy", frame, "xy", frame)
    if box:
        item.box, item.box_key = corners, "box"
    return [item]
