"""The index of a folder of pictures: a JSON Lines file that says which image each picture belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from maskmill.errors import ArgumentError, expected

from ..._images.image_lookup import is_inside_folder
from ..._safe_text import replace_surrogates
from ...record import Record, Unread
from .damage import damage_as_argument_error

if TYPE_CHECKING:
    from maskmill import Masks

INDEX: Final = "index.jsonl"
"""File name of the index."""


def to_index_line(record: Record, name: str, **more: Any) -> bytes:
    r"""Return the index line of a record.

    >>> import maskmill
    >>> to_index_line(Record("7", maskmill.decode("[]", size=(8, 6)), "b.jpg"), "b")
    b'{"name":"b","key":"7","image":"b.jpg","model":"","size":[8,6]}\n'

    Parameters
    ----------
    record : Record
        The record that the line describes.
    name : str
        Name of its files, without suffix.
    **more : Any
        Further JSON values of the line.
    """
    texts = {
        "name": name,
        "key": replace_surrogates(record.key),
        "image": replace_surrogates(record.image),
        "model": replace_surrogates(record.model),
    }
    return orjson.dumps({**texts, "size": record.masks.size, **more}) + b"\n"


def read_folder_entries(folder: Path, read_masks: Callable[[dict[str, Any]], Masks]) -> Iterator[Record | Unread]:
    """Yield the records of a folder, or why a line of its index gives none; `read_masks` reads the masks of a line.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no index.
    """
    file = folder / INDEX
    if not file.is_file():
        raise ArgumentError(f"a folder with {INDEX}", "one without", str(folder))
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield _record(line, number, read_masks, f"line {number} of {INDEX}")
            except ArgumentError as error:
                yield Unread(f"line {number}", str(error), source=INDEX, line=number)
            except OSError as error:
                reason = f"expected the file {Path(error.filename or '').name!r}, got none that can be read"
                yield Unread(f"line {number}", reason, source=INDEX, line=number)


def _record(line: bytes, number: int, read_masks: Callable[[dict[str, Any]], Masks], at: str) -> Record:
    """Return the record of one index line."""
    with damage_as_argument_error("a line as write wrote it", at):
        entry = orjson.loads(line)
        for name in _paths_in(entry):
            if not is_inside_folder(name):
                raise expected("a name in the folder", name, "name")
        key, image, model = (str(entry[name]) for name in ("key", "image", "model"))
        return Record(key, read_masks(entry), image, INDEX, number, model)


def _paths_in(entry: dict[str, Any]) -> Iterator[str]:
    """Yield the names of files that an index line gives."""
    yield str(entry["name"])
    yield from (str(row["file"]) for row in entry.get("rows", ()) if row["file"])
