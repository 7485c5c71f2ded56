"""The header of an image file: kind, size, orientation, animation and completeness, without decoding.

JPEG (ITU-T T.81, annex B): segments up to the first scan. The marker EOI, `ff d9`, cannot occur in coded data, where
every `ff` is followed by a zero or a restart marker; a file without EOI after its first scan is cut off. PNG ends with
its IEND chunk, WebP where its RIFF header says.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from maskmill._images.chunks import png_chunks, webp_chunks
from maskmill._images.exif import exif_orientation, stored_orientation
from maskmill._images.header_size import image_size
from maskmill._images.iso_bmff import iso_orientation
from maskmill._images.orientation import Size, oriented_size
from maskmill._images.signatures import detect_kind

MIMES: Final = {kind: f"image/{kind}" for kind in ("jpeg", "png", "webp", "heic", "heif")}
"""MIME types of the kinds that Gemini accepts."""

_SEQUENCE_BRANDS: Final = (b"hevc", b"hevx", b"hevm", b"hevs", b"msf1", b"avis")
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers that begin a JPEG's frame header: SOF0 to SOF15 without DHT, JPG and DAC."""

_PROGRESSIVE: Final = 0xC2
_SCAN: Final = 0xDA


class ImageHeader(NamedTuple):
    """What the header of an image file says.

    Attributes
    ----------
    kind : str
        As `signatures.detect_kind` returns it.
    size : tuple of int
        (width, height) as seen.
    orientation : int
        EXIF orientation, 1 to 8, that is still to be applied to decoded pixels.
    is_animated : bool
        Whether the file holds several frames.
    is_complete : bool
        False for a file that is cut off.
    can_stream : bool
        Whether a decoder can shrink the image while it reads; a progressive JPEG has to be held in full.
    """

    kind: str
    size: Size
    orientation: int = 1
    is_animated: bool = False
    is_complete: bool = True
    can_stream: bool = True

    @property
    def stored_size(self) -> Size:
        """(width, height) of the decoded pixels, before orientation."""
        return oriented_size(self.size, self.orientation)


def read_header(data: bytes) -> ImageHeader | None:
    """Return the header of an image file; None where the data are no image or state no size.

    >>> read_header(b"P6 640 480 255 ")  # doctest: +NORMALIZE_WHITESPACE
    ImageHeader(kind='other', size=(640, 480), orientation=1, is_animated=False, is_complete=True, can_stream=True)
    """
    kind = detect_kind(data)
    if kind == "jpeg":
        return _read_jpeg(data)
    size = image_size(io.BytesIO(data))
    if size is None:
        return None
    return _READERS[kind](data, size) if kind in _READERS else ImageHeader(kind, size)


def _read_jpeg(data: bytes) -> ImageHeader | None:
    """Read the segments before the first scan of a JPEG."""
    size, orientation, frame, scan_end = None, 1, 0, len(data)
    for marker, start, stop in _jpeg_segments(data):
        if marker == 0xE1 and orientation == 1 and data.startswith(b"Exif\0\0", start):
            orientation = exif_orientation(data[start:stop])
        elif marker in _FRAME_MARKERS and start + 5 <= min(stop, len(data)):
            height, width = struct.unpack_from(">HH", data, start + 1)
            size, frame = (width, height), marker
        elif marker == _SCAN:
            scan_end = stop
    if size is None or min(size) < 1:
        return None
    return ImageHeader(
        "jpeg",
        oriented_size(size, orientation),
        orientation,
        is_complete=data.find(b"\xff\xd9", scan_end) >= 0,
        can_stream=frame != _PROGRESSIVE,
    )


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and stop of each segment of a JPEG, up to its first scan."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8:  # fill bytes, and markers without a length
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4])
        yield marker, at + 4, at + 2 + length
        if marker == _SCAN or length < 2:
            return
        at += 2 + length


def _read_png(data: bytes, size: Size) -> ImageHeader:
    is_animated = is_complete = False
    for kind, start, _ in png_chunks(io.BytesIO(data)):
        if kind == b"acTL":
            is_animated = int.from_bytes(data[start : start + 4]) > 1
        if kind == b"IEND":
            is_complete = start + 4 <= len(data)
            break
    return ImageHeader("png", size, stored_orientation(io.BytesIO(data)), is_animated, is_complete)


def _read_webp(data: bytes, size: Size) -> ImageHeader:
    may_animate = data[12:16] == b"VP8X" and bool(data[20] & 2)
    is_complete = int.from_bytes(data[4:8], "little") + 8 <= len(data)
    frames = sum(kind == b"ANMF" for kind, _, _ in webp_chunks(io.BytesIO(data))) if may_animate else 0
    return ImageHeader("webp", size, stored_orientation(io.BytesIO(data)), frames > 1, is_complete)


def _read_gif(data: bytes, size: Size) -> ImageHeader:
    return ImageHeader("gif", size, is_animated=_gif_frames(data) > 1)


def _gif_frames(data: bytes) -> int:
    """Return the number of frames of a GIF, counted up to two."""
    at, frames = 13 + _colour_table_bytes(data[10:11]), 0
    while at < len(data) and frames < 2 and data[at] in b"!,":
        if data[at : at + 1] == b",":
            frames += 1
            at += 10 + _colour_table_bytes(data[at + 9 : at + 10]) + 1
        else:
            at += 2
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return frames


def _colour_table_bytes(packed: bytes) -> int:
    """Return the length of the colour table that a packed field announces."""
    return 3 * 2 ** ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0


def _read_iso(data: bytes, size: Size) -> ImageHeader:
    kind = detect_kind(data)
    orientation = iso_orientation(io.BytesIO(data)) if kind == "avif" else 1  # the server decodes HEIC
    return ImageHeader(kind, size, orientation, is_animated=data[8:12] in _SEQUENCE_BRANDS)


_READERS: Final[dict[str, Callable[[bytes, Size], ImageHeader]]] = {
    "png": _read_png,
    "webp": _read_webp,
    "gif": _read_gif,
    "heic": _read_iso,
    "heif": _read_iso,
    "avif": _read_iso,
}
