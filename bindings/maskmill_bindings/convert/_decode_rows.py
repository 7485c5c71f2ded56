"""The work itself: entries of the input to rows of the table, and to lines about what has no mask.

Nothing here knows of files, threads or clusters, and nothing is raised for what an entry holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from maskmill.errors import ArgumentError

from .._table import to_batch
from ..record import Record
from ._filters import Filter, select
from ._tally import Tally

if TYPE_CHECKING:
    import pyarrow as pa

    from maskmill import Decoder, Masks

    from .._sources import Entry
    from ._options import Options

_WHOLE: Final = ("ok", "salvaged")
_UNREADABLE: Final = "unreadable"
"""The status of a reply that was never decoded."""

_KINDS: Final = 60
"""Characters of a failure by which failures are counted."""

_VARIABLE: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
"""Names and numbers, by which failures are not told apart."""


class Made(NamedTuple):
    """What a piece of the input became.

    Attributes
    ----------
    batch
        Rows of the table.
    images
        Record of each row of the input that was decoded, in order, and how many rows of `batch` are its own.
    unmasked
        JSON Lines, a line for each row of the input that lacks a mask, with reasons and with the reply itself.
    tally
        Counts.
    """

    batch: pa.RecordBatch
    images: list[tuple[Record, int]]
    unmasked: bytes
    tally: Tally


@dataclass(frozen=True, slots=True)
class Maker:
    """Decodes and selects; shared by threads."""

    decoder: Decoder
    keep: tuple[Filter, ...] = ()

    @classmethod
    def of(cls, options: Options) -> Maker:
        """What makes the masks of a conversion."""
        from maskmill import Decoder, Limits

        limits = Limits(max_reply_chars=options.max_reply_chars)
        decoder = Decoder(
            threshold=options.threshold,
            axis=options.axis,
            fallback=options.fallback,
            codebook=options.codebook or False,  # the environment was read where the options were made
            limits=limits,
        )
        return cls(decoder, options.keep)

    def from_entries(self, entries: Sequence[Entry]) -> Made:
        """Decode entries, each by itself."""
        sound = [entry for entry in entries if not entry.failure]
        decoded = dict(zip(map(id, sound), self._decoded(sound), strict=True))
        lines, records = [], []
        tally = Tally(rows=len(entries))
        for entry in entries:
            masks = decoded.get(id(entry))
            if masks is None or isinstance(masks, ArgumentError):
                why = entry.failure or str(masks)
                tally.failures[_kind(why)] += 1
                lines.append(_line(entry, entry.size, entry.reply, _UNREADABLE, [{"reason": why}]))
                continue
            records.append(Record(entry.key, masks, entry.image, entry.source, entry.line, entry.model))
            if reasons := reasons_of(masks):
                tally.nothing += str(masks.reply_status) in _WHOLE and not len(masks)
                lines.append(_line(entry, entry.size, entry.reply, str(masks.reply_status), reasons))
        return self._made(records, lines, tally)

    def from_records(self, records: Sequence[Record]) -> Made:
        """Take masks as they are; an image without any is no fault."""
        lacking = [(record, reasons_of(record.masks)) for record in records if len(record.masks)]
        lines = [_line(r, r.masks.size, None, str(r.masks.reply_status), reasons) for r, reasons in lacking if reasons]
        rowless = sum(not len(record.masks) for record in records)
        return self._made(list(records), lines, Tally(rows=len(records), rowless=rowless))

    def _decoded(self, entries: list[Entry]) -> list[Masks | ArgumentError]:
        return self.decoder.decode_batch([e.reply for e in entries], [e.size for e in entries])

    def _made(self, records: list[Record], lines: list[bytes], tally: Tally) -> Made:
        batch = to_batch(records)
        sizes = [len(record.masks) for record in records]
        chosen = select(batch, self.keep)
        if chosen is not None:
            sizes = _left(chosen, sizes)
            tally.filtered = batch.num_rows - sum(sizes)
            batch = batch.filter(chosen)
        tally.drawn = int(np.count_nonzero(batch.column("area")))
        tally.unmasked, tally.masks = len(lines), batch.num_rows
        tally.replies.update(str(record.masks.reply_status) for record in records)
        tally.repairs.update(p.code for r in records for p in r.masks.problems if p.code in _repairs())
        for counter, column in ((tally.forms, "form"), (tally.statuses, "status"), (tally.labels, "label")):
            counter.update({pair["values"]: pair["counts"] for pair in batch.column(column).value_counts().to_pylist()})
        return Made(batch, list(zip(records, sizes, strict=True)), b"".join(lines), tally)


def _kind(failure: str) -> str:
    """A failure without its names and numbers, cut short: what failures are counted by."""
    kind = _VARIABLE.sub("…", failure)
    return kind if len(kind) <= _KINDS else kind[: _KINDS - 1] + "…"


@cache
def _repairs() -> frozenset[str]:
    from maskmill.status import MENDED

    return frozenset(MENDED)


def _left(chosen: pa.Array, sizes: list[int]) -> list[int]:
    """How many rows of each record are chosen."""
    before = np.concatenate([[0], np.cumsum(chosen.to_numpy(zero_copy_only=False))])
    stops = np.cumsum([0, *sizes])
    left: list[int] = np.diff(before[stops]).tolist()
    return left


def reasons_of(masks: Masks) -> list[dict[str, Any]]:
    """Why masks are missing, an entry for each row without one and for the reply; empty if none is."""
    whole = str(masks.reply_status) in _WHOLE
    rows = [i for i, status in enumerate(masks.status) if status != "ok"]
    if whole and not rows and len(masks):
        return []
    reasons = [_reason(masks, i) for i in rows]
    if not whole or not len(masks):
        told = [p.message for p in masks.problems if p.row is None] or [masks.reply_status.sentence]
        reasons.append(
            {"status": str(masks.reply_status), "reason": "; ".join(told) if not whole else "nothing was found"}
        )
    return reasons


def _reason(masks: Masks, row: int) -> dict[str, Any]:
    mask = masks[row]
    told = [p.message for p in mask.problems if p.code == mask.status]
    return {
        "index": row,
        "label": mask.label,
        "status": str(mask.status),
        "reason": "; ".join(told) or mask.status.sentence,
    }


def _line(
    of: Entry | Record, size: tuple[int, int] | None, reply: Any, status: str, reasons: list[dict[str, Any]]
) -> bytes:
    width, height = size or (None, None)
    row = {
        "key": of.key,
        "source": of.source,
        "line": of.line,
        "image": of.image,
        "width": width,
        "height": height,
        "model": of.model,
        "reply_status": status,
        "reasons": reasons,
        "reply": reply,
    }
    return _dumped(row) + b"\n"


def _dumped(row: dict[str, Any]) -> bytes:
    import orjson

    try:
        return orjson.dumps(row, default=repr)
    except TypeError:  # half of a surrogate pair, or an integer past 64 bits
        return json.dumps(row, default=repr).encode()
