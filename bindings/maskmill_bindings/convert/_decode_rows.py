"""Decode entries of the input to rows of the table, and to lines about the rows without a mask.

Nothing here depends on files, threads or clusters, and nothing is raised for the content of an entry.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy as np

from maskmill._images.size import Size
from maskmill.errors import ArgumentError

from .._table import to_batch
from ..record import Record, Unread
from ._filters import Filter, select_rows
from ._tally import Tally

if TYPE_CHECKING:
    import pyarrow as pa

    from maskmill import Decoder, Masks

    from .._sources import Entry
    from ._options import ConvertOptions

_UNREADABLE: Final = "unreadable"
"""Status of a reply that was not decoded."""

_MAX_REASON: Final = 240
"""Characters of a failure that the counts keep."""


class ChunkResult(NamedTuple):
    """The output of one chunk of the input.

    Attributes
    ----------
    batch : pa.RecordBatch
        Rows of the table.
    images : list of (Record, int)
        Record of each decoded row of the input, in order, and the number of its rows in `batch`.
    unmasked : bytes
        JSON Lines: one line per row of the input that lacks a mask, with the reasons and the reply.
    tally : Tally
        Counts.
    """

    batch: pa.RecordBatch
    images: list[tuple[Record, int]]
    unmasked: bytes
    tally: Tally


@dataclass(frozen=True, slots=True)
class ChunkConverter:
    """Converts chunks: decodes and filters their rows. Threads share one.

    Attributes
    ----------
    decoder : maskmill.Decoder
        Decodes replies.
    filters : tuple of Filter
        Conditions that a row of the table must meet.
    """

    decoder: Decoder
    filters: tuple[Filter, ...] = ()

    @classmethod
    def from_options(cls, options: ConvertOptions) -> ChunkConverter:
        """Return the converter for the options of a conversion."""
        from maskmill import Decoder, Limits

        limits = Limits(max_reply_chars=options.max_reply_chars)
        decoder = Decoder(
            threshold=options.threshold,
            axis=options.axis,
            boxes=options.boxes,
            frame=options.frame,
            dialect=options.dialect,
            fallback=options.fallback,
            codebook=options.codebook or False,  # the options have read the environment already
            limits=limits,
        )
        return cls(decoder, options.keep)

    def convert_entries(self, entries: Sequence[Entry]) -> ChunkResult:
        """Decode entries, each independently."""
        readable = [entry for entry in entries if not entry.failure]
        decoded = dict(zip(map(id, readable), self._decode(readable), strict=True))
        lines, records = [], []
        tally = Tally(rows=len(entries), blank_keys=sum(entry.has_blank_key for entry in entries))
        for entry in entries:
            masks = decoded.get(id(entry))
            if masks is None or isinstance(masks, ArgumentError):
                failure = entry.failure or str(masks)
                tally.failures[_shortened(failure)] += 1
                lines.append(_line(entry, entry.size, entry.reply, _UNREADABLE, [{"reason": failure}]))
                continue
            records.append(Record(entry.key, masks, entry.image, entry.source, entry.line, entry.model))
            if reasons := absence_reasons(masks):
                tally.nothing += masks.reply_status.is_complete and not len(masks)
                lines.append(_line(entry, entry.size, entry.reply, str(masks.reply_status), reasons))
        return self._result(records, lines, tally)

    def convert_records(self, entries: Sequence[Record | Unread]) -> ChunkResult:
        """Keep masks that are there already; an image without a row is not listed, but what could not be read is."""
        records = [entry for entry in entries if isinstance(entry, Record)]
        tally, lines = Tally(rows=len(entries), rowless=sum(not len(record.masks) for record in records)), []
        for entry in entries:
            if isinstance(entry, Unread):
                tally.failures[_shortened(entry.reason)] += 1
                lines.append(_line(entry, None, None, _UNREADABLE, [{"reason": entry.reason}]))
            elif len(entry.masks) and (reasons := absence_reasons(entry.masks)):
                lines.append(_line(entry, entry.masks.size, None, str(entry.masks.reply_status), reasons))
        return self._result(records, lines, tally)

    def _decode(self, entries: list[Entry]) -> list[Masks | ArgumentError]:
        sizes = [cast(Size, entry.size) for entry in entries]  # known, since no entry has a failure
        return self.decoder.decode_batch([entry.reply for entry in entries], sizes)

    def _result(self, records: list[Record], lines: list[bytes], tally: Tally) -> ChunkResult:
        """Filter the rows of the records, and complete the counts."""
        batch = to_batch(records)
        sizes = [len(record.masks) for record in records]
        chosen = select_rows(batch, self.filters)
        if chosen is not None:
            sizes = _count_chosen(chosen, sizes)
            tally.filtered = batch.num_rows - sum(sizes)
            batch = batch.filter(chosen)
        tally.drawn = int(np.count_nonzero(batch.column("area")))
        tally.unmasked, tally.masks = len(lines), batch.num_rows
        tally.replies.update(str(record.masks.reply_status) for record in records)
        tally.repairs.update(p.code for r in records for p in r.masks.problems if p.code in _repairs())
        for counter, column in ((tally.forms, "form"), (tally.statuses, "status"), (tally.labels, "label")):
            counter.update({pair["values"]: pair["counts"] for pair in batch.column(column).value_counts().to_pylist()})
        return ChunkResult(batch, list(zip(records, sizes, strict=True)), b"".join(lines), tally)


def _shortened(failure: str) -> str:
    """Return a failure as the counts keep it."""
    return failure if len(failure) <= _MAX_REASON else failure[: _MAX_REASON - 1] + "…"


@cache
def _repairs() -> frozenset[str]:
    from maskmill.status import MENDED

    return frozenset(MENDED)


def _count_chosen(chosen: pa.Array, sizes: list[int]) -> list[int]:
    """Return how many rows of each record are chosen; `sizes` are the records' numbers of rows."""
    before = np.concatenate([[0], np.cumsum(chosen.to_numpy(zero_copy_only=False))])
    stops = np.cumsum([0, *sizes])
    counts: list[int] = np.diff(before[stops]).tolist()
    return counts


