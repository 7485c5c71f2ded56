"""Masks as an Arrow table, one row a mask: the form in which they are stored, joined and sent between processes.

What a row says of its reply (key, image, source, line, model, size) stands in every row of it; the rows of a reply
follow one another. `counts` are COCO strings, column-major; `area` is what they sum up to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from maskmill.errors import expected, told

from ._safe_text import sound
from .record import Record

if TYPE_CHECKING:
    from maskmill import Masks

SCHEMA: Final = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("index", pa.int32(), nullable=False),
        pa.field("label", pa.string(), nullable=False),
        pa.field("score", pa.float32()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("form", pa.string(), nullable=False),
        pa.field("x0", pa.float64()),
        pa.field("y0", pa.float64()),
        pa.field("x1", pa.float64()),
        pa.field("y1", pa.float64()),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("counts", pa.binary(), nullable=False),
        pa.field("area", pa.int64(), nullable=False),
        pa.field("filled", pa.bool_(), nullable=False),
        pa.field("image", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("problems", pa.list_(pa.string()), nullable=False),
    ]
)
"""Columns of the table; box and score are null where there is none, problems are ``code: message``."""

_AT_ONCE: Final = 64
"""Records that become a batch of rows together; they share the cost of twenty columns."""

OF_RECORD: Final = ("key", "image", "model", "source", "line", "width", "height")
"""Columns that say something of the record, and tell it from the next."""


def to_batch(records: Sequence[Record]) -> pa.RecordBatch:
    """The rows of some records.

    >>> import maskmill
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> batch = to_batch([Record("a", masks)])
    >>> batch.column("key").to_pylist(), batch.column("counts").to_pylist(), batch.column("area").to_pylist()
    (['a'], [b'8171O1o0'], [6])

    Raises
    ------
    maskmill.errors.ArgumentError
        The run lengths of all of them take 2 GiB or more.
    """
    from maskmill.masks import _concatenate

    rows = _concatenate.gather([record.masks for record in records])
    sizes = np.diff(rows.stops, prepend=0)
    number = np.repeat(np.arange(len(records)), sizes)
    columns: dict[str, Any] = {
        **{
            name: _repeated([getattr(r, name) for r in records], number, SCHEMA.field(name).type)
            for name in OF_RECORD[:5]
        },
        "width": _repeated([r.masks.size[0] for r in records], number, pa.int32()),
        "height": _repeated([r.masks.size[1] for r in records], number, pa.int32()),
        "index": pa.array(_numbered(records), pa.int32()),
        "label": pa.array(map(sound, rows.labels), pa.string()),
        "score": pa.array(rows.scores, mask=np.isnan(rows.scores)),
        "status": pa.array(rows.status, pa.string()),
        "form": pa.array(rows.forms, pa.string()),
        **{name: _boxes(rows.boxes, i) for i, name in enumerate(("x0", "y0", "x1", "y1"))},
        "counts": _binary(rows.strings, rows.string_ends),
        "area": pa.array(rows.areas),
        "filled": pa.array(rows.filled),
        "problems": pa.array(_problems(records), pa.list_(pa.string())),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def to_batches(records: Iterable[Record]) -> Iterator[pa.RecordBatch]:
    """The rows of a stream of records, some records at a time."""
    pending: list[Record] = []
    for record in records:
        pending.append(record)
        if len(pending) >= _AT_ONCE or len(record.masks) >= _AT_ONCE:
            yield to_batch(pending)
            pending = []
    if pending:
        yield to_batch(pending)


def to_records(batches: Iterable[pa.RecordBatch | pa.Table]) -> Iterator[Record]:
    """The records of rows that `to_batch` made, one at a time, also where one goes on in the next batch.

    Raises
    ------
    maskmill.errors.ArgumentError
        A column is missing, or a row does not hold what it should.
    """
    rows = (row for batch in batches for row in rows_of(batch))
    for found in _by_record(rows):
        key, image, model, source, line, width, height = _identity(found[0])
        if width is None or height is None:
            raise expected("width and height", None, f"row {key!r}")
        masks = masks_of(found, (width, height))
        yield Record(key, masks, image or "", source or "", line or 0, model or "", numbers_of(found))


def _by_record(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows of one record after the other: another begins where anything said of it changes, or numbers start again."""
    own: list[dict[str, Any]] = []
    for row in rows:
        restarts = own and row["index"] is not None and row["index"] <= (own[-1]["index"] or 0)
        if own and (restarts or _identity(row) != _identity(own[0])):
            yield own
            own = []
        own.append(row)
    if own:
        yield own


