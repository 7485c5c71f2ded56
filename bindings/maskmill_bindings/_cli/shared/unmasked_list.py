"""Read the list of rows without a mask that ``maskmill convert`` writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..._sources import Entry

_AT_ONCE: Final = (64, 2**22)
"""Rows and bytes to read at a time."""

_HEAD: Final = 2**20


def is_unmasked_list(name: str) -> bool:
    """Tell whether a file is such a list, and not a reply, by the keys of its first row."""
    import orjson

    path = Path(name)
    if path.suffix != ".jsonl" or not path.is_file():
        return False
    with path.open("rb") as stream:
        first = stream.readline(_HEAD)
    try:
        row = orjson.loads(first)
    except orjson.JSONDecodeError:
        return first.startswith(b'{"key":') and b'"reasons":' in first  # the row is longer than `_HEAD`
    return isinstance(row, dict) and {"key", "reasons", "reply"} <= set(row)


def read_unmasked_list(name: str, size: tuple[int, int] | None) -> Iterator[Entry]:
    """Yield the rows of the list; `size` is for images whose row gives no size."""
    from ..._sources import SourceOptions, open_sources

    for source in open_sources([name], SourceOptions(size=size)):
        for chunk in source.chunks(None, *_AT_ONCE):
            yield from source.entries(chunk)
