"""Scan a well-formed reply, as UTF-8 JSON text: boxes, vertices, PNG bytes, and where items and labels lie.

Format: an array of objects, or an object of one key around it. Each object has a box of four numbers, a mask, and
perhaps a label and a score, under names that the caller lists; the mask is a PNG as a data URI in standard base64, a
polygon ``[[a, b], …]``, or 16 tokens ``<seg_N>``. Numbers are JSON's without an exponent and of at most 15 digits, so
that digits and power of ten are exact and their one division rounds as a parser does. The answer to any other reply,
valid JSON or not, is `UNSUPPORTED`; what is accepted, `_reply` and `_forms` read to the same values.

State: the position in the text, one past the last byte read; -1 once something is unsupported, which every function
passes on.

Why it is fast: one pass, no object per number, without the GIL. A reply of polygons is mostly digits, from which a
JSON parser would make floats, lists and a tree that are taken apart again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ..png.binary_png import read_base64

UNSUPPORTED = -1
"""Answer to a reply that this module does not read."""

START, STOP, LABEL, LABEL_END, ESCAPED, FORM, FIRST, LAST, BOX_KEY = range(9)  # columns of `rows`
Y0, X0, Y1, X1, SCORE = range(5)  # columns of `numbers`
PNG, POLYGON, TOKENS = 1, 2, 3
"""Values of `FORM`; ``FIRST:LAST`` are vertices of `points` for a polygon, bytes of `mask_bytes` for the others."""

IS_BOX, IS_MASK, IS_LABEL, IS_SCORE, IS_CONTAINER, IS_YX_BOX, IS_XY_BOX = range(7)
"""Roles of keys; `IS_BOX` is the key that Gemini writes, the last two are other keys of boxes."""

GEMINI_KEY, YX_KEY, XY_KEY = range(3)
"""Values of `BOX_KEY`: the key of a box is Gemini's, or another one of boxes that are y, x or x, y."""

Bytes = NDArray[np.uint8]
_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]

_PREFIX = np.frombuffer(b'"data:image/png;base64,', np.uint8)
_SPACES = np.array([byte in b" \t\n\r" for byte in range(256)])
_POWERS = 10.0 ** np.arange(16)
_START_OF_MASK = np.frombuffer(b"<start_of_mask>", np.uint8)
_SEG = np.frombuffer(b"<seg_", np.uint8)
_TOKENS_PER_MASK, _MAX_TOKEN, _MAX_TOKEN_DIGITS = 16, 127, 9
_QUOTE, _BACKSLASH, _COMMA, _COLON, _MINUS, _DOT, _ZERO, _LESS, _GREATER = b'"\\,:-.0<>'
_OPEN, _CLOSE, _OPEN_OBJECT, _CLOSE_OBJECT = b"[]{}"


class KeyNames(NamedTuple):
    """The names of keys, the commonest first.

    Attributes
    ----------
    letters : NDArray[np.uint8]
        Their UTF-8 bytes end to end.
    stops : NDArray[np.int64]
        (K,) one past the last byte of each name.
    roles : NDArray[np.int64]
        (K,) the role of each, see `IS_BOX`.
    """

    letters: Bytes
    stops: _Integers
    roles: _Integers


class ScannedReply(NamedTuple):
    """What a scan writes.

    Attributes
    ----------
    rows : NDArray[np.int64]
        (N, 9) a row per item, see `START`.
    numbers : NDArray[np.float64]
        (N, 5) its box and score, see `Y0`; the score is NaN where there is none.
    points : NDArray[np.float64]
        (V, 2) the vertices of all polygons.
    mask_bytes : NDArray[np.uint8]
        (B,) the bytes of all PNGs, and all tokens.
    """

    rows: _Integers
    numbers: _Reals
    points: _Reals
    mask_bytes: Bytes


