"""Frames of coordinates: the numbers that stand for the far sides of the image, or of an item's box."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from .._images.size import Size
from .._layout import FrameName

Extent = tuple[float, float, float, float]
"""Minima and maxima y0, x0, y1, x1, or, as written, those of the first and second numbers: a0, b0, a1, b1."""

_IN_BOX: Final = "box_"
_SIDES: Final = {"thousandths": 1000.0, "unit": 1.0, "percent": 100.0}

DESCRIPTIONS: Final[dict[str, str]] = {
    "thousandths": "thousandths of the image",
    "unit": "0 to 1",
    "percent": "per cent of the image",
    "pixels": "pixels of the image",
    "box_thousandths": "thousandths of the box",
    "box_unit": "0 to 1 within the box",
    "box_percent": "per cent of the box",
    "box_pixels": "pixels from the corner of the box",
}
"""What the messages call each frame."""


class Frame(NamedTuple):
    """A frame of coordinates.

    Attributes
    ----------
    name : str
        See `FrameName`.
    far_x, far_y : float
        The coordinates of the far sides; of ``box_pixels``, those of the image.
    """

    name: FrameName
    far_x: float
    far_y: float

    @property
    def is_in_box(self) -> bool:
        """Whether coordinates start at the corner of the item's box."""
        return self.name.startswith(_IN_BOX)


@lru_cache(256)
def named_frame(name: FrameName, size: Size) -> Frame:
    """Return the frame of a name in an image of (width, height).

    >>> named_frame("pixels", (640, 480))
    Frame(name='pixels', far_x=640, far_y=480)
    """
    side = _SIDES.get(name.removeprefix(_IN_BOX))
    return Frame(name, *size) if side is None else Frame(name, side, side)


def is_within(extent: Extent, far: tuple[float, float], margin: float = 0.02) -> bool:
    """Tell whether y0, x0, y1, x1 lie between 0 and the far sides (x, y), or beyond them by a small share.

    >>> is_within((0, 0, 480, 640), (640, 480)), is_within((0, 0, 640, 480), (640, 480))
    (True, False)

    Parameters
    ----------
    extent : tuple of float
        y0, x0, y1, x1.
    far : tuple of float
        The far sides in x and in y.
    margin : float
        The share of a side by which coordinates may lie beyond it.
    """
    y0, x0, y1, x1 = extent
    far_x, far_y = far
    return min(x0 / far_x, y0 / far_y) >= -margin and max(x1 / far_x, y1 / far_y) <= 1 + margin
