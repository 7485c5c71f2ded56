"""Where the image of a row is, and its size.

Keys and names come from rows, which nobody vouches for: what they name is looked for inside the folder, or as the
pattern says, and nowhere else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Final

from maskmill._image_size import Size
from maskmill.errors import expected

from .._images.size import size_of
from .request_images import file_name

_FIELD: Final = re.compile(r"\{(\w*)\}")
_FIELDS: Final = ("key", "image", "stem")
_CACHED: Final = 2**14
"""Images whose size is remembered, as several replies may be about one."""

_SUFFIXES: Final = (
    *(".jpg", ".jpeg", ".png", ".webp", ".JPG", ".JPEG", ".PNG", ".heic", ".HEIC", ".avif"),
    *(".tif", ".tiff", ".bmp", ".gif"),
)
"""Of images that are named by a key, in the order in which they are tried."""


class Images:
    """Looks up images in a folder, or by a pattern.

    Parameters
    ----------
    where
        Folder or pattern, see `SourceOptions.images`; None: `beside`.
    beside
        Folder of the source; None: there is none.
    by_key
        Whether a row that names no image has the one whose stem is its key; so it is where there is a pattern.

    Raises
    ------
    maskmill.errors.ArgumentError
        `where` is neither a folder nor a pattern.
    """

    def __init__(self, where: str | None, beside: Path | None, by_key: bool) -> None:
        self._pattern = where if where is not None and not os.path.isdir(where) else None
        self._folder = Path(where) if where is not None else beside
        self.by_key = by_key or self._pattern is not None
        self._size_of = lru_cache(_CACHED)(size_of)
        if self._pattern is not None:
            _check(self._pattern)

    @property
    def place(self) -> str:
        """Where is looked, in words."""
        return self._pattern or str(self._folder or "")

    def find(self, key: str, image: str) -> tuple[str, Size | None]:
        """The image's name, as the row has it or as it was found, and its size; ``""`` and None for what is not known.

        >>> Images(None, None, by_key=False).find("a", "photos/a.jpg")
        ('photos/a.jpg', None)
        """
        for path in self._paths(key, image):
            size = self._size_of(path)
            if size is not None:
                return image or PurePath(path).name, size
        return image, None

    def _paths(self, key: str, image: str) -> Iterator[str]:
        """Where it may be, in the order in which it is tried."""
        if self._pattern is not None:
            for name in _names(image) or [""]:
                yield from _filled(self._pattern, key, name)
        elif self._folder is not None and image:
            yield from (os.path.join(self._folder, name) for name in _names(image))
        elif self._folder is not None and self.by_key and is_inside(key):
            yield from (os.path.join(self._folder, key + suffix) for suffix in ("", *_SUFFIXES))


def is_inside(name: str) -> bool:
    """Tell whether a name, joined to a folder, stays in it.

    >>> [is_inside(name) for name in ("a.jpg", "2024/a.jpg", "../a.jpg", "/a.jpg", "")]
    [True, True, False, False, False]
    """
    parts = re.split(r"[/\\]", name)
    return ".." not in parts and parts[0] != "" and "\0" not in name and not os.path.splitdrive(name)[0]


def _names(image: str) -> list[str]:
    """The name itself, if it stays inside; then only its last part, as images move and their folders are renamed."""
    last = file_name(image) if "://" in image else re.split(r"[/\\]", image)[-1]
    return [name for name in dict.fromkeys((image, last)) if is_inside(name)]


def _check(pattern: str) -> None:
    """Refuse a pattern without or with other fields."""
    named = _FIELD.findall(pattern)
    left = _FIELD.sub("", pattern)
    if not named or not set(named) <= set(_FIELDS) or "{" in left or "}" in left:
        raise expected("a folder that exists, or a pattern with {key}, {image} or {stem}", pattern, "images")


def _filled(pattern: str, key: str, image: str) -> Iterator[str]:
    """The pattern with its fields, unless one of them is not known or would lead elsewhere."""
    values = {"key": key, "image": image, "stem": PurePath(image or key).stem}
    if all(is_inside(values[name]) for name in _FIELD.findall(pattern)):
        yield _FIELD.sub(lambda field: values[field[1]], pattern)
