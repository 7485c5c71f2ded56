"""What the formats that hold the table have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from maskmill.errors import told

from ...record import Record
from .loss_warnings import Losses


def with_rows(records: Iterable[Record], losses: Losses) -> Iterator[Record]:
    """The records as they come; one that leaves nothing in a table of rows is told of."""
    for record in records:
        if not len(record.masks):
            losses.tell("an image without a row leaves nothing in the table")
        yield record


@contextmanager
def readable(kind: str, file: Path) -> Iterator[None]:
    """Turn what Arrow says of a file that it cannot read into a mistake of the caller.

    Raises
    ------
    maskmill.errors.ArgumentError
        It cannot be read.
    """
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise told(f"a sound {kind} file", str(error).partition("\n")[0], str(file)) from None
