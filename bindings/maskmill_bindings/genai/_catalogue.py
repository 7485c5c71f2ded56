"""The images of a run: key, path, digest and size of each, in the order of their keys."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskmill._images.header_size import image_file_size
from maskmill._images.size import Size
from maskmill.errors import ArgumentError

from ._ledger.ledger import Ledger
from ._photos.photo import PhotoError


@dataclass(frozen=True, slots=True)
class CatalogueImage:
    """One image of a run.

    Attributes
    ----------
    key : str
        Its name in the output, which is unique.
    path : Path
        Path of the image file.
    digest : str
        SHA-256 of the file, hexadecimal; empty where the file cannot be read.
    size : Size or None
        (width, height) as seen; None where the file holds no size.
    """

    key: str
    path: Path
    digest: str
    size: Size | None


class Catalogue:
    """The images of a run, as `find_images` lists them; each iteration looks at the files again."""

    def __init__(self, paths: Sequence[tuple[str, Path]], ledger: Ledger) -> None:
        self._paths = paths
        self._ledger = ledger
        self.failures: dict[str, PhotoError] = {}
        """Why an image could not be sent, by key."""

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[CatalogueImage]:
        for key, path in self._paths:
            digest = self._digest(key, path)
            yield CatalogueImage(key, path, digest, image_file_size(str(path)) if digest else None)

    def _digest(self, key: str, path: Path) -> str:
        """Return the digest of a file, from the ledger where its length and time of change are still the same."""
        try:
            state = path.stat()
            if not stat.S_ISREG(state.st_mode):
                return self._record_unreadable(key, "a pipe or device")
            digest = self._ledger.find_digest(path, state.st_size, state.st_mtime_ns)
            if digest is None:
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                self._ledger.record_digest(path, state.st_size, state.st_mtime_ns, digest)
        except OSError as error:
            return self._record_unreadable(key, error.strerror or type(error).__name__)
        return digest

    def _record_unreadable(self, key: str, got: str) -> str:
        message = str(ArgumentError("an image file that can be read", got, key))
        self.failures[key] = PhotoError("unreadable", message)
        return ""
