"""Read what hosts of SAM 3 give: run lengths under ``rle``, and boxes as centre and size, from 0 to 1, beside them."""

from __future__ import annotations

from typing import Any, Final

from ...._layout import Layout
from ...fields import as_score, read_label
from ...items import Item
from ...keys import fold_keys
from .. import _parts

KEYS: Final = frozenset(("rle",))

_SINGULAR: Final = {"boxes": "box", "scores": "score", "labels": "label"}
_LEAST: Final = 4
_DIGITS: Final = frozenset("0123456789 ,")


def read(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return an item per mask of an object with ``metadata`` or ``boxes`` beside its ``rle``; None for any other.

    >>> item = read({"rle": "45 3 65 3", "metadata": [{"box": [0.5, 0.5, 0.5, 0.25], "score": 0.9}]}, "")[0]
    >>> item.box, item.mask
    ([0.25, 0.375, 0.75, 0.625], {'EncodedPixels': '46 3 66 3', 'order': 'rows'})
    """
    entries = _entries(value)
    masks = value["rle"]
    are_several = isinstance(masks, list) and all(isinstance(mask, (str, dict)) for mask in masks)
    masks = masks if are_several else [masks]
    if not entries or not masks or not all(isinstance(mask, (str, list, dict)) for mask in masks):
        return None
    if not all(_parts.are_numbers(entry["box"], 4) for entry in entries if "box" in entry):
        return None
    label = read_label(value, fold_keys(value)) or label
    boxes = [_corners(entry["box"]) if "box" in entry else None for entry in entries]
    if any(box is not None and not _is_in_image(box) for box in boxes):
        return None
    count = max(len(masks), len(entries))
    return [_item(masks[i : i + 1], entries[i] if i < len(entries) else {}, label) for i in range(count)]


def _entries(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a box, a score and a label for each mask, from a list of objects or from lists in parallel."""
    metadata = value.get("metadata")
    if isinstance(metadata, list) and metadata and all(isinstance(entry, dict) for entry in metadata):
        return metadata if any("box" in entry for entry in metadata) else []
    lists = {key: _unpacked(value[key]) for key in _SINGULAR if isinstance(value.get(key), list)}
    if "boxes" not in lists:
        return []
    return [
        {_SINGULAR[key]: held[i] for key, held in lists.items() if i < len(held)} for i in range(len(lists["boxes"]))
    ]


def _unpacked(held: list[Any]) -> list[Any]:
    """Return a list without another around it, as of a video's only frame."""
    inner = held[0] if len(held) == 1 else None
    is_packed = isinstance(inner, list) and not _parts.are_numbers(inner, 4)
    return inner if is_packed and isinstance(inner, list) else held


def _corners(box: list[float]) -> list[float]:
    x, y, width, height = box
    return _parts.as_corners([x - width / 2, y - height / 2, width, height])


def _is_in_image(box: list[float]) -> bool:
    return min(box) >= -0.02 and max(box) <= 1.02


def _item(mask: list[Any], entry: dict[str, Any], label: str) -> Item:
    names = fold_keys(entry)
    item = Item(raw={**({"rle": mask[0]} if mask else {}), **entry}, mask=_parts.BOX_ONLY)
    item.label = read_label(entry, names) or label
    item.score = as_score(entry.get("score"))
    if mask:
        item.mask, item.mask_key = _run_lengths(mask[0]), "rle"
    if "box" in entry:
        item.box, item.box_key, item.layout = _corners(entry["box"]), "box", Layout("xy", "unit")
    return item


def _run_lengths(mask: Any) -> Any:
    """Return pairs of a start, from 0 along the rows, and a length as such; anything else as it is."""
    if not isinstance(mask, str):
        return mask
    words = mask.replace(",", " ").split()
    if len(words) < _LEAST or len(words) % 2 or not _DIGITS.issuperset(mask):
        return {"counts": mask}
    starts = [str(int(word[:18]) + 1) for word in words[::2]]
    pairs = " ".join(f"{start} {length}" for start, length in zip(starts, words[1::2], strict=True))
    return {"EncodedPixels": pairs, "order": "rows"}
