"""The index of a folder of pictures: a JSON Lines file that says which image each of them belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from maskmill.errors import ArgumentError, told

from ..._safe_text import sound
from ...record import Record

if TYPE_CHECKING:
    from maskmill import Masks

INDEX: Final = "index.jsonl"
"""File name of the index."""


def line_of(record: Record, name: str, **more: Any) -> bytes:
    r"""The line of a record whose files are called `name`.

    >>> import maskmill
    >>> line_of(Record("7", maskmill.decode("[]", size=(8, 6)), "b.jpg"), "b")
    b'{"name":"b","key":"7","image":"b.jpg","model":"","size":[8,6]}\n'
    """
    texts = {"name": name, "key": sound(record.key), "image": sound(record.image), "model": sound(record.model)}
    return orjson.dumps({**texts, "size": record.masks.size, **more}) + b"\n"


def records_of(folder: Path, masks_of: Callable[[dict[str, Any]], Masks]) -> Iterator[Record]:
    """The records of a folder, one at a time; `masks_of` reads the masks of a line.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no index, or it or a picture does not hold what it should.
    OSError
        A file cannot be read.
    """
    file = folder / INDEX
    if not file.is_file():
        raise told(f"a folder with {INDEX}", "one without", str(folder))
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            yield _record(line, number, masks_of, f"line {number} of {file}")


def _record(line: bytes, number: int, masks_of: Callable[[dict[str, Any]], Masks], at: str) -> Record:
    try:
        entry = orjson.loads(line)
        key, image, model = (str(entry[name]) for name in ("key", "image", "model"))
        return Record(key, masks_of(entry), image, INDEX, number, model)
    except ArgumentError as error:
        raise ArgumentError(f"{error}, {at}") from None
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise told("what write wrote", f"{type(error).__name__}: {error}", at) from None
