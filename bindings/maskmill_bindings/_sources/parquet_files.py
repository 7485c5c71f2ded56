"""Read Parquet files of replies, a part of a row group at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maskmill.errors import ArgumentError, excerpt

from .byte_streams import file_identity
from .chunk import Chunk, Position
from .entry import Entry
from .row_fields import RowReader
from .source_options import SourceOptions
from .table_fields import TableReader, required_columns

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class ParquetSource:
    """A Parquet file with one reply per row; only the required columns are read.

    Parameters
    ----------
    path : str
        Path of the file.
    rows : RowReader
        Makes entries of rows.
    options : SourceOptions
        Names of columns, and the longest row.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file is damaged, or has no column of replies.
    """

    def __init__(self, path: str, rows: RowReader, options: SourceOptions) -> None:
        self.name, self._path = Path(path).name, path
        self._rows = rows
        self._table = TableReader(rows, options.max_row_bytes, self.name, Path(path).stem)
        with _open_parquet(path) as file:
            self._columns = required_columns(file.schema_arrow, options, path)

    @property
    def can_seek(self) -> bool:
        """See `RowSource`; a row group is read from its beginning."""
        return True

    def identity(self) -> dict[str, Any]:
        """See `RowSource`."""
        return {**file_identity(self._path), **self._rows.identity()}

    def chunks(self, start: Position | None, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """See `RowSource`; a position is a number of rows.

        Parameters
        ----------
        start : Position, optional
            As in `RowSource.chunks`.
        max_rows, max_bytes : int
            As in `RowSource.chunks`.
        """
        first = start if isinstance(start, int) else 0
        for batch in self._batches(first, max_rows, max_bytes):
            for rows in _split_by_bytes(batch, max_bytes):
                digest = hashlib.sha256(rows.serialize()).digest()
                yield Chunk(self.name, first + 1, rows.num_rows, rows, first + rows.num_rows, rows.nbytes, digest)
                first += rows.num_rows

    def entries(self, chunk: Chunk) -> list[Entry]:
        """See `RowSource`."""
        return self._table.entries(chunk.data, count(chunk.first_line))

    def _batches(self, first: int, max_rows: int, max_bytes: int) -> Iterator[pa.RecordBatch]:
        """Yield batches from row `first` on; no batch spans two row groups."""
        with _open_parquet(self._path) as file, _parquet_errors(self._path):
            for group in range(file.num_row_groups):
                metadata = file.metadata.row_group(group)
                if first >= metadata.num_rows:
                    first -= metadata.num_rows
                    continue
                rows = min(max_rows, max(1, max_bytes * metadata.num_rows // max(metadata.total_byte_size, 1)))
                for batch in file.iter_batches(rows, row_groups=[group], columns=self._columns):
                    if batch.num_rows > first:
                        yield _decode_dictionaries(batch.slice(first))
                    first = max(first - batch.num_rows, 0)


def _split_by_bytes(batch: pa.RecordBatch, max_bytes: int) -> Iterator[pa.RecordBatch]:
    """Yield slices of a batch with as many rows as `max_bytes` allow, at least one."""
    start = 0
    while start < batch.num_rows:
        low, high = 1, batch.num_rows - start
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if batch.slice(start, middle).nbytes <= max_bytes else (low, middle - 1)
        yield batch.slice(start, low)
        start += low


def _decode_dictionaries(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch without dictionary columns, whose dictionaries would not be part of its digest."""
    import pyarrow as pa

    columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _open_parquet(path: str) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    with _parquet_errors(path):
        return pq.ParquetFile(path, buffer_size=2**20)  # a page at a time, not all of a row group


@contextmanager
def _parquet_errors(path: str) -> Iterator[None]:
    """Raise errors of Arrow as errors about the file."""
    import pyarrow as pa

    try:
        yield
    except ArgumentError:
        raise
    except (pa.ArrowException, OSError, MemoryError, SystemError, ValueError) as error:
        raise ArgumentError("a Parquet file that can be read to its end", excerpt(str(error), 200), path) from None
