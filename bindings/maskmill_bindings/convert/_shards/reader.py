"""Read the records of shards, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..._table import iter_rows, row_numbers, rows_to_masks
from ...record import Record

if TYPE_CHECKING:
    from .shards import Shards


def read_records(shards: Shards, numbers: Iterable[int]) -> Iterator[Record]:
    """Yield the records of some shards, in order; an image without a row has empty masks."""
    for number in numbers:
        yield from _records(shards, number)


def _records(shards: Shards, number: int) -> Iterator[Record]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(shards.path("rows", number)) as file:
        rows = (row for batch in file.iter_batches(batch_size=1024) for row in iter_rows(batch))
        for image in _images(shards, number):
            own = list(islice(rows, image["rows"]))
            masks = rows_to_masks(own, (image["width"], image["height"]))
            about = {name: image[name] for name in ("key", "image", "source", "line", "model")}
            yield Record(masks=masks, rows=row_numbers(own), **about)


def _images(shards: Shards, number: int) -> Iterator[dict[str, Any]]:
    import pyarrow as pa

    with pa.OSFile(str(shards.path("images", number))) as stream, pa.ipc.open_file(stream) as file:
        for i in range(file.num_record_batches):
            yield from file.get_batch(i).to_pylist()
