"""The size of a HEIC or AVIF image, by the properties of its primary item.

ISO/IEC 23008-12: boxes in a `meta` box; `pitm` names the primary item, `ipco` lists properties, `ipma` says which of
them belong to which item; `ispe` is a size, `clap` what is cut out of it, `irot` a turn by quarters. An orientation in
Exif data is for information only there, as the turn has been made a property. `imagesize` 2.0.1 finds no size where
there is a turn, and knows no cut.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from maskmill._image_size import Size

_META_BYTES: Final = 2**22
_BOXES: Final = 64


def size_in(file: BinaryIO) -> Size | None:
    """(width, height) after cut and turn; None where the file does not say.

    >>> import io
    >>> size_in(io.BytesIO(bytes(64)))
    """
    return _turned(_properties(file))


def orientation_in(file: BinaryIO) -> int:
    """How the image is turned, 1 to 8 as in Exif data, for a decoder that leaves the turn to others.

    >>> import io
    >>> orientation_in(io.BytesIO(bytes(64)))
    1
    """
    body = {kind: body[0] for kind, body in _properties(file) if kind in (b"irot", b"imir") and body}
    return _ORIENTATIONS[body[b"imir"] & 1 if b"imir" in body else None][body.get(b"irot", 0) & 3]


_ORIENTATIONS: Final = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}
"""By the axis of the mirror, where 0 swaps top and bottom, 1 left and right; then by quarters to the left."""


def _properties(file: BinaryIO) -> list[tuple[bytes, bytes]]:
    """Kind and content of each property of the primary item; empty where the file does not say."""
    meta = _meta(file)
    boxes = {kind: body for kind, body in _boxes(meta[4:]) if kind in (b"pitm", b"iprp")}
    if len(boxes) < 2:
        return []
    item = int.from_bytes(boxes[b"pitm"][4 : 8 if boxes[b"pitm"][0] else 6])
    inner = [*_boxes(boxes[b"iprp"])]
    properties = [found for kind, body in inner if kind == b"ipco" for found in _boxes(body)]
    own = [n for kind, body in inner if kind == b"ipma" for n in _owned(body, item)]
    return [properties[n - 1] for n in own if 1 <= n <= len(properties)]


def _turned(properties: list[tuple[bytes, bytes]]) -> Size | None:
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
    """What the first `meta` box of a file holds; empty if there is none."""
    at = 0
    for _ in range(_BOXES):
        file.seek(at)
        header = file.read(16)
        if len(header) < 8:
            break
        length, kind, long = struct.unpack(">I4sQ", header.ljust(16, b"\0"))
        start = 16 if length == 1 else 8
        if kind == b"meta":
            file.seek(at + start)
            return file.read(max(0, min((long if length == 1 else length) - start, _META_BYTES)))
        at += long if length == 1 else length
        if length == 0:
            break
    return b""


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each box."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length < 8:
            return
        yield kind, data[at + 8 : at + length]
        at += length


def _owned(ipma: bytes, item: int) -> list[int]:
    """Numbers of the properties of an item, from 1."""
    version, wide = ipma[0], ipma[3] & 1
    (entries,) = struct.unpack_from(">I", ipma, 4)
    at, width = 8, 4 if version else 2
    for _ in range(min(entries, len(ipma))):
        found, count = int.from_bytes(ipma[at : at + width]), ipma[at + width]
        at += width + 1
        numbers = struct.unpack_from(f">{count}{'H' if wide else 'B'}", ipma, at)
        if found == item:
            return [number & (0x7FFF if wide else 0x7F) for number in numbers]
        at += struct.calcsize(f">{count}{'H' if wide else 'B'}")
    return []
