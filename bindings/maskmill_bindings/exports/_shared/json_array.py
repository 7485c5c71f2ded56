"""Read the objects of a JSON array one at a time, without holding the file in memory."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from maskmill.errors import ArgumentError

_MARK: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[]["{}]', re.DOTALL)
_BLANK: Final = b" \t\r\n"


def read_objects(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON file that holds an array of objects, or a single one.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.json").write_text('[{"a": "}"}, {"a": [2]}]')
    ...     list(read_objects(Path(folder, "a.json")))
    [{'a': '}'}, {'a': [2]}]

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
            yield from _objects(data, str(file))


def _objects(data: mmap.mmap, at: str) -> Iterator[dict[str, Any]]:
    """Yield the objects that lie directly in the array, or the single object."""
    depth, start, outside = 0, 0, -1
    for mark in _MARK.finditer(data):
        token = mark[0][:1]
        if token in b"[{":
            if outside < 0:
                outside = token == b"["
            if depth == outside:
                start = mark.start()
            depth += 1
        elif token in b"]}":
            depth -= 1
            if depth == outside:
                yield _parsed(data[start : mark.end()], at)
            if depth <= 0:
                break
    if depth or outside < 0 or data[mark.end() :].strip(_BLANK):
        raise ArgumentError("a JSON array of objects", "one that does not end, or something after it", at)


def _parsed(text: bytes, at: str) -> dict[str, Any]:
    """Return the object in a part of the file."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ArgumentError("JSON", str(error), at) from None
    if not isinstance(value, dict):
        raise ArgumentError("an array of objects", type(value).__name__, at)
    return value
