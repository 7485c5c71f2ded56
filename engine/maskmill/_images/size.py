"""The size of an image: two numbers, an image, or the file of one."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import Any, Final, Protocol, SupportsIndex, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, expected, file_reason
from ..limits import Limits
from .header_size import image_size
from .orientation import EXIF_ORIENTATION_TAG, oriented_size
from .orientation import Size as Size


class PillowImage(Protocol):
    """The parts of a Pillow image that its size needs."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels, as stored."""
        ...

    def getexif(self) -> Any:
        """Return the EXIF tags by their numbers."""
        ...


ImageFile = str | os.PathLike[str] | bytes
"""The path of an image file, or its content."""

ImageSize = Sequence[SupportsIndex] | NDArray[Any] | PillowImage | ImageFile
"""What says the size of an image: (width, height), the image, its file or its content."""

_WANTED: Final = "(width, height) as two integers, an image, or the file of one"


def read_size(size: Any, limits: Limits, at: str = "size") -> Size:
    """Return (width, height) of a size, of an image, or of an image file.

    >>> read_size(np.zeros((1080, 1920, 3), np.uint8), Limits())
    (1920, 1080)

    Parameters
    ----------
    size : (width, height), image or image file
        Two integers; an array (H, W) or (H, W, channels); a Pillow image; or the path or the content of an image file,
        of which only the header is read. EXIF orientation is applied.
    limits : Limits
        Bounds on the size.
    at : str
        Name of the argument, for the error.

    Raises
    ------
    maskmill.errors.ArgumentError
        `size` is none of these, or exceeds `limits`.
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
        return _are_two_integers(sizes)
    return is_image_file(sizes) or hasattr(sizes, "getexif")


def is_image_file(value: Any) -> TypeGuard[ImageFile]:
    """Tell whether a value is the path of a file or the content of one."""
    return isinstance(value, (str, bytes, os.PathLike))


def _pair(size: Any, at: str) -> Size:
    if isinstance(size, (tuple, list)) and _are_two_integers(size):
        return int(size[0]), int(size[1])
    if isinstance(size, np.ndarray):
        return _pair_of_array(size, at)
    if hasattr(size, "getexif") and hasattr(size, "size"):
        width, height = size.size
        return oriented_size((width, height), size.getexif().get(EXIF_ORIENTATION_TAG))
    if is_image_file(size):
        return _pair_of_file(size, at)
    raise expected(_WANTED, size, at)


def _pair_of_array(array: NDArray[Any], at: str) -> Size:
    if array.ndim in (2, 3):
        return int(array.shape[1]), int(array.shape[0])
    pair = array.tolist()
    if array.ndim == 1 and _are_two_integers(pair):
        return pair[0], pair[1]
    raise ArgumentError(_WANTED, f"an array of {array.shape}", at)


def _pair_of_file(file: ImageFile, at: str) -> Size:
    """Return the size that the header of an image file states."""
    try:
        with io.BytesIO(file) if isinstance(file, bytes) else open(file, "rb") as opened:
            size = image_size(opened)
    except (OSError, ValueError) as error:
        raise ArgumentError(_WANTED, f"{os.fspath(file)!r}: {file_reason(error)}", at) from None
    if size is None:
        name = "the content of a file" if isinstance(file, bytes) else repr(os.fspath(file))
        raise ArgumentError("an image file whose header states its size", name, at)
    return size


def _are_two_integers(pair: Sequence[Any]) -> bool:
    return len(pair) == 2 and all(isinstance(v, (int, np.integer)) and not isinstance(v, bool) for v in pair)
