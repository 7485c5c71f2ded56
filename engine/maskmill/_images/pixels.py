"""Decode image files to RGB pixels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import expected, file_reason


def read_rgb(image: str | os.PathLike[str] | bytes, at: str) -> NDArray[np.uint8]:
    """Return the (H, W, 3) uint8 RGB pixels of an image file or its content, as seen, after EXIF orientation.

    >>> read_rgb("gone.png", "images")
    Traceback (most recent call last):
        ...
    maskmill.errors.ArgumentError: expected an image …, got 'gone.png: No such file or directory' - at `images`

    Parameters
    ----------
    image : str, path or bytes
        The path of a file, or its content.
    at : str
        Name of the argument, for the error.

    Raises
    ------
    maskmill.errors.ArgumentError
        It cannot be read, or is no image that OpenCV decodes.
    """
    import cv2

    name = "the content of a file" if isinstance(image, bytes) else os.fspath(image)
    try:
        data = np.frombuffer(image if isinstance(image, bytes) else Path(image).read_bytes(), np.uint8)
    except (OSError, ValueError) as error:
        raise expected("an image that can be read", f"{name}: {file_reason(error)}", at) from None
    pixels: Any = None
    try:
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:  # more pixels than OpenCV accepts
        pixels = None
    if pixels is None:
        raise expected("an image that OpenCV reads (PNG, JPEG, WebP, TIFF, …)", name, at)
    return np.ascontiguousarray(pixels[..., ::-1])
