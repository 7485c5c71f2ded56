"""Walk over the chunks of PNG and WebP files."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple


class FileChunk(NamedTuple):
    """Where a chunk of a file is: its type, and the start and length of its data in bytes."""

    kind: bytes
    start: int
    length: int


def png_chunks(file: BinaryIO) -> Iterator[FileChunk]:
    """Yield each chunk of a PNG file."""
    at = 8
    while len(header := _read_at(file, at, 8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        yield FileChunk(kind, at + 8, length)
        at += 12 + length


def webp_chunks(file: BinaryIO) -> Iterator[FileChunk]:
    """Yield each chunk of a WebP file."""
    at = 12
    while len(header := _read_at(file, at, 8)) == 8:
        kind, length = struct.unpack("<4sI", header)
        yield FileChunk(kind, at + 8, length)
        at += 8 + length + length % 2


def _read_at(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)
