"""What the first bytes and the structure of an image file say, without decoding: kind, size, orientation, wholeness.

JPEG (ITU-T T.81, annex B): segments up to the first scan. The mark EOI, `ff d9`, cannot occur in coded data, where
every `ff` is followed by a zero or a restart mark, so that a file without it after its first scan is cut off. PNG ends
with its IEND chunk, WebP where its RIFF header says.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from maskmill._image_size import Size

from . import iso_bmff
from .size import orientation_in, orientation_of, png_chunks, size_in, webp_chunks

MIMES: Final = {kind: f"image/{kind}" for kind in ("jpeg", "png", "webp", "heic", "heif")}
"""What Gemini takes."""

_HEIC: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
_SEQUENCES: Final = (b"hevc", b"hevx", b"hevm", b"hevs", b"msf1", b"avis")
_SIDEWAYS: Final = (5, 6, 7, 8)
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Marks that begin a JPEG's frame header: SOF0 to SOF15 without DHT, JPG and DAC."""

_PROGRESSIVE: Final = 0xC2
_SCAN: Final = 0xDA


class Header(NamedTuple):
    """What is known of an image file before it is decoded."""

    kind: str
    """"jpeg", "png", "webp", "heic", "heif", "avif", "gif", "tiff" or "other"."""
    size: Size
    """(width, height) as seen."""
    orientation: int = 1
    """What is left to be turned after decoding, 1 to 8 as in Exif data."""
    animated: bool = False
    whole: bool = True
    """False for a file that is cut off."""
    in_one_go: bool = True
    """Whether a decoder can shrink it while it reads; a progressive JPEG is held in full."""

    @property
    def stored(self) -> Size:
        """(width, height) as the decoder gives it."""
        return self.size[::-1] if self.orientation in _SIDEWAYS else self.size


def read_header(data: bytes) -> Header | None:
    """Read the header of an image; None for what is no image, or where no size is found.

    >>> read_header(b"P6 640 480 255 ")
    Header(kind='other', size=(640, 480), orientation=1, animated=False, whole=True, in_one_go=True)
    """
    kind = kind_of(data)
    if kind == "jpeg":
        return _jpeg(data)
    size = size_in(io.BytesIO(data))
    if size is None:
        return None
    return _READERS[kind](data, size) if kind in _READERS else Header(kind, size)


def kind_of(data: bytes) -> str:
    """The kind of an image file by its first bytes, as in `Header.kind`."""
    if data[4:8] == b"ftyp":
        return _iso_kind(data[8:12], data[16 : int.from_bytes(data[:4])])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for mark, kind in _MARKS.items() if data.startswith(mark)), "other")


_MARKS: Final = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF8": "gif",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}


def _iso_kind(brand: bytes, others: bytes) -> str:
    brands = {brand, *(others[at : at + 4] for at in range(0, min(len(others), 256), 4))}
    if brands & {b"avif", b"avis"}:
        return "avif"
    return "heic" if brand in _HEIC or not brands.isdisjoint(_HEIC) else "heif"


def _jpeg(data: bytes) -> Header | None:
    size, orientation, frame, at = None, 1, 0, len(data)
    for mark, start, stop in _segments(data):
        if mark == 0xE1 and orientation == 1 and data.startswith(b"Exif\0\0", start):
            orientation = orientation_of(data[start:stop])
        elif mark in _FRAMES and start + 5 <= min(stop, len(data)):
            height, width = struct.unpack_from(">HH", data, start + 1)
            size, frame = (width, height), mark
        elif mark == _SCAN:
            at = stop
    if size is None or min(size) < 1:
        return None
    seen = size[::-1] if orientation in _SIDEWAYS else size
    return Header("jpeg", seen, orientation, whole=data.find(b"\xff\xd9", at) >= 0, in_one_go=frame != _PROGRESSIVE)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Mark, start and stop of each segment of a JPEG, up to its first scan."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return
        mark = data[at + 1]
        if mark == 0xFF or mark == 0x01 or 0xD0 <= mark <= 0xD8:  # fill bytes, and marks that stand alone
            at += 1 if mark == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4])
        yield mark, at + 4, at + 2 + length
        if mark == _SCAN or length < 2:
            return
        at += 2 + length


def _png(data: bytes, size: Size) -> Header:
    animated = whole = False
    for kind, start, _ in png_chunks(io.BytesIO(data)):
        if kind == b"acTL":
            animated = int.from_bytes(data[start : start + 4]) > 1
        if kind == b"IEND":
            whole = start + 4 <= len(data)
            break
    return Header("png", size, orientation_in(io.BytesIO(data)), animated, whole)


def _webp(data: bytes, size: Size) -> Header:
    animated = data[12:16] == b"VP8X" and bool(data[20] & 2)
    whole = int.from_bytes(data[4:8], "little") + 8 <= len(data)
    frames = sum(kind == b"ANMF" for kind, _, _ in webp_chunks(io.BytesIO(data))) if animated else 0
    return Header("webp", size, orientation_in(io.BytesIO(data)), frames > 1, whole)


def _gif(data: bytes, size: Size) -> Header:
    return Header("gif", size, animated=_gif_frames(data) > 1)


def _gif_frames(data: bytes) -> int:
    """Images of a GIF, counted up to two."""
    at, frames = 13 + _colours(data[10:11]), 0
    while at < len(data) and frames < 2 and data[at] in b"!,":
        if data[at : at + 1] == b",":
            frames += 1
            at += 10 + _colours(data[at + 9 : at + 10]) + 1
        else:
            at += 2
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return frames


def _colours(packed: bytes) -> int:
    """Bytes of the table of colours that a packed field announces."""
    return 3 * 2 ** ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0


def _iso(data: bytes, size: Size) -> Header:
    kind = kind_of(data)
    turn = iso_bmff.orientation_in(io.BytesIO(data)) if kind == "avif" else 1  # HEIC is left to the server
    return Header(kind, size, turn, animated=data[8:12] in _SEQUENCES)


_READERS: Final[dict[str, Callable[[bytes, Size], Header]]] = {
    "png": _png,
    "webp": _webp,
    "gif": _gif,
    "heic": _iso,
    "heif": _iso,
    "avif": _iso,
}
