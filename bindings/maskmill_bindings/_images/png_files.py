"""Read and write PNG files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, MaskmillError, excerpt

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Passes of an interlaced picture: first column and row, and steps along them."""

_MAX_RATIO: Final = 1040
_SLACK: Final = 4096
"""How many times its size deflate can inflate data, and bytes that are allowed beyond."""


def write_image(pixels: NDArray[Any], file: Path) -> Path:
    """Write one PNG of pixels (H, W) or (H, W, 3) RGB, uint8 or uint16; return its path."""
    file.write_bytes(pixels_to_png(pixels))
    return file


def pixels_to_png(pixels: NDArray[Any]) -> bytes:
    """Return the bytes of one PNG of pixels (H, W) or (H, W, 3) RGB, uint8 or uint16."""
    import cv2

    is_encoded, data = cv2.imencode(".png", pixels if pixels.ndim == 2 else pixels[..., ::-1])
    if not is_encoded:
        raise MaskmillError(f"OpenCV cannot encode {pixels.shape} {pixels.dtype} as PNG")
    return bytes(data)


def read_image(file: Path) -> NDArray[Any]:
    """Return the pixels of one picture as they are stored: (H, W), (H, W, 3) RGB or (H, W, 4) RGBA.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no picture.
    OSError
        The file cannot be read.
    """
    return decode_image(file.read_bytes(), str(file))


def decode_image(data: bytes, at: str) -> NDArray[Any]:
    """Return the pixels of the bytes of a PNG, after checking all of it; see `read_image`.

    OpenCV warns of wrong checksums, and returns the pixels all the same. It also reserves the memory that a header asks
    for. So the chunks are checked first: their checksums, the size in the header against the data, and the checksum of
    the inflated pixels.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no PNG, or is damaged; the message names `at`.
    """
    import cv2

    check_png(data, at)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ArgumentError("a PNG", "one that OpenCV cannot decode", at)
    if pixels.ndim == 2:
        return pixels
    return pixels[..., [2, 1, 0, 3]] if pixels.shape[2] == 4 else pixels[..., ::-1]


def check_png(data: bytes, at: str) -> None:
    """Raise where the bytes are no valid PNG; memory is that of the pixels that they hold.

    Raises
    ------
    maskmill.errors.ArgumentError
        The message says what is wrong.
    """
    if not data.startswith(_SIGNATURE):
        raise ArgumentError("a PNG", "something else" if data else "an empty file", at)
    chunks = list(_chunks(data, at))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13:
        raise ArgumentError("a PNG that begins with its header", "another", at)
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    packed = b"".join(content for kind, content in chunks if kind == b"IDAT")
    most = _pixel_bytes(width, height, depth * _CHANNELS.get(colour, 0), interlace)
    if not 0 < most <= _MAX_RATIO * len(packed) + _SLACK:
        raise ArgumentError("a PNG whose header fits its data", f"{width}x{height} in {len(packed)} bytes", at)
    unpacker = zlib.decompressobj()
    try:
        found = len(unpacker.decompress(packed, most + 1))
    except zlib.error:
        raise ArgumentError("a PNG with valid data", "damaged data, or a wrong checksum of the pixels", at) from None
    if found != most or not unpacker.eof:
        raise ArgumentError(f"a PNG with {most} bytes of pixels", "more or fewer", at)


def _chunks(data: bytes, at: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of the chunks up to the end."""
    place = len(_SIGNATURE)
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 8 + length
        if end + 4 > len(data):
            break
        if zlib.crc32(memoryview(data)[place + 4 : end]) != int.from_bytes(data[end : end + 4]):
            raise ArgumentError("a PNG with valid checksums", f"a wrong one in {excerpt(kind)}", at)
        yield kind, data[place + 8 : end]
        if kind == b"IEND":
            return
        place = end + 4
    raise ArgumentError("a whole PNG", "one that breaks off", at)


def _pixel_bytes(width: int, height: int, bits: int, interlace: int) -> int:
    """Return the bytes of the pixels with a filter byte per row, in all passes of an interlaced picture."""
    passes = _ADAM7 if interlace else ((0, 0, 1, 1),)
    total = 0
    for x, y, step_x, step_y in passes:
        columns, rows = -(-(width - x) // step_x), -(-(height - y) // step_y)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total if bits else 0
