"""EXIF orientation: the size and the pixels of an image as seen."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]
"""(width, height) in pixels, of the image as seen: after EXIF orientation."""

EXIF_ORIENTATION_TAG: Final = 0x0112
_SIDEWAYS: Final = (5, 6, 7, 8)


def is_sideways(orientation: int) -> bool:
    """Tell whether an EXIF orientation swaps width and height."""
    return orientation in _SIDEWAYS


def oriented_size(size: Size, orientation: int) -> Size:
    """Return (width, height) of an image as seen, from its stored size and its EXIF orientation.

    >>> oriented_size((640, 480), 6)
    (480, 640)
    """
    return (size[1], size[0]) if is_sideways(orientation) else size


def orient_pixels(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Return the (H, W, channels) pixels as seen, a view: orientations 5 to 8 swap the axes, then some flip one."""
    if is_sideways(orientation):
        pixels = pixels.transpose(1, 0, 2)
    y_step = -1 if orientation in (3, 4, 7, 8) else 1
    x_step = -1 if orientation in (2, 3, 6, 7) else 1
    return pixels[::y_step, ::x_step]
