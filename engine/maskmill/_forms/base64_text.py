"""Decode base64 text as models write it: lenient, linear in its length, never an exception."""

from __future__ import annotations

import re
from typing import Final

import pybase64

_PREFIX: Final = re.compile(
    r"\s*(?:base64\s*[,;:]|[^,;]{0,99}(?:;[^,;]{0,99}){0,4};\s*base64\s*[,;:]?|data\s*:[^,]{0,99},)?\s*", re.IGNORECASE
)
_DIGITS: Final = re.compile(r"(?:[A-Za-z0-9+/_ \t\r\n\f\v-]++|%2[BbFf])*+")
_ESCAPES: Final = (("%2B", "+"), ("%2b", "+"), ("%2F", "/"), ("%2f", "/"))
_TAIL: Final = re.compile(r"(?:[=\s]|%3[Dd])*+")
_STANDARD: Final = str.maketrans("-_", "+/", " \t\r\n\f\v")
_STANDARD_PLUS: Final = str.maketrans("-_ ", "+/+", "\t\r\n\f\v")


def decode_base64(text: str, *, plus_for_space: bool = False) -> bytes:
    r"""Return the bytes of base64 text up to the first character that cannot belong to it.

    >>> decode_base64("data:image/png;base64,aGVs\nbG8")
    b'hello'

    Parameters
    ----------
    text : str
        Standard or URL-safe base64, with or without a data URI prefix of any type, padding, or white space in
        it; ``%2B``, ``%2F`` and ``%3D`` are read as ``+``, ``/`` and ``=``. A single digit left over is
        dropped.
    plus_for_space : bool
        Read each space as a ``+`` that form decoding lost; worth a try when the usual reading gives a broken
        file.
    """
    start = _prefix_end(text)
    try:
        return pybase64.b64decode(text[start:], validate=True)
    except ValueError:
        return _decode_leniently(text, start, _STANDARD_PLUS if plus_for_space else _STANDARD)


def junk_length(text: str) -> int:
    """Return the number of characters after the digits and their padding.

    >>> junk_length("data:image/png;base64,aGVsbG8=}, more")
    7
    """
    digits = _DIGITS.match(text, _prefix_end(text))
    tail = _TAIL.match(text, digits.end()) if digits else None
    return len(text) - tail.end() if tail else 0


def _prefix_end(text: str) -> int:
    match = _PREFIX.match(text)
    return match.end() if match else 0


def _decode_leniently(text: str, start: int, table: dict[int, int | None]) -> bytes:
    digits = _digits(text, start)
    for escape, digit in _ESCAPES:
        digits = digits.replace(escape, digit)
    digits = digits.translate(table)
    usable = len(digits) - (len(digits) % 4 == 1)
    return pybase64.b64decode(digits[:usable] + "=" * (-usable % 4))


def _digits(text: str, start: int) -> str:
    """Return the text up to the first character that is no digit, such as padding or a quotation mark."""
    match = _DIGITS.match(text, start)
    return match.group() if match else ""
