"""A plain reply, as UTF-8 JSON text, to boxes, vertices, PNG bytes and the places of its items and labels.

Format: an array of objects, or an object of one key around it. Each object has a box of four numbers, a mask, and
perhaps a label and a score, under names that the caller gives; the mask is a PNG as a data URI in standard base64, a
ring ``[[a, b], …]``, or 16 tokens ``<seg_N>``. Numbers are JSON's without an exponent and of at most 15 digits, so that
digits and power of ten are exact and their one division rounds as a parser does. Any other reply, sound or not, is
answered with `OTHER`: what is accepted here, `reply` and `forms` read to the same values.

State: the position in the text, behind what was read; -1 once something is not plain, which every step passes on.

Why it is fast: one pass, no object a number, without the GIL. A reply of rings is mostly digits, of which a JSON parser
makes a float, a list and a tree that would be taken apart again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ..png.binary_png import decode_base64

OTHER = -1
"""Answer to a reply that is not plain."""

START, STOP, LABEL, LABEL_END, ESCAPED, FORM, FIRST, LAST = range(8)  # columns of `rows`
Y0, X0, Y1, X1, SCORE = range(5)  # columns of `numbers`
PNG, RING, TOKENS = 1, 2, 3
"""Values of `FORM`; `FIRST` and `LAST` are vertices of `points` for a ring, bytes of `png` for the others."""

IS_BOX, IS_MASK, IS_LABEL, IS_SCORE, IS_CONTAINER = range(5)
"""Roles of keys."""

Bytes = NDArray[np.uint8]
_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]

_PREFIX = np.frombuffer(b'"data:image/png;base64,', np.uint8)
_SPACES = np.array([byte in b" \t\n\r" for byte in range(256)])
_POWERS = 10.0 ** np.arange(16)
_START_OF_MASK = np.frombuffer(b"<start_of_mask>", np.uint8)
_SEG = np.frombuffer(b"<seg_", np.uint8)
_TOKENS_A_MASK, _LARGEST_TOKEN, _DIGITS_A_TOKEN = 16, 127, 9
_QUOTE, _BACKSLASH, _COMMA, _COLON, _MINUS, _DOT, _ZERO, _LESS, _GREATER = b'"\\,:-.0<>'
_OPEN, _CLOSE, _OPEN_OBJECT, _CLOSE_OBJECT = b"[]{}"


class Names(NamedTuple):
    """The names of keys end to end, where each of them stops, and its role; the commonest first."""

    letters: Bytes
    stops: _Integers
    roles: _Integers


class Found(NamedTuple):
    """What a scan writes: a row an item, the vertices of all rings, the bytes of all PNGs."""

    rows: _Integers
    numbers: _Reals
    points: _Reals
    png: Bytes


def room_for(length: int) -> Found:
    """Room for whatever a plain reply of so many bytes can hold."""
    return Found(
        np.empty((length // 32 + 1, 8), np.int64),
        np.empty((length // 32 + 1, 5)),
        np.empty((length // 5 + 1, 2)),
        np.empty(length + 4, np.uint8),
    )


@kernel
def scan(text: Bytes, names: Names, found: Found) -> int:
    """Read a plain reply and return the number of its items, or `OTHER`; `found` has room for it."""
    at = _skip(text, 0)
    wrapped = _is(text, at, _OPEN_OBJECT)
    if wrapped:
        role, at = _key(text, _skip(text, at + 1), names)
        if role != IS_CONTAINER:
            return OTHER
    if not _is(text, at, _OPEN):
        return OTHER
    at, items = _items(text, at + 1, names, found)
    if at < 0:
        return OTHER
    at = _skip(text, at)
    if wrapped:
        if not _is(text, at, _CLOSE_OBJECT):
            return OTHER
        at = _skip(text, at + 1)
    return items if at == text.size else OTHER


@kernel
def _items(text: Bytes, at: int, names: Names, found: Found) -> tuple[int, int]:
    """Read items up to the bracket that closes their array; return the place behind it and their number."""
    items, vertices, png = 0, 0, 0
    while True:
        at = _skip(text, at)
        if not _is(text, at, _OPEN_OBJECT) or items == found.rows.shape[0]:
            return OTHER, 0
        at, vertices, png = _item(text, at, names, found, items, vertices, png)
        if at < 0:
            return OTHER, 0
        items += 1
        at = _skip(text, at)
        if _is(text, at, _CLOSE):
            return at + 1, items
        if not _is(text, at, _COMMA):
            return OTHER, 0
        at += 1


@kernel
def _item(text: Bytes, at: int, names: Names, found: Found, item: int, vertices: int, png: int) -> tuple[int, int, int]:
    """Read one object; return the place behind it, and the vertices and bytes so far."""
    row, numbers = found.rows[item], found.numbers[item]
    row[START], row[LABEL], row[LABEL_END], row[ESCAPED] = at, 0, 0, 0
    numbers[SCORE] = np.nan
    seen = 0
    while True:
        role, at = _key(text, _skip(text, at + 1), names)
        if role < 0 or role == IS_CONTAINER or (seen >> role) & 1:
            return OTHER, 0, 0
        seen |= 1 << role
        if role == IS_BOX:
            at = _box(text, at, numbers)
        elif role == IS_LABEL:
            at = _label(text, at, row)
        elif role == IS_SCORE:
            at, numbers[SCORE] = _number(text, at)
        elif _is(text, at, _QUOTE):
            at, png = _text(text, at, found.png, png, row)
        else:
            at, vertices = _ring(text, at, found.points, vertices, row)
        if at < 0:
            return OTHER, 0, 0
        at = _skip(text, at)
        if _is(text, at, _CLOSE_OBJECT):
            break
        if not _is(text, at, _COMMA):
            return OTHER, 0, 0
    needed = (1 << IS_BOX) | (1 << IS_MASK)
    row[STOP] = at + 1
    return at + 1 if seen & needed == needed else OTHER, vertices, png


@kernel
def _skip(text: Bytes, at: int) -> int:
    while at < text.size and _SPACES[text[at]]:
        at += 1
    return at


@kernel
def _is(text: Bytes, at: int, byte: int) -> bool:
    return at < text.size and text[at] == byte


@kernel
def _key(text: Bytes, at: int, names: Names) -> tuple[int, int]:
    """Read a key, its colon and the space after it; return the role of the key and the place behind."""
    if not _is(text, at, _QUOTE):
        return OTHER, at
    start = 0
    for name in range(names.stops.size):
        stop = names.stops[name]
        end = at + 1 + stop - start
        if _is(text, end, _QUOTE) and _equal(text, at + 1, names.letters, start, stop):
            end = _skip(text, end + 1)
            return (names.roles[name], _skip(text, end + 1)) if _is(text, end, _COLON) else (OTHER, at)
        start = stop
    return OTHER, at


@kernel
def _equal(text: Bytes, at: int, other: Bytes, start: int, stop: int) -> bool:
    """Tell whether the text holds ``other[start:stop]`` at a place behind which it goes on."""
    same = True
    for i in range(stop - start):
        same &= text[at + i] == other[start + i]
    return same


@kernel
def _box(text: Bytes, at: int, numbers: _Reals) -> int:
    if not _is(text, at, _OPEN):
        return OTHER
    for i in range(4):
        at, numbers[i] = _number(text, _skip(text, at + 1))
        if at < 0:
            return OTHER
        at = _skip(text, at)
        if not _is(text, at, _COMMA if i < 3 else _CLOSE):
            return OTHER
    return at + 1


@kernel
def _number(text: Bytes, at: int) -> tuple[int, float]:
    """Read a number; return the place behind it and its value."""
    negative = _is(text, at, _MINUS)
    start = at + int(negative)
    at, value = _digits(text, start, 0)
    digits, decimals = at - start, 0
    if digits == 0 or (digits > 1 and text[start] == _ZERO):
        return OTHER, 0.0
    if _is(text, at, _DOT):
        start = at + 1
        at, value = _digits(text, start, value)
        decimals = at - start
        if decimals == 0:
            return OTHER, 0.0
    if digits + decimals > 15 or at == text.size or text[at] | 32 == 101 or (negative and value == 0):  # 101: an e
        return OTHER, 0.0
    number = float(value) if decimals == 0 else value / _POWERS[decimals]
    return at, -number if negative else number


@kernel
def _digits(text: Bytes, at: int, value: int) -> tuple[int, int]:
    """Append digits to a value: of more than 17, nobody asks what it is."""
    while at < text.size:
        digit = np.int64(text[at]) - _ZERO
        if digit < 0 or digit > 9:
            break
        if value < 10**17:
            value = 10 * value + digit
        at += 1
    return at, value


@kernel
def _label(text: Bytes, at: int, row: _Integers) -> int:
    """Read a string; its escapes are only noted."""
    if not _is(text, at, _QUOTE):
        return OTHER
    at += 1
    row[LABEL] = at
    while at < text.size and text[at] != _QUOTE:
        if text[at] < 32:
            return OTHER
        if text[at] == _BACKSLASH:
            row[ESCAPED] = 1
            at += 1
        at += 1
    row[LABEL_END] = at
    return at + 1 if at < text.size else OTHER


@kernel
def _text(text: Bytes, at: int, png: Bytes, first: int, row: _Integers) -> tuple[int, int]:
    """Read a string: a data URI or tokens; return the place behind it and the bytes so far."""
    if _is(text, at + 1, _LESS):
        return _tokens(text, at, png, first, row)
    return _png(text, at, png, first, row)


@kernel
def _png(text: Bytes, at: int, png: Bytes, first: int, row: _Integers) -> tuple[int, int]:
    """Read a data URI; return the place behind it and the bytes so far."""
    if at + _PREFIX.size >= text.size or not _equal(text, at, _PREFIX, 0, _PREFIX.size):
        return OTHER, 0
    at, last = decode_base64(text, at + _PREFIX.size, png, first)
    if last < 0 or not _is(text, at, _QUOTE):
        return OTHER, 0
    row[FORM], row[FIRST], row[LAST] = PNG, first, last
    return at + 1, last


@kernel
def _tokens(text: Bytes, at: int, tokens: Bytes, first: int, row: _Integers) -> tuple[int, int]:
    """Read a string of 16 tokens, each to a byte; return the place behind it and the bytes so far."""
    at += 1
    if at + _START_OF_MASK.size < text.size and _equal(text, at, _START_OF_MASK, 0, _START_OF_MASK.size):
        at += _START_OF_MASK.size
    for i in range(_TOKENS_A_MASK):
        if at + _SEG.size >= text.size or not _equal(text, at, _SEG, 0, _SEG.size):
            return OTHER, 0
        start = at + _SEG.size
        at, number = _digits(text, start, 0)
        if not 0 < at - start <= _DIGITS_A_TOKEN or number > _LARGEST_TOKEN or not _is(text, at, _GREATER):
            return OTHER, 0
        tokens[first + i] = number
        at += 1
    row[FORM], row[FIRST], row[LAST] = TOKENS, first, first + _TOKENS_A_MASK
    return (at + 1 if _is(text, at, _QUOTE) else OTHER), first + _TOKENS_A_MASK


@kernel
def _ring(text: Bytes, at: int, points: _Reals, first: int, row: _Integers) -> tuple[int, int]:
    """Read an array of pairs; return the place behind it and the vertices so far."""
    if not _is(text, at, _OPEN):
        return OTHER, 0
    vertices = first
    while True:
        at = _skip(text, at + 1)
        if not _is(text, at, _OPEN) or vertices == points.shape[0]:
            return OTHER, 0
        at, points[vertices, 0] = _number(text, _skip(text, at + 1))
        if at < 0:
            return OTHER, 0
        at = _skip(text, at)
        if not _is(text, at, _COMMA):
            return OTHER, 0
        at, points[vertices, 1] = _number(text, _skip(text, at + 1))
        if at < 0:
            return OTHER, 0
        vertices += 1
        at = _skip(text, at)
        if not _is(text, at, _CLOSE):
            return OTHER, 0
        at = _skip(text, at + 1)
        if _is(text, at, _CLOSE):
            row[FORM], row[FIRST], row[LAST] = RING, first, vertices
            return at + 1, vertices
        if not _is(text, at, _COMMA):
            return OTHER, 0
