"""Atomic file writes: a file appears complete or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

TEMPORARY_SUFFIX: Final = ".tmp"
"""Suffix of files that are not complete yet."""


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def temporary_path(path: Path, folder: Path | None = None, writer: str = "") -> Path:
    """Return the path under which a file is written until it is complete.

    Parameters
    ----------
    path : Path
        The file's final path.
    folder : Path, optional
        Folder of the temporary file; None: that of `path`.
    writer : str
        Part of the name that keeps several writers of one file apart.
    """
    return (folder or path.parent) / (path.name + writer + TEMPORARY_SUFFIX)


def sync_and_rename(file: Path, path: Path) -> None:
    """Flush a file to the disk and rename it to its final path."""
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())
    file.replace(path)


@contextmanager
def atomic_write(path: Path, folder: Path | None = None, writer: str = "") -> Iterator[Path]:
    """Yield the temporary path to write to; rename it when the context ends, or remove it on an error.

    Parameters
    ----------
    path : Path
        The file's final path.
    folder : Path, optional
        As for `temporary_path`.
    writer : str
        As for `temporary_path`.
    """
    file = temporary_path(path, folder, writer)
    try:
        yield file
        sync_and_rename(file, path)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def write_bytes_atomically(path: Path, data: bytes, writer: str = "", folder: Path | None = None) -> None:
    """Write a file atomically.

    Parameters
    ----------
    path : Path
        The file's final path.
    data : bytes
        Content of the file.
    writer : str
        As for `temporary_path`.
    folder : Path, optional
        As for `temporary_path`.
    """
    with atomic_write(path, folder, writer) as file:
        file.write_bytes(data)
