"""The fields of one item: which of its keys holds the box, the mask, the label and the score."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from ..errors import excerpt
from .containers import Asset, reference_name
from .keys import HOLES, LABEL, LAST_LABEL, MASK, REFERENCE, SCORE

_EMPTY: Final[tuple[Any, ...]] = (None, "", [])
_WORDS: Final = re.compile(r"\D{0,99}")
_SCORE_BOUND: Final = 2.0**127
_NO_ASSETS: Final[Mapping[str, Asset]] = {}

Raw = dict[str, Any]
Names = dict[str, str]


def pick_key(raw: Raw, names: Names, aliases: tuple[str, ...], assets: Mapping[str, Asset] = _NO_ASSETS) -> str | None:
    """Return the key of the first alias that may hold a box or a mask; failing that, of one that holds anything.

    >>> pick_key({"mask": "N/A", "polygon": [[0, 0]]}, {"mask": "mask", "polygon": "polygon"}, MASK)
    'polygon'

    Parameters
    ----------
    raw : dict
        One item of the reply, as the model wrote it.
    names : dict of str to str
        Its keys by their folded form.
    aliases : tuple of str
        Folded names of the field, best first.
    assets : mapping of str to Asset
        Masks that a value may refer to by name.
    """
    keys = [names[alias] for alias in aliases if alias in names]
    if len(keys) < 2:
        return keys[0] if keys else None
    meaningful = [key for key in keys if _may_be_field(raw[key], assets)]
    filled = [key for key in keys if raw[key] not in _EMPTY]
    return (meaningful or filled or keys)[0]


def mask_key(raw: Raw, names: Names, assets: Mapping[str, Asset]) -> str | None:
    """Return the key of the mask, or of a reference to one if no mask key holds a value.

    Parameters
    ----------
    raw : dict
        One item of the reply, as the model wrote it.
    names : dict of str to str
        Its keys by their folded form.
    assets : mapping of str to Asset
        Masks that a value may refer to by name.
    """
    key = pick_key(raw, names, MASK, assets)
    if key is not None and _may_be_field(raw[key], assets):
        return key
    references = [names[name] for name in REFERENCE if name in names]
    return next((other for other in references if reference_name(raw[other]) in assets), key)


def with_holes(raw: Raw, names: Names, key: str) -> Any:
    """Return the mask under a key, joined with its holes if these stand beside it in the item.

    Parameters
    ----------
    raw : dict
        One item of the reply, as the model wrote it.
    names : dict of str to str
        Its keys by their folded form.
    key : str
        The key of the mask.
    """
    holes = next((raw[names[name]] for name in HOLES if name in names), None)
    mask = raw[key]
    return {"outer": mask, "holes": holes} if isinstance(mask, list) and isinstance(holes, list) else mask


def read_label(raw: Raw, names: Names) -> str:
    """Return the label; empty if there is none.

    >>> read_label({"description": "a cat"}, {"description": "description"})
    'a cat'
    """
    return _as_label(_first(raw, names, LABEL)) or _as_label(_first(raw, names, LAST_LABEL))


def read_score(raw: Raw, names: Names) -> float:
    """Return the score; NaN if there is none.

    >>> read_score({"Score": "0.5"}, {"score": "Score"})
    0.5
    """
    value = _first(raw, names, SCORE)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return math.nan
    return number if abs(number) < _SCORE_BOUND else math.nan


def _may_be_field(value: Any, assets: Mapping[str, Asset]) -> bool:
    """Tell whether a value may be a box or a mask: not a word such as ``"N/A"``, not ``true``, not empty."""
    if reference_name(value) in assets:
        return True
    if isinstance(value, str):
        return _WORDS.fullmatch(value) is None
    return isinstance(value, (list, dict)) and bool(value)


def _first(raw: Raw, names: Names, aliases: tuple[str, ...]) -> Any:
    """Return the value of the first alias that is not empty."""
    values = (raw[names[alias]] for alias in aliases if alias in names)
    return next((value for value in values if value not in _EMPTY), None)


def _as_label(value: Any) -> str:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return ", ".join(entry for entry in value if isinstance(entry, str))
    return excerpt(value) if isinstance(value, (int, float)) else ""
