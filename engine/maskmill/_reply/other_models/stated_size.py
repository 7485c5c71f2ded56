"""Find the size that a reply gives of its image, and whether it says that its coordinates are pixels of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from ..items import Item
from ..keys import fold
from ..known_items import AbsentMask, StatedSize
from . import _parts

_LEVELS: Final = 6
_ENTRIES: Final = 50
"""Entries of each list that are looked at: the size stands at its beginning, or in every item."""

_SIDES: Final = (("imagewidth", "imageheight"), ("imgwidth", "imgheight"), ("origimgw", "origimgh"))
_HOLDERS: Final = frozenset(
    (
        "image",
        "imagesize",
        "imageinfo",
        "imagedimensions",
        "imageresolution",
        "imagemetadata",
        "imgsize",
        "img",
        "slots",
    )
)
_SYSTEM: Final = re.compile(r"unit|coord|format|frame")
_SAYS_PIXELS: Final = re.compile(r"pixels?|px|absolute", re.IGNORECASE)
_SAYS_OTHER: Final = re.compile(r"normali[sz]ed|relative|percent|fraction|1000|\bno", re.IGNORECASE)
_SHORT: Final = 100
_MARGIN: Final = 0.02
_PAST: Final = 1050
"""Up to this, thousandths may overshoot their frame."""


def set_stated_size(values: list[Any], items: list[Item]) -> None:
    """Say of the items that they are in pixels of the size that the reply gives, if it does; never of ``box_2d``.

    A statement of the units, or numbers past 1000 that fit that size, say that they are pixels. Nothing is done for
    a reply with several sizes, or whose numbers do not fit.

    >>> item = Item({}, mask=[[0, 0], [9, 0], [9, 9]], mask_key="polygon")
    >>> set_stated_size([{"image_width": 20, "image_height": 10, "units": "pixels"}], [item])
    >>> item.layout.mask_frame, item.image_size.width
    ('pixels', 20)

    Parameters
    ----------
    values : list
        The parsed values of a reply.
    items : list of Item
        Its items.
    """
    sizes: set[StatedSize] = set()
    systems: list[str] = []
    for value in values:
        _look(value, sizes, systems, _LEVELS)
    if len(sizes) != 1:
        return
    size = sizes.pop()
    known = [item for item in items if "pixels" in item.layout and item.image_size is None]
    for item in known:
        item.image_size = size
    others = [item for item in items if item.image_size is None]
    if others and _are_pixels(others, size, systems, values):
        for item in others:
            _set_pixels(item, size)


def _look(value: Any, sizes: set[StatedSize], systems: list[str], level: int) -> None:
    """Collect sizes and statements of units from an object and what it holds."""
    if level == 0 or not isinstance(value, (dict, list)):
        return
    if isinstance(value, list):
        for entry in value[:_ENTRIES] if value and isinstance(value[0], (dict, list)) else ():
            _look(entry, sizes, systems, level - 1)
        return
    names = {fold(str(key)): held for key, held in value.items()}
    sizes.update(_sizes(names))
    systems += [held for name, held in names.items() if isinstance(held, str) and _names_system(name, held)]
    for held in value.values():
        _look(held, sizes, systems, level - 1)


def _names_system(name: str, text: str) -> bool:
    return len(text) < _SHORT and _SYSTEM.search(name) is not None


def _sizes(names: dict[str, Any]) -> Iterator[StatedSize]:
    """Yield the sizes that an object gives of its image."""
    for width, height in _SIDES:
        if (size := _parts.stated_size(names.get(width), names.get(height))) is not None:
            yield size
    for name in _HOLDERS & names.keys():
        held = names[name]
        for entry in held[:1] if isinstance(held, list) and held and isinstance(held[0], dict) else [held]:
            if (size := _size(entry)) is not None:
                yield size


def _size(held: Any) -> StatedSize | None:
    if isinstance(held, dict):
        sides = {fold(str(key)): side for key, side in held.items()}
        return _parts.stated_size(sides.get("width", sides.get("w")), sides.get("height", sides.get("h")))
    return _parts.stated_size(held[0], held[1], is_named=False) if _parts.are_numbers(held, 2) else None


# Pixels.


def _are_pixels(items: list[Item], size: StatedSize, systems: list[str], values: list[Any]) -> bool:
    """Tell whether coordinates whose frame is not known are pixels of an image of this size."""
    if any(fold(item.box_key) == "box2d" or item.layout.box_frame or item.layout.mask_frame for item in items):
        return False
    numbers = [number for item in items for number in _numbers(item)]
    if not numbers or not all(_fits(item, size) for item in items):
        return False
    if _parts.frame_of_box(numbers, "unit"):
        return False
    if any(_SAYS_OTHER.search(text) for text in systems):
        return False
    return any(map(_SAYS_PIXELS.search, systems)) or max(numbers) > _PAST or _has_tool_form(values)


def _has_tool_form(values: list[Any]) -> bool:
    """Tell whether a value has the form of LabelMe, or of Roboflow's predictions, which are in pixels."""
    return any(isinstance(value, dict) and (_is_labelme(value) or _is_roboflow(value)) for value in values)


def _is_labelme(value: dict[Any, Any]) -> bool:
    return {"shapes", "imageWidth", "imageHeight"} <= value.keys()


def _is_roboflow(value: dict[Any, Any]) -> bool:
    predictions = value.get("predictions")
    if "image" not in value or not isinstance(predictions, list):
        return False
    return all(isinstance(entry, dict) and {"class", "points"} <= entry.keys() for entry in predictions)


def _fits(item: Item, size: StatedSize) -> bool:
    """Tell whether the pairs of numbers of an item lie within a size, in one order or the other."""
    box, mask = list(_parts.numbers_below(item.box)), list(_numbers_of_mask(item))
    numbers = [*box[: len(box) // 2 * 2], *mask]
    sides = (size.width, size.height)
    return any(_are_within(numbers, first, second) for first, second in (sides, sides[::-1]))


def _are_within(numbers: list[float], first: float, second: float) -> bool:
    pairs = ((numbers[::2], first), (numbers[1::2], second))
    return all(-_MARGIN * side <= v <= (1 + _MARGIN) * side for held, side in pairs for v in held)


def _numbers(item: Item) -> Iterator[float]:
    """Yield the numbers of the box, and of a mask of points."""
    yield from _parts.numbers_below(item.box)
    yield from _numbers_of_mask(item)


def _numbers_of_mask(item: Item) -> Iterator[float]:
    if isinstance(item.mask, (list, dict)) and not (isinstance(item.mask, dict) and "counts" in item.mask):
        yield from _parts.numbers_below(item.mask)


def _set_pixels(item: Item, size: StatedSize) -> None:
    item.image_size = size
    has_points = item.mask is not None and not isinstance(item.mask, AbsentMask)
    frames = {"box_frame": "pixels"} if item.box is not None else {}
    if has_points and isinstance(item.mask, (list, dict)):
        frames["mask_frame"] = "pixels"
    item.layout = item.layout._replace(**frames)  # type: ignore[arg-type]