def absence_reasons(masks: Masks) -> list[dict[str, Any]]:
    """Return why masks are missing: one entry per row without a mask and one for the reply; empty where none is."""
    is_complete = masks.reply_status.is_complete
    rows = [i for i, status in enumerate(masks.status) if status != "ok"]
    if is_complete and not rows and len(masks):
        return []
    reasons = [_reason(masks, i) for i in rows]
    if not is_complete or not len(masks):
        messages = [p.message for p in masks.problems if p.row is None] or [masks.reply_status.sentence]
        reason = "nothing was found" if is_complete else "; ".join(messages)
        reasons.append({"status": str(masks.reply_status), "reason": reason})
    return reasons


def _reason(masks: Masks, row: int) -> dict[str, Any]:
    """Return the reason for one row."""
    mask = masks[row]
    messages = [p.message for p in mask.problems if p.code == mask.status]
    return {
        "index": row,
        "label": mask.label,
        "status": str(mask.status),
        "reason": "; ".join(messages) or mask.status.sentence,
    }


def _line(
    of: Entry | Record | Unread, size: tuple[int, int] | None, reply: Any, status: str, reasons: list[dict[str, Any]]
) -> bytes:
    """Return the line about a row without a mask."""
    width, height = size or (None, None)
    row = {
        "key": of.key,
        "source": of.source,
        "line": of.line,
        "image": of.image,
        "width": width,
        "height": height,
        "model": getattr(of, "model", ""),
        "reply_status": status,
        "reasons": reasons,
        "reply": reply,
    }
    return _dump_json(row) + b"\n"


def _dump_json(row: dict[str, Any]) -> bytes:
    import orjson

    try:
        return orjson.dumps(row, default=repr)
    except TypeError:  # a lone surrogate, or an integer past 64 bits
        return json.dumps(row, default=repr).encode()
