"""Read files and the standard input as streams of decompressed bytes."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from maskmill.errors import ArgumentError

from .._safe_text import replace_surrogates

STDIN: Final = "-"
_SKIP_BYTES: Final = 2**20

Read = Callable[[int], bytes]

_COMPRESSIONS: Final = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bz2"))
"""Signature of each compression: RFC 1952, RFC 8878, bzip2."""


def detect_compression(head: bytes) -> str:
    r"""Return the name of the compression of data that begin with `head`; empty where there is none.

    >>> detect_compression(b"\x1f\x8b\x08"), detect_compression(b"{")
    ('gzip', '')
    """
    return next((name for magic, name in _COMPRESSIONS if head.startswith(magic)), "")


@contextmanager
def open_reader(path: str, start: int = 0) -> Iterator[Read]:
    """Yield the `read(n)` of a file or of the standard input, from byte `start` of the decompressed data on.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read, or its compressed data are damaged.
    """
    try:
        with closing(_open(path)) as file:
            compression = detect_compression(file.peek(4))
            if not compression and start and path != STDIN:
                file.seek(start)
                start = 0
            with _decompress(file, compression) as stream:
                _skip(stream.read, start)
                yield stream.read
    except OSError as error:
        raise unreadable_error(path, error) from None


def unreadable_error(path: str, error: OSError) -> ArgumentError:
    """Return the error for a file that cannot be read or is damaged."""
    return ArgumentError("a file that can be read to its end", error.strerror or str(error), path)


def _open(path: str) -> io.BufferedReader:
    """Open a file, or the standard input with a separate buffer.

    A thread that waits for a pipe would hold the lock of `sys.stdin`'s buffer and keep the process from ending.
    """
    return open(sys.stdin.fileno(), "rb", closefd=False) if path == STDIN else open(path, "rb")


def _decompress(file: io.BufferedReader, compression: str) -> Any:
    if not compression:
        return file
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(file, "r"), compression)


def _skip(read: Read, count: int) -> None:
    while count > 0:
        block = read(min(count, _SKIP_BYTES))
        if not block:
            return
        count -= len(block)


def is_uncompressed_file(path: str) -> bool:
    """Return whether a path is that of a file whose content is not compressed.

    >>> is_uncompressed_file("-")
    False
    """
    if path == STDIN or not Path(path).is_file():
        return False
    with open(path, "rb") as file:
        return not detect_compression(file.read(4))


def file_identity(path: str) -> dict[str, Any]:
    """Return path, size in bytes and modification time of a file; only the path for the standard input.

    >>> file_identity("-")
    {'path': '-'}
    """
    if path == STDIN:
        return {"path": path}
    status = Path(path).stat()
    return {"path": replace_surrogates(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
