"""Random access to masks in Parquet by key or number, for training and for services.

The column `key` is indexed on first use: 24 bytes per key beside the key itself, 0.4 s and 49 MB for a million keys.
After that a look-up reads the one or two row groups that hold the key's rows, and keeps the last group for the next
look-up. No file stays open between look-ups, so an object may be used from many threads, after a fork (which shares an
index built before it) and, pickled as a path, in another process.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import expected

from ._table import RECORD_COLUMNS
from .record import Record

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from maskmill import Masks


class _KeyIndex(NamedTuple):
    """Where the rows of each record are; rows and row groups are numbered across all files.

    Attributes
    ----------
    keys : pa.LargeStringArray
        Key of each of the R records, in order.
    order : ndarray of uint64, shape (R,)
        Records sorted by the UTF-8 bytes of their keys, which is Python's order of strings too.
    starts : ndarray of int64, shape (R + 1,)
        First row of each record, then one past the last row.
    groups : ndarray of int64, shape (G + 1,)
        First row of each row group, then one past the last row.
    files : ndarray of int64, shape (F + 1,)
        First row group of each file, then one past the last row group.
    footers : list of pq.FileMetaData
        Metadata of each file.
    """

    keys: pa.LargeStringArray
    order: NDArray[np.uint64]
    starts: NDArray[np.int64]
    groups: NDArray[np.int64]
    files: NDArray[np.int64]
    footers: list[pq.FileMetaData]


class MaskFile:
    """The masks of a Parquet file, or of a folder of shards, by key and by number.

    >>> import maskmill, tempfile
    >>> from maskmill_bindings.exports import parquet
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path] = parquet.write([Record("a", masks), Record("b", masks, "b.jpg")], Path(folder, "masks.parquet"))
    ...     file = MaskFile(path)
    ...     len(file), "b" in file, file["b"].labels.tolist(), file.at(1).image
    (2, True, ['cat'], 'b.jpg')

    An image without a row in the table has no key here. The files must not change while they are in use.

    Parameters
    ----------
    path : str or Path
        A file that `exports.parquet` wrote, or another with its columns, at least key, label, height, width and
        counts, in which the rows of one key follow one another; or a folder of such files.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no such file; on first use: it is no Parquet file, or holds no masks.
    """

    def __init__(self, path: str | Path) -> None:
        from .exports._shared.shard_paths import list_files

        self._path = Path(path)
        self._files = list_files(path, ".parquet")
        self._built: _KeyIndex | None = None
        self._last = threading.local()

    def __len__(self) -> int:
        """Return the number of records, which is that of keys where each occurs once."""
        return len(self._index.keys)

    def __contains__(self, key: object) -> bool:
        """Return whether there are masks under this key."""
        return isinstance(key, str) and self.find(key) is not None

    def __iter__(self) -> Iterator[str]:
        """Yield the keys in the order of the rows."""
        return (key.as_py() for key in self._index.keys)

    def keys(self) -> list[str]:
        """Return a new list of the keys in the order of the rows."""
        keys: list[str] = self._index.keys.to_pylist()
        return keys

    def __getitem__(self, key: str) -> Masks:
        """Return the masks under a key: those of its first record where several have that key.

        Raises
        ------
        KeyError
            No record has this key.
        """
        number = self.find(key) if isinstance(key, str) else None
        if number is None:
            raise KeyError(key)
        return self.at(number).masks

    def at(self, number: int) -> Record:
        """Return the record with this number in the order of the rows, from 0; negative numbers count from the end.

        Raises
        ------
        IndexError
            There are fewer records.
        maskmill.errors.ArgumentError
            A row of the record holds an invalid value.
        """
        from ._table import to_records

        index = self._index
        if not -len(self) <= number < len(self):
            raise IndexError(f"expected a number below {len(self)}, got {number} - at `at`")
        place = number % len(self)
        return next(to_records(self._rows(index, *index.starts[place : place + 2].tolist())))

    def __getstate__(self) -> Path:
        """Pickle the path only; the index is rebuilt on demand."""
        return self._path

    def __setstate__(self, path: Path) -> None:
        """Restore the object from its path."""
        self.__init__(path)  # type: ignore[misc]

    def __repr__(self) -> str:
        """Return the constructor call."""
        return f"MaskFile({str(self._path)!r})"

    @property
    def _index(self) -> _KeyIndex:
        """The index. Concurrent first users each build one and keep the last: a fork could leave a lock held."""
        if self._built is None:
            self._built = _build_index(self._files)
        return self._built

    def find(self, key: str) -> int | None:
        """Return the number of the first record under a key, for `at`; None where there is none."""
        keys, order = self._index.keys, self._index.order
        place = bisect_left(order, key, key=lambda number: keys[int(number)].as_py())
        if place == len(order) or keys[int(order[place])].as_py() != key:
            return None
        return int(order[place])

    def _rows(self, index: _KeyIndex, start: int, stop: int) -> Iterator[pa.Table]:
        """Yield the rows from `start` to `stop`, one table per row group."""
        first, last = np.searchsorted(index.groups, [start, stop - 1], side="right") - 1
        for group in range(int(first), int(last) + 1):
            before = int(index.groups[group])
            begin = max(start - before, 0)
            yield self._group(index, group).slice(begin, stop - before - begin)

    def _group(self, index: _KeyIndex, group: int) -> pa.Table:
        """Return a row group: the last one that this thread read, or from the file."""
        if getattr(self._last, "number", None) != group:
            self._last.table = _read_group(index, self._files, group)
            self._last.number = group
        table: pa.Table = self._last.table
        return table


def _read_group(index: _KeyIndex, files: list[Path], group: int) -> pa.Table:
    """Read one row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from .exports._shared.table_rows import check_schema, checked_batch, table_columns_in, translate_arrow_errors

    number = int(np.searchsorted(index.files, group, side="right")) - 1
    with (
        translate_arrow_errors("Parquet", files[number]),
        pq.ParquetFile(files[number], metadata=index.footers[number], pre_buffer=False) as opened,
    ):
        check_schema(opened.schema_arrow, str(files[number]))
        columns = table_columns_in(opened.schema_arrow)
        table = opened.read_row_group(group - int(index.files[number]), columns=columns, use_threads=False)
        batches = [checked_batch(batch, str(files[number])) for batch in table.to_batches()]
        return pa.Table.from_batches(batches).combine_chunks() if batches else table


