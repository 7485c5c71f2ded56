"""Sizes of images, as a caller gives them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from .errors import expected
from .limits import Limits

Size = tuple[int, int]
"""(width, height) in pixels, of the image as seen: after EXIF orientation."""

_EXIF_ORIENTATION: Final = 0x0112
_SIDEWAYS: Final = (5, 6, 7, 8)


def read_size(size: Any, limits: Limits, at: str = "size") -> Size:
    """Return (width, height) of a size or of an image.

    >>> read_size(np.zeros((1080, 1920, 3), np.uint8), Limits())
    (1920, 1080)

    Parameters
    ----------
    size
        (width, height), or an image: an array (H, W) or (H, W, channels), or a Pillow image, whose EXIF orientation is
        applied.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is neither, or past `limits`.
    """
    width, height = _pair(size, at)
    if not (1 <= width <= limits.max_side and 1 <= height <= limits.max_side):
        raise expected(f"(width, height) in 1..{limits.max_side}", (width, height), at)
    if width * height > limits.max_pixels:
        raise expected(f"at most {limits.max_pixels} pixels", (width, height), at)
    return width, height


def is_one_size(sizes: Any) -> bool:
    """Tell one size or image, meant for every reply, from many."""
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
        sideways = size.getexif().get(_EXIF_ORIENTATION) in _SIDEWAYS
        return (height, width) if sideways else (width, height)
    pair = size.tolist() if isinstance(size, np.ndarray) else size
    if isinstance(pair, (tuple, list)) and len(pair) == 2 and all(_is_integer(v) for v in pair):
        return int(pair[0]), int(pair[1])
    raise expected("(width, height) as two integers, or an image", size, at)


def _is_integer(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
