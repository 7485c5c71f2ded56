"""Decode the PNG that models send, from base64 text to the bits of its columns, without its 65,536 pixels.

Format: 8-bit grey, not interlaced, filter 0 on every pixel row, samples 0 and 255, the chunks IHDR, IDAT and IEND and
nothing after them. Bit ``r % 32`` of ``columns[c, r // 32]`` is the pixel in row r and column c; there is one column
more than the map has. Any other PNG, or a damaged one, is left to `_forms.png_file`, which reads all of them; what is
accepted here, that module accepts with the same pixels.

Checksums: both CRCs that matter and the Adler-32 are compared, as there. They cost little: the CRC runs over the 640
compressed bytes, eight per step, and the Adler-32 of a stream of 0 and 255 is a sum over the ends of its runs alone,
since byte i of n counts 255 * (n - i).

Why it is fast: only the ends of runs are moved from rows to columns. Each flips one bit, and one pass of xor from
column to column fills what lies between.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps.bits import ONES, WORD
from .inflate import UNSUPPORTED, Bytes, Tables, Transitions, inflate_transitions, new_inflate_tables

Words = NDArray[np.uint32]

MAX_SIDE = 1024
"""Maximum width and height of a map that this module reads."""

GEMINI_SIDE = 256
"""Width and height of the maps that Gemini writes: relative to their box, also where the image has this size."""


MAX_TRANSITIONS = 1 << 15
"""Maximum number of changes along the pixel rows of a map that this module reads; real masks have 800."""

_PREFIX = np.frombuffer(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", np.uint8)
_REST_OF_IHDR = np.array([8, 0, 0, 0, 0])
_IDAT, _IEND = 0x49444154, 0x49454E44
_IDAT_AT = 33
_MODULUS = 65_521


def _crc_tables() -> NDArray[np.int64]:
    """Return tables whose row k says what a byte does to the CRC after k more bytes of zero."""
    tables = np.zeros((8, 256), np.int64)
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
        tables[0, byte] = crc
    for row in range(1, 8):
        tables[row] = (tables[row - 1] >> 8) ^ tables[0, tables[row - 1] & 255]
    return tables


def _digit_values() -> NDArray[np.int16]:
    """Return the value of each base64 digit, -1 for other bytes."""
    values = np.full(256, -1, np.int16)
    values[np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", np.uint8)] = range(64)
    return values


_CRC = _crc_tables()
_DIGITS = _digit_values()
_EQUALS = ord("=")


class PngScratch(NamedTuple):
    """Memory for one call at a time: the transitions of a map; tables and state of `inflate_transitions`."""

    transitions: Transitions
    tables: Tables
    state: NDArray[np.int64]


def new_png_scratch() -> PngScratch:
    """Return scratch for maps with up to `MAX_TRANSITIONS` transitions."""
    return PngScratch(np.zeros(MAX_TRANSITIONS, np.int32), new_inflate_tables(), np.zeros(3, np.int64))


@kernel
def read_base64(text: Bytes, start: int, out: Bytes, at: int) -> tuple[int, int]:
    """Decode standard base64 from ``text[start]`` on; return one past the last character and one past the last byte.

    Stops at the first character that is no digit, and after the padding that the digits call for. Where digits or
    padding do not add up, the second number is -1.

    Parameters
    ----------
    text : NDArray[np.uint8]
        The text.
    start : int
        The first digit.
    out : NDArray[np.uint8]
        Receives the bytes: three for every four characters of `text`.
    at : int
        Where in `out` the first byte goes.
    """
    here, last = start, text.size - 4
    while here <= last:
        group = (
            (np.int64(_DIGITS[text[here]]) << 18)
            | (np.int64(_DIGITS[text[here + 1]]) << 12)
            | (np.int64(_DIGITS[text[here + 2]]) << 6)
            | np.int64(_DIGITS[text[here + 3]])
        )
        if group < 0:
            break
        out[at], out[at + 1], out[at + 2] = group >> 16, (group >> 8) & 255, group & 255
        here += 4
        at += 3
    digits, group = 0, 0
    while here < text.size and digits < 4 and _DIGITS[text[here]] >= 0:
        group = (group << 6) | np.int64(_DIGITS[text[here]])
        digits += 1
        here += 1
    if digits == 0:
        return here, at
    padding = 0
    while here < text.size and padding < 2 and text[here] == _EQUALS:
        padding += 1
        here += 1
    if digits + padding != 4 or group & ((1 << (2 * padding)) - 1):
        return here, -1
    out[at] = group >> (6 * digits - 8)
    if digits == 3:
        out[at + 1] = (group >> 2) & 255
    return here, at + digits - 1


@kernel
def read_columns(png: Bytes, start: int, stop: int, columns: Words, scratch: PngScratch) -> tuple[int, int]:
    """Fill the columns of the map in ``png[start:stop]``; return its width and height, 0 and 0 for another PNG.

    Parameters
    ----------
    png : NDArray[np.uint8]
        The PNG, with other bytes around it.
    start, stop : int
        Where the PNG lies in `png`.
    columns : NDArray[np.uint32]
        Receives the bits: flat, ``(height + 31) // 32`` words per column. It holds ``MAX_SIDE + 1`` columns of
        ``MAX_SIDE // 32`` words, and need not be zero.
    scratch : PngScratch
        Scratch.
    """
    width, height = _read_header(png, start, stop)
    length = stop - start - _IDAT_AT - 24
    if width == 0 or length < 0:
        return 0, 0
    idat = start + _IDAT_AT
    if _read_uint32(png, idat) != length or not _is_intact_chunk(png, idat, length, _IDAT):
        return 0, 0
    iend = idat + 12 + length
    if _read_uint32(png, iend) != 0 or not _is_intact_chunk(png, iend, 0, _IEND):
        return 0, 0
    body = idat + 8
    stored = _read_uint32(png, iend - 8)
    n = inflate_transitions(
        png, body, body + length, scratch.transitions, height * (width + 1), scratch.tables, scratch.state
    )
    if n == UNSUPPORTED or _fill_columns(scratch.transitions, n, width, height, columns) != stored:
        return 0, 0
    return width, height


@kernel
def _read_header(png: Bytes, start: int, stop: int) -> tuple[int, int]:
    """Return the width and height in a header of the one kind that is read here, zeros for another."""
    if stop - start < _IDAT_AT + 24:
        return 0, 0
    for i in range(_PREFIX.size):
        if png[start + i] != _PREFIX[i]:
            return 0, 0
    for i in range(_REST_OF_IHDR.size):
        if png[start + 24 + i] != _REST_OF_IHDR[i]:
            return 0, 0
    width, height = _read_uint32(png, start + 16), _read_uint32(png, start + 20)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        return 0, 0
    if _crc(png, start + 12, start + 29) != _read_uint32(png, start + 29):
        return 0, 0
    return width, height


@kernel
def _read_uint32(png: Bytes, at: int) -> int:
    """Return a big-endian number."""
    return (
        (np.int64(png[at]) << 24) | (np.int64(png[at + 1]) << 16) | (np.int64(png[at + 2]) << 8) | np.int64(png[at + 3])
    )


@kernel
def _is_intact_chunk(png: Bytes, at: int, length: int, kind: int) -> bool:
    """Tell whether the chunk at `at` has this type and the CRC that it states."""
    end = at + 8 + length
    return _read_uint32(png, at + 4) == kind and _crc(png, at + 4, end) == _read_uint32(png, end)


@kernel
def _crc(data: Bytes, start: int, stop: int) -> int:
    """Return the CRC-32 of ``data[start:stop]``."""
    crc, at = ONES, start
    while at + 8 <= stop:
        low = crc ^ (
            np.int64(data[at])
            | (np.int64(data[at + 1]) << 8)
            | (np.int64(data[at + 2]) << 16)
            | (np.int64(data[at + 3]) << 24)
        )
        crc = (
            _CRC[7, low & 255]
            ^ _CRC[6, (low >> 8) & 255]
            ^ _CRC[5, (low >> 16) & 255]
            ^ _CRC[4, low >> 24]
            ^ _CRC[3, data[at + 4]]
            ^ _CRC[2, data[at + 5]]
            ^ _CRC[1, data[at + 6]]
            ^ _CRC[0, data[at + 7]]
        )
        at += 8
    while at < stop:
        crc = (crc >> 8) ^ _CRC[0, (crc ^ np.int64(data[at])) & 255]
        at += 1
    return crc ^ ONES


@kernel
def _fill_columns(transitions: Transitions, n: int, width: int, height: int, columns: Words) -> int:
    """Fill columns from the transitions along rows; return the Adler-32, `UNSUPPORTED` where a filter is not 0."""
    words, stride = (height + WORD - 1) // WORD, width + 1
    size = height * stride
    columns[: stride * words] = 0
    weight, ones, row, next_row = 0, 0, 0, stride
    for k in range(n):
        at = np.int64(transitions[k])
        is_end = k & 1
        while at >= next_row + is_end:  # a run ends, at the latest, with its row
            if is_end:
                return UNSUPPORTED
            row += 1
            next_row += stride
        place = at - next_row + width
        if place < 0:
            return UNSUPPORTED
        columns[place * words + (row >> 5)] ^= 1 << (row & 31)
        sign = 2 * is_end - 1
        weight += sign * (size * at - ((at * (at - 1)) >> 1))
        ones += sign * at
    if n & 1:
        if next_row != size:
            return UNSUPPORTED
        weight += size * size - ((size * (size - 1)) >> 1)
        ones += size
    for i in range(words, width * words):
        columns[i] ^= columns[i - words]
    low = (1 + 255 * ones) % _MODULUS
    high = (size + 255 * (weight % _MODULUS)) % _MODULUS
    return (high << 16) | low


@kernel
def has_size_of_image(map_width: int, map_height: int, width: int, height: int) -> bool:
    """Tell whether a map has the size of the image and not the one of Gemini's: it may be one of the whole image.

    Parameters
    ----------
    map_width, map_height : int
        The map, in pixels.
    width, height : int
        The image, in pixels.
    """
    return map_width == width and map_height == height and (width != GEMINI_SIDE or height != GEMINI_SIDE)
