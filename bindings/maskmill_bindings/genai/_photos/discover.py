"""Find the images in files and folders, and give each a unique key."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from maskmill._one_or_many import as_paths
from maskmill.errors import ArgumentError

from ..._safe_text import replace_surrogates

_SENT: Final = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
_DECODED: Final = (".avif", ".bmp", ".dib", ".gif", ".jp2", ".jpe", ".pbm", ".pgm", ".ppm", ".tif", ".tiff")
SUFFIXES: Final = frozenset({*_SENT, *_DECODED})
"""Suffixes of the files that are images in a folder, in lower case."""

_AT: Final = "IMAGES"


class _ImageFile(NamedTuple):
    key: str
    path: Path
    folder: str
    """Name of the folder argument that it is in; empty for a file argument."""


def find_images(paths: Iterable[Path | str] | Path | str) -> list[tuple[str, Path]]:
    """List (key, path) of every image in files and folders, sorted by key.

    >>> find_images(["no such folder"])
    Traceback (most recent call last):
        ...
    maskmill.errors.ArgumentError: expected files and folders that exist, got no such folder - at `IMAGES`

    Folders are searched recursively, without hidden files and links to folders. The key is the path inside the folder,
    with "/", or the name of a file argument; where two are equal, the name of the folder is put before them. A file
    that occurs twice counts once.

    Raises
    ------
    maskmill.errors.ArgumentError
        Something does not exist or cannot be read, a folder has no image, or two keys are still equal.
    """
    arguments = [Path(path) for path in as_paths(paths, _AT)]
    if not arguments:
        raise ArgumentError("at least one file or folder", "none", _AT)
    files = {os.path.abspath(file.path): file for path in reversed(arguments) for file in _files_in(path)}
    return sorted(_unique_keys(list(files.values())))


def _files_in(path: Path) -> list[_ImageFile]:
    """Return the images in a file or folder argument."""
    try:
        if not path.is_dir():
            path.stat()
            return [_ImageFile(replace_surrogates(path.name), path, "")]
    except (OSError, ValueError):
        raise ArgumentError("files and folders that exist", replace_surrogates(str(path)), _AT) from None
    files = list(_walk(path))
    if not files:
        raise ArgumentError("a folder with images", f"{replace_surrogates(str(path))}, which has none", _AT)
    return files


def _walk(folder: Path) -> Iterator[_ImageFile]:
    name = replace_surrogates(folder.resolve().name)
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [inner for inner in folders if not inner.startswith(".")]
        for file in files:
            path = Path(place, file)
            if not file.startswith(".") and path.suffix.lower() in SUFFIXES:
                yield _ImageFile(replace_surrogates(path.relative_to(folder).as_posix()), path, name)


def _refuse(error: OSError) -> None:
    raise ArgumentError(
        "folders that can be read", f"{replace_surrogates(str(error.filename))}: {error.strerror}", _AT
    ) from None


def _unique_keys(files: list[_ImageFile]) -> Iterator[tuple[str, Path]]:
    """Yield (key, path) of each file; raise where two keys stay equal."""
    counts = Counter(file.key for file in files)
    keyed = [(f"{f.folder}/{f.key}" if counts[f.key] > 1 and f.folder else f.key, f.path) for f in files]
    for key, count in Counter(key for key, _ in keyed).items():
        if count > 1:
            same = " and ".join(sorted(replace_surrogates(str(path)) for other, path in keyed if other == key)[:2])
            raise ArgumentError("images whose names differ", f"{same}, which are both called {key}", _AT)
    yield from keyed
