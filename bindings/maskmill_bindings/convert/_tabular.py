"""Tables of replies to tables of masks, for engines that move tables: Ray Data, Dask, Spark, a loop over batches."""

from __future__ import annotations

import pickle
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from .._safe_text import sound
from .._sources.row_json import parse
from .._table import SCHEMA
from ._decode_rows import Maker

if TYPE_CHECKING:
    from .._sources import SourceOptions
    from .._sources.table_fields import TableRows
    from ._options import Options

_OF_INPUT: Final = ("key", "image", "model", "source", "line")

TABULAR: Final = pa.schema(
    [*(field if field.name in _OF_INPUT else field.with_nullable(True) for field in SCHEMA), ("failure", pa.string())]
)
"""Columns of `table.SCHEMA`, and `failure`: null for a mask; in a row that stands for a reply which lacks one, why,
while the others are null but for those of the reply."""


def convert_table(table: pa.Table, options: Options) -> pa.Table:
    """The masks of a table of replies, and why others have none.

    >>> from .options import Options
    >>> replies = pa.table({"key": ["a", "b"], "reply": ['[{"mask": [[0, 0], [500, 0], [500, 500]]}]', "prose"]})
    >>> masks = convert_table(replies, Options(size=(8, 8)))
    >>> masks["key"].to_pylist(), masks["area"].to_pylist(), masks["failure"].to_pylist()
    (['a', 'b'], [6, None], [None, 'text or JSON without any item in it'])

    Nothing is raised for what a row holds, so that no row takes others with it. A part of a data set may be converted
    by itself, wherever and whenever: a row depends on no other.

    Parameters
    ----------
    table
        A row a reply, with the columns that a Parquet of replies may have; its buffers are only read.
    options
        How replies are decoded and selected; those about formats and shards do nothing here.

    Returns
    -------
    pyarrow.Table
        With the columns `TABULAR`: the masks in order, then a row for each reply that lacks a mask.
        ``masks.filter(pc.field("failure").is_null())`` leaves the masks. `source` is empty and `line` 0.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no column of replies.
    """
    rows, wanted, maker = _opened(pickle.dumps(options))
    made = maker.from_entries(rows.entries(_read(table, wanted), repeat(0)))
    failed = pa.Table.from_pylist(list(map(_failed, made.unmasked.splitlines())), TABULAR)
    masks = pa.Table.from_batches([made.batch]).append_column("failure", pa.nulls(made.batch.num_rows, pa.string()))
    return pa.concat_tables([masks.cast(TABULAR), failed])


@lru_cache(4)
def _opened(options: bytes) -> tuple[TableRows, SourceOptions, Maker]:
    """What options ask for, opened once in a process; they come as a pickle, which can be looked up."""
    from .._sources.opening import open_table
    from ._inputs import source_options

    chosen: Options = pickle.loads(options)
    wanted = source_options(chosen)
    return open_table(wanted), wanted, Maker.of(chosen)


def _read(table: pa.Table, wanted: SourceOptions) -> pa.Table:
    """The columns that are needed."""
    import pyarrow.compute as pc

    from .._sources.table_fields import columns_of

    columns = {}
    for name in columns_of(table.schema, wanted, "table"):
        whole = name.removesuffix(".path")
        columns[whole] = table[name] if name in table.schema.names else pc.struct_field(table[whole], "path")
    return pa.table(columns)


def _failed(line: bytes) -> dict[str, Any]:
    """The row for a line about a reply without a mask."""
    row, _ = parse(line)
    told = [f"row {r['index']}: {r['reason']}" if "index" in r else r["reason"] for r in row["reasons"]]
    return {**{name: row[name] for name in (*_OF_INPUT, "width", "height")}, "failure": sound("; ".join(told))}
