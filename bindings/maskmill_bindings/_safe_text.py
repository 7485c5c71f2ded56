"""Make texts safe for files: valid UTF-8, and file names that every system accepts."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LABEL_UNSAFE: Final = re.compile(r"[^\w-]+")
_STEM_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_MAX_STEM: Final = 200
"""Bytes in UTF-8: file systems allow 255, and a number and a suffix follow."""


def replace_surrogates(text: str) -> str:
    r"""Return a text that UTF-8 can hold: a lone surrogate becomes a question mark.

    >>> replace_surrogates("a cat \ud83d")
    'a cat ?'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def slug(text: str, max_length: int = 40) -> str:
    """Return the words of a text, joined by underscores, for a file name; empty where there are none.

    >>> slug("../a cat: 100 %")
    'a_cat_100'
    """
    words = _LABEL_UNSAFE.sub("_", unicodedata.normalize("NFKC", text[: 4 * max_length])).strip("_")
    return words[:max_length]


class UniqueNames:
    """Names for the files of one folder: safe on any system and unique, also where case is ignored.

    >>> names = UniqueNames()
    >>> [names.name_for(stem) for stem in ("photo.v2", "Photo.v2", "../x", "con", "")]
    ['photo.v2', 'Photo.v2-2', '_x', '_con', 'image']

    Parameters
    ----------
    *reserved : str
        Names that are in use already.
    """

    def __init__(self, *reserved: str) -> None:
        self._used = dict.fromkeys(map(str.casefold, reserved), 1)

    def name_for(self, stem: str) -> str:
        """Return a name for `stem`: `stem` itself where it is safe and unused."""
        wanted = name = _safe(stem)
        while name.casefold() in self._used:
            self._used[wanted.casefold()] += 1
            name = f"{wanted}-{self._used[wanted.casefold()]}"
        self._used[name.casefold()] = 1
        return name


def _safe(stem: str) -> str:
    words = _STEM_UNSAFE.sub("_", unicodedata.normalize("NFC", replace_surrogates(stem[:_MAX_STEM])))
    name = words.encode()[:_MAX_STEM].decode(errors="ignore").strip(". ")
    return f"_{name}" if name.startswith("-") or _DEVICE.fullmatch(name) else name or "image"
