"""An image file made smaller and upright, as a JPEG or PNG.

OpenCV decodes a JPEG at a half, a quarter or an eighth where that is still large enough, and averages the rest; with
pillow-simd, which is used where it is installed alone, a JPEG is drafted in the same way and resized with Lanczos.
"""

from __future__ import annotations

import io
import warnings
from functools import cache
from importlib import metadata
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill._image_size import Size

from .header import Header

Pixels = NDArray[np.uint8]
"""(H, W, 3) BGR, as OpenCV has it."""

_QUALITY: Final = 90
_FLAT: Final = 0.5
"""Share of pixels that equal their neighbour, above which an image that was kept without loss stays so: drawings."""

_REDUCED: Final = {8: "IMREAD_REDUCED_COLOR_8", 4: "IMREAD_REDUCED_COLOR_4", 2: "IMREAD_REDUCED_COLOR_2"}


class NotDecodedError(Exception):
    """The decoder gave nothing, for the reason told."""


def target(size: Size, most: int) -> Size:
    """(width, height) with the longer side at most `most`, never larger; `most` 0: as it is.

    >>> target((4000, 3000), 1024), target((30, 20), 1024), target((4000, 3000), 0)
    ((1024, 768), (30, 20), (4000, 3000))
    """
    longer = max(size)
    if most == 0 or longer <= most:
        return size
    return max(1, round(size[0] * most / longer)), max(1, round(size[1] * most / longer))


def reduction(header: Header, most: int) -> int:
    """By how much a decoder divides the sides while it reads: 8, 4, 2 or 1.

    >>> [reduction(Header("jpeg", (side, 100)), 1024) for side in (1025, 2048, 5000, 90_000)]
    [1, 2, 4, 8]
    """
    if header.kind != "jpeg" or most == 0:
        return 1
    return next((factor for factor in _REDUCED if max(header.size) >= factor * most), 1)


def shrunk(data: bytes, header: Header, most: int) -> tuple[bytes, str, Size]:
    """The new file, its kind, and (width, height) of its image."""
    if header.kind == "jpeg" and has_simd():
        return _by_pillow(data, header, most)
    pixels = _decoded(data, header, reduction(header, most))
    stored = header.stored if header.kind == "jpeg" else (pixels.shape[1], pixels.shape[0])
    upright = _turned(_resized(pixels, target(stored, most)), header.orientation)
    return *_encoded(upright, lossless=header.kind not in ("jpeg", "avif")), (upright.shape[1], upright.shape[0])


@cache
def has_simd() -> bool:
    """Tell whether pillow-simd is there alone; Pillow beside it overwrites its files, which is warned of once."""
    simd, pillow = (_is_installed(name) for name in ("pillow-simd", "pillow"))
    if simd and pillow:
        warnings.warn(
            "pillow and pillow-simd are both installed and have overwritten each other's files, so OpenCV shrinks the "
            "images - pip uninstall pillow pillow-simd, then install the one you want",
            stacklevel=2,
        )
    return simd and not pillow


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _by_pillow(data: bytes, header: Header, most: int) -> tuple[bytes, str, Size]:
    from PIL import Image, JpegImagePlugin

    try:
        image: Any = JpegImagePlugin.JpegImageFile(io.BytesIO(data))  # Image.open would count pixels before the draft
        size = target(header.stored, most)
        image.draft("RGB", size)
        image = (image if image.mode == "RGB" else image.convert("RGB")).resize(
            size, Image.Resampling.LANCZOS, reducing_gap=2.0
        )
    except Exception as error:  # whatever a decoder meets in damaged data
        raise NotDecodedError(str(error)) from None
    if header.orientation > 1:
        image = image.transpose(Image.Transpose(_TRANSPOSED[header.orientation]))
    held = io.BytesIO()
    image.save(held, "JPEG", quality=_QUALITY)
    return held.getvalue(), "jpeg", image.size


_TRANSPOSED: Final = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""Pillow's transpositions: flips left to right 0, top to bottom 1; turns to the left 2 to 4; transpose, transverse."""


def _decoded(data: bytes, header: Header, factor: int) -> Pixels:
    import cv2

    flags = cv2.IMREAD_UNCHANGED
    if header.kind == "jpeg":
        flags = getattr(cv2, _REDUCED.get(factor, "IMREAD_COLOR")) | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except (cv2.error, MemoryError):  # more pixels than OpenCV takes, or than there is room for
        pixels = None
    if pixels is None:
        raise NotDecodedError("one that OpenCV cannot decode")
    return _plain(pixels)


def _plain(pixels: Any) -> Pixels:
    """8-bit BGR of what a decoder gives: 16 bits are scaled, grey is tripled, alpha is laid over white."""
    if pixels.dtype not in (np.uint8, np.uint16):
        raise NotDecodedError(f"samples of the type {pixels.dtype}")
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    channels = pixels.shape[2]
    if channels == 4:
        alpha = pixels[..., 3:].astype(np.uint16)
        return np.asarray((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255, np.uint8)
    if channels not in (1, 3):
        raise NotDecodedError(f"{channels} channels")
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


def _resized(pixels: Pixels, size: Size) -> Pixels:
    import cv2

    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    """Upright, by the orientation of Exif data."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _encoded(pixels: Pixels, lossless: bool) -> tuple[bytes, str]:
    import cv2

    if lossless and _is_flat(pixels):
        return cv2.imencode(".png", pixels)[1].tobytes(), "png"
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes(), "jpeg"


def _is_flat(pixels: Pixels) -> bool:
    same = (pixels[:, 1:] == pixels[:, :-1]).all(axis=2)
    return bool(same.size) and float(same.mean()) > _FLAT