def new_scan_buffers(max_length: int) -> ScannedReply:
    """Return buffers for whatever a well-formed reply of up to `max_length` bytes can hold."""
    return ScannedReply(
        np.empty((max_length // 32 + 1, 9), np.int64),
        np.empty((max_length // 32 + 1, 5)),
        np.empty((max_length // 5 + 1, 2)),
        np.empty(max_length + 4, np.uint8),
    )


@kernel
def scan_reply(text: Bytes, key_names: KeyNames, scanned: ScannedReply) -> int:
    """Scan a reply and return the number of its items, or `UNSUPPORTED`.

    Parameters
    ----------
    text : NDArray[np.uint8]
        The reply.
    key_names : KeyNames
        The names of keys.
    scanned : ScannedReply
        Buffers as `new_scan_buffers` makes them for a reply of this length or a longer one.
    """
    at = _skip_spaces(text, 0)
    wrapped = _has_byte(text, at, _OPEN_OBJECT)
    if wrapped:
        role, at = _scan_key(text, _skip_spaces(text, at + 1), key_names)
        if role != IS_CONTAINER:
            return UNSUPPORTED
    if not _has_byte(text, at, _OPEN):
        return UNSUPPORTED
    at, items = _scan_items(text, at + 1, key_names, scanned)
    if at < 0:
        return UNSUPPORTED
    at = _skip_spaces(text, at)
    if wrapped:
        if not _has_byte(text, at, _CLOSE_OBJECT):
            return UNSUPPORTED
        at = _skip_spaces(text, at + 1)
    return items if at == text.size else UNSUPPORTED


@kernel
def _scan_items(text: Bytes, at: int, key_names: KeyNames, scanned: ScannedReply) -> tuple[int, int]:
    """Scan items up to the bracket that closes their array; return the position after it and their number."""
    items, vertices, png = 0, 0, 0
    while True:
        at = _skip_spaces(text, at)
        if not _has_byte(text, at, _OPEN_OBJECT) or items == scanned.rows.shape[0]:
            return UNSUPPORTED, 0
        at, vertices, png = _scan_item(text, at, key_names, scanned, items, vertices, png)
        if at < 0:
            return UNSUPPORTED, 0
        items += 1
        at = _skip_spaces(text, at)
        if _has_byte(text, at, _CLOSE):
            return at + 1, items
        if not _has_byte(text, at, _COMMA):
            return UNSUPPORTED, 0
        at += 1


@kernel
def _scan_item(
    text: Bytes, at: int, key_names: KeyNames, scanned: ScannedReply, item: int, vertices: int, png: int
) -> tuple[int, int, int]:
    """Scan one object; return the position after it, and the vertices and bytes so far."""
    row, numbers = scanned.rows[item], scanned.numbers[item]
    row[START], row[LABEL], row[LABEL_END], row[ESCAPED], row[BOX_KEY] = at, 0, 0, 0, GEMINI_KEY
    numbers[SCORE] = np.nan
    seen = 0
    while True:
        role, at = _scan_key(text, _skip_spaces(text, at + 1), key_names)
        if role >= IS_YX_BOX:
            role, row[BOX_KEY] = IS_BOX, YX_KEY + role - IS_YX_BOX
        if role < 0 or role == IS_CONTAINER or (seen >> role) & 1:
            return UNSUPPORTED, 0, 0
        seen |= 1 << role
        if role == IS_BOX:
            at = _scan_box(text, at, numbers)
        elif role == IS_LABEL:
            at = _scan_label(text, at, row)
        elif role == IS_SCORE:
            at, numbers[SCORE] = _scan_number(text, at)
        elif _has_byte(text, at, _QUOTE):
            at, png = _scan_mask_string(text, at, scanned.mask_bytes, png, row)
        else:
            at, vertices = _scan_polygon(text, at, scanned.points, vertices, row)
        if at < 0:
            return UNSUPPORTED, 0, 0
        at = _skip_spaces(text, at)
        if _has_byte(text, at, _CLOSE_OBJECT):
            break
        if not _has_byte(text, at, _COMMA):
            return UNSUPPORTED, 0, 0
    needed = (1 << IS_BOX) | (1 << IS_MASK)
    row[STOP] = at + 1
    return at + 1 if seen & needed == needed else UNSUPPORTED, vertices, png


@kernel
def _skip_spaces(text: Bytes, at: int) -> int:
    """Return the position of the first byte that is no white space."""
    while at < text.size and _SPACES[text[at]]:
        at += 1
    return at


@kernel
def _has_byte(text: Bytes, at: int, byte: int) -> bool:
    """Tell whether the text has this byte at a position."""
    return at < text.size and text[at] == byte


@kernel
def _scan_key(text: Bytes, at: int, key_names: KeyNames) -> tuple[int, int]:
    """Scan a key, its colon and the space after it; return the role of the key and the position after."""
    if not _has_byte(text, at, _QUOTE):
        return UNSUPPORTED, at
    start = 0
    for name in range(key_names.stops.size):
        stop = key_names.stops[name]
        end = at + 1 + stop - start
        if _has_byte(text, end, _QUOTE) and _is_equal(text, at + 1, key_names.letters, start, stop):
            end = _skip_spaces(text, end + 1)
            return (
                (key_names.roles[name], _skip_spaces(text, end + 1))
                if _has_byte(text, end, _COLON)
                else (UNSUPPORTED, at)
            )
        start = stop
    return UNSUPPORTED, at


@kernel
def _is_equal(text: Bytes, at: int, other: Bytes, start: int, stop: int) -> bool:
    """Tell whether the text holds ``other[start:stop]`` at a position; it must reach beyond that."""
    same = True
    for i in range(stop - start):
        same &= text[at + i] == other[start + i]
    return same


@kernel
def _scan_box(text: Bytes, at: int, numbers: _Reals) -> int:
    """Scan an array of four numbers; return the position after it."""
    if not _has_byte(text, at, _OPEN):
        return UNSUPPORTED
    for i in range(4):
        at, numbers[i] = _scan_number(text, _skip_spaces(text, at + 1))
        if at < 0:
            return UNSUPPORTED
        at = _skip_spaces(text, at)
        if not _has_byte(text, at, _COMMA if i < 3 else _CLOSE):
            return UNSUPPORTED
    return at + 1


@kernel
def _scan_number(text: Bytes, at: int) -> tuple[int, float]:
    """Scan a number; return the position after it and its value."""
    negative = _has_byte(text, at, _MINUS)
    start = at + int(negative)
    at, value = _scan_digits(text, start, 0)
    digits, decimals = at - start, 0
    if digits == 0 or (digits > 1 and text[start] == _ZERO):
        return UNSUPPORTED, 0.0
    if _has_byte(text, at, _DOT):
        start = at + 1
        at, value = _scan_digits(text, start, value)
        decimals = at - start
        if decimals == 0:
            return UNSUPPORTED, 0.0
    if digits + decimals > 15 or at == text.size or text[at] | 32 == 101 or (negative and value == 0):  # 101: an e
        return UNSUPPORTED, 0.0
    number = float(value) if decimals == 0 else value / _POWERS[decimals]
    return at, -number if negative else number


@kernel
def _scan_digits(text: Bytes, at: int, value: int) -> tuple[int, int]:
    """Append digits to a value; return the position after them and the value, which is wrong for more than 17."""
    while at < text.size:
        digit = np.int64(text[at]) - _ZERO
        if digit < 0 or digit > 9:
            break
        if value < 10**17:
            value = 10 * value + digit
        at += 1
    return at, value


@kernel
def _scan_label(text: Bytes, at: int, row: _Integers) -> int:
    """Scan a label; its escapes are noted, not resolved."""
    if not _has_byte(text, at, _QUOTE):
        return UNSUPPORTED
    at += 1
    row[LABEL] = at
    while at < text.size and text[at] != _QUOTE:
        if text[at] < 32:
            return UNSUPPORTED
        if text[at] == _BACKSLASH:
            row[ESCAPED] = 1
            at += 1
        at += 1
    row[LABEL_END] = at
    return at + 1 if at < text.size else UNSUPPORTED


@kernel
def _scan_mask_string(text: Bytes, at: int, png: Bytes, first: int, row: _Integers) -> tuple[int, int]:
    """Scan a data URI or tokens; return the position after it and the bytes so far."""
    if _has_byte(text, at + 1, _LESS):
        return _scan_tokens(text, at, png, first, row)
    return _scan_data_uri(text, at, png, first, row)


@kernel
def _scan_data_uri(text: Bytes, at: int, png: Bytes, first: int, row: _Integers) -> tuple[int, int]:
    """Scan a data URI; return the position after it and the bytes so far."""
    if at + _PREFIX.size >= text.size or not _is_equal(text, at, _PREFIX, 0, _PREFIX.size):
        return UNSUPPORTED, 0
    at, last = read_base64(text, at + _PREFIX.size, png, first)
    if last < 0 or not _has_byte(text, at, _QUOTE):
        return UNSUPPORTED, 0
    row[FORM], row[FIRST], row[LAST] = PNG, first, last
    return at + 1, last


@kernel
def _scan_tokens(text: Bytes, at: int, tokens: Bytes, first: int, row: _Integers) -> tuple[int, int]:
    """Scan a string of 16 tokens, one byte for each; return the position after it and the bytes so far."""
    at += 1
    if at + _START_OF_MASK.size < text.size and _is_equal(text, at, _START_OF_MASK, 0, _START_OF_MASK.size):
        at += _START_OF_MASK.size
    for i in range(_TOKENS_PER_MASK):
        if at + _SEG.size >= text.size or not _is_equal(text, at, _SEG, 0, _SEG.size):
            return UNSUPPORTED, 0
        start = at + _SEG.size
        at, number = _scan_digits(text, start, 0)
        if not 0 < at - start <= _MAX_TOKEN_DIGITS or number > _MAX_TOKEN or not _has_byte(text, at, _GREATER):
            return UNSUPPORTED, 0
        tokens[first + i] = number
        at += 1
    row[FORM], row[FIRST], row[LAST] = TOKENS, first, first + _TOKENS_PER_MASK
    return (at + 1 if _has_byte(text, at, _QUOTE) else UNSUPPORTED), first + _TOKENS_PER_MASK


@kernel
def _scan_polygon(text: Bytes, at: int, points: _Reals, first: int, row: _Integers) -> tuple[int, int]:
    """Scan an array of pairs; return the position after it and the vertices so far."""
    if not _has_byte(text, at, _OPEN):
        return UNSUPPORTED, 0
    vertices = first
    while True:
        at = _skip_spaces(text, at + 1)
        if not _has_byte(text, at, _OPEN) or vertices == points.shape[0]:
            return UNSUPPORTED, 0
        at, points[vertices, 0] = _scan_number(text, _skip_spaces(text, at + 1))
        if at < 0:
            return UNSUPPORTED, 0
        at = _skip_spaces(text, at)
        if not _has_byte(text, at, _COMMA):
            return UNSUPPORTED, 0
        at, points[vertices, 1] = _scan_number(text, _skip_spaces(text, at + 1))
        if at < 0:
            return UNSUPPORTED, 0
        vertices += 1
        at = _skip_spaces(text, at)
        if not _has_byte(text, at, _CLOSE):
            return UNSUPPORTED, 0
        at = _skip_spaces(text, at + 1)
        if _has_byte(text, at, _CLOSE):
            row[FORM], row[FIRST], row[LAST] = POLYGON, first, vertices
            return at + 1, vertices
        if not _has_byte(text, at, _COMMA):
            return UNSUPPORTED, 0