def _identity(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in OF_RECORD)


def numbers_of(rows: list[dict[str, Any]]) -> tuple[int, ...]:
    """Numbers of the rows in their reply; empty where they are those from 0 on."""
    numbers = tuple(row["index"] for row in rows)
    return () if None in numbers or numbers == tuple(range(len(rows))) else numbers


def rows_of(batch: pa.RecordBatch | pa.Table) -> Iterator[dict[str, Any]]:
    """Rows as dicts with every column, None where the batch lacks it.

    Raises
    ------
    maskmill.errors.ArgumentError
        A column is missing that nothing can stand in for.
    """
    missing = {"key", "label", "height", "width", "counts"} - set(batch.schema.names)
    if missing:
        raise expected("a table of masks", f"one without {', '.join(sorted(missing))}", "columns")
    wanted = [name for name in SCHEMA.names if name in batch.schema.names]
    defaults = dict.fromkeys(SCHEMA.names)
    return ({**defaults, **row} for row in batch.select(wanted).to_pylist())


def masks_of(rows: list[dict[str, Any]], size: tuple[int, int]) -> Masks:
    """The masks of one image out of its rows."""
    from maskmill import Masks
    from maskmill.status import Problem

    problems = [_problem(i, text) for i, row in enumerate(rows) for text in row["problems"] or ()]
    nan = float("nan")
    boxes = [[nan if row[name] is None else row[name] for name in ("x0", "y0", "x1", "y1")] for row in rows]
    return Masks.from_coco(
        [{"counts": row["counts"]} for row in rows],
        size,
        labels=[row["label"] for row in rows],
        scores=[nan if row["score"] is None else row["score"] for row in rows],
        boxes=boxes,
        status=_column(rows, "status"),
        forms=_column(rows, "form"),
        filled=[bool(row["filled"]) for row in rows],
        problems=[Problem(*problem) for problem in problems],
    )


def _column(rows: list[dict[str, Any]], name: str) -> list[str] | None:
    values = [row[name] for row in rows]
    return None if None in values else values


def _numbered(records: Sequence[Record]) -> NDArray[np.int64]:
    numbers = [np.array(r.rows) if r.rows else np.arange(len(r.masks)) for r in records]
    return np.concatenate(numbers) if numbers else np.empty(0, np.int64)


def _problem(row: int, text: str) -> tuple[int, str, str]:
    code, _, message = text.partition(": ")
    return row, code, message


def _problems(records: Sequence[Record]) -> list[list[str]]:
    told: list[list[str]] = []
    for record in records:
        rows: list[list[str]] = [[] for _ in range(len(record.masks))]
        for problem in record.masks.problems:
            if problem.row is not None:
                rows[problem.row].append(sound(f"{problem.code}: {problem.message}"))
        told += rows
    return told


def _repeated(values: list[Any], number: NDArray[np.int64], kind: pa.DataType) -> pa.Array:
    """A value for each record, repeated for each of its rows."""
    return pa.array([sound(v) if isinstance(v, str) else v for v in values], kind).take(pa.array(number))


def _boxes(boxes: NDArray[np.float64], side: int) -> pa.Array:
    values = np.ascontiguousarray(boxes[:, side])
    return pa.array(values, mask=np.isnan(values))


def _binary(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> pa.Array:
    """Texts end to end as they stand: nothing is copied but where they end."""
    if len(data) >= 2**31:
        raise told("records whose run lengths take less than 2 GiB together", f"{len(data)} bytes", "records")
    return pa.Array.from_buffers(
        pa.binary(), len(ends) - 1, [None, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(data)]
    )
