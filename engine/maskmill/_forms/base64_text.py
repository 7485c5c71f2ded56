"""Base64 text as models write it, to bytes: lenient, linear in its length, and never an exception."""

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


def decode(text: str, *, plus_for_space: bool = False) -> bytes:
    r"""Return the bytes that base64 text stands for, up to the first character that cannot belong to it.

    >>> decode("data:image/png;base64,aGVs\nbG8")
    b'hello'

    Parameters
    ----------
    text
        Standard or URL-safe base64, with or without a data URI prefix of any type, padding, or white space in
        it; ``%2B``, ``%2F`` and ``%3D`` are read as ``+``, ``/`` and ``=``. A single digit left over is
        dropped.
    plus_for_space
        The other reading of a text with spaces: each stands for a ``+`` that form decoding lost. To be tried
        when the first reading gives a broken file.
    """
    start = _prefix_end(text)
    try:
        return pybase64.b64decode(text[start:], validate=True)
    except ValueError:
        return _decode_leniently(text, start, _STANDARD_PLUS if plus_for_space else _STANDARD)


def junk_length(text: str) -> int:
    """Characters after the digits and their padding.

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
    whole = len(digits) - (len(digits) % 4 == 1)
    return pybase64.b64decode(digits[:whole] + "=" * (-whole % 4))


def _digits(text: str, start: int) -> str:
    """Return what may be digits: padding, a quotation mark or any other stranger ends them."""
    match = _DIGITS.match(text, start)
    return match.group() if match else ""
