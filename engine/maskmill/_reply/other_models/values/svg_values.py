"""Read objects whose mask is an SVG document under ``svg``, with the label beside it."""

from __future__ import annotations

import re
from typing import Any, Final

from ...._layout import Layout
from ...fields import find_box, read_label, read_score
from ...items import Item
from ...keys import MASK, fold_keys
from .. import _parts

KEYS: Final = frozenset(("svg", "svg_mask", "mask_svg"))

_MARKUP: Final = re.compile(r"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:svg|g|path|polygon|polyline|rect)\b", re.IGNORECASE)
_FRAME: Final = re.compile(r"<svg\b[^<>]{0,2000}?\sviewBox\s*=", re.IGNORECASE)


def read(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the item of an object with a label and an SVG, all shapes of it one mask; None for any other object.

    >>> read({"svg": '<path d="M0 0H9V9Z"/>', "label": "cup"}, "")[0].mask
    '<path d="M0 0H9V9Z"/>'
    """
    key = next(key for key in ("svg", "svg_mask", "mask_svg") if key in value)
    text, names = value[key], fold_keys(value)
    own = read_label(value, names)
    box = find_box(value, names)
    if not isinstance(text, str) or _MARKUP.match(text) is None or not names.keys().isdisjoint(MASK):
        return None
    if not own and box.value is None:
        return None
    item = Item(raw=dict(value), mask=text, mask_key=key, label=own or label, score=read_score(value, names))
    item.is_mask_open = key in _parts.open_keys(value)
    item.box, item.box_key = box.value, box.keys[0] if len(box.keys) == 1 else ""
    frame = "thousandths" if box.value is None and _FRAME.search(text) else ""
    item.layout = Layout(box_order=box.order, mask_order="xy", mask_frame=frame)  # type: ignore[arg-type]
    return [item]
