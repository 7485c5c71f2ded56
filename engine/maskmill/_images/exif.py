"""The EXIF orientation of an image file.

PNG's eXIf chunk may stand anywhere in the file (https://w3c.github.io/png/#eXIf). WebP's EXIF chunk is described at
https://developers.google.com/speed/webp/docs/riff_container.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from .chunks import FileChunk, png_chunks, webp_chunks
from .orientation import EXIF_ORIENTATION_TAG
from .signatures import detect_kind

_MAX_CHUNKS: Final = 2**16
"""Chunks of a file that are searched."""

_MAX_EXIF_BYTES: Final = 2**16
_UPRIGHT: Final = 1


def stored_orientation(file: BinaryIO) -> int:
    """Return the orientation of an open PNG or WebP file, 1 to 8; 1 where the file states none.

    >>> import io
    >>> stored_orientation(io.BytesIO(b""))
    1
    """
    try:
        orientation = orientation_tag(read_exif(file, file.read(32)))
    except (ValueError, IndexError, OverflowError, struct.error):
        return _UPRIGHT
    return orientation if 1 <= orientation <= 8 else _UPRIGHT


def exif_orientation(exif: bytes) -> int:
    r"""Return the orientation in EXIF data, 1 to 8; 1 where they state none.

    >>> exif_orientation(b"Exif\0\0no such data")
    1
    """
    try:
        orientation = orientation_tag(exif.removeprefix(b"Exif\0\0"))
    except struct.error:
        return _UPRIGHT
    return orientation if 1 <= orientation <= 8 else _UPRIGHT


def read_exif(file: BinaryIO, head: bytes) -> bytes:
    """Return the EXIF data of a PNG or WebP file that begins with `head`; empty where it holds none."""
    kind = detect_kind(head)
    if kind == "png":
        return _read_chunk(file, png_chunks(file), b"eXIf")
    if kind == "webp" and head[12:16] == b"VP8X" and head[20] & 8:  # the flag for an EXIF chunk
        return _read_chunk(file, webp_chunks(file), b"EXIF")
    return b""


def orientation_tag(exif: bytes) -> int:
    """Return the orientation tag of EXIF data, which have the layout of a TIFF file; 0 where there is none.

    Raises
    ------
    struct.error
        The data are damaged.
    """
    byte_order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if byte_order is None:
        return 0
    (at,) = struct.unpack_from(byte_order + "I", exif, 4)
    (entries,) = struct.unpack_from(byte_order + "H", exif, at)
    for entry in range(at + 2, min(at + 2 + 12 * entries, len(exif) - 11), 12):
        tag, _kind, _count, value = struct.unpack_from(byte_order + "HHIH", exif, entry)
        if tag == EXIF_ORIENTATION_TAG:
            return int(value)
    return 0


def _read_chunk(file: BinaryIO, chunks: Iterator[FileChunk], kind: bytes) -> bytes:
    """Return the beginning of the first chunk of a kind; empty where there is none."""
    for chunk, _ in zip(chunks, range(_MAX_CHUNKS), strict=False):
        if chunk.kind == kind:
            file.seek(chunk.start)
            return file.read(min(chunk.length, _MAX_EXIF_BYTES)).removeprefix(b"Exif\0\0")
    return b""
