"""Tell the code of a program that would make items from items themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from ..item import Item

_ASSIGNED: Final = re.compile(
    r"""["'](?:box_2d|b?box|bounding_box|mask|polygon|points|segmentation)["']\s*:\s*\[?\s*[A-Za-z_]\w*\s*[.,\[(}]"""
)
_PROGRAM: Final = re.compile(r"```(?:py|js|javascript|ts|typescript)\b|```python|\.(?:append|push)\(|\bfor \w+ in\b")
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?:\.\w+|\[\w*\]?|\([^()\n]*\)?)*[\[(]?")


def without_code(items: list[Item], text: str) -> list[Item]:
    """Return the items but those whose box and mask are names of a program, as a model writes code for an answer.

    >>> without_code([], "result.append({'box_2d': obj.box})")
    []
    """
    if not items or _PROGRAM.search(text) is None or _ASSIGNED.search(text) is None:
        return items
    return [item for item in items if not _is_code(item.raw.values())]


def _is_code(values: Iterable[Any]) -> bool:
    """Tell whether all values of an item are names of a program, or lists of names."""
    held = [value for value in values if value not in (None, "", [], {})]
    return bool(held) and all(map(_is_name, held))


def _is_name(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(entry, str) and _NAME.fullmatch(entry) for entry in value[:8])
    return isinstance(value, str) and _NAME.fullmatch(value) is not None
