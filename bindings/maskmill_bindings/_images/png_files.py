"""Read and write PNG files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, MaskmillError


def write_image(pixels: NDArray[Any], file: Path) -> Path:
    """Write one PNG of pixels (H, W) or (H, W, 3) RGB, uint8 or uint16; return its path."""
    file.write_bytes(pixels_to_png(pixels))
    return file


def pixels_to_png(pixels: NDArray[Any]) -> bytes:
    """Return the bytes of one PNG of pixels (H, W) or (H, W, 3) RGB, uint8 or uint16."""
    import cv2

    is_encoded, data = cv2.imencode(".png", pixels if pixels.ndim == 2 else pixels[..., ::-1])
    if not is_encoded:
        raise MaskmillError(f"OpenCV cannot encode {pixels.shape} {pixels.dtype} as PNG")
    return bytes(data)


def read_image(file: Path) -> NDArray[Any]:
    """Return the pixels of one picture as they are stored: (H, W), (H, W, 3) RGB or (H, W, 4) RGBA.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no picture.
    OSError
        The file cannot be read.
    """
    return decode_image(file.read_bytes(), str(file))


def decode_image(data: bytes, at: str) -> NDArray[Any]:
    """Return the pixels of a picture's bytes; see `read_image`."""
    import cv2

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if pixels is None:
        raise ArgumentError("a PNG", "something else", at)
    if pixels.ndim == 2:
        return pixels
    return pixels[..., [2, 1, 0, 3]] if pixels.shape[2] == 4 else pixels[..., ::-1]
