"""Shrink an image file and turn it upright, as a JPEG or PNG.

OpenCV decodes a JPEG at a half, a quarter or an eighth where that is still large enough, then averages pixels. If
pillow-simd is installed without Pillow, it decodes a JPEG in the same way and resizes with Lanczos.
"""

from __future__ import annotations

import io
import warnings
from functools import cache
from importlib import metadata
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill._images.orientation import Size, orient_pixels

from .header import ImageHeader

Pixels = NDArray[np.uint8]
"""(H, W, 3) BGR, OpenCV's order."""

_QUALITY: Final = 90
_MIN_FLAT_SHARE: Final = 0.5
"""Share of pixels equal to their neighbour above which a losslessly stored image, such as a drawing, stays lossless."""

_REDUCED: Final = {8: "IMREAD_REDUCED_COLOR_8", 4: "IMREAD_REDUCED_COLOR_4", 2: "IMREAD_REDUCED_COLOR_2"}


class NotDecodedError(Exception):
    """An image cannot be decoded; the message says why."""


def fit_size(size: Size, max_side: int) -> Size:
    """Return (width, height) scaled down so that the longer side is at most `max_side`; 0 means unbounded.

    >>> fit_size((4000, 3000), 1024), fit_size((30, 20), 1024), fit_size((4000, 3000), 0)
    ((1024, 768), (30, 20), (4000, 3000))
    """
    longer = max(size)
    if max_side == 0 or longer <= max_side:
        return size
    return max(1, round(size[0] * max_side / longer)), max(1, round(size[1] * max_side / longer))


def jpeg_reduction(header: ImageHeader, max_side: int) -> int:
    """Return the factor, 8, 4, 2 or 1, by which a decoder divides the sides while it reads.

    >>> [jpeg_reduction(ImageHeader("jpeg", (side, 100)), 1024) for side in (1025, 2048, 5000, 90_000)]
    [1, 2, 4, 8]
    """
    if header.kind != "jpeg" or max_side == 0:
        return 1
    return next((factor for factor in _REDUCED if max(header.size) >= factor * max_side), 1)


def shrink_image(data: bytes, header: ImageHeader, max_side: int) -> tuple[bytes, str, Size]:
    """Return a file of the image, upright and shrunk, with its kind and size.

    Parameters
    ----------
    data : bytes
        The image file.
    header : ImageHeader
        Header of the file.
    max_side : int
        Longest side in pixels; 0 means unbounded.

    Returns
    -------
    tuple
        The new file, its kind ("jpeg" or "png") and its (width, height).

    Raises
    ------
    NotDecodedError
        The decoder refuses the data.
    """
    if header.kind == "jpeg" and has_pillow_simd():
        return _shrink_with_pillow(data, header, max_side)
    pixels = _decode(data, header, jpeg_reduction(header, max_side))
    stored = header.stored_size if header.kind == "jpeg" else (pixels.shape[1], pixels.shape[0])
    upright = np.ascontiguousarray(orient_pixels(_resize(pixels, fit_size(stored, max_side)), header.orientation))
    return *_encode(upright, lossless=header.kind not in ("jpeg", "avif")), (upright.shape[1], upright.shape[0])


@cache
def has_pillow_simd() -> bool:
    """Return whether pillow-simd is installed without Pillow; warn once where both are."""
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


def _shrink_with_pillow(data: bytes, header: ImageHeader, max_side: int) -> tuple[bytes, str, Size]:
    from PIL import Image, JpegImagePlugin

    try:
        image: Any = JpegImagePlugin.JpegImageFile(io.BytesIO(data))  # Image.open would limit pixels before the draft
        size = fit_size(header.stored_size, max_side)
        image.draft("RGB", size)
        image = (image if image.mode == "RGB" else image.convert("RGB")).resize(
            size, Image.Resampling.LANCZOS, reducing_gap=2.0
        )
    except Exception as error:  # damaged data may raise anything
        raise NotDecodedError(str(error)) from None
    if header.orientation > 1:
        image = image.transpose(Image.Transpose(_TRANSPOSED[header.orientation]))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue(), "jpeg", image.size


_TRANSPOSED: Final = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""Pillow's `Transpose` by EXIF orientation: 0, 1 flip; 2 to 4 rotate left; 5, 6 are transpose and transverse."""


def _decode(data: bytes, header: ImageHeader, factor: int) -> Pixels:
    """Decode a file; a JPEG is reduced by `factor` and not turned."""
    import cv2

    flags = cv2.IMREAD_UNCHANGED
    if header.kind == "jpeg":
        flags = getattr(cv2, _REDUCED.get(factor, "IMREAD_COLOR")) | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels: Any = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except (cv2.error, MemoryError):  # more pixels than OpenCV accepts or memory holds
        pixels = None
    if pixels is None:
        raise NotDecodedError("one that OpenCV cannot decode")
    return _to_bgr(pixels)


def _to_bgr(pixels: Any) -> Pixels:
    """Return decoded pixels as 8-bit BGR: scale 16 bits, repeat grey, blend alpha over white."""
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


def _resize(pixels: Pixels, size: Size) -> Pixels:
    import cv2

    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _encode(pixels: Pixels, lossless: bool) -> tuple[bytes, str]:
    import cv2

    if lossless and _is_flat(pixels):
        return cv2.imencode(".png", pixels)[1].tobytes(), "png"
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes(), "jpeg"


def _is_flat(pixels: Pixels) -> bool:
    same = (pixels[:, 1:] == pixels[:, :-1]).all(axis=2)
    return bool(same.size) and float(same.mean()) > _MIN_FLAT_SHARE
