"""File names of images: one for each record, unlike any other, that every file system takes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ..record import Record

_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST: Final = 180
"""Bytes; names end at 255, and a number and a suffix follow."""


class UniqueStems:
    """Gives each record a stem of its own: that of its image, with a number where another image had it before.

    >>> import maskmill
    >>> masks = maskmill.decode("[]", size=(8, 8))
    >>> stem_of = UniqueStems()
    >>> [stem_of(Record(name, masks)) for name in ("a/x.jpg", "b/x.jpg", "c/X.png", "y?.jpg")]
    ['x', 'x-2', 'X-3', 'y_']

    Which number a record gets depends on those before it alone, so that the same records get the same names. Names that
    a file system may take for one another, by case or by the form of their Unicode, count as the same.
    """

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def __call__(self, record: Record) -> str:
        """The stem of the next record."""
        stem = safe_stem(record.stem)
        folded = _folded(stem)
        number = self._taken.get(folded, 0) + 1
        while number > 1 and _folded(f"{stem}-{number}") in self._taken:
            number += 1
        self._taken[folded] = number
        if number == 1:
            return stem
        self._taken[_folded(f"{stem}-{number}")] = 1
        return f"{stem}-{number}"


def safe_stem(stem: str) -> str:
    """A file name without a suffix that every file system takes, as near to `stem` as can be.

    >>> [safe_stem(name) for name in ("CON", "a:b", "..", "scene 1")]
    ['_CON', 'a_b', '_', 'scene 1']
    """
    safe = _UNSAFE.sub("_", stem).encode()[:_LONGEST].decode(errors="ignore").rstrip(". ")
    return f"_{safe.lstrip('.')}" if safe[:1] in ("", ".") or _RESERVED.fullmatch(safe) else safe


def sound(text: str) -> str:
    """A text that UTF-8 can hold: half of a surrogate pair becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _folded(stem: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", stem).casefold())
