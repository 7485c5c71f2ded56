"""Sizes of images, read from numbers or from an image, and EXIF orientation."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .errors import expected
from .limits import Limits

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


def read_size(size: Any, limits: Limits, at: str = "size") -> Size:
    """Return (width, height) of a size or of an image.

    >>> read_size(np.zeros((1080, 1920, 3), np.uint8), Limits())
    (1920, 1080)

    Parameters
    ----------
    size : (width, height) or image
        Two integers, an array (H, W) or (H, W, channels), or a Pillow image, whose EXIF orientation is applied.
    limits : Limits
        Bounds on the size.
    at : str
        Name of the argument, for the error.

    Raises
    ------
    maskmill.errors.ArgumentError
        `size` is neither, or exceeds `limits`.
    """
    width, height = _pair(size, at)
    if not (1 <= width <= limits.max_side and 1 <= height <= limits.max_side):
        raise expected(f"(width, height) in 1..{limits.max_side}", (width, height), at)
    if width * height > limits.max_pixels:
        raise expected(f"at most {limits.max_pixels} pixels", (width, height), at)
    return width, height


def is_one_size(sizes: Any) -> bool:
    """Tell whether `sizes` is one size or image, meant for every reply."""
    if isinstance(sizes, np.ndarray):
        return sizes.shape == (2,) or (sizes.ndim > 1 and sizes.shape[1:] != (2,))
    if isinstance(sizes, (tuple, list)):
        return len(sizes) == 2 and all(_is_integer(v) for v in sizes)
    return hasattr(sizes, "getexif")


def _pair(size: Any, at: str) -> Size:
    if isinstance(size, np.ndarray) and size.ndim in (2, 3):
        return int(size.shape[1]), int(size.shape[0])
    if hasattr(size, "getexif") and hasattr(size, "size"):
        width, height = size.size
        return oriented_size((width, height), size.getexif().get(EXIF_ORIENTATION_TAG))
    pair = size.tolist() if isinstance(size, np.ndarray) else size
    if isinstance(pair, (tuple, list)) and len(pair) == 2 and all(_is_integer(v) for v in pair):
        return int(pair[0]), int(pair[1])
    raise expected("(width, height) as two integers, or an image", size, at)


def _is_integer(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
