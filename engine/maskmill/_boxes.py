"""Boxes: from what a model wrote to pixels of the image."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from .errors import excerpt
from .status import Note

_NUMBER: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_BOX_TEXT: Final = re.compile(r"[-+\d\s.,;eE()\[\]]{1,200}")
_CORNER_NAMES: Final = (
    ("ymin", "xmin", "ymax", "xmax"),
    ("y0", "x0", "y1", "x1"),
    ("y1", "x1", "y2", "x2"),
    ("top", "left", "bottom", "right"),
)
_EXTENT_NAMES: Final = (("y", "x", "height", "width"), ("y", "x", "h", "w"), ("top", "left", "height", "width"))


class Box(NamedTuple):
    """A box in thousandths of the image, corners sorted; it may leave the image."""

    y0: float
    x0: float
    y1: float
    x1: float

    def in_pixels(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """Corners x0, y0, x1, y1 in pixels: ``v * size / 1000`` in this order, which is exact for integers.

        >>> Box(250, 100, 750, 900).in_pixels((1920, 1080))
        (192.0, 270.0, 1728.0, 810.0)
        """
        width, height = size
        return self.x0 * width / 1000, self.y0 * height / 1000, self.x1 * width / 1000, self.y1 * height / 1000


def read_box(value: Any, in_thousandths: bool = False) -> tuple[Box | None, list[Note]]:
    """Read an untrusted ``box_2d``: four numbers y0, x0, y1, x1, in any of the shapes they come in.

    >>> read_box([750, "100", 250, 900])[0]
    Box(y0=250, x0=100.0, y1=750, x1=900)

    Numbers from 0 to 1 are read as shares of the image, unless they are known to be `in_thousandths`.

    Returns
    -------
    The box, or None where `value` gives none; and what was mended, or why there is none.
    """
    if value is None or value in ("", [], {}):
        return None, []
    numbers, mended = _four_numbers(value)
    if numbers is None:
        return None, [Note("bad_box", "expected y0, x0, y1, x1 as the box, finite and below 2**63", excerpt(value))]
    notes = []
    if mended:
        notes.append(Note("box_mended", "the box was written in another shape than four numbers", excerpt(value)))
    if not in_thousandths and is_unit_frame(numbers):
        numbers = [v * 1000 for v in numbers]
        notes.append(Note("box_unit", "the box runs from 0 to 1; read as 0 to 1000", excerpt(value)))
    y0, x0, y1, x1 = numbers
    if y0 > y1 or x0 > x1:
        notes.append(Note("corners_sorted", "the box's corners were reversed", excerpt(value)))
    return Box(min(y0, y1), min(x0, x1), max(y0, y1), max(x0, x1)), notes


def is_unit_frame(numbers: list[float]) -> bool:
    """Tell whether coordinates run from 0 to 1: all inside, all written as floats or one of them a fraction."""
    if not all(0 <= v <= 1 for v in numbers):
        return False
    return any(v != int(v) for v in numbers) or all(isinstance(v, float) for v in numbers)


def as_number(value: Any) -> float | None:
    """A finite number out of a number or of text that is one; None for anything else, booleans too.

    >>> as_number("12.5"), as_number(True), as_number(float("nan"))
    (12.5, None, None)
    """
    if isinstance(value, str):
        text = value.strip()
        value = float(text) if len(text) <= 40 and _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if abs(value) < 2**63 else None


def _four_numbers(value: Any) -> tuple[list[float] | None, bool]:
    mended = False
    if isinstance(value, str) and _BOX_TEXT.fullmatch(value):
        value, mended = _NUMBER.findall(value), True
    elif isinstance(value, dict):
        value, mended = _corners(value), True
    elif isinstance(value, list) and len(value) in (1, 2) and all(isinstance(v, list) for v in value):
        value, mended = [v for corner in value for v in corner[:5]], True
    if not isinstance(value, list) or len(value) != 4:
        return None, mended
    mended = mended or any(isinstance(v, str) for v in value)
    numbers = [n for v in value if (n := as_number(v)) is not None]
    return (numbers if len(numbers) == 4 else None), mended


def _corners(value: dict[str, Any]) -> list[Any]:
    named = {str(key).casefold().replace("_", ""): v for key, v in value.items()}
    for names in _CORNER_NAMES:
        if all(name in named for name in names):
            return [named[name] for name in names]
    for names in _EXTENT_NAMES:
        if all(name in named for name in names):
            y, x, height, width = (as_number(named[name]) for name in names)
            if y is not None and x is not None and height is not None and width is not None:
                return [y, x, y + height, x + width]
    return []
