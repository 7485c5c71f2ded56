"""The size of an image as seen, by its header: nothing is decoded.

`imagesize` reads most formats. What it does not turn by its orientation is read here: PNG's eXIf chunk, which may stand
anywhere in the file (https://w3c.github.io/png/#eXIf), WebP's EXIF chunk
(https://developers.google.com/speed/webp/docs/riff_container), and HEIC and AVIF, see `isoimage`.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from maskmill._image_size import Size

from . import iso_bmff

_CHUNKS: Final = 2**16
"""Chunks of a file that are passed over in search of one."""

_EXIF_BYTES: Final = 2**16
_ORIENTATION: Final = 0x0112
_SIDEWAYS: Final = (5, 6, 7, 8)


def size_of(path: str) -> Size | None:
    """(width, height) of the image in a file; None where there is no such file, or no size is found in it.

    >>> size_of("no such file.jpg")
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb", buffering=0) as file:
            return size_in(file)
    except (OSError, ValueError):  # a name that cannot be one: with a null, or half of a surrogate pair
        return None


def size_in(file: BinaryIO) -> Size | None:
    """(width, height) of the image in an open file or its beginning, turned as its orientation says.

    >>> import io
    >>> size_in(io.BytesIO(b"P6 640 480 255 "))
    (640, 480)
    """
    head = file.read(32)
    try:
        size = _size(file, head)
    except (ValueError, IndexError, OverflowError, struct.error):  # as damaged as it likes
        return None
    return size if size is not None and min(size) > 0 else None


def _size(file: BinaryIO, head: bytes) -> Size | None:
    import imagesize

    if head[4:8] == b"ftyp":
        return iso_bmff.size_in(file)
    file.seek(0)
    width, height = map(int, imagesize.get(file))
    return (height, width) if _orientation(_exif(file, head)) in _SIDEWAYS else (width, height)


def orientation_in(file: BinaryIO) -> int:
    """How the image in an open PNG or WebP file is turned, 1 to 8 as in Exif data; 1 where the file does not say.

    >>> import io
    >>> orientation_in(io.BytesIO(b""))
    1
    """
    try:
        found = _orientation(_exif(file, file.read(32)))
    except (ValueError, IndexError, OverflowError, struct.error):
        return 1
    return found if 1 <= found <= 8 else 1


def orientation_of(exif: bytes) -> int:
    r"""The same by Exif data that were found elsewhere.

    >>> orientation_of(b"Exif\0\0no such data")
    1
    """
    try:
        found = _orientation(exif.removeprefix(b"Exif\0\0"))
    except struct.error:
        return 1
    return found if 1 <= found <= 8 else 1


def _exif(file: BinaryIO, head: bytes) -> bytes:
    """The Exif data of a PNG or WebP; empty if there are none."""
    if head.startswith(b"\x89PNG"):
        return _chunk(file, png_chunks(file), b"eXIf")
    if head[8:16] == b"WEBPVP8X" and head[20] & 8:  # the flag that says there is one
        return _chunk(file, webp_chunks(file), b"EXIF")
    return b""


def _chunk(file: BinaryIO, chunks: Iterator[tuple[bytes, int, int]], wanted: bytes) -> bytes:
    """The beginning of the first chunk of a kind; empty if there is none."""
    for (kind, start, length), _ in zip(chunks, range(_CHUNKS), strict=False):
        if kind == wanted:
            file.seek(start)
            return file.read(min(length, _EXIF_BYTES)).removeprefix(b"Exif\0\0")
    return b""


def png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and length of each chunk."""
    at = 8
    while len(header := _read(file, at, 8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        yield kind, at + 8, length
        at += 12 + length


def webp_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and length of each chunk."""
    at = 12
    while len(header := _read(file, at, 8)) == 8:
        kind, length = struct.unpack("<4sI", header)
        yield kind, at + 8, length
        at += 8 + length + length % 2


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)


def _orientation(exif: bytes) -> int:
    """The orientation in Exif data, which have the form of a TIFF file; 0 if there is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 0
    (at,) = struct.unpack_from(order + "I", exif, 4)
    (entries,) = struct.unpack_from(order + "H", exif, at)
    for entry in range(at + 2, min(at + 2 + 12 * entries, len(exif) - 11), 12):
        tag, _kind, _count, value = struct.unpack_from(order + "HHIH", exif, entry)
        if tag == _ORIENTATION:
            return int(value)
    return 0
