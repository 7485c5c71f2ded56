"""What the formats with one table row per mask have in common: checked batches, errors and losses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from maskmill.errors import ArgumentError

from ...record import Record
from .loss_warnings import LossWarner

if TYPE_CHECKING:
    import pyarrow as pa

_REQUIRED: Final = ("key", "label", "height", "width", "counts")
_MAX_COLUMNS: Final = 4096
_EXCEPTION: Final = re.compile(r"\b\w*(?:Error|Exception)\b:? ?")


def warn_of_empty_images(records: Iterable[Record], losses: LossWarner) -> Iterator[Record]:
    """Yield the records unchanged, and warn of those without a row, which leave nothing in a table."""
    for record in records:
        if not len(record.masks):
            losses.warn("an image without a row leaves nothing in the table")
        yield record


def table_columns_in(schema: pa.Schema) -> list[str]:
    """Return the columns of a file that belong to the table of masks."""
    from ..._table import SCHEMA

    return [name for name in SCHEMA.names if name in schema.names]


def check_schema(schema: pa.Schema, at: str) -> None:
    """Raise where a table is none of masks: a column is missing, comes twice, or is of another type.

    Parameters
    ----------
    schema : pa.Schema
        Schema of the table.
    at : str
        Its file.

    Raises
    ------
    maskmill.errors.ArgumentError
        The message names the column and its type.
    """
    from ..._table import SCHEMA

    if len(schema.names) > _MAX_COLUMNS:
        raise ArgumentError(f"a table of at most {_MAX_COLUMNS} columns", str(len(schema.names)), at)
    missing = [name for name in _REQUIRED if name not in schema.names]
    if missing:
        raise ArgumentError("a table of masks", f"one without {', '.join(missing)}", at)
    for field in SCHEMA:
        if schema.names.count(field.name) > 1:
            raise ArgumentError(f"one column `{field.name}`", str(schema.names.count(field.name)), at)
        if field.name in schema.names and not _can_be(schema.field(field.name).type, field.type):
            raise ArgumentError(
                f"a column `{field.name}` of type {field.type}", str(schema.field(field.name).type)[:80], at
            )


def _can_be(kind: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether values of a type can be those of the table's column, if each fits."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_null(kind):
        return True
    if types.is_string(wanted):
        return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))
    if types.is_binary(wanted):
        texts = types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
        return bool(texts or _can_be(kind, pa.string()))
    if types.is_integer(wanted):
        return bool(types.is_integer(kind))
    if types.is_floating(wanted):
        return bool(types.is_floating(kind) or types.is_integer(kind))
    if types.is_list(wanted):
        return bool((types.is_list(kind) or types.is_large_list(kind)) and _can_be(kind.value_type, wanted.value_type))
    return bool(types.is_boolean(kind))


def checked_batch(batch: pa.RecordBatch, at: str) -> pa.RecordBatch:
    """Return the columns of a batch that belong to the table, with its types, after checking every value.

    Arrow reads a batch without looking at offsets, lengths and texts; used as they are, wrong ones read memory that is
    not theirs.

    Parameters
    ----------
    batch : pa.RecordBatch
        A batch of a schema that `check_schema` has seen.
    at : str
        Its file.

    Raises
    ------
    maskmill.errors.ArgumentError
        A buffer is damaged, a value does not fit the table's type, or a required one is null.
    """
    import pyarrow as pa

    from ..._table import SCHEMA

    names = table_columns_in(batch.schema)
    try:
        batch = batch.select(names)
        batch.validate(full=True)
        columns = [_cast(batch.column(name), SCHEMA.field(name).type) for name in names]
    except (pa.ArrowException, ValueError) as error:
        raise ArgumentError("columns of valid values", _in_words(error), at) from None
    for name, column in zip(names, columns, strict=True):
        if name in _REQUIRED and column.null_count:
            raise ArgumentError(f"a value of `{name}` in each row", f"{column.null_count} without", at)
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema([SCHEMA.field(name) for name in names]))


def _cast(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Return a column as one of the table's type, without loss."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column if column.type == wanted else column.cast(wanted, safe=True)


@contextmanager
def translate_arrow_errors(kind: str, file: Path) -> Iterator[None]:
    """Turn Arrow's errors from reading a file of a kind, such as ``"Parquet"``, into an `ArgumentError`.

    Damaged files raise more than Arrow's exceptions: names that are no UTF-8, sizes beyond memory, missing columns.
    """
    import pyarrow as pa

    try:
        yield
    except ArgumentError:
        raise
    except UnicodeDecodeError:
        raise ArgumentError(f"a valid {kind} file", "names that are no UTF-8", str(file)) from None
    except (pa.ArrowException, OSError, MemoryError, SystemError, KeyError, ValueError, OverflowError) as error:
        raise ArgumentError(f"a valid {kind} file", _in_words(error), str(file)) from None


def _in_words(error: BaseException) -> str:
    """Return the first line of an error's message."""
    if isinstance(error, MemoryError):
        return "sizes beyond the memory"
    words = _EXCEPTION.sub("", str(error).partition("\n")[0])[:200]
    return words or "one that is damaged"
