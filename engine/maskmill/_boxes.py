"""Boxes: from the text of a model to pixels of the image."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from ._kernels.steps.boxes import has_fraction, is_in_unit_frame, to_pixels
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
    """A box in thousandths of the image, its corners sorted; it may extend beyond the image."""

    y0: float
    x0: float
    y1: float
    x1: float

    def in_pixels(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """Return the corners x0, y0, x1, y1 in pixels of an image of `size` = (width, height).

        >>> Box(250, 100, 750, 900).in_pixels((1920, 1080))
        (192.0, 270.0, 1728.0, 810.0)
        """
        width, height = size
        x0, y0 = to_pixels(self.x0, width), to_pixels(self.y0, height)
        return x0, y0, to_pixels(self.x1, width), to_pixels(self.y1, height)


def read_box(value: Any, in_thousandths: bool = False) -> tuple[Box | None, list[Note]]:
    """Read an untrusted ``box_2d``: four numbers y0, x0, y1, x1, in any shape that models write.

    >>> read_box([750, "100", 250, 900])[0]
    Box(y0=250, x0=100.0, y1=750, x1=900)

    Numbers from 0 to 1 are read as fractions of the image, unless they are known to be `in_thousandths`.

    Returns
    -------
    box : Box or None
        None if there is none that can be used.
    notes : list[Note]
        The repairs, or why there is no box.
    """
    if value is None or value in ("", [], {}):
        return None, []
    numbers, is_repaired = _four_numbers(value)
    if numbers is None:
        return None, [Note("bad_box", "expected y0, x0, y1, x1 as the box, finite and below 2**63", excerpt(value))]
    notes = []
    if is_repaired:
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
    if not all(map(is_in_unit_frame, numbers)):
        return False
    return any(map(has_fraction, numbers)) or all(isinstance(v, float) for v in numbers)


def as_number(value: Any) -> float | None:
    """Return a finite number, read from text if need be; None for anything else, booleans too.

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
    """Return the four numbers of a box, if there are four, and whether they were in another shape than a list."""
    is_repaired = False
    if isinstance(value, str) and _BOX_TEXT.fullmatch(value):
        value, is_repaired = _NUMBER.findall(value), True
    elif isinstance(value, dict):
        value, is_repaired = _corners(value), True
    elif isinstance(value, list) and len(value) in (1, 2) and all(isinstance(v, list) for v in value):
        value, is_repaired = [v for corner in value for v in corner[:5]], True
    if not isinstance(value, list) or len(value) != 4:
        return None, is_repaired
    is_repaired = is_repaired or any(isinstance(v, str) for v in value)
    numbers = [n for v in value if (n := as_number(v)) is not None]
    return (numbers if len(numbers) == 4 else None), is_repaired


def _corners(value: dict[str, Any]) -> list[Any]:
    """Return y0, x0, y1, x1 of a box whose numbers have names; empty if the names are not known."""
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
