"""A photo: an image as it is sent to a model, small and upright."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from maskmill._images.signatures import detect_kind
from maskmill._images.size import Size
from maskmill._reply.source import file_kind
from maskmill.errors import ArgumentError, MaskmillError, expected
from maskmill.limits import Limits

from ..._images.header import MIMES, ImageHeader, read_header
from ..._images.shrink import NotDecodedError, fit_size, jpeg_reduction, shrink_image
from ..._safe_text import replace_surrogates
from .discover import find_images

__all__ = ["Photo", "PhotoError", "find_images", "load_photo"]

MAX_SIDE: Final = 1024
"""Longest side in pixels that Google's examples send."""

MAX_PIXELS: Final = 100_000_000
"""Largest image that is decoded."""

_MAX_BYTES: Final = 2**30
_LIMITS: Final = Limits()
_SENT_UNCHANGED: Final = ("jpeg", "png", "webp")
_NEVER_DECODED: Final = ("heic", "heif")


class PhotoError(MaskmillError, ValueError):
    """An image cannot be sent.

    Attributes
    ----------
    code : str
        ``missing``, ``folder``, ``unreadable``, ``empty``, ``not_an_image``, ``truncated``, ``animated``, ``damaged``
        or ``too_large``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, str(self))


@dataclass(frozen=True, slots=True)
class Photo:
    """An image as it is sent to the model, and the size that its answer refers to.

    >>> Photo(b"...", "image/jpeg", (1024, 768), (4000, 3000)).size
    (4000, 3000)

    Attributes
    ----------
    data : bytes
        The file that is sent.
    mime : str
        Its media type.
    sent : Size
        (width, height) of the sent image.
    size : Size
        (width, height) of the original as seen.
    """

    data: bytes
    mime: str
    sent: Size
    size: Size


def load_photo(
    source: Path | bytes, max_side: int = MAX_SIDE, *, max_pixels: int = MAX_PIXELS, at: str | None = None
) -> Photo:
    """Read an image and shrink and turn it as needed.

    >>> load_photo(b"a poem")
    Traceback (most recent call last):
        ...
    maskmill_bindings.genai.PhotoError: expected an image, got a file of another kind - at `image`

    An upright JPEG, PNG or WebP that is small enough is sent unchanged, byte for byte. So is every HEIC or HEIF, as
    nothing here decodes it: the server turns it by its property. Everything else becomes a JPEG, or a PNG where the
    original is lossless and mostly flat; transparent pixels are drawn over white.

    Parameters
    ----------
    source : Path or bytes
        A file, or its content.
    max_side : int
        Longest side in pixels; an image is never enlarged. 0: full size.
    max_pixels : int
        Maximum number of pixels to decode. A JPEG that is shrunk while it is read counts with its shrunk size.
    at : str, optional
        Name of the image in errors; by default its path.

    Raises
    ------
    PhotoError
        The image cannot be sent.
    maskmill.errors.ArgumentError
        A number is negative or not an integer.
    """
    for name, value, minimum in (("max_side", max_side, 0), ("max_pixels", max_pixels, 1)):
        if type(value) is not int or value < minimum:
            raise expected(f"an integer from {minimum}", value, name)
    place = replace_surrogates(at if at is not None else "image" if isinstance(source, bytes) else str(source))
    with _as_photo_error(place):
        return _load(source if isinstance(source, bytes) else _read(source), max_side, max_pixels)


def read_photo_file(path: Path) -> bytes:
    """Read an image file.

    Raises
    ------
    PhotoError
        It cannot be read, or is too large.
    """
    with _as_photo_error(replace_surrogates(str(path))):
        return _read(path)


@contextmanager
def _as_photo_error(place: str) -> Iterator[None]:
    try:
        yield
    except _RefusedError as refused:
        code, wanted, got = refused.args
        raise PhotoError(code, str(ArgumentError(wanted, got, place))) from None


class _RefusedError(Exception):
    """A refused image; its arguments are code, expected value and actual value."""


def _read(path: Path) -> bytes:
    wanted = "an image file that can be read"
    try:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise _RefusedError("folder", "an image file", "a folder")
        if not stat.S_ISREG(state.st_mode):
            raise _RefusedError("unreadable", wanted, "a pipe or device")
        if state.st_size > _MAX_BYTES:
            raise _RefusedError("too_large", f"at most {_MAX_BYTES} bytes", f"{state.st_size}")
        return path.read_bytes()
    except FileNotFoundError:
        raise _RefusedError("missing", wanted, "no such file") from None
    except OSError as error:
        raise _RefusedError("unreadable", wanted, error.strerror or type(error).__name__) from None
    except ValueError:  # a name that cannot be one
        raise _RefusedError("missing", wanted, "a name that no file can have") from None
    except MemoryError:
        raise _RefusedError("too_large", "a file that fits into memory", f"{state.st_size} bytes") from None


def _load(data: bytes, max_side: int, max_pixels: int) -> Photo:
    header = _checked_header(data)
    if header.kind in _NEVER_DECODED or _is_sent_unchanged(header, max_side):
        return Photo(data, MIMES[header.kind], header.size, header.size)
    _check_cost(header, max_side, max_pixels)
    try:
        smaller, kind, sent = shrink_image(data, header, max_side)
    except NotDecodedError as error:
        raise _RefusedError("damaged", "an image that can be decoded", str(error)) from None
    if sent != fit_size(header.size, max_side):
        raise _RefusedError("damaged", f"{header.size} pixels as its header says", f"another size ({sent} when shrunk)")
    return Photo(smaller, MIMES[kind], sent, header.size)


def _checked_header(data: bytes) -> ImageHeader:
    """Return the header of a complete, single image of a possible size; raise for anything else."""
    if not data:
        raise _RefusedError("empty", "an image", "an empty file")
    header = read_header(data)
    if header is None:
        raise _no_image_error(data)
    width, height = header.size
    if max(header.size) > _LIMITS.max_side or width * height > _LIMITS.max_pixels:
        limits = f"at most {_LIMITS.max_side} pixels a side and {_LIMITS.max_pixels} in all"
        raise _RefusedError("too_large", limits, f"{width}x{height}")
    if not header.is_complete:
        raise _RefusedError("truncated", "a whole image", f"one that is cut off after {len(data)} bytes")
    if header.is_animated:
        raise _RefusedError("animated", "a single image", "an animation")
    return header


def _no_image_error(data: bytes) -> _RefusedError:
    kind = detect_kind(data)
    if kind != "other":
        return _RefusedError("damaged", "an image with a size", f"a damaged or cut off {kind.upper()}")
    return _RefusedError("not_an_image", "an image", file_kind(data[:64]) or "a file of another kind")


def _is_sent_unchanged(header: ImageHeader, max_side: int) -> bool:
    return header.kind in _SENT_UNCHANGED and header.orientation == 1 and fit_size(header.size, max_side) == header.size


def _check_cost(header: ImageHeader, max_side: int, max_pixels: int) -> None:
    factor = jpeg_reduction(header, max_side) if header.can_stream else 1
    pixels = -(-header.size[0] // factor) * -(-header.size[1] // factor)
    if pixels > max_pixels:
        raise _RefusedError("too_large", f"at most {max_pixels} pixels to decode", f"{pixels}")
