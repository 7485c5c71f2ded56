"""Convert tables of replies to tables of masks, for Ray Data, Dask, Spark or a loop over batches."""

from __future__ import annotations

import pickle
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from .._safe_text import replace_surrogates
from .._sources.row_json import parse_row
from .._table import SCHEMA
from ._decode_rows import ChunkConverter

if TYPE_CHECKING:
    from .._sources import SourceOptions
    from .._sources.table_fields import TableReader
    from ._options import ConvertOptions

_INPUT_COLUMNS: Final = ("key", "image", "model", "source", "line")

CONVERTED_SCHEMA: Final = pa.schema(
    [
        *(field if field.name in _INPUT_COLUMNS else field.with_nullable(True) for field in SCHEMA),
        ("failure", pa.string()),
    ]
)
"""The columns of `_table.SCHEMA`, and `failure`, which is null for a mask. A reply that lacks a mask has a row with the
reason in `failure`, in which only the columns about the reply are not null."""


def convert_table(table: pa.Table, options: ConvertOptions) -> pa.Table:
    """Convert a table of replies to a table of masks, with the reasons where masks are missing.

    >>> from maskmill_bindings.convert import Options
    >>> replies = pa.table({"key": ["a", "b"], "reply": ['[{"mask": [[0, 0], [500, 0], [500, 500]]}]', "prose"]})
    >>> masks = convert_table(replies, Options(size=(8, 8)))
    >>> masks["key"].to_pylist(), masks["area"].to_pylist(), masks["failure"].to_pylist()
    (['a', 'b'], [6, None], [None, 'text or JSON without any item in it'])

    Nothing is raised for the content of a row, so one row cannot fail the others. A row depends on no other: any part
    of a data set may be converted alone, anywhere and at any time.

    Parameters
    ----------
    table : pyarrow.Table
        One row per reply, with the columns that a Parquet file of replies may have; its buffers are only read.
    options : ConvertOptions
        How replies are decoded and filtered; options about formats and shards have no effect.

    Returns
    -------
    pyarrow.Table
        With the columns `CONVERTED_SCHEMA`: the masks in order, then one row per reply that lacks a mask.
        ``masks.filter(pc.field("failure").is_null())`` keeps the masks. `source` is empty and `line` 0.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no column of replies.
    """
    reader, reading, converter = _open(pickle.dumps(options))
    result = converter.convert_entries(reader.entries(_select_columns(table, reading), repeat(0)))
    failed = pa.Table.from_pylist(list(map(_failure_row, result.unmasked.splitlines())), CONVERTED_SCHEMA)
    no_failures = pa.nulls(result.batch.num_rows, pa.string())
    masks = pa.Table.from_batches([result.batch]).append_column("failure", no_failures)
    return pa.concat_tables([masks.cast(CONVERTED_SCHEMA), failed])


@lru_cache(4)
def _open(options: bytes) -> tuple[TableReader, SourceOptions, ChunkConverter]:
    """Open what the options ask for, once per process; pickled options are hashable."""
    from .._sources.opening import open_table_reader
    from ._inputs import source_options

    unpickled: ConvertOptions = pickle.loads(options)
    reading = source_options(unpickled)
    return open_table_reader(reading), reading, ChunkConverter.from_options(unpickled)


def _select_columns(table: pa.Table, options: SourceOptions) -> pa.Table:
    """Return the columns that entries are made of."""
    import pyarrow.compute as pc

    from .._sources.table_fields import required_columns

    columns = {}
    for name in required_columns(table.schema, options, "table"):
        column = name.removesuffix(".path")
        columns[column] = table[name] if name in table.schema.names else pc.struct_field(table[column], "path")
    return pa.table(columns)


def _failure_row(line: bytes) -> dict[str, Any]:
    """Return the row for a line about a reply that lacks a mask."""
    row, _ = parse_row(line)
    reasons = [f"row {r['index']}: {r['reason']}" if "index" in r else r["reason"] for r in row["reasons"]]
    return {
        **{name: row[name] for name in (*_INPUT_COLUMNS, "width", "height")},
        "failure": replace_surrogates("; ".join(reasons)),
    }
