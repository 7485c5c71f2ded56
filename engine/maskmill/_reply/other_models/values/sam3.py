"""Read SAM 3's objects: lists in parallel, COCO counts without a size, boxes x, y, width, height from 0 to 1."""

from __future__ import annotations

import math
from typing import Any, Final

from ...._layout import FrameName, Layout
from ...fields import as_score, read_label
from ...items import Item
from ...keys import fold_keys
from ...known_items import AbsentMask
from ...recovery.cursor import Recovered
from .. import _parts

KEYS: Final = frozenset(("pred_masks", "pred_polygons"))
MASK_KEYS: Final = frozenset(("masks",))

_PARALLEL: Final = ("pred_masks", "pred_polygons", "pred_boxes", "pred_scores", "pred_labels")
_ASKED: Final = ("text_prompt", "prompt", "query", "text")
_OF_PREDICTION: Final = frozenset(("masks", "confidence", "format"))
_NO_FORMAT: Final = AbsentMask("truncated", "the text ends before it says in which format the mask is")
_BOX_KEYS: Final = ("box", "bbox", "box_xyxy", "bounding_box")
_FORMATS: Final = ("polygon", "rle", "mask")


def read(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the items of an agent's object, one per mask, polygon or box; None if it has no such lists."""
    lists = {key: value[key] for key in _PARALLEL if isinstance(value.get(key), list)}
    count = max((len(held) for key, held in lists.items() if key not in ("pred_scores", "pred_labels")), default=0)
    if not count:
        return None
    size = [value.get("orig_img_h"), value.get("orig_img_w")]
    stated = _parts.stated_size(size[1], size[0])
    asked = next((value[key] for key in _ASKED if isinstance(value.get(key), str)), label)
    label = read_label(value, fold_keys(value)) or asked
    is_xywh = _are_extents(lists.get("pred_boxes", []), size)
    rows = [_row(lists, i) for i in range(count)]
    items = [_item(row, size if _parts.are_numbers(size) else None, label, is_xywh) for row in rows]
    for item in items:
        item.image_size = stated
    return items


def read_prediction(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the item of a prediction that names its format: ``{"masks", "confidence", "format"}``, in pixels."""
    is_cut = isinstance(value, Recovered) and value.is_cut and value.keys() <= _OF_PREDICTION
    if is_cut and "format" not in value and _is_geometry(value["masks"]):
        return [Item(raw=dict(value), mask=_NO_FORMAT, label=label)]
    if value.get("format") not in _FORMATS or "confidence" not in value or not isinstance(value["masks"], (list, dict)):
        return None
    frame: FrameName = "pixels" if value["format"] == "polygon" else ""
    item = Item(raw=dict(value), mask=value["masks"], mask_key="masks", score=as_score(value["confidence"]))
    item.label = read_label(value, fold_keys(value)) or label
    item.layout = Layout(mask_order="xy", mask_frame=frame)
    _set_named_box(item, value)
    return [item]


def _set_named_box(item: Item, value: dict[str, Any]) -> None:
    """Set the box beside the masks of a prediction, whose order and frame the masks show, unless it runs to 1."""
    key = next((key for key in _BOX_KEYS if _parts.are_numbers(value.get(key), 4)), "")
    if key:
        item.box, item.box_key = value[key], key
        item.layout = item.layout._replace(box_frame=_parts.frame_of_box(item.box, "unit"))


def _is_geometry(masks: Any) -> bool:
    """Tell whether masks are coordinates or run lengths, and no items or pictures."""
    entries = masks if isinstance(masks, list) else [masks]
    return all(
        isinstance(entry, (int, float, list)) or (isinstance(entry, dict) and "counts" in entry) for entry in entries
    )


def _row(lists: dict[str, list[Any]], i: int) -> dict[str, Any]:
    return {key: held[i] for key, held in lists.items() if i < len(held)}


def _item(row: dict[str, Any], size: list[Any] | None, label: str, is_xywh: bool) -> Item:
    named = row.get("pred_labels")
    item = Item(raw={}, label=named if isinstance(named, str) else label, score=as_score(row.get("pred_scores")))
    counts, polygon = row.get("pred_masks"), row.get("pred_polygons")
    if counts:
        item.mask, item.mask_key = _run_lengths(counts, size), "pred_masks"
    elif polygon:
        item.mask, item.mask_key = polygon, "pred_polygons"
    else:
        item.mask = _parts.BOX_ONLY if "pred_boxes" in row else AbsentMask("nothing", "the item gives no mask")
    frame = _parts.frame_of_pixels(polygon) if item.mask_key == "pred_polygons" else ""
    item.layout = Layout(mask_order="xy", mask_frame=frame)
    if "pred_boxes" in row:
        _set_box(item, row["pred_boxes"], is_xywh)
    mask = {} if isinstance(item.mask, AbsentMask) else {"mask": item.mask}
    item.raw = {**({} if item.box is None else {"bbox": item.box}), **mask, "label": item.label}
    return item


def _run_lengths(counts: Any, size: list[Any] | None) -> Any:
    """Return counts as an object with the size of their image, where the reply gives it."""
    if isinstance(counts, dict):
        return counts if "size" in counts or not size else {**counts, "size": size}
    is_counts = isinstance(counts, str) or _parts.are_numbers(counts)
    if not is_counts:
        return counts
    return {"counts": counts, "size": size} if size else {"counts": counts}


def _are_extents(boxes: list[Any], size: list[Any]) -> bool:
    """Tell whether boxes are x, y, width, height, as documented: unless one of them leaves the image when read so."""
    numbers = [box for box in boxes if _parts.are_numbers(box, 4)]
    if any(box[2] < box[0] or box[3] < box[1] for box in numbers):
        return True
    is_unit = all(abs(v) <= 1 for box in numbers for v in box)
    height, width = (1, 1) if is_unit else size if _parts.are_numbers(size) else (math.inf, math.inf)
    return not any(box[0] + box[2] > 1.01 * width or box[1] + box[3] > 1.01 * height for box in numbers)


def _set_box(item: Item, box: Any, is_xywh: bool) -> None:
    item.box = _parts.as_corners(box) if is_xywh and _parts.are_numbers(box, 4) else box
    item.box_key = "pred_boxes"
    frame = (_parts.frame_of_box(item.box, "unit") or "pixels") if _parts.are_numbers(item.box, 4) else ""
    item.layout = item.layout._replace(box_order="xy", box_frame=frame)
