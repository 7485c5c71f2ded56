"""Files that are there as a whole or not at all."""

from __future__ import annotations

import hashlib
import os
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


def write_whole(path: Path, data: bytes, writer: str = "") -> None:
    """Write a file at once: it is there as a whole or not at all."""
    file = temporary(path, writer=writer)
    try:
        file.write_bytes(data)
        settle(file, path)
    except OSError:
        file.unlink(missing_ok=True)
        raise
