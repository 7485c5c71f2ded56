"""Arrow IPC files (.arrow, or .feather for the same format): one row per mask.

The columns are those of `maskmill_bindings._table`. The buffers are zstd-compressed. The file holds and loses what a
Parquet file does, has no statistics, and is the quickest to load in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..record import Record, as_records
from ._reading.rules import OnUnread, Rule
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings
from ._shared.shard_paths import list_files
from ._shared.table_rows import check_schema, checked_batch, translate_arrow_errors, warn_of_empty_images

if TYPE_CHECKING:
    import pyarrow as pa

    from maskmill import Masks


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write one Arrow file.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write([Record("a", masks)], Path(folder, "masks.arrow"))
    ...     [(record.key, record.masks.labels.tolist()) for record in read(file)]
    [('a', ['cat'])]

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        A record without a row leaves nothing in the file.
    path : str or Path
        File to write.
    settings : Settings, optional
        Not used.
    """
    import pyarrow as pa

    from .._table import SCHEMA, to_batches

    file = Path(path)
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.OSFile(str(file), "wb") as stream, pa.ipc.new_file(stream, SCHEMA, options=options) as writer:
        for batch in to_batches(warn_of_empty_images(as_records(records), LossWarner())):
            writer.write_batch(batch)
    return [file]


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of an Arrow file, or of the shards in a folder, in order.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        Not used: the file holds finished masks.
    """
    from .._table import to_records

    files = list_files(path, ".arrow", ".feather")
    return to_records(batch for file in files for batch in _batches(file))


def _batches(file: Path) -> Iterator[pa.RecordBatch]:
    """Yield the record batches of a file."""
    import pyarrow as pa

    with translate_arrow_errors("Arrow", file), pa.OSFile(str(file)) as stream, pa.ipc.open_file(stream) as opened:
        check_schema(opened.schema, str(file))
        for i in range(opened.num_record_batches):
            yield checked_batch(opened.get_batch(i), f"batch {i} of {file}")
