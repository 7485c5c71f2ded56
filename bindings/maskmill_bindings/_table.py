"""Masks as an Arrow table with one row per mask: the form that is stored, joined and sent between processes.

The columns about the reply (key, image, source, line, model, size) are repeated in each of its rows, and the rows of a
reply follow one another. `counts` are COCO strings, column-major; `area` is the number of their pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, expected

from ._safe_text import replace_surrogates
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
"""Columns of the table; box and score are null where a mask has none, problems are ``code: message``."""

_RECORDS_PER_BATCH: Final = 64
"""Records per batch of rows: they share the cost of twenty columns."""

RECORD_COLUMNS: Final = ("key", "image", "model", "source", "line", "width", "height")
"""Columns about the record; where one changes, the next record begins."""


def to_batch(records: Sequence[Record]) -> pa.RecordBatch:
    """Return the rows of some records.

    >>> import maskmill
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> batch = to_batch([Record("a", masks)])
    >>> batch.column("key").to_pylist(), batch.column("counts").to_pylist(), batch.column("area").to_pylist()
    (['a'], [b'8171O1o0'], [6])

    Raises
    ------
    maskmill.errors.ArgumentError
        The run lengths of the records take 2 GiB or more.
    """
    from maskmill.masks import _concatenate

    rows = _concatenate.concatenate([record.masks for record in records])
    sizes = np.diff(rows.stops, prepend=0)
    number = np.repeat(np.arange(len(records)), sizes)
    columns: dict[str, Any] = {
        **{
            name: _repeated([getattr(r, name) for r in records], number, SCHEMA.field(name).type)
            for name in RECORD_COLUMNS[:5]
        },
        "width": _repeated([r.masks.size[0] for r in records], number, pa.int32()),
        "height": _repeated([r.masks.size[1] for r in records], number, pa.int32()),
        "index": pa.array(_numbered(records), pa.int32()),
        "label": pa.array(map(replace_surrogates, rows.labels), pa.string()),
        "score": pa.array(rows.scores, mask=np.isnan(rows.scores)),
        "status": pa.array(rows.status, pa.string()),
        "form": pa.array(rows.forms, pa.string()),
        **{name: _boxes(rows.boxes, i) for i, name in enumerate(("x0", "y0", "x1", "y1"))},
        "counts": _binary(rows.strings, rows.string_offsets),
        "area": pa.array(rows.areas),
        "filled": pa.array(rows.filled),
        "problems": pa.array(_problems(records), pa.list_(pa.string())),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def to_batches(records: Iterable[Record]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a stream of records, some records at a time."""
    pending: list[Record] = []
    for record in records:
        pending.append(record)
        if len(pending) >= _RECORDS_PER_BATCH or len(record.masks) >= _RECORDS_PER_BATCH:
            yield to_batch(pending)
            pending = []
    if pending:
        yield to_batch(pending)


def to_records(batches: Iterable[pa.RecordBatch | pa.Table]) -> Iterator[Record]:
    """Yield the records of rows that `to_batch` made; the rows of a record may span batches.

    Raises
    ------
    maskmill.errors.ArgumentError
        A column is missing, or a row holds an invalid value.
    """
    rows = (row for batch in batches for row in iter_rows(batch))
    for own in _by_record(rows):
        key, image, model, source, line, width, height = _identity(own[0])
        if width is None or height is None:
            raise expected("width and height", None, f"row {key!r}")
        masks = rows_to_masks(own, (width, height))
        yield Record(key, masks, image or "", source or "", line or 0, model or "", row_numbers(own))


def _by_record(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each record: a new one begins where a record column changes or `index` restarts."""
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
    return tuple(row[name] for name in RECORD_COLUMNS)


def row_numbers(rows: list[dict[str, Any]]) -> tuple[int, ...]:
    """Return the rows' numbers within their reply; empty where they count from 0."""
    numbers = tuple(row["index"] for row in rows)
    return () if None in numbers or numbers == tuple(range(len(rows))) else numbers


def iter_rows(batch: pa.RecordBatch | pa.Table) -> Iterator[dict[str, Any]]:
    """Return the rows as dicts with every column of `SCHEMA`, None where the batch lacks it.

    Raises
    ------
    maskmill.errors.ArgumentError
        A required column is missing.
    """
    missing = {"key", "label", "height", "width", "counts"} - set(batch.schema.names)
    if missing:
        raise expected("a table of masks", f"one without {', '.join(sorted(missing))}", "columns")
    wanted = [name for name in SCHEMA.names if name in batch.schema.names]
    defaults = dict.fromkeys(SCHEMA.names)
    return ({**defaults, **row} for row in batch.select(wanted).to_pylist())


def rows_to_masks(rows: list[dict[str, Any]], size: tuple[int, int]) -> Masks:
    """Return the masks of one image, of (width, height) `size`, from its rows."""
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
    """Return the problems of each row as ``code: message``."""
    texts: list[list[str]] = []
    for record in records:
        rows: list[list[str]] = [[] for _ in range(len(record.masks))]
        for problem in record.masks.problems:
            if problem.row is not None:
                rows[problem.row].append(replace_surrogates(f"{problem.code}: {problem.message}"))
        texts += rows
    return texts


def _repeated(values: list[Any], number: NDArray[np.int64], kind: pa.DataType) -> pa.Array:
    """Return one value per record, repeated for each row of the record."""
    return pa.array([replace_surrogates(v) if isinstance(v, str) else v for v in values], kind).take(pa.array(number))


def _boxes(boxes: NDArray[np.float64], side: int) -> pa.Array:
    values = np.ascontiguousarray(boxes[:, side])
    return pa.array(values, mask=np.isnan(values))


def _binary(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> pa.Array:
    """Return concatenated strings as an Arrow array without copying them."""
    if len(data) >= 2**31:
        raise ArgumentError("records whose run lengths take less than 2 GiB together", f"{len(data)} bytes", "records")
    return pa.Array.from_buffers(
        pa.binary(), len(ends) - 1, [None, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(data)]
    )
