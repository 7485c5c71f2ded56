"""Rows of tables to entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from maskmill.errors import expected

from .entry import Entry
from .line_chunks import too_long
from .row_fields import Rows
from .source_options import SourceOptions

if TYPE_CHECKING:
    import pyarrow as pa


class TableRows:
    """Makes entries of the rows of one table; shared by threads.

    Parameters
    ----------
    rows
        Where a row says what.
    max_row
        Bytes of the longest text that is read.
    source
        Name of the table.
    stem
        What the keys of rows without one begin with; empty: they have none.
    """

    def __init__(self, rows: Rows, max_row: int, source: str = "", stem: str = "") -> None:
        self._rows, self._max_row = rows, max_row
        self._source, self._stem = source, stem

    def entries(self, batch: pa.RecordBatch | pa.Table, lines: Iterable[int]) -> list[Entry]:
        """An entry a row; `lines` are their numbers."""
        return [self._entry(row, line) for row, line in zip(_rows_of(batch), lines, strict=False)]

    def _entry(self, row: dict[str, Any], line: int) -> Entry:
        unnamed = f"{self._stem}:{line}" if self._stem else ""
        longest = max((len(value) for value in row.values() if isinstance(value, (str, bytes))), default=0)
        if longest > self._max_row:
            failure = too_long(longest, self._max_row)
            return self._rows.failed(failure, self._source, line, self._rows.key_of(row) or unnamed)
        return self._rows.entry(row, self._source, line, unnamed)


def columns_of(schema: pa.Schema, options: SourceOptions, at: str) -> list[str]:
    """The columns that rows are made of; of a struct with an image, as Hugging Face has it, only ``image.path``.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no column of replies.
    """
    import pyarrow as pa

    names = options.names
    if not set(names["reply"]) & set(schema.names):
        raise expected(f"a column {' or '.join(map(repr, names['reply']))}", schema.names, at)
    wanted = {"error", "status", "request", *(name for named in names.values() for name in named)}
    found = [name for name in schema.names if name in wanted]
    images = [name for name in found if name in names["image"] and pa.types.is_struct(schema.field(name).type)]
    return [f"{name}.path" if name in images else name for name in found]


def _rows_of(batch: pa.RecordBatch | pa.Table) -> list[dict[str, Any]]:
    """Rows as dicts; bytes that are no UTF-8 in a column of texts, which nobody checks, become question marks."""
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except UnicodeDecodeError:
        columns = [_sound(column) for column in batch.columns]
        return [dict(zip(batch.schema.names, values, strict=True)) for values in zip(*columns, strict=True)]
    return rows


def _sound(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    import pyarrow as pa

    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
            return [None] * len(column)
        texts = column.cast(pa.large_binary()).to_pylist()
        return [None if text is None else text.decode("utf-8", "replace") for text in texts]
    return values
