"""The images that clients accept: files, their content, or arrays of pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError

from .photo import Photo, PhotoError, load_photo, read_photo_file

Image = str | Path | bytes | NDArray[np.uint8]
"""A file, its content, or (H, W, 3) uint8 RGB."""


def load_image(image: Image, max_side: int) -> tuple[bytes, Photo]:
    """Return the content of an image's file, and the photo to send.

    Raises
    ------
    PhotoError
        The image cannot be sent.
    """
    if isinstance(image, np.ndarray):
        data = _encode(image)
    else:
        data = image if isinstance(image, bytes) else read_photo_file(Path(image))
    return data, load_photo(data, max_side, at=_name(image))


def _encode(pixels: NDArray[np.uint8]) -> bytes:
    from ..._images.png_files import pixels_to_png

    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        got = f"{pixels.shape} {pixels.dtype}"
        raise PhotoError("not_an_image", str(ArgumentError("(H, W, 3) uint8 RGB", got, "image")))
    return pixels_to_png(pixels)


def _name(image: Image) -> str:
    return str(image) if isinstance(image, str | Path) else "image"
