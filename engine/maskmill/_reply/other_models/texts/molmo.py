"""Read Molmo's points: ``<point x="61.5" y="40">cat</point>`` in per cent, ``<points coords="1 1 946 029">``.

Points are no masks. Each is a row that says so.
"""

from __future__ import annotations

import re
from typing import Final

from ....status import ReplyStatus
from ...items import CollectedItems
from .. import _parts
from ._attributes import ATTRIBUTES, read_attributes

MARK: Final = re.compile(r"<(?:points?|tracks)\s[^<>]{0,400}?\b(?:x\d{0,4}|coords)\s{0,9}=", re.IGNORECASE)

_TAG: Final = re.compile(
    rf"<(?:points?|tracks)(?=\s)({ATTRIBUTES})/?>(?:([^<>]{{0,400}})</(?:points?|tracks)>)?", re.IGNORECASE
)
_GROUP: Final = re.compile(r"[;\t]")
_X: Final = re.compile(r"x(\d{0,4})")


def read(text: str) -> tuple[CollectedItems, ReplyStatus]:
    """Return an item for each point of a reply; truncated if the text breaks off in a tag.

    >>> collected, _ = read('<points x1="10" y1="20.5" x2="30" y2="40" alt="cats">cats</points>')
    >>> [(item.label, item.raw["point"]) for item in collected.items]
    [('cats', [10, 20.5]), ('cats', [30, 40])]
    """
    collected, tags = CollectedItems(), list(_TAG.finditer(text))
    for tag in tags:
        attributes = read_attributes(tag[1])
        label = _parts.clean_label(tag[2] or "") or attributes.get("alt", "")
        collected.items += [_parts.point_item(label, point) for point in _points(attributes)]
    is_cut = text.rfind("<") > text.rfind(">")
    return collected, ReplyStatus.TRUNCATED if is_cut else ReplyStatus.OK


def _points(attributes: dict[str, str]) -> list[list[float]]:
    if "coords" in attributes:
        return [point for group in _GROUP.split(attributes["coords"]) for point in _triples(group)]
    pairs = [
        (value, attributes.get(f"y{match[1]}", ""))
        for name, value in attributes.items()
        if (match := _X.fullmatch(name))
    ]
    return [_parts.numbers_in(f"{x} {y}") for x, y in pairs]


def _triples(group: str) -> list[list[float]]:
    """Return the points of one image or frame: its number, then a point's number, x and y, again and again."""
    numbers = _parts.numbers_in(group)
    start = 1 if len(numbers) % 3 == 1 else 0
    return [numbers[i + 1 : i + 3] for i in range(start, len(numbers) - 2, 3)] or ([numbers] if numbers else [])
