"""Masks of an image out of Parquet by its key, for training and for services.

An index of keys is made of the column `key` when it is first needed: 24 bytes a key beside the key itself, in 0.4 s and
49 MB for a million. After that a look-up reads the one or two groups of rows that hold the key's rows, and keeps the
last group for the next look-up. No file stays open between look-ups, so an object may be used from many threads, after
a fork (which shares the index where it was made before) and, pickled as a path, in a process of its own.
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

from ._table import OF_RECORD
from .record import Record

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from maskmill import Masks


class _Index(NamedTuple):
    """Where the rows of each record are; rows and groups are numbered through all files.

    Attributes
    ----------
    keys
        Of the R records, in order.
    order
        (R,) records sorted by key, by the bytes of UTF-8, which is Python's order of texts too.
    starts
        (R + 1,) first row of each record, and one past the last row.
    groups
        (G + 1,) first row of each group of rows, likewise.
    files
        (F + 1,) first group of each file, likewise.
    footers
        Of each file.
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

    An image that the table has no row for is not among the keys. The files must not change while they are in use.

    Parameters
    ----------
    path
        A file that `exports.parquet` wrote, or any other with the columns of `table.SCHEMA`, at least key, label,
        height, width and counts; rows of one key follow one another. Or a folder with such files.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no such file; when first used: it is no Parquet file, or not one of masks.
    """

    def __init__(self, path: str | Path) -> None:
        from .exports._shared.shard_paths import files_of

        self._path = Path(path)
        self._files = files_of(path, ".parquet")
        self._made: _Index | None = None
        self._last = threading.local()

    def __len__(self) -> int:
        """Number of records: of keys, where each comes once."""
        return len(self._index.keys)

    def __contains__(self, key: object) -> bool:
        """Whether there are masks under this key."""
        return isinstance(key, str) and self.find(key) is not None

    def __iter__(self) -> Iterator[str]:
        """The keys in the order of the rows."""
        return (key.as_py() for key in self._index.keys)

    def keys(self) -> list[str]:
        """The keys in the order of the rows: a new list."""
        keys: list[str] = self._index.keys.to_pylist()
        return keys

    def __getitem__(self, key: str) -> Masks:
        """The masks under a key; of a key that comes again after others, the first ones.

        Raises
        ------
        KeyError
            There are none.
        """
        number = self.find(key) if isinstance(key, str) else None
        if number is None:
            raise KeyError(key)
        return self.at(number).masks

    def at(self, number: int) -> Record:
        """The record of this number in the order of the rows, from 0; from the end where it is negative.

        Raises
        ------
        IndexError
            There are not so many.
        maskmill.errors.ArgumentError
            Its rows do not hold what they should.
        """
        from ._table import to_records

        index = self._index
        if not -len(self) <= number < len(self):
            raise IndexError(f"expected a number below {len(self)}, got {number} - at `at`")
        place = number % len(self)
        return next(to_records(self._rows(index, *index.starts[place : place + 2].tolist())))

    def __getstate__(self) -> Path:
        """Pickle the path; the index is made anew where it is needed."""
        return self._path

    def __setstate__(self, path: Path) -> None:
        """Open the path."""
        self.__init__(path)  # type: ignore[misc]

    def __repr__(self) -> str:
        """The path."""
        return f"MaskFile({str(self._path)!r})"

    @property
    def _index(self) -> _Index:
        """Threads that come first at once each make it, and keep the last: no lock that a fork could leave closed."""
        if self._made is None:
            self._made = _index_of(self._files)
        return self._made

    def find(self, key: str) -> int | None:
        """The number of the first record under a key, for `at`; None where there is none."""
        keys, order = self._index.keys, self._index.order
        place = bisect_left(order, key, key=lambda number: keys[int(number)].as_py())
        if place == len(order) or keys[int(order[place])].as_py() != key:
            return None
        return int(order[place])

    def _rows(self, index: _Index, start: int, stop: int) -> Iterator[pa.Table]:
        """Rows from `start` to `stop`, a table a group."""
        first, last = np.searchsorted(index.groups, [start, stop - 1], side="right") - 1
        for group in range(int(first), int(last) + 1):
            before = int(index.groups[group])
            begin = max(start - before, 0)
            yield self._group(index, group).slice(begin, stop - before - begin)

    def _group(self, index: _Index, group: int) -> pa.Table:
        """A group of rows: the last one of this thread, or read."""
        if getattr(self._last, "number", None) != group:
            self._last.table = _read_group(index, self._files, group)
            self._last.number = group
        table: pa.Table = self._last.table
        return table


def _read_group(index: _Index, files: list[Path], group: int) -> pa.Table:
    import pyarrow.parquet as pq

    from .exports._shared.table_rows import readable
    from .exports.parquet import columns_of

    number = int(np.searchsorted(index.files, group, side="right")) - 1
    with (
        readable("Parquet", files[number]),
        pq.ParquetFile(files[number], metadata=index.footers[number], pre_buffer=False) as opened,
    ):
        columns = columns_of(opened.schema_arrow)
        table = opened.read_row_group(group - int(index.files[number]), columns=columns, use_threads=False)
        return table.combine_chunks()


def _index_of(files: list[Path]) -> _Index:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from .exports._shared.table_rows import readable

    keys, starts, footers = [], [], []
    last: tuple[Any, ...] = ()
    row = 0
    for path in files:
        with readable("Parquet", path), pq.ParquetFile(path, pre_buffer=False) as opened:
            footers.append(opened.metadata)
            for batch in opened.iter_batches(columns=_columns(opened, path), use_threads=False):
                begun = _begun(batch, last)
                keys.append(batch["key"].cast(pa.large_string()).take(pa.array(begun)))
                starts.append(begun + row)
                row += batch.num_rows
                last = tuple(column[-1].as_py() for column in batch.columns)
    whole = pa.chunked_array(keys, pa.large_string()).combine_chunks()
    sizes = [[footer.row_group(i).num_rows for i in range(footer.num_row_groups)] for footer in footers]
    return _Index(
        whole,
        pc.array_sort_indices(whole).to_numpy(),
        np.concatenate([*starts, [row]]).astype(np.int64),
        np.cumsum([0, *(size for of_file in sizes for size in of_file)], dtype=np.int64),
        np.cumsum([0, *map(len, sizes)], dtype=np.int64),
        footers,
    )


def _columns(opened: pq.ParquetFile, path: Path) -> list[str]:
    names = opened.schema_arrow.names
    if "key" not in names:
        raise expected("a table of masks with a column `key`", names, str(path))
    return [name for name in ("index", *OF_RECORD) if name in names]


def _begun(batch: pa.RecordBatch, last: tuple[Any, ...]) -> NDArray[np.int64]:
    """Rows with which a record begins: something said of it changes, or the number has not grown; see `to_records`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    begins = np.zeros(batch.num_rows, np.bool_)
    for name, old, column in zip(batch.schema.names, last or [None] * batch.num_columns, batch.columns, strict=True):
        plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        whole = pa.concat_arrays([pa.array([old], plain.type), plain])
        differs = pc.less_equal if name == "index" else pc.not_equal
        begins |= pc.fill_null(differs(whole[1:], whole[:-1]), False).to_numpy(zero_copy_only=False)
    begins[:1] |= not last
    return np.flatnonzero(begins)
