"""A PNG encoder for tests, field by field: every colour type, depth, filter and interlace.

Samples are integers (h, w, channels) below 2**depth; a palette picture's are indices.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

SIGNATURE = bytes([137, 80, 78, 71, 13, 10, 26, 10])
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
LEGAL = [(colour, depth) for colour, depths in DEPTHS.items() for depth in depths]
ADAM7 = ((0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1))
IEND = bytes.fromhex("00000000 49454e44 ae426082")


def chunk(kind: bytes, body: bytes = b"", crc: int | None = None) -> bytes:
    """Return a chunk, with the right CRC unless another is given."""
    crc = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)


def ihdr(width: int, height: int, depth: int = 8, colour: int = 0, tail: bytes = b"\0\0\0") -> bytes:
    """Return an IHDR chunk; `tail` is compression, filter and interlace."""
    return chunk(b"IHDR", struct.pack(">IIBB", width, height, depth, colour) + tail)


def idat(raw: bytes, parts: int = 1) -> bytes:
    """Return filtered rows as that many IDAT chunks; more parts than bytes leave some of them empty."""
    stream = zlib.compress(raw)
    cuts = [len(stream) * i // parts for i in range(parts + 1)]
    return b"".join(chunk(b"IDAT", stream[a:b]) for a, b in pairwise(cuts))


def encode(
    samples: ArrayLike,
    colour: int = 0,
    depth: int = 8,
    *,
    interlaced: bool = False,
    filters: Sequence[int] = (0,),
    extra: Iterable[bytes] = (),
    parts: int = 1,
) -> bytes:
    """Return a PNG; `filters` repeat over the rows, `extra` are whole chunks between IHDR and IDAT."""
    array = np.asarray(samples).reshape(*np.shape(samples)[:2], CHANNELS[colour])
    head = ihdr(array.shape[1], array.shape[0], depth, colour, bytes([0, 0, interlaced]))
    raw = b"".join(scanlines(part, depth, filters) for part in passes(array, interlaced) if part.size)
    return SIGNATURE + head + b"".join(extra) + idat(raw, parts) + IEND


def scanlines(samples: NDArray[np.integer], depth: int, filters: Sequence[int] = (0,)) -> bytes:
    """Return the filtered rows of one pass."""
    step = max(1, samples.shape[2] * depth // 8)
    rows = [_packed(row, depth) for row in samples]
    above = bytes(len(rows[0]))
    out = bytearray()
    for number, row in enumerate(rows):
        kind = filters[number % len(filters)]
        out += bytes([kind]) + bytes(_filtered(kind, row, above, step))
        above = row
    return bytes(out)


def passes(array: NDArray[np.integer], interlaced: bool) -> list[NDArray[np.integer]]:
    """Return the pictures that are stored one after the other; some may be empty."""
    return [array[y::dy, x::dx] for y, dy, x, dx in ADAM7] if interlaced else [array]


def _packed(row: NDArray[np.integer], depth: int) -> bytes:
    bits = "".join(format(int(sample), f"0{depth}b") for sample in row.reshape(-1))
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _filtered(kind: int, row: bytes, above: bytes, step: int) -> Iterator[int]:
    for i, value in enumerate(row):
        left = row[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        guess = (0, left, above[i], (left + above[i]) // 2, _paeth(left, above[i], corner))[kind]
        yield (value - guess) % 256


def _paeth(left: int, above: int, corner: int) -> int:
    distances = [abs(left + above - corner - value) for value in (left, above, corner)]
    return (left, above, corner)[distances.index(min(distances))]
