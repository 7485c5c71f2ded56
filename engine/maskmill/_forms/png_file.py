"""Decode a PNG file of any kind to a uint8 map, or give the reason why not; bad bytes never raise.

The chunks are walked here, so that no codec decides what is refused and why: critical chunks need valid CRCs, invalid
ancillary ones are skipped, and bytes after IEND are counted. The pixel data is inflated into exactly as many bytes as
the header implies. For 8-bit grey, which models send, the row filters are undone here. Anything else goes through
OpenCV as a minimal PNG, rebuilt from checked parts, so that OpenCV finds nothing to refuse or to warn about.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import deflate
import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu.png.unfilter import unfilter

Kind = Literal["not_png", "cut", "corrupt", "too_large"]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_SIDE: Final = 1_000_000
"""Largest width or height in pixels; libpng, as OpenCV builds it, takes no more."""

_GREY, _RGB, _PALETTE = 0, 2, 3
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_ONE_PASS: Final = ((0, 0, 1, 1),)
_ADAM7: Final = (  # x, y, dx, dy
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_BGR_TO_LUMA: Final = (7471, 38470, 19595)


@dataclass(frozen=True, slots=True)
class PngMap:
    """A decoded map.

    Attributes
    ----------
    pixels : ndarray
        (h, w) uint8, C-contiguous and writable.
    trailing_bytes : int
        Bytes after IEND, which were ignored.
    is_alpha : bool
        The image has one luma everywhere, and the map is its alpha channel.
    """

    pixels: NDArray[np.uint8]
    trailing_bytes: int
    is_alpha: bool


@dataclass(frozen=True, slots=True)
class PngFault:
    """Why bytes give no map.

    Attributes
    ----------
    kind : str
        ``not_png``: another signature; ``cut``: the bytes end before IEND does; ``corrupt``: a part is wrong;
        ``too_large``: the header claims more pixels than allowed.
    detail : str
        One sentence: expected, got, where.
    """

    kind: Kind
    detail: str


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    def __init__(self, kind: Kind, expected: str, got: str) -> None:
        self.fault = PngFault(kind, f"expected {expected}, got {got}")


class _Header(NamedTuple):
    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    def passes(self) -> Iterator[tuple[int, int]]:
        """Yield, for each pass that has pixels, its number of pixel rows and the bytes per row with the filter byte."""
        for x, y, dx, dy in _ADAM7 if self.interlaced else _ONE_PASS:
            columns, rows = (self.width - x + dx - 1) // dx, (self.height - y + dy - 1) // dy
            if columns > 0 and rows > 0:
                yield rows, 1 + (columns * self.depth * _CHANNELS[self.colour] + 7) // 8


@dataclass(slots=True)
class _Parts:
    """The chunks that make up the image, and the byte where IEND ends."""

    ihdr: bytes
    header: _Header
    palette: bytes = b""
    transparency: bytes = b""
    stream: list[memoryview] = field(default_factory=list)
    end: int = 0


def read(data: bytes, max_pixels: int) -> PngMap | PngFault:
    """Return the map in a PNG, as Pillow's ``convert("L")`` gives it, or the reason why there is none.

    >>> read(b"GIF89a", 2**24)
    PngFault(kind='not_png', detail="expected the PNG signature, got b'GIF89a'")

    Sixteen-bit samples count by their high byte. Alpha is ignored, unless it varies and the luma does not: then alpha
    is the map.

    Parameters
    ----------
    data : bytes
        Untrusted, of any length.
    max_pixels : int
        Width times height that the header may claim.
    """
    try:
        parts = _walk(memoryview(data), max_pixels)
        pixels, alpha_used = _pixels(parts, _inflated(parts))
    except _Refused as refused:
        return refused.fault
    return PngMap(pixels, len(data) - parts.end, alpha_used)


def _walk(data: memoryview, max_pixels: int) -> _Parts:
    """Collect the chunks up to IEND."""
    if data[:8] != SIGNATURE[: len(data)]:
        raise _Refused("not_png", "the PNG signature", repr(bytes(data[:8])))
    kind, body, at = _chunk(data, len(SIGNATURE))
    parts = _Parts(bytes(body), _header(body, max_pixels))
    while kind != b"IEND":
        kind, body, at = _chunk(data, at)
        _store(parts, kind, body)
    parts.end = at
    return parts


def _chunk(data: memoryview, at: int) -> tuple[bytes, memoryview, int]:
    """Return the kind, body and end of a chunk; a kind of no bytes is an ancillary chunk with a bad CRC."""
    if len(data) < at + 8:
        raise _Refused("cut", f"a chunk at byte {at}", f"{len(data)} bytes in all")
    length, kind = struct.unpack_from(">I4s", data, at)
    _check_start(length, kind, at)
    end = at + 12 + length
    if len(data) < end:
        raise _Refused("cut", f"{kind.decode()} up to byte {end}", f"{len(data)} bytes in all")
    stored, computed = int.from_bytes(data[end - 4 : end], "big"), deflate.crc32(data[at + 4 : end - 4])
    if stored != computed and kind[:1].isupper():
        wanted = f"the CRC {computed:08x} of {kind.decode()}"
        raise _Refused("corrupt", wanted, f"{stored:08x} at byte {end - 4}")
    return kind if stored == computed else b"", data[at + 8 : end - 4], end


def _check_start(length: int, kind: bytes, at: int) -> None:
    """Refuse a chunk whose length or name is invalid, whether or not the rest of it is there."""
    if at == len(SIGNATURE) and (length, kind) != (13, b"IHDR"):
        wanted = "IHDR of 13 bytes first"
    elif length >= 2**31 or not kind.isalpha():
        wanted = "a chunk with a name of four letters and less than 2**31 bytes"
    elif kind == b"IEND" and length:
        wanted = "IEND of 0 bytes"
    else:
        return
    raise _Refused("corrupt", wanted, f"{kind!r} of {length} bytes at byte {at}")


def _store(parts: _Parts, kind: bytes, body: memoryview) -> None:
    if kind == b"IDAT":
        parts.stream.append(body)
    elif kind == b"PLTE":
        parts.palette = bytes(body)
    elif kind == b"tRNS":
        parts.transparency = bytes(body)
    elif kind[:1].isupper() and kind != b"IEND":
        raise _Refused("corrupt", "PLTE, IDAT or IEND after IHDR", f"the critical chunk {kind.decode()}")


def _header(ihdr: memoryview, max_pixels: int) -> _Header:
    width, height, depth, colour, compression, method, interlace = struct.unpack(">IIBBBBB", ihdr)
    if not (0 < width < 2**31 and 0 < height < 2**31):
        raise _Refused("corrupt", "sides of 1 to 2**31 - 1 pixels", f"{width}x{height} in IHDR")
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        allowed = f"at most {max_pixels} pixels and {MAX_SIDE} a side"
        raise _Refused("too_large", allowed, f"{width}x{height} in IHDR")
    if depth not in _DEPTHS.get(colour, ()):
        raise _Refused("corrupt", "a legal pair of colour type and depth", f"{colour} and {depth} in IHDR")
    if compression or method or interlace > 1:
        got = f"{compression}, {method} and {interlace} in IHDR"
        raise _Refused("corrupt", "compression 0, filter 0 and interlace 0 or 1", got)
    return _Header(width, height, depth, colour, interlace == 1)


def _inflated(parts: _Parts) -> bytearray:
    """Return the filtered pixel rows; a stream that would expand further is refused."""
    size = sum(rows * row_bytes for rows, row_bytes in parts.header.passes())
    if not parts.stream:
        raise _Refused("corrupt", "IDAT before IEND", "none")
    stream = parts.stream[0] if len(parts.stream) == 1 else b"".join(parts.stream)
    try:
        raw: bytearray = deflate.zlib_decompress(stream, size)
    except deflate.DeflateError:
        got = f"a stream of {len(stream)} that is broken or holds more"
        raise _Refused("corrupt", f"a zlib stream of {size} bytes in IDAT", got) from None
    if len(raw) != size:
        raise _Refused("corrupt", f"a zlib stream of {size} bytes in IDAT", f"one of {len(raw)}")
    return raw


def _pixels(parts: _Parts, raw: bytearray) -> tuple[NDArray[np.uint8], bool]:
    """Return the map, and whether it is the alpha channel."""
    header, data = parts.header, np.frombuffer(raw, np.uint8)
    if (header.colour, header.depth, header.interlaced) == (_GREY, 8, False):
        rows = data.reshape(header.height, header.width + 1)
        if not rows[:, 0].any():
            return np.ascontiguousarray(rows[:, 1:]), False
        _check_filters(header, data)
        return unfilter(rows), False
    _check_filters(header, data)
    return _grey(_decoded(_minimal(parts, raw)))


def _check_filters(header: _Header, data: NDArray[np.uint8]) -> None:
    at = 0
    for rows, row_bytes in header.passes():
        highest = int(data[at : at + rows * row_bytes : row_bytes].max())
        if highest > 4:
            raise _Refused("corrupt", "row filters of 0 to 4 in IDAT", str(highest))
        at += rows * row_bytes


def _minimal(parts: _Parts, raw: bytearray) -> bytes:
    """Return a PNG of the image alone, its pixel rows stored uncompressed."""
    colours = b"".join(_encoded(kind, body) for kind, body in _colours(parts))
    rows = _encoded(b"IDAT", deflate.zlib_compress(raw, 0))
    return SIGNATURE + _encoded(b"IHDR", parts.ihdr) + colours + rows + _encoded(b"IEND", b"")


def _encoded(kind: bytes, body: bytes | bytearray) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", deflate.crc32(body, deflate.crc32(kind)))


def _colours(parts: _Parts) -> Iterator[tuple[bytes, bytes]]:
    """Yield PLTE and tRNS where they matter; a colour key in a grey PNG does not, since it cannot be a map."""
    if parts.header.colour == _PALETTE:
        if not parts.palette or len(parts.palette) % 3:
            raise _Refused("corrupt", "PLTE of 3 bytes a colour before IEND", f"{len(parts.palette)} bytes")
        colours = 1 << parts.header.depth
        yield b"PLTE", parts.palette[: 3 * colours].ljust(3 * colours, b"\0")  # indices beyond it are black
        if parts.transparency:
            yield b"tRNS", parts.transparency[:colours]
    elif parts.header.colour == _RGB and len(parts.transparency) == 6:
        yield b"tRNS", parts.transparency


def _decoded(png: bytes) -> NDArray[np.uint8]:
    """Return grey, BGR or BGRA; of 16-bit samples the high byte."""
    import cv2

    try:
        image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        image = None
    if image is None:
        raise _Refused("corrupt", "rows that OpenCV can decode in IDAT", "others")
    return (np.right_shift(image, 8) if image.dtype == np.uint16 else image).astype(np.uint8, copy=False)


def _grey(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], bool]:
    """Return the luma, rounded as Pillow does; or alpha, where it varies and the luma does not."""
    if image.ndim == 2:
        return image, False
    total = np.full(image.shape[:2], 0x8000, np.uint32)
    for channel, weight in enumerate(_BGR_TO_LUMA):
        total += np.multiply(image[..., channel], weight, dtype=np.uint32)
    luma = (total >> 16).astype(np.uint8)
    if image.shape[2] == 4 and not np.ptp(luma) and np.ptp(image[..., 3]):
        return np.ascontiguousarray(image[..., 3]), True
    return luma, False
