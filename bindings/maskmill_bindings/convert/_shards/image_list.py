"""The images of a shard: each row of the input that was decoded, also one without a mask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._safe_text import sound
from ..._table import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from .._decode_rows import Made


def _schema() -> pa.Schema:
    import pyarrow as pa

    kept = [SCHEMA.field(name) for name in ("key", "image", "model", "source", "line", "width", "height")]
    return pa.schema([*kept, pa.field("rows", pa.int32(), nullable=False)])


def open_writer(path: Path) -> Any:
    """A writer of batches that `to_batch` makes."""
    import pyarrow as pa

    return pa.ipc.new_file(path, _schema(), options=pa.ipc.IpcWriteOptions(compression="zstd"))


def to_batch(made: Made) -> pa.RecordBatch:
    """Key, image, model, source, line, size and number of rows of each row of the input that was decoded."""
    import pyarrow as pa

    rows = [
        {
            **{name: sound(getattr(record, name)) for name in ("key", "image", "model", "source")},
            "line": record.line,
            "width": record.masks.size[0],
            "height": record.masks.size[1],
            "rows": rows,
        }
        for record, rows in made.images
    ]
    return pa.RecordBatch.from_pylist(rows, schema=_schema())
