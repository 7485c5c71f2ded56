"""Read JSON items whose mask is PaliGemma's text: the location tokens before the mask tokens are the item's box."""

from __future__ import annotations

from typing import Any, Final

from ... import paligemma
from ...fields import read_label, read_score
from ...items import Item
from ...keys import BOX, fold_keys, names_box

_NAMES: Final = ("mask", "segmentation_mask", "segmentation", "mask_tokens", "tokens")
KEYS: Final = frozenset(_NAMES)


def read(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the items of an object without a box whose mask begins with location tokens; None for any other object."""
    key = next(key for key in _NAMES if key in value)
    text, names = value[key], fold_keys(value)
    if not names.keys().isdisjoint(BOX) or names_box(names):
        return None
    if not isinstance(text, str) or "<loc" not in text or not paligemma.is_paligemma_reply(text):
        return None
    items = paligemma.read_paligemma(text)[0].items
    label = read_label(value, names) or label
    for item in items:
        item.label, item.score = label or item.label, read_score(value, names)
        item.raw = {**value, **item.raw, "label": item.label}
    return items or None
