"""Find the box of an item: under the many names of one, with corners by name, or as corners in the item itself."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from ..._layout import Order
from ..keys import BOX_SHAPES, OTHER_BOX, corners_of, fold_keys, point_coordinates
from .item_signs import is_box_typo
from .mask_like import is_four_numbers

_WORDS: Final = re.compile(r"\D{0,99}")
_PAIRS: Final = (("lefttop", "rightbottom"), ("topleft", "bottomright"), ("tl", "br"))
_CORNERS: Final = ("ymin", "xmin", "ymax", "xmax")
_UNUSUAL: Final = (
    *(("miny", "minx", "maxy", "maxx"), ("ystart", "xstart", "yend", "xend")),
    *(("starty", "startx", "endy", "endx"), ("ytl", "xtl", "ybr", "xbr")),
)

Raw = dict[str, Any]
Names = dict[str, str]


class FoundBox(NamedTuple):
    """The box of an item: its value, the keys that hold it, its order if its name says it, and a key to be said."""

    value: Any = None
    keys: tuple[str, ...] = ()
    order: Order = ""
    guessed: str = ""


def find_box(raw: Raw, names: Names, key: str | None) -> FoundBox:
    """Return the box of an item under any name, or as corners that stand in the item itself.

    >>> find_box({"x1": 1, "y1": 2, "x2": 3, "y2": 4}, {"x1": "x1", "y1": "y1", "x2": "x2", "y2": "y2"}, None).value
    {'y1': 2, 'x1': 1, 'y2': 4, 'x2': 3}

    Parameters
    ----------
    raw : dict
        One item of the reply, as the model wrote it.
    names : dict of str to str
        Its keys by their folded form.
    key : str or None
        The key with the name of a box.
    """
    if key is not None and _may_be_box(raw[key]):
        return FoundBox(_with_usual_names(raw[key]), (key,))
    shaped = next((name for name in BOX_SHAPES if name in names and is_four_numbers(raw[names[name]])), "")
    if shaped:
        return _shaped(raw[names[shaped]], BOX_SHAPES[shaped], names[shaped])
    family = corners_of(names)
    if family:
        keys = tuple(names[name] for name in family)
        return FoundBox(_with_usual_names({key: raw[key] for key in keys}), keys)
    typos = [other for other in raw if is_box_typo(other, raw[other])] or _four_numbers(raw, names)
    if len(typos) == 1:
        return FoundBox(_with_usual_names(raw[typos[0]]), (typos[0],), guessed=typos[0])
    return FoundBox() if key is None else FoundBox(raw[key], (key,))


def _four_numbers(raw: Raw, names: Names) -> list[str]:
    """Return the keys of four numbers, or of corners with names, under further names of a box."""
    found = [names[name] for name in OTHER_BOX if name in names]
    return [key for key in found if is_four_numbers(raw[key]) or _is_corners(raw[key])][:1]


def _is_corners(value: Any) -> bool:
    return isinstance(value, dict) and bool(corners_of(fold_keys(value)))


def _shaped(value: list[Any], shape: str, key: str) -> FoundBox:
    """Return a box whose key says what its numbers are."""
    if shape in ("xyxy", "yxyx"):
        return FoundBox(value, (key,), "xy" if shape == "xyxy" else "yx")
    wanted = ("x", "y", "width", "height") if shape == "xywh" else ("cx", "cy", "width", "height")
    return FoundBox(dict(zip(wanted, value, strict=True)), (key,))


def _with_usual_names(box: Any) -> Any:
    """Return a box of corners under unusual names with the usual ones; any other as it is."""
    if not isinstance(box, dict):
        return box
    names = fold_keys(box)
    for family in _UNUSUAL:
        if all(name in names for name in family):
            return {usual: box[names[name]] for usual, name in zip(_CORNERS, family, strict=True)}
    for first, last in _PAIRS:
        if first in names and last in names:
            return _of_pairs(box[names[first]], box[names[last]], box)
    return box


def _of_pairs(first: Any, last: Any, box: Raw) -> Any:
    """Return the box between two points; pairs of numbers keep the order in which the model wrote them."""
    if isinstance(first, list) and isinstance(last, list) and len(first) == len(last) == 2:
        return [*first, *last]
    if isinstance(first, dict) and isinstance(last, dict):
        points = point_coordinates(first), point_coordinates(last)
        if points[0] and points[1]:
            (x0, y0), (x1, y1) = points[0], points[1]
            return {"ymin": y0, "xmin": x0, "ymax": y1, "xmax": x1}
    return box


def _may_be_box(value: Any) -> bool:
    """Tell whether a value may be a box: no word such as ``"N/A"``, and not empty."""
    if isinstance(value, str):
        return _WORDS.fullmatch(value) is None
    return isinstance(value, (list, dict)) and bool(value)
