"""Files that are there as a whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

TEMPORARY: Final = ".tmp"
"""Suffix of files on their way."""


def digest_of(file: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def temporary(path: Path, folder: Path | None = None, writer: str = "") -> Path:
    """Where a file is written before it gets its name, by one of several writers if they are named."""
    return (folder or path.parent) / (path.name + writer + TEMPORARY)


def settle(file: Path, path: Path) -> None:
    """Bring a file to the disk and give it its name."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())
    file.replace(path)


@contextmanager
def whole(path: Path, folder: Path | None = None, writer: str = "") -> Iterator[Path]:
    """Where to write a file, which gets its name when all of it is written, and is removed when that fails."""
    file = temporary(path, folder, writer)
    try:
        yield file
        settle(file, path)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes, writer: str = "", folder: Path | None = None) -> None:
    """Write a file at once: it is there as a whole or not at all."""
    with whole(path, folder, writer) as file:
        file.write_bytes(data)
