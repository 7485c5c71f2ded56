"""An index by key of the images in a batch's requests, in a temporary database, however many they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final, NamedTuple

from maskmill._images.size import Size
from maskmill.errors import ArgumentError


class RequestImage(NamedTuple):
    """Name and size of an image, as its request states them."""

    image: str = ""
    size: Size | None = None


NO_IMAGE: Final = RequestImage()

_CACHE_KIB: Final = 2**16
"""Memory of the database; with less, unordered keys are slow."""


class RequestIndex:
    """Images by key; threads share one.

    >>> index = RequestIndex([("a", RequestImage("a.jpg", (640, 480)))], "requests.jsonl")
    >>> index["a"], index["b"]
    (RequestImage(image='a.jpg', size=(640, 480)), RequestImage(image='', size=None))

    Parameters
    ----------
    rows : iterable of (str, RequestImage)
        Key and image; of two rows with the same key, the later counts.
    name : str
        Name of the file, for errors.

    Attributes
    ----------
    digest : str
        SHA-256 of the file; the caller sets it.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no row.
    """

    def __init__(self, rows: Iterable[tuple[str, RequestImage]], name: str) -> None:
        self.digest = ""
        self._lock = Lock()
        self._database = sqlite3.connect("", check_same_thread=False)  # on disk where it is large, deleted when closed
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.execute(
            "CREATE TABLE images (key TEXT PRIMARY KEY, image TEXT, width INT, height INT) WITHOUT ROWID"
        )
        with self._database:
            cursor = self._database.executemany("INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?)", _flatten(rows))
        if cursor.rowcount < 1:
            raise ArgumentError("rows with a key", "none", name)

    def __getitem__(self, key: str) -> RequestImage:
        with self._lock:
            row = self._database.execute("SELECT image, width, height FROM images WHERE key = ?", (key,)).fetchone()
        if row is None:
            return NO_IMAGE
        image, width, height = row
        return RequestImage(image, None if width is None else (width, height))


def _flatten(rows: Iterable[tuple[str, RequestImage]]) -> Iterator[tuple[str, str, int | None, int | None]]:
    for key, (image, size) in rows:
        width, height = size or (None, None)
        yield key, image, width, height
