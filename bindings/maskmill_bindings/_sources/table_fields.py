"""Make entries of the rows of tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from maskmill.errors import ArgumentError, expected

from .entry import Entry
from .line_chunks import too_long_failure
from .row_fields import RowReader
from .services.likely_fields import IMAGES, KEYS
from .services.metadata import HOLDERS
from .source_options import SourceOptions

if TYPE_CHECKING:
    import pyarrow as pa


class TableReader:
    """Makes entries of the rows of one table; threads share one.

    Parameters
    ----------
    rows : RowReader
        Makes entries of parsed rows.
    max_row : int
        Bytes of the longest string that is read.
    source : str
        Name of the table.
    stem : str
        What the keys of rows without one begin with; empty: they stay empty.
    """

    def __init__(self, rows: RowReader, max_row: int, source: str = "", stem: str = "") -> None:
        self._rows, self._max_row = rows, max_row
        self._source, self._stem = source, stem

    def entries(self, batch: pa.RecordBatch | pa.Table, lines: Iterable[int]) -> list[Entry]:
        """Return one entry per row; `lines` are the numbers of the rows."""
        return [self._entry(row, line) for row, line in zip(_to_dicts(batch), lines, strict=False)]

    def _entry(self, row: dict[str, Any], line: int) -> Entry:
        default_key = f"{self._stem}:{line}" if self._stem else ""
        longest = max((len(value) for value in row.values() if isinstance(value, (str, bytes))), default=0)
        if longest > self._max_row:
            failure = too_long_failure(longest, self._max_row)
            return self._rows.failed(failure, self._source, line, self._rows.key_of(row) or default_key)
        return self._rows.entry(row, self._source, line, default_key)


def required_columns(schema: pa.Schema, options: SourceOptions, at: str) -> list[str]:
    """Return the columns that entries are made of; of a Hugging Face image struct only ``image.path``.

    Parameters
    ----------
    schema : pa.Schema
        Schema of the table.
    options : SourceOptions
        Names of columns.
    at : str
        Name of the table, for errors.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no column of replies.
    """
    import pyarrow as pa

    names = options.names
    if not set(names["reply"]) & set(schema.names):
        raise expected(f"a column {' or '.join(map(repr, names['reply']))}", schema.names, at)
    for role in ("key", "reply"):
        _check_type(schema, next((name for name in names[role] if name in schema.names), ""), role, at)
    wanted = {"error", "status", *HOLDERS, *(name for named in names.values() for name in named)}
    likely = {name for name in {*IMAGES, *KEYS} if name in schema.names and _is_plain(schema.field(name).type)}
    present = [name for name in schema.names if name in wanted or name in likely]
    images = [name for name in present if name in names["image"] and pa.types.is_struct(schema.field(name).type)]
    return [f"{name}.path" if name in images else name for name in present]


def _check_type(schema: pa.Schema, name: str, role: str, at: str) -> None:
    """Raise where a column of keys or replies holds dates or other values that have no one text."""
    import pyarrow as pa

    if not name:
        return
    kind = schema.field(name).type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    is_text = any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))
    is_fit = is_text or pa.types.is_null(kind) or (pa.types.is_integer(kind) if role == "key" else _is_reply(kind))
    if not is_fit:
        wanted = "texts or whole numbers" if role == "key" else "texts, bytes, objects or lists"
        raise ArgumentError(f"a column `{name}` of {wanted}", str(kind), at)


def _is_reply(kind: pa.DataType) -> bool:
    """Return whether a column can hold replies that are no plain texts."""
    import pyarrow as pa

    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_nested)
    return any(test(kind) for test in tests)


def _is_plain(kind: pa.DataType) -> bool:
    """Return whether a column holds texts or integers."""
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind))


def _to_dicts(batch: pa.RecordBatch | pa.Table) -> list[dict[str, Any]]:
    """Return rows as dicts; invalid UTF-8 in a string column, which Arrow does not check, is replaced."""
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except UnicodeDecodeError:
        columns = [_column_values(column) for column in batch.columns]
        return [dict(zip(batch.schema.names, values, strict=True)) for values in zip(*columns, strict=True)]
    return rows


def _column_values(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """Return the values of a column, None for those that Python cannot hold."""
    import pyarrow as pa

    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
            return [None] * len(column)
        texts = column.cast(pa.large_binary()).to_pylist()
        return [None if text is None else text.decode("utf-8", "replace") for text in texts]
    return values
