"""Arguments that are lists, of which a caller may pass the only entry by itself."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Any


def as_entries(values: Any) -> list[Any]:
    """Return the entries of an iterable; a text, bytes or a path is one entry, not its characters.

    >>> as_entries("cat"), as_entries(["cat", "dog"])
    (['cat'], ['cat', 'dog'])
    """
    if isinstance(values, (str, bytes, PathLike)) or not isinstance(values, Iterable):
        return [values]
    return list(values)