def _build_index(files: list[Path]) -> _KeyIndex:
    """Read the keys and the footers of all files."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from .exports._shared.table_rows import translate_arrow_errors

    keys, starts, footers = [], [], []
    last: tuple[Any, ...] = ()
    row = 0
    for path in files:
        with translate_arrow_errors("Parquet", path), pq.ParquetFile(path, pre_buffer=False) as opened:
            footers.append(opened.metadata)
            for batch in opened.iter_batches(columns=_identity_columns(opened, path), use_threads=False):
                first_rows = _record_starts(batch, last)
                keys.append(batch["key"].cast(pa.large_string()).take(pa.array(first_rows)))
                starts.append(first_rows + row)
                row += batch.num_rows
                last = tuple(column[-1].as_py() for column in batch.columns)
    all_keys = pa.chunked_array(keys, pa.large_string()).combine_chunks()
    sizes = [[footer.row_group(i).num_rows for i in range(footer.num_row_groups)] for footer in footers]
    return _KeyIndex(
        all_keys,
        pc.array_sort_indices(all_keys).to_numpy(),
        np.concatenate([*starts, [row]]).astype(np.int64),
        np.cumsum([0, *(size for of_file in sizes for size in of_file)], dtype=np.int64),
        np.cumsum([0, *map(len, sizes)], dtype=np.int64),
        footers,
    )


def _identity_columns(opened: pq.ParquetFile, path: Path) -> list[str]:
    names = opened.schema_arrow.names
    if "key" not in names:
        raise expected("a table of masks with a column `key`", names, str(path))
    return [name for name in ("index", *RECORD_COLUMNS) if name in names]


def _record_starts(batch: pa.RecordBatch, last: tuple[Any, ...]) -> NDArray[np.int64]:
    """Return the rows that begin a record: a column changes, or `index` does not grow; see `to_records`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    begins = np.zeros(batch.num_rows, np.bool_)
    for name, old, column in zip(batch.schema.names, last or [None] * batch.num_columns, batch.columns, strict=True):
        values = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        values = pa.concat_arrays([pa.array([old], values.type), values])
        differs = pc.less_equal if name == "index" else pc.not_equal
        begins |= pc.fill_null(differs(values[1:], values[:-1]), False).to_numpy(zero_copy_only=False)
    begins[:1] |= not last
    return np.flatnonzero(begins)
