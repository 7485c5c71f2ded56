"""Arrow IPC files (.arrow, and .feather, which is the same): the table of `maskmill_bindings._table`, a batch at a time.

The buffers are zstd-compressed. The file holds what the Parquet holds and loses what it loses, has no statistics, and
is the quickest to load as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..record import Record, as_records
from . import Settings
from ._shared.loss_warnings import Losses
from ._shared.shard_paths import files_of
from ._shared.table_rows import readable, with_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from maskmill import Masks


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write records as one Arrow file.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write([Record("a", masks)], Path(folder, "masks.arrow"))
    ...     [(record.key, record.masks.labels.tolist()) for record in read(file)]
    [('a', ['cat'])]

    Parameters
    ----------
    records
        Taken as a stream; a record without a row leaves nothing in the file.
    path
        The file.
    settings
        Nothing of them is used.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    import pyarrow as pa

    from .._table import SCHEMA, to_batches

    file = Path(path)
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.OSFile(str(file), "wb") as stream, pa.ipc.new_file(stream, SCHEMA, options=options) as writer:
        for batch in to_batches(with_rows(as_records(records), Losses())):
            writer.write_batch(batch)
    return [file]


def read(path: str | Path) -> Iterator[Record]:
    """The records of an Arrow file, or of the shards in a folder, in order, one at a time.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no such file, it is no Arrow file, a column is missing, or a row does not hold what it should.
    """
    from .._table import to_records

    files = files_of(path, ".arrow", ".feather")
    return to_records(batch for file in files for batch in _batches(file))


def _batches(file: Path) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    with readable("Arrow", file), pa.OSFile(str(file)) as stream, pa.ipc.open_file(stream) as opened:
        for i in range(opened.num_record_batches):
            yield opened.get_batch(i)
