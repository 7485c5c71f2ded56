"""Boxes: from the text of a model to pixels of the image."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from ._kernels.steps.boxes import THOUSAND, has_fraction, is_in_unit_frame, to_pixels
from ._layout import FrameName
from ._units import strip_units
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
_CENTRE_NAMES: Final = (
    ("cy", "cx", "h", "w"),
    ("cy", "cx", "height", "width"),
    ("yc", "xc", "h", "w"),
    ("yc", "xc", "height", "width"),
    ("centery", "centerx", "height", "width"),
    ("ycenter", "xcenter", "height", "width"),
)

_UNIT_NOTE: Final = "the box runs from 0 to 1; read as 0 to 1000"


class Box(NamedTuple):
    """A box in thousandths of the image or in another frame, its corners sorted; it may extend beyond the image.

    Attributes
    ----------
    y0, x0, y1, x1 : float
        The corners.
    far_x, far_y : float
        The coordinates of the far sides of the image: 1000, or its width and height.
    """

    y0: float
    x0: float
    y1: float
    x1: float
    far_x: float = 1000
    far_y: float = 1000

    def in_pixels(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """Return the corners x0, y0, x1, y1 in pixels of an image of `size` = (width, height).

        >>> Box(250, 100, 750, 900).in_pixels((1920, 1080))
        (192.0, 270.0, 1728.0, 810.0)
        """
        x, y = (size[0], self.far_x), (size[1], self.far_y)
        return _scaled(self.x0, *x), _scaled(self.y0, *y), _scaled(self.x1, *x), _scaled(self.y1, *y)

    def reach(self) -> float:
        """Return the largest magnitude of a corner, in thousandths of the image."""
        return 1000 * max(abs(self.y0 / self.far_y), abs(self.y1 / self.far_y), *self._x_magnitudes())

    def _x_magnitudes(self) -> tuple[float, float]:
        return abs(self.x0 / self.far_x), abs(self.x1 / self.far_x)


class WrittenBox(NamedTuple):
    """The four numbers of a box before its order and its frame are known.

    Attributes
    ----------
    corners : tuple of float
        a0, b0, a1, b1, sorted: first and second number of each corner.
    has_named_axes : bool
        The numbers named themselves: the first of each corner is y.
    is_unit : bool
        They run from 0 to 1, one of them a fraction.
    value : Any
        The box as written.
    numbers : tuple of float
        The four numbers in the order in which they stand; of named ones, y, x, height and width, and else none.
    frame : FrameName
        The frame that the units of the numbers name; empty where they have none.
    """

    corners: tuple[float, float, float, float]
    has_named_axes: bool
    is_unit: bool
    value: Any
    numbers: tuple[float, ...] = ()
    frame: FrameName = ""

    def other_shapes(self) -> list[tuple[str, WrittenBox]]:
        """Return the box with its last two numbers read as extents, from a corner and from a centre, with their names.

        >>> [(name, box.corners) for name, box in read_written_box([10, 20, 30, 8])[0].other_shapes()]
        [('corner', (10, 20, 40, 28)), ('centre', (-5.0, 16.0, 25.0, 24.0))]
        """
        if len(self.numbers) != 4 or min(self.numbers[2:]) <= 0:
            return []
        a, b, c, d = self.numbers
        centred = self._replace(corners=(a - c / 2, b - d / 2, a + c / 2, b + d / 2))
        cornered = self._replace(corners=(a, b, a + c, b + d))
        return [("centre", centred)] if self.has_named_axes else [("corner", cornered), ("centre", centred)]


def read_box(value: Any) -> tuple[Box | None, list[Note]]:
    """Read an untrusted ``box_2d``: y0, x0, y1, x1 in thousandths or from 0 to 1, in any shape that models write.

    >>> read_box([750, "100", 250, 900])[0]
    Box(y0=250, x0=100.0, y1=750, x1=900, far_x=1000, far_y=1000)

    Returns
    -------
    box : Box or None
        None if there is none that can be used.
    notes : list[Note]
        The repairs, or why there is no box.
    """
    written, notes = read_written_box(value)
    if written is None:
        return None, notes
    if not written.is_unit:
        return Box(*written.corners), notes
    y0, x0, y1, x1 = (v * 1000 for v in written.corners)
    return Box(y0, x0, y1, x1), [*notes, unit_box_note(written)]


def unit_box_note(box: WrittenBox) -> Note:
    """Return the note of a box that runs from 0 to 1."""
    return Note("box_unit", _UNIT_NOTE, excerpt(box.value))


def read_written_box(value: Any) -> tuple[WrittenBox | None, list[Note]]:
    """Read the four numbers of an untrusted box, in any shape that models write.

    >>> read_written_box({"x1": 1, "y1": 2, "x2": 3, "y2": 4})[0].corners
    (2, 1, 4, 3)

    Returns
    -------
    box : WrittenBox or None
        None if there is none that can be used.
    notes : list[Note]
        The repairs, or why there is no box.
    """
    if value is None or value in ("", [], {}):
        return None, []
    stripped = strip_units(value)
    numbers, is_repaired = _four_numbers(value if stripped is None else stripped.value)
    if numbers is None:
        return None, [Note("bad_box", "expected y0, x0, y1, x1 as the box, finite and below 2**63", excerpt(value))]
    notes = []
    if is_repaired:
        notes.append(Note("box_mended", "the box was written in another shape than four numbers", excerpt(value)))
    a0, b0, a1, b1 = numbers
    if a0 > a1 or b0 > b1:
        notes.append(Note("corners_sorted", "the box's corners were reversed", excerpt(value)))
    corners = min(a0, a1), min(b0, b1), max(a0, a1), max(b0, b1)
    frame: FrameName = "" if stripped is None else stripped.frame
    is_unit = not frame and is_unit_frame(numbers)
    shape = tuple(_named_extents(value)) if isinstance(value, dict) else tuple(numbers)
    return WrittenBox(corners, isinstance(value, dict), is_unit, value, shape, frame), notes


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
    for family, share in ((_EXTENT_NAMES, 0), (_CENTRE_NAMES, 0.5)):
        for names in family:
            values = [as_number(named[name]) for name in names if name in named]
            numbers = [v for v in values if v is not None]
            if len(numbers) == len(names):
                y, x, height, width = numbers
                y, x = y - share * height, x - share * width
                return [y, x, y + height, x + width]
    return []


def _named_extents(value: dict[str, Any]) -> list[float]:
    """Return y, x, height and width of a box whose x and y may be its centre; empty for any other names."""
    named = {str(key).casefold().replace("_", ""): as_number(v) for key, v in value.items()}
    for names in _EXTENT_NAMES[:2]:
        numbers = [v for name in names if (v := named.get(name)) is not None]
        if len(numbers) == len(names):
            return numbers
    return []


def _scaled(coordinate: float, side: int, far: float) -> float:
    """Return a coordinate in pixels; as it stands where it is in pixels of this side already."""
    if far == THOUSAND:
        return to_pixels(coordinate, side)
    return float(coordinate) if far == side else coordinate * side / far
