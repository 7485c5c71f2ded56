"""Texts that files can hold: sound UTF-8, and names of files."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LABEL_UNSAFE: Final = re.compile(r"[^\w-]+")
_STEM_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST_STEM: Final = 200
"""Bytes in UTF-8: file systems take 255, and a number and a suffix follow."""


def sound(text: str) -> str:
    r"""A text that UTF-8 can hold: half of a surrogate pair becomes a question mark.

    >>> sound("a cat \ud83d")
    'a cat ?'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def slug(text: str, longest: int = 40) -> str:
    """The words of a text, joined by underscores, for a file name; empty where there are none.

    >>> slug("../a cat: 100 %")
    'a_cat_100'
    """
    words = _LABEL_UNSAFE.sub("_", unicodedata.normalize("NFKC", text[: 4 * longest])).strip("_")
    return words[:longest]


class Names:
    """Names for the files of one folder: safe on any system, and no two the same, also where case is folded.

    >>> names = Names()
    >>> [names.of(stem) for stem in ("photo.v2", "Photo.v2", "../x", "con", "")]
    ['photo.v2', 'Photo.v2-2', '_x', '_con', 'image']
    """

    def __init__(self, *taken: str) -> None:
        self._used = dict.fromkeys(map(str.casefold, taken), 1)

    def of(self, stem: str) -> str:
        """The name for what is called `stem`: that itself, where it is safe and free."""
        wanted = name = _safe(stem)
        while name.casefold() in self._used:
            self._used[wanted.casefold()] += 1
            name = f"{wanted}-{self._used[wanted.casefold()]}"
        self._used[name.casefold()] = 1
        return name


def _safe(stem: str) -> str:
    words = _STEM_UNSAFE.sub("_", unicodedata.normalize("NFC", sound(stem[:_LONGEST_STEM])))
    name = words.encode()[:_LONGEST_STEM].decode(errors="ignore").strip(". ")
    return f"_{name}" if name.startswith("-") or _DEVICE.fullmatch(name) else name or "image"
