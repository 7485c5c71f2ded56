"""The images in files and folders, each with a key of its own."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from maskmill.errors import told

from ..._safe_text import sound

_SENT: Final = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
_DECODED: Final = (".avif", ".bmp", ".dib", ".gif", ".jp2", ".jpe", ".pbm", ".pgm", ".ppm", ".tif", ".tiff")
SUFFIXES: Final = frozenset({*_SENT, *_DECODED})
"""Of the files that are taken from a folder, in lower case."""

_AT: Final = "IMAGES"


class _Found(NamedTuple):
    key: str
    path: Path
    folder: str
    """Name of the folder that was given; empty for a file that was given itself."""


def find_images(paths: Iterable[Path | str]) -> list[tuple[str, Path]]:
    """List (key, path) of every image in files and folders, sorted by key.

    >>> find_images(["no such folder"])
    Traceback (most recent call last):
        ...
    maskmill.errors.ArgumentError: expected files and folders that exist, got no such folder - at `IMAGES`

    A folder is gone through to its end, without hidden files and links to folders. The key is the path inside of it,
    with "/", or the name of a file that was given itself; where two are the same, the name of the folder comes first. A
    file that is met twice counts once.

    Raises
    ------
    maskmill.errors.ArgumentError
        Something does not exist or cannot be read, a folder has no image, or two keys are the same all the same.
    """
    given = [Path(path) for path in paths]
    if not given:
        raise told("at least one file or folder", "none", _AT)
    found = {os.path.abspath(one.path): one for path in reversed(given) for one in _in(path)}
    return sorted(_with_keys(list(found.values())))


def _in(path: Path) -> list[_Found]:
    """The images in a file or folder that was given."""
    try:
        if not path.is_dir():
            path.stat()
            return [_Found(sound(path.name), path, "")]
    except (OSError, ValueError):
        raise told("files and folders that exist", sound(str(path)), _AT) from None
    found = list(_walk(path))
    if not found:
        raise told("a folder with images", f"{sound(str(path))}, which has none", _AT)
    return found


def _walk(folder: Path) -> Iterator[_Found]:
    name = sound(folder.resolve().name)
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [inner for inner in folders if not inner.startswith(".")]
        for file in files:
            path = Path(place, file)
            if not file.startswith(".") and path.suffix.lower() in SUFFIXES:
                yield _Found(sound(path.relative_to(folder).as_posix()), path, name)


def _refuse(error: OSError) -> None:
    raise told("folders that can be read", f"{sound(str(error.filename))}: {error.strerror}", _AT) from None


def _with_keys(found: list[_Found]) -> Iterator[tuple[str, Path]]:
    """Keys that no two share."""
    met = Counter(one.key for one in found)
    keyed = [(f"{one.folder}/{one.key}" if met[one.key] > 1 and one.folder else one.key, one.path) for one in found]
    for key, count in Counter(key for key, _ in keyed).items():
        if count > 1:
            same = " and ".join(sorted(sound(str(path)) for other, path in keyed if other == key)[:2])
            raise told("images whose names differ", f"{same}, which are both called {key}", _AT)
    yield from keyed
