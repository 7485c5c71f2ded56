"""The images of a run: what is known of each before it is asked about."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskmill._image_size import Size
from maskmill.errors import told

from .._images.size import size_of
from ._ledger.ledger import Ledger
from ._photos.photo import PhotoError


@dataclass(frozen=True, slots=True)
class Item:
    """One image.

    Attributes
    ----------
    key
        Its name in the output; no two are the same.
    digest
        SHA-256 of its file; empty where that cannot be read.
    size
        (width, height) as seen; None where no size is found in it.
    """

    key: str
    path: Path
    digest: str
    size: Size | None


class Catalogue:
    """The images that `find_images` has found, in the order of their keys."""

    def __init__(self, found: Sequence[tuple[str, Path]], ledger: Ledger) -> None:
        self._found = found
        self._ledger = ledger
        self.failures: dict[str, PhotoError] = {}
        """Why images could not be sent, by key."""

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Item]:
        for key, path in self._found:
            digest = self._digest(key, path)
            yield Item(key, path, digest, size_of(str(path)) if digest else None)

    def _digest(self, key: str, path: Path) -> str:
        """The digest of a file; out of the ledger, where the file has the same length and time as when it was taken."""
        try:
            state = path.stat()
            if not stat.S_ISREG(state.st_mode):
                return self._unread(key, "a pipe or device")
            known = self._ledger.digest(path, state.st_size, state.st_mtime_ns)
            if known is None:
                with path.open("rb") as stream:
                    known = hashlib.file_digest(stream, "sha256").hexdigest()
                self._ledger.record_digest(path, state.st_size, state.st_mtime_ns, known)
        except OSError as error:
            return self._unread(key, error.strerror or type(error).__name__)
        return known

    def _unread(self, key: str, got: str) -> str:
        self.failures[key] = PhotoError("unreadable", str(told("an image file that can be read", got, key)))
        return ""
