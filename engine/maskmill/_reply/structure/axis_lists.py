"""Masks whose x and y stand in two lists of the item itself, ``{"label": "cat", "xs": […], "ys": […]}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_STEMS: Final = (
    *("", "point", "points", "allpoints", "polygon", "poly", "polygonpoints", "mask", "contour", "outline", "boundary"),
    *("vertex", "vertices", "coord", "coords", "coordinate", "coordinates", "segmentation", "segment", "hull", "pts"),
)
_FEWEST: Final = 3


def _families() -> dict[str, str]:
    """Return the folded key of the ys by that of the xs."""
    endings = {f"{stem}x{end}": f"{stem}y{end}" for stem in _STEMS for end in ("", "s")}
    beginnings = {f"x{end}{stem}": f"y{end}{stem}" for stem in _STEMS for end in ("", "s")}
    return {**endings, **beginnings}


_FAMILIES: Final = _families()


def find_axis_lists(raw: Mapping[Any, Any], names: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the keys of the list of x and of the list of y; None if an object has no such two lists of numbers.

    >>> find_axis_lists({"xs": [1, 5, 5], "ys": [2, 2, 9]}, {"xs": "xs", "ys": "ys"})
    ('xs', 'ys')

    Parameters
    ----------
    raw : mapping
        One item of the reply, as the model wrote it.
    names : mapping of str to str
        Its keys by their folded form.
    """
    for x in names:
        y = _FAMILIES.get(x, "")
        if y in names and _is_axis(raw[names[x]]) and _is_axis(raw[names[y]]):
            return names[x], names[y]
    return None


def _is_axis(value: Any) -> bool:
    """Tell whether a value is a list of three numbers or more."""
    return isinstance(value, list) and len(value) >= _FEWEST and all(type(entry) in (int, float) for entry in value)
