"""Find the image of a row, and its size.

Keys and names come from rows and cannot be trusted: images are looked up inside the folder or by the pattern only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import unquote

from maskmill._images.header_size import image_file_size
from maskmill._images.size import Size
from maskmill.errors import expected

_FIELD: Final = re.compile(r"\{(\w*)\}")
_FIELDS: Final = ("key", "image", "stem")
_MAX_CACHED: Final = 2**14
"""Images whose size is cached, as several replies may be about one image."""

_SUFFIXES: Final = (
    *(".jpg", ".jpeg", ".png", ".webp", ".JPG", ".JPEG", ".PNG", ".heic", ".HEIC", ".avif"),
    *(".tif", ".tiff", ".bmp", ".gif"),
)
"""Suffixes of images that a key names, in the order in which they are tried."""


class ImageLookup:
    """Looks up images in a folder, or by a pattern.

    Parameters
    ----------
    where : str, optional
        Folder or pattern, see `SourceOptions.images`; None: `beside`.
    beside : Path, optional
        Folder of the source; None: there is none.
    by_key : bool
        Whether the image of a row that names none is the one whose stem is its key; always true with a pattern.

    Raises
    ------
    maskmill.errors.ArgumentError
        `where` is neither a folder nor a pattern.
    """

    def __init__(self, where: str | None, beside: Path | None, by_key: bool) -> None:
        self._pattern = where if where is not None and not os.path.isdir(where) else None
        self._folder = Path(where) if where is not None else beside
        self.by_key = by_key or self._pattern is not None
        self._size_of = lru_cache(_MAX_CACHED)(image_file_size)
        if self._pattern is not None:
            _check_pattern(self._pattern)

    @property
    def location(self) -> str:
        """The folder or pattern."""
        return self._pattern or str(self._folder or "")

    def find(self, key: str, image: str) -> tuple[str, Size | None]:
        """Return the name and the size of an image.

        >>> ImageLookup(None, None, by_key=False).find("a", "photos/a.jpg")
        ('photos/a.jpg', None)

        Parameters
        ----------
        key, image : str
            The row's key, and the image that it names; empty where it names none.

        Returns
        -------
        tuple
            The name, as given or else of the file, and (width, height); ``""`` and None where they are not known.
        """
        for path in self._paths(key, image):
            size = self._size_of(path)
            if size is not None:
                return image or PurePath(path).name, size
        return image, None

    def _paths(self, key: str, image: str) -> Iterator[str]:
        """Yield the paths to try, in order."""
        if self._pattern is not None:
            for name in _candidate_names(image) or [""]:
                yield from _fill_pattern(self._pattern, key, name)
        elif self._folder is not None and image:
            yield from (os.path.join(self._folder, name) for name in _candidate_names(image))
        elif self._folder is not None and self.by_key and is_inside_folder(key):
            yield from (os.path.join(self._folder, key + suffix) for suffix in ("", *_SUFFIXES))


def is_inside_folder(name: str) -> bool:
    """Return whether a name, joined to a folder, stays inside it.

    >>> [is_inside_folder(name) for name in ("a.jpg", "2024/a.jpg", "../a.jpg", "/a.jpg", "")]
    [True, True, False, False, False]
    """
    parts = re.split(r"[/\\]", name)
    return ".." not in parts and parts[0] != "" and "\0" not in name and not os.path.splitdrive(name)[0]


def uri_file_name(uri: str) -> str:
    """Return the last part of a URI's path; only that of a web address is unquoted.

    >>> uri_file_name("https://host/photos/a%20b.jpg?size=large#top"), uri_file_name("gs://bucket/photos/a%20b.jpg")
    ('a b.jpg', 'a%20b.jpg')
    """
    path = unquote(re.split("[?#]", uri)[0]) if uri.startswith(("https://", "http://")) else uri
    return path.rpartition("/")[2]


def _candidate_names(image: str) -> list[str]:
    """Return the name, then only its last part, as folders are renamed; without those that lead outside."""
    last = uri_file_name(image) if "://" in image else re.split(r"[/\\]", image)[-1]
    return [name for name in dict.fromkeys((image, last)) if is_inside_folder(name)]


def _check_pattern(pattern: str) -> None:
    """Raise where a pattern has no field or an unknown one."""
    fields = _FIELD.findall(pattern)
    rest = _FIELD.sub("", pattern)
    if not fields or not set(fields) <= set(_FIELDS) or "{" in rest or "}" in rest:
        raise expected("a folder that exists, or a pattern with {key}, {image} or {stem}", pattern, "images")


def _fill_pattern(pattern: str, key: str, image: str) -> Iterator[str]:
    """Yield the pattern with its fields filled in, unless one is empty or would lead outside."""
    values = {"key": key, "image": image, "stem": PurePath(image or key).stem}
    if all(is_inside_folder(values[name]) for name in _FIELD.findall(pattern)):
        yield _FIELD.sub(lambda field: values[field[1]], pattern)
