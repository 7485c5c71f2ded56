"""Arguments that are lists, of which a caller may pass the only entry by itself."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath
from typing import Any

from .errors import expected


def as_entries(values: Any) -> list[Any]:
    """Return the entries of an iterable; a text, bytes or a path is one entry, not its characters.

    >>> as_entries("cat"), as_entries(["cat", "dog"])
    (['cat'], ['cat', 'dog'])
    """
    if isinstance(values, (str, bytes, PathLike)) or not isinstance(values, Iterable):
        return [values]
    return list(values)


def as_paths(values: Any, at: str) -> list[str]:
    """Return the paths of an iterable as texts; a single one is the only one.

    >>> from pathlib import Path
    >>> as_paths("photos", "images"), as_paths([Path("a.jpg"), "b.jpg"], "images")
    (['photos'], ['a.jpg', 'b.jpg'])

    Raises
    ------
    maskmill.errors.ArgumentError
        An entry is neither a text nor a path; `at` names the argument.
    """
    entries = as_entries(values)
    for entry in entries:
        if not isinstance(entry, (str, PathLike)) or not isinstance(fspath(entry), str):
            raise expected("the paths of files and folders", entry, at)
    return list(map(fspath, entries))
