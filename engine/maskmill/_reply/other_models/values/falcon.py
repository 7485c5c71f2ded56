"""Read Falcon-Perception's objects: a centre ``xy`` and a size ``hw`` from 0 to 1, and an RLE of the whole image."""

from __future__ import annotations

from typing import Any, Final

from ...._layout import Layout
from ...fields import read_label, read_score
from ...items import Item
from ...keys import fold_keys
from .. import _parts

KEYS: Final = frozenset(("xy", "bboxes_raw", "masks_rle", "rle"))

_MASK_KEYS: Final = ("mask_rle", "rle", "mask", "segmentation", "polygon", "polygons")
_LAYOUT: Final = Layout(box_order="xy", box_frame="unit")


def read(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the item of one object, or the items of its lists; None if the object is not of this form."""
    if "xy" in value:
        return _one(value, label)
    if "rle" in value:
        return _of_server(value, label)
    centres, masks = value.get("bboxes_raw"), value.get("masks_rle")
    if not isinstance(centres, list) and not isinstance(masks, list):
        return None
    boxes = _paired(centres if isinstance(centres, list) else [])
    found = masks if isinstance(masks, list) else []
    label = read_label(value, fold_keys(value)) or label
    pairs = [
        {**(boxes[i] if i < len(boxes) else {}), **({"mask_rle": found[i]} if i < len(found) else {})}
        for i in range(max(len(boxes), len(found)))
    ]
    return [_item(pair, label) for pair in pairs] or None


def _one(value: dict[str, Any], label: str) -> list[Item] | None:
    if not (_are_named(value["xy"], "xy") and _are_named(value.get("hw"), "hw")):
        return None
    item = _item(dict(value), read_label(value, fold_keys(value)) or label)
    item.score = read_score(value, fold_keys(value))
    return [item]


def _of_server(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the item of the server's form, which gives the size of the image, and a box in its pixels."""
    is_sized = _parts.are_numbers([value.get("height"), value.get("width")])
    if not (is_sized and isinstance(value["rle"], dict) and _parts.are_numbers(value.get("bbox"), 4)):
        return None
    item = Item(raw=dict(value), box=value["bbox"], mask=value["rle"], box_key="bbox", mask_key="rle")
    item.label, item.layout = read_label(value, fold_keys(value)) or label, Layout("xy", "pixels")
    item.image_size = _parts.stated_size(value["width"], value["height"])
    return [item]


def _paired(entries: list[Any]) -> list[dict[str, Any]]:
    """Pair ``{x, y}`` with the ``{h, w}`` that follows it."""
    pairs: list[dict[str, Any]] = []
    for entry in entries:
        if _are_named(entry, "xy"):
            pairs.append({"xy": {name: entry[name] for name in "xy"}})
        if _are_named(entry, "hw") and pairs:
            pairs[-1]["hw"] = {name: entry[name] for name in "hw"}
    return pairs


def _are_named(value: Any, names: str) -> bool:
    return isinstance(value, dict) and _parts.are_numbers([value.get(name) for name in names])


def _item(raw: dict[str, Any], label: str) -> Item:
    key = next((key for key in _MASK_KEYS if raw.get(key)), "")
    item = Item(raw=raw, mask=_parts.BOX_ONLY, label=label, mask_key=key, layout=_LAYOUT)
    if key:
        item.mask = {"counts": raw[key]} if isinstance(raw[key], str) else raw[key]
        item.layout = item.layout._replace(mask_order="xy")
    if "xy" in raw and "hw" in raw:
        (x, y), (height, width) = (raw["xy"][name] for name in "xy"), (raw["hw"][name] for name in "hw")
        item.box, item.box_key = _parts.as_corners([x - width / 2, y - height / 2, width, height]), "xy"
        item.layout = item.layout._replace(box_frame=_parts.frame_of_box(item.box, "unit"))
    return item
