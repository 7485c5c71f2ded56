"""What the requests of a batch say of their images, by key: in a temporary database, however many they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final, NamedTuple

from maskmill._image_size import Size
from maskmill.errors import told


class Asked(NamedTuple):
    """What is known of an image by its request."""

    image: str = ""
    size: Size | None = None


NOTHING: Final = Asked()

_CACHE_KIB: Final = 2**16
"""Memory of the database; keys in no order are slow in less."""


class Index:
    """Images by key; shared by threads.

    >>> index = Index([("a", Asked("a.jpg", (640, 480)))], "requests.jsonl")
    >>> index["a"], index["b"]
    (Asked(image='a.jpg', size=(640, 480)), Asked(image='', size=None))

    Parameters
    ----------
    rows
        Key and image; of two with one key, the later counts.
    name
        Of the file, for errors.

    Attributes
    ----------
    digest
        Of the file, once it is known.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no row.
    """

    def __init__(self, rows: Iterable[tuple[str, Asked]], name: str) -> None:
        self.digest = ""
        self._lock = Lock()
        self._database = sqlite3.connect("", check_same_thread=False)  # on disk where it is large, deleted when closed
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.execute(
            "CREATE TABLE asked (key TEXT PRIMARY KEY, image TEXT, width INT, height INT) WITHOUT ROWID"
        )
        with self._database:
            cursor = self._database.executemany("INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?)", _flat(rows))
        if cursor.rowcount < 1:
            raise told("rows with a key", "none", name)

    def __getitem__(self, key: str) -> Asked:
        with self._lock:
            found = self._database.execute("SELECT image, width, height FROM asked WHERE key = ?", (key,)).fetchone()
        if found is None:
            return NOTHING
        image, width, height = found
        return Asked(image, None if width is None else (width, height))


def _flat(rows: Iterable[tuple[str, Asked]]) -> Iterator[tuple[str, str, int | None, int | None]]:
    for key, (image, size) in rows:
        width, height = size or (None, None)
        yield key, image, width, height
