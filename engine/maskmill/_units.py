"""Coordinates with their unit behind each number, as in CSS: ``20%`` of the image, ``20px`` of it."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from ._layout import FrameName

_FRAMES: Final[dict[str, FrameName]] = {"%": "percent", "px": "pixels"}
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_WITH_UNIT: Final = re.compile(rf"\s*({_NUMBER})\s*(%|px)\s*", re.IGNORECASE)
_ANY_NUMBER: Final = re.compile(_NUMBER)
_CSS: Final = re.compile(
    r"\s*(?:clip-path\s*:\s*)?polygon\s*\((?:\s*(?:nonzero|evenodd)\s*,)?([^()]*)\)\s*;?\s*", re.IGNORECASE
)
_MAPS: Final = ("data:", "iVBOR", "<star")
"""How long texts without units begin."""

_LEVELS: Final = 4


class WithoutUnits(NamedTuple):
    """A value without the units of its numbers, the frame that they name, and whether CSS says that x comes first."""

    value: Any
    frame: FrameName
    is_css: bool = False


def strip_units(value: Any) -> WithoutUnits | None:
    """Return a value without units if every number in it has the same one; None for any other value.

    >>> strip_units([["20%", "10%"], ["60%", "10%"]])
    WithoutUnits(value=[['20', '10'], ['60', '10']], frame='percent', is_css=False)
    >>> strip_units("polygon(20% 10%, 60% 10%)").value, strip_units("20, 10")
    ('20 10, 60 10', None)
    """
    if isinstance(value, str):
        return _from_text(value)
    first = value
    for _ in range(_LEVELS):
        if isinstance(first, dict):
            first = next(iter(first.values()), None)
        elif isinstance(first, list):
            first = first[0] if first else None
    if not isinstance(first, str) or _WITH_UNIT.fullmatch(first) is None:
        return None
    units: set[str] = set()
    stripped = _strip(value, units, _LEVELS)
    return WithoutUnits(stripped, _FRAMES[units.pop()]) if len(units) == 1 else None


def _from_text(text: str) -> WithoutUnits | None:
    if text.startswith(_MAPS):
        return None
    css = _CSS.fullmatch(text) if "polygon" in text[:40].lower() else None
    inner = css[1] if css else text
    if "%" not in inner and "px" not in inner:
        return None
    units = {match[2].lower() for match in _WITH_UNIT.finditer(inner)}
    stripped = _WITH_UNIT.sub(r" \1 ", inner)
    is_whole = len(_WITH_UNIT.findall(inner)) == len(_ANY_NUMBER.findall(inner))
    if len(units) != 1 or not is_whole:
        return None
    return WithoutUnits(" ".join(stripped.split()).replace(" ,", ","), _FRAMES[units.pop()], css is not None)


def _strip(value: Any, units: set[str], level: int) -> Any:
    """Return a copy of a value without units, and collect these; a number without one counts as another unit."""
    if isinstance(value, list) and level:
        return [_strip(inner, units, level - 1) for inner in value]
    if isinstance(value, dict) and level:
        return {key: _strip(inner, units, level - 1) for key, inner in value.items()}
    match = _WITH_UNIT.fullmatch(value) if isinstance(value, str) else None
    units.add(match[2].lower() if match else "")
    return match[1] if match else value
