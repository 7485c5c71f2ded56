"""What the formats with one table row per mask have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from maskmill.errors import ArgumentError

from ...record import Record
from .loss_warnings import LossWarner


def warn_of_empty_images(records: Iterable[Record], losses: LossWarner) -> Iterator[Record]:
    """Yield the records unchanged, and warn of those without a row, which leave nothing in a table."""
    for record in records:
        if not len(record.masks):
            losses.warn("an image without a row leaves nothing in the table")
        yield record


@contextmanager
def translate_arrow_errors(kind: str, file: Path) -> Iterator[None]:
    """Turn Arrow's errors from reading a file of a kind, such as ``"Parquet"``, into an `ArgumentError`."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise ArgumentError(f"a valid {kind} file", str(error).partition("\n")[0], str(file)) from None
