"""Read CVAT's XML: ``<mask rle left top width height>``, ``<polygon label points>`` and ``<box>``, in pixels."""

from __future__ import annotations

import re
from typing import Any, Final

from ...._layout import Layout
from ....status import ReplyStatus
from ...items import CollectedItems, Item
from .. import _parts
from ._attributes import attribute

MARK: Final = re.compile(
    r"<mask\s[^<>]{0,200}?\b(?:rle|label)\s*="
    r"|<(?:polygon|box)\s[^<>]{0,200}?\blabel\s*=[^<>]{0,300}?(?:\bpoints\s*=\s*[\"'][-\d., ]{3,60};|\bxtl\s*=)",
    re.IGNORECASE,
)

_TAG: Final = re.compile(r"<(image|mask|polygon|box)\s([^<>]*)(>?)", re.IGNORECASE)
_PLACE: Final = ("left", "top", "width", "height")
_CORNERS: Final = ("xtl", "ytl", "xbr", "ybr")
_PIXELS: Final = Layout("xy", "pixels", "xy", "pixels")


def read(text: str) -> tuple[CollectedItems, ReplyStatus]:
    """Return the item of each tag; truncated if the text breaks off in one.

    >>> collected, _ = read('<mask label="cup" rle="1, 3" left="5" top="2" width="2" height="2"></mask>')
    >>> collected.items[0].label, collected.items[0].mask["counts"]
    ('cup', [1, 3])
    """
    collected, size, is_cut = CollectedItems(), None, False
    for match in _TAG.finditer(text):
        name, attributes, is_cut = match[1].lower(), match[2], not match[3]
        if name == "image":
            size = _parts.stated_size(_number(attributes, "width"), _number(attributes, "height"))
            continue
        item = _item(name, attributes)
        item.image_size = size
        if is_cut:
            item.mask = _parts.CUT
        collected.items.append(item)
    return collected, ReplyStatus.TRUNCATED if is_cut else ReplyStatus.OK


def _number(attributes: str, name: str) -> float | None:
    numbers = _parts.numbers_in(attribute(attributes, name))
    return numbers[0] if len(numbers) == 1 else None


def _item(name: str, attributes: str) -> Item:
    label = _parts.clean_label(attribute(attributes, "label"))
    if name == "box":
        corners: Any = [_number(attributes, corner) for corner in _CORNERS]
        item = Item(raw={"bbox": corners, "label": label}, box=corners, mask=_parts.BOX_ONLY, box_key="bbox")
    elif name == "mask":
        place = {side: _number(attributes, side) for side in _PLACE}
        mask: Any = {"counts": _parts.numbers_in(attribute(attributes, "rle")), **place}
        item = Item(raw={"mask": mask, "label": label}, mask=mask, mask_key="rle")
    else:
        numbers = _parts.numbers_in(attribute(attributes, "points"))
        ring = [numbers[i : i + 2] for i in range(0, len(numbers), 2)]
        item = Item(raw={"polygon": ring, "label": label}, mask=ring, mask_key="polygon")
    item.label, item.layout = label, _PIXELS if name != "mask" else Layout()
    return item
