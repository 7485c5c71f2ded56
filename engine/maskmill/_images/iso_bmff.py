"""The size and orientation of a HEIC or AVIF image, from the properties of its primary item.

ISO/IEC 23008-12: a `meta` box holds boxes; `pitm` names the primary item, `ipco` lists properties and `ipma` assigns
them to items; `ispe` is a size, `clap` a clean aperture (a crop), `irot` a rotation by quarter turns. EXIF orientation
is informative only, since rotation is a property. `imagesize` 2.0.1 finds no size where there is an `irot`, and
ignores `clap`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from .orientation import Size

_MAX_META_BYTES: Final = 2**22
_MAX_BOXES: Final = 64


def iso_image_size(file: BinaryIO) -> Size | None:
    """Return (width, height) after crop and rotation; None where the file does not say.

    >>> import io
    >>> iso_image_size(io.BytesIO(bytes(64)))
    """
    return _size_after_properties(_properties(file))


def iso_orientation(file: BinaryIO) -> int:
    """Return the orientation as EXIF numbers it, 1 to 8, for a decoder that does not apply it.

    >>> import io
    >>> iso_orientation(io.BytesIO(bytes(64)))
    1
    """
    body = {kind: body[0] for kind, body in _properties(file) if kind in (b"irot", b"imir") and body}
    return _ORIENTATIONS[body[b"imir"] & 1 if b"imir" in body else None][body.get(b"irot", 0) & 3]


_ORIENTATIONS: Final = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}
"""EXIF orientation by mirror axis (0 swaps top and bottom, 1 left and right) and quarter turns to the left."""


def _properties(file: BinaryIO) -> list[tuple[bytes, bytes]]:
    """Return type and content of each property of the primary item; empty where the file does not say."""
    meta = _meta(file)
    boxes = {kind: body for kind, body in _boxes(meta[4:]) if kind in (b"pitm", b"iprp")}
    if len(boxes) < 2:
        return []
    item = int.from_bytes(boxes[b"pitm"][4 : 8 if boxes[b"pitm"][0] else 6])
    inner = [*_boxes(boxes[b"iprp"])]
    properties = [property for kind, body in inner if kind == b"ipco" for property in _boxes(body)]
    numbers = [n for kind, body in inner if kind == b"ipma" for n in _item_property_numbers(body, item)]
    return [properties[n - 1] for n in numbers if 1 <= n <= len(properties)]


def _size_after_properties(properties: list[tuple[bytes, bytes]]) -> Size | None:
    """Return (width, height) after the properties are applied in order."""
    size: Size | None = None
    for kind, body in properties:
        if kind == b"ispe":
            size = struct.unpack_from(">II", body, 4)
        elif kind == b"clap" and size:
            width, of_width, height, of_height = struct.unpack_from(">4I", body)
            size = width // max(of_width, 1), height // max(of_height, 1)
        elif kind == b"irot" and size and body[0] & 1:
            size = size[1], size[0]
    return size


def _meta(file: BinaryIO) -> bytes:
    """Return the content of the first `meta` box of a file; empty where there is none."""
    at = 0
    for _ in range(_MAX_BOXES):
        file.seek(at)
        header = file.read(16)
        if len(header) < 8:
            break
        length, kind, long = struct.unpack(">I4sQ", header.ljust(16, b"\0"))
        start = 16 if length == 1 else 8
        if kind == b"meta":
            file.seek(at + start)
            return file.read(max(0, min((long if length == 1 else length) - start, _MAX_META_BYTES)))
        at += long if length == 1 else length
        if length == 0:
            break
    return b""


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and content of each box."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length < 8:
            return
        yield kind, data[at + 8 : at + length]
        at += length


def _item_property_numbers(ipma: bytes, item: int) -> list[int]:
    """Return the numbers, from 1, of the properties of an item."""
    version, wide = ipma[0], ipma[3] & 1
    (entries,) = struct.unpack_from(">I", ipma, 4)
    at, width = 8, 4 if version else 2
    for _ in range(min(entries, len(ipma))):
        owner, count = int.from_bytes(ipma[at : at + width]), ipma[at + width]
        at += width + 1
        numbers = struct.unpack_from(f">{count}{'H' if wide else 'B'}", ipma, at)
        if owner == item:
            return [number & (0x7FFF if wide else 0x7F) for number in numbers]
        at += struct.calcsize(f">{count}{'H' if wide else 'B'}")
    return []
