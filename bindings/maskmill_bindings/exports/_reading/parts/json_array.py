"""Read the values of a JSON array one at a time, without holding the file in memory."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from maskmill.errors import ArgumentError

from .values import parse_json

_MARK: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[]["{}]', re.DOTALL)
_BETWEEN: Final = b" \t\r\n,"
_BOM: Final = b"\xef\xbb\xbf"


def read_values(file: Path) -> Iterator[Any]:
    """Yield the values of a JSON file that holds an array of objects, a single object, or one object per line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.json").write_text('[{"a": "}"}, 5, {"a": [2]}]')
    ...     list(read_values(Path(folder, "a.json")))
    [{'a': '}'}, 5, {'a': [2]}]

    Only brackets and strings are scanned to find where an object ends. Memory is that of the largest object.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file holds something else, or ends too early.
    """
    with file.open("rb") as opened:
        if not opened.read(1):
            raise ArgumentError("a JSON array of objects", "an empty file", str(file))
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield from _values(data, str(file))


def _values(data: mmap.mmap, at: str) -> Iterator[Any]:
    """Yield the values that lie directly in the array, or the objects where there is no array."""
    depth = start = place = 0
    outside = -1
    for mark in _MARK.finditer(data):
        token = mark[0][:1]
        if token in b"[{":
            if outside < 0:
                outside = int(token == b"[")
                place = mark.end() if outside else len(_BOM) if data[:3] == _BOM else 0
            if depth == outside:
                yield from _plain(data[place : mark.start()], at)
                start = mark.start()
            depth += 1
        elif token in b"]}":
            depth -= 1
            if depth == outside:
                yield parse_json(data[start : mark.end()], at)
                place = mark.end()
            if depth < outside:
                break
    if depth or outside < 0:
        raise ArgumentError("a JSON array of objects", "one that does not end", at)
    if outside:
        yield from _plain(data[place : mark.start()], at)
        place = mark.end()
    if data[place:].strip(_BETWEEN):
        raise ArgumentError("a JSON array of objects", "something after it", at)


def _plain(text: bytes, at: str) -> Iterator[Any]:
    """Yield the values between two objects, which are mostly none."""
    if listed := text.strip(_BETWEEN):
        yield from parse_json(b"[" + listed + b"]", at)
