"""The image list of a shard: one row per decoded row of the input, also where it has no mask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._safe_text import replace_surrogates
from ..._table import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from .._decode_rows import ChunkResult


def _schema() -> pa.Schema:
    import pyarrow as pa

    fields = [SCHEMA.field(name) for name in ("key", "image", "model", "source", "line", "width", "height")]
    return pa.schema([*fields, pa.field("rows", pa.int32(), nullable=False)])


def open_image_writer(path: Path) -> Any:
    """Open a writer for batches that `images_to_batch` returns."""
    import pyarrow as pa

    return pa.ipc.new_file(path, _schema(), options=pa.ipc.IpcWriteOptions(compression="zstd"))


def images_to_batch(result: ChunkResult) -> pa.RecordBatch:
    """Return key, image, model, source, line, size and number of masks of each decoded row of the input."""
    import pyarrow as pa

    rows = [
        {
            **{name: replace_surrogates(getattr(record, name)) for name in ("key", "image", "model", "source")},
            "line": record.line,
            "width": record.masks.size[0],
            "height": record.masks.size[1],
            "rows": rows,
        }
        for record, rows in result.images
    ]
    return pa.RecordBatch.from_pylist(rows, schema=_schema())
