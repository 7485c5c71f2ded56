"""The image below the masks, brought to RGB; or plain grey where there is none."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from .._images.orientation import EXIF_ORIENTATION_TAG, Size, orient_pixels
from .._images.pixels import read_rgb
from .._images.size import is_image_file
from ..errors import ArgumentError
from .label_font import Canvas

_GREY: Final = 128


def to_canvas(image: Any, size: Size) -> Canvas:
    """Return a copy of an image to draw upon, (H, W, 3) RGB; grey for None.

    Raises
    ------
    maskmill.errors.ArgumentError
        The image has another size or type.
    """
    width, height = size
    if image is None:
        return np.full((height, width, 3), _GREY, np.uint8)
    if hasattr(image, "getexif"):
        image = _from_pillow(image)
    elif is_image_file(image):
        image = read_rgb(image, "image")
    shapes = [(height, width), *((height, width, channels) for channels in (1, 3, 4))]
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.shape not in shapes:
        wanted = f"a uint8 array ({height}, {width}[, 1, 3 or 4]), or an image of {width}x{height} or its file"
        raise ArgumentError(wanted, _describe(image), "image")
    pixels = image[..., None] if image.ndim == 2 else image[..., :3]
    return np.array(np.broadcast_to(pixels, (height, width, 3)), order="C")


def _from_pillow(image: Any) -> Canvas:
    """Return the pixels of a Pillow image as seen, by its EXIF orientation."""
    return orient_pixels(np.asarray(image.convert("RGB")), image.getexif().get(EXIF_ORIENTATION_TAG, 1))


def _describe(image: Any) -> str:
    return f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
