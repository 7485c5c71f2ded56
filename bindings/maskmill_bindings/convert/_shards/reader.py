"""Records out of shards, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..._table import masks_of, numbers_of, rows_of
from ...record import Record

if TYPE_CHECKING:
    from .shards import Shards


def records_in(shards: Shards, numbers: Iterable[int]) -> Iterator[Record]:
    """The records of some shards, in order; an image without a row has empty masks."""
    for number in numbers:
        yield from _records(shards, number)


def _records(shards: Shards, number: int) -> Iterator[Record]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(shards.path("rows", number)) as file:
        rows = (row for batch in file.iter_batches(batch_size=1024) for row in rows_of(batch))
        for image in _images(shards, number):
            own = list(islice(rows, image["rows"]))
            masks = masks_of(own, (image["width"], image["height"]))
            about = {name: image[name] for name in ("key", "image", "source", "line", "model")}
            yield Record(masks=masks, rows=numbers_of(own), **about)


def _images(shards: Shards, number: int) -> Iterator[dict[str, Any]]:
    import pyarrow as pa

    with pa.OSFile(str(shards.path("images", number))) as stream, pa.ipc.open_file(stream) as file:
        for i in range(file.num_record_batches):
            yield from file.get_batch(i).to_pylist()
