"""Parquet: rows as columns, read a part of a row group at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskmill.errors import excerpt, told

from .byte_streams import identity_of
from .chunk import Chunk, Position
from .entry import Entry
from .row_fields import Rows
from .source_options import SourceOptions
from .table_fields import TableRows, columns_of

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class Parquet:
    """A Parquet file with a reply a row, of which only the columns that are needed are read.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is damaged, or has no column of replies.
    """

    def __init__(self, path: str, rows: Rows, options: SourceOptions) -> None:
        self.name, self._path = Path(path).name, path
        self._rows = rows
        self._table = TableRows(rows, options.max_row_bytes, self.name, Path(path).stem)
        with _opened(path) as file:
            self._columns = columns_of(file.schema_arrow, options, path)

    @property
    def can_seek(self) -> bool:
        """See `Source`; a row group is read from its beginning."""
        return True

    def identity(self) -> dict[str, Any]:
        """See `Source`."""
        return {**identity_of(self._path), **self._rows.identity()}

    def chunks(self, start: Position | None, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """See `Source`; a position is a number of rows."""
        first = start if isinstance(start, int) else 0
        for batch in self._batches(first, max_rows, max_bytes):
            for rows in _bounded(batch, max_bytes):
                digest = hashlib.sha256(rows.serialize()).digest()
                yield Chunk(self.name, first + 1, rows.num_rows, rows, first + rows.num_rows, rows.nbytes, digest)
                first += rows.num_rows

    def entries(self, chunk: Chunk) -> list[Entry]:
        """See `Source`."""
        return self._table.entries(chunk.data, count(chunk.first_line))

    def _batches(self, first: int, max_rows: int, max_bytes: int) -> Iterator[pa.RecordBatch]:
        """Batches from row `first` on; no batch spans two row groups."""
        with _opened(self._path) as file, _checked(self._path):
            for group in range(file.num_row_groups):
                found = file.metadata.row_group(group)
                if first >= found.num_rows:
                    first -= found.num_rows
                    continue
                rows = min(max_rows, max(1, max_bytes * found.num_rows // max(found.total_byte_size, 1)))
                for batch in file.iter_batches(rows, row_groups=[group], columns=self._columns):
                    if batch.num_rows > first:
                        yield _decoded(batch.slice(first))
                    first = max(first - batch.num_rows, 0)


def _bounded(batch: pa.RecordBatch, max_bytes: int) -> Iterator[pa.RecordBatch]:
    """A batch in pieces of as many rows as `max_bytes` allow, at least one."""
    start = 0
    while start < batch.num_rows:
        low, high = 1, batch.num_rows - start
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if batch.slice(start, middle).nbytes <= max_bytes else (low, middle - 1)
        yield batch.slice(start, low)
        start += low


def _decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch without dictionaries, which would not be part of its digest."""
    import pyarrow as pa

    columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _opened(path: str) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    with _checked(path):
        return pq.ParquetFile(path, buffer_size=2**20)  # a page at a time, not all of a row group


@contextmanager
def _checked(path: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise told("a Parquet file that can be read to its end", excerpt(str(error), 200), path) from None
