"""Tell what a value holds: items, the text of a reply, or the name of an image."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any, Final

from maskmill._reply.keys import FIELDS, fold_keys
from maskmill._reply.strict_json import parse_json

_IMAGE_SUFFIXES: Final = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
        *(".heic", ".heif", ".avif", ".jp2", ".dcm"),
    )
)
_QUERY: Final = re.compile(r"[?#].*", re.DOTALL)
_LEVELS: Final = 4
_MAX_NAME: Final = 4096
"""Characters of the longest name of a file that is looked at."""


def names_image(text: str) -> bool:
    """Return whether a text is the name of an image file, or its address.

    >>> names_image("photos/a.JPG"), names_image("https://host/a.png?width=9"), names_image("cat"), names_image("v1.5")
    (True, True, False, False)
    """
    if len(text) > _MAX_NAME or "\n" in text or text.startswith("data:"):
        return False
    path = _QUERY.sub("", text) if "://" in text else text
    return PurePath(path.replace("\\", "/")).suffix.lower() in _IMAGE_SUFFIXES


def holds_items(value: Any, levels: int = _LEVELS) -> bool:
    """Return whether a parsed value is an item or has items in it.

    >>> holds_items({"objects": [{"box_2d": [1, 2, 3, 4]}]}), holds_items([[1, 2]])
    (True, False)
    """
    if isinstance(value, dict):
        return is_item(value) or (levels > 0 and any(holds_items(inner, levels - 1) for inner in value.values()))
    return isinstance(value, list) and levels > 0 and any(holds_items(inner, levels - 1) for inner in value)


def is_item(value: dict[str, Any]) -> bool:
    """Return whether an object has a box or a mask."""
    return not FIELDS.isdisjoint(fold_keys(value))


def is_reply_text(text: str) -> bool:
    """Return whether a text is JSON with items, or an empty list.

    >>> is_reply_text('[{"box_2d": [1, 2, 3, 4]}]'), is_reply_text("[]"), is_reply_text("a cat")
    (True, True, False)
    """
    parsed = parse_json(text) if text.lstrip()[:1] in ("[", "{", "`") else None
    return parsed == [] or holds_items(parsed)
