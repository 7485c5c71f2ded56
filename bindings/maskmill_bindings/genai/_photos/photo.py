"""An image as it is sent to a model."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from maskmill._image_size import Size
from maskmill._reply.source import file_kind
from maskmill.errors import MaskmillError, expected, told
from maskmill.limits import Limits

from ..._images.header import MIMES, Header, kind_of, read_header
from ..._images.shrink import NotDecodedError, reduction, shrunk, target
from ..._safe_text import sound
from .discover import find_images

__all__ = ["Photo", "PhotoError", "find_images", "load"]

MOST: Final = 1024
"""Pixels of the longer side that Google's examples send."""

MOST_PIXELS: Final = 100_000_000
_MOST_BYTES: Final = 2**30
_LIMITS: Final = Limits()
_AS_THEY_ARE: Final = ("jpeg", "png", "webp")
_UNDECODED: Final = ("heic", "heif")


class PhotoError(MaskmillError, ValueError):
    """An image cannot be sent.

    Attributes
    ----------
    code
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
    """What goes to the model, and the size that its answer is about.

    >>> Photo(b"...", "image/jpeg", (1024, 768), (4000, 3000)).size
    (4000, 3000)

    Attributes
    ----------
    data
        The file that is sent.
    mime
        Its media type.
    sent
        (width, height) of the image in it.
    size
        (width, height) of the whole image as seen, at full resolution.
    """

    data: bytes
    mime: str
    sent: Size
    size: Size


def load(source: Path | bytes, most: int = MOST, *, most_pixels: int = MOST_PIXELS, at: str | None = None) -> Photo:
    """Read an image and make it as small and upright as it is sent.

    >>> load(b"a poem")
    Traceback (most recent call last):
        ...
    maskmill_bindings.genai.PhotoError: expected an image, got a file of another kind - at `image`

    An upright JPEG, PNG or WebP that is small enough goes as it is, byte for byte. A HEIC or HEIF does so always, as
    nothing here decodes it: the server turns it by its property. Everything else becomes a JPEG, or a PNG where it was
    kept without loss and is mostly flat; what is transparent in it is laid over white.

    Parameters
    ----------
    source
        A file, or what it holds.
    most
        Pixels of the longer side; an image is never enlarged. 0: as large as it is.
    most_pixels
        Pixels that may be decoded. A JPEG that is shrunk while it is read counts as what is left of it.
    at
        What errors call the image; by default, its path.

    Raises
    ------
    PhotoError
        The image cannot be sent.
    maskmill.errors.ArgumentError
        A number is negative or no integer.
    """
    for name, value, least in (("most", most, 0), ("most_pixels", most_pixels, 1)):
        if type(value) is not int or value < least:
            raise expected(f"an integer from {least}", value, name)
    place = sound(at if at is not None else "image" if isinstance(source, bytes) else str(source))
    with _refusals(place):
        return _photo(source if isinstance(source, bytes) else _read(source), most, most_pixels)


def read(path: Path) -> bytes:
    """What a file holds.

    Raises
    ------
    PhotoError
        It cannot be read, or not within reason.
    """
    with _refusals(sound(str(path))):
        return _read(path)


@contextmanager
def _refusals(place: str) -> Iterator[None]:
    try:
        yield
    except _RefusedError as refused:
        code, what, got = refused.args
        raise PhotoError(code, str(told(what, got, place))) from None


class _RefusedError(Exception):
    """Code, what was expected, what was got."""


def _read(path: Path) -> bytes:
    what = "an image file that can be read"
    try:
        state = path.stat()
        if stat.S_ISDIR(state.st_mode):
            raise _RefusedError("folder", "an image file", "a folder")
        if not stat.S_ISREG(state.st_mode):
            raise _RefusedError("unreadable", what, "a pipe or device")
        if state.st_size > _MOST_BYTES:
            raise _RefusedError("too_large", f"at most {_MOST_BYTES} bytes", f"{state.st_size}")
        return path.read_bytes()
    except FileNotFoundError:
        raise _RefusedError("missing", what, "no such file") from None
    except OSError as error:
        raise _RefusedError("unreadable", what, error.strerror or type(error).__name__) from None
    except ValueError:  # a name that cannot be one
        raise _RefusedError("missing", what, "a name that no file can have") from None
    except MemoryError:
        raise _RefusedError("too_large", "a file that fits into memory", f"{state.st_size} bytes") from None


def _photo(data: bytes, most: int, most_pixels: int) -> Photo:
    header = _checked(data)
    if header.kind in _UNDECODED or _goes_as_it_is(header, most):
        return Photo(data, MIMES[header.kind], header.size, header.size)
    _check_cost(header, most, most_pixels)
    try:
        smaller, kind, sent = shrunk(data, header, most)
    except NotDecodedError as error:
        raise _RefusedError("damaged", "an image that can be decoded", str(error)) from None
    if sent != target(header.size, most):
        raise _RefusedError("damaged", f"{header.size} pixels as its header says", f"another size ({sent} when shrunk)")
    return Photo(smaller, MIMES[kind], sent, header.size)


def _checked(data: bytes) -> Header:
    """The header of an image that is whole, and not absurd."""
    if not data:
        raise _RefusedError("empty", "an image", "an empty file")
    header = read_header(data)
    if header is None:
        raise _no_image(data)
    width, height = header.size
    if max(header.size) > _LIMITS.max_side or width * height > _LIMITS.max_pixels:
        limits = f"at most {_LIMITS.max_side} pixels a side and {_LIMITS.max_pixels} in all"
        raise _RefusedError("too_large", limits, f"{width}x{height}")
    if not header.whole:
        raise _RefusedError("truncated", "a whole image", f"one that is cut off after {len(data)} bytes")
    if header.animated:
        raise _RefusedError("animated", "a single image", "an animation")
    return header


def _no_image(data: bytes) -> _RefusedError:
    kind = kind_of(data)
    if kind != "other":
        return _RefusedError("damaged", "an image with a size", f"a damaged or cut off {kind.upper()}")
    return _RefusedError("not_an_image", "an image", file_kind(data[:64]) or "a file of another kind")


def _goes_as_it_is(header: Header, most: int) -> bool:
    return header.kind in _AS_THEY_ARE and header.orientation == 1 and target(header.size, most) == header.size


def _check_cost(header: Header, most: int, most_pixels: int) -> None:
    factor = reduction(header, most) if header.in_one_go else 1
    pixels = -(-header.size[0] // factor) * -(-header.size[1] // factor)
    if pixels > most_pixels:
        raise _RefusedError("too_large", f"at most {most_pixels} pixels to decode", f"{pixels}")
