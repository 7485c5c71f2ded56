"""Files and the standard input as streams of bytes, decompressed."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from maskmill.errors import ArgumentError, told

from .._safe_text import sound

STDIN: Final = "-"
_SKIPPED: Final = 2**20

Read = Callable[[int], bytes]

_COMPRESSIONS: Final = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bz2"))
"""How files begin: RFC 1952, RFC 8878, bzip2."""


def compression_of(head: bytes) -> str:
    r"""The name of the compression of data that begin so; empty for none that is read.

    >>> compression_of(b"\x1f\x8b\x08"), compression_of(b"{")
    ('gzip', '')
    """
    return next((name for magic, name in _COMPRESSIONS if head.startswith(magic)), "")


@contextmanager
def reading(path: str, start: int = 0) -> Iterator[Read]:
    """`read(n)` of a file, or of the standard input, from byte `start` of what is decompressed on.

    Raises
    ------
    maskmill.errors.ArgumentError
        What is compressed is damaged, or the file cannot be read.
    """
    try:
        with closing(_opened(path)) as file:
            compression = compression_of(file.peek(4))
            if not compression and start and path != STDIN:
                file.seek(start)
                start = 0
            with _decompressed(file, compression) as stream:
                _skip(stream.read, start)
                yield stream.read
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: str, error: OSError) -> ArgumentError:
    """What is raised for a file that cannot be read, or is damaged."""
    return told("a file that can be read to its end", error.strerror or str(error), path)


def _opened(path: str) -> io.BufferedReader:
    """A file; or the standard input under a buffer of its own, since a thread that waits for a pipe would hold that of
    the process, which could then not end.
    """
    return open(sys.stdin.fileno(), "rb", closefd=False) if path == STDIN else open(path, "rb")


def _decompressed(file: io.BufferedReader, compression: str) -> Any:
    if not compression:
        return file
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(file, "r"), compression)


def _skip(read: Read, count: int) -> None:
    while count > 0:
        block = read(min(count, _SKIPPED))
        if not block:
            return
        count -= len(block)


def is_plain(path: str) -> bool:
    """Whether a path is that of a file, and what it holds is not compressed.

    >>> is_plain("-")
    False
    """
    if path == STDIN or not Path(path).is_file():
        return False
    with open(path, "rb") as file:
        return not compression_of(file.read(4))


def identity_of(path: str) -> dict[str, Any]:
    """Path, size in bytes and time of the last change of a file; of the standard input, that it is one.

    >>> identity_of("-")
    {'path': '-'}
    """
    if path == STDIN:
        return {"path": path}
    status = Path(path).stat()
    return {"path": sound(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
