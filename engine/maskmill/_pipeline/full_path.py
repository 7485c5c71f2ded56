"""Full path: decode any reply, item by item, and report every repair and every reason why there is no mask."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from .._device.kernel_jobs import Counts, MapJob, PolygonJob
from .._forms import (
    NoMask,
    Polygons,
    RunLengths,
    Tokens,
)
from .._frames import resized_image_note
from .._images.size import Size
from .._kernels.cpu.run_geometry import rectangle
from .._kernels.steps.boxes import pixel_corners
from .._options import Options
from .._reply import ParsedReply, ReplySource, read_source
from ..codebooks._decode_tokens import MAX_ROWS, replace_tokens_by_maps
from ..masks import Masks
from ..masks._storage import Columns, join_run_lengths
from ..status import Note, Problem, Status
from .budget import Budget
from .context import Context
from .deferred import JobRunner
from .mask_jobs import mask_of, unless_empty
from .placement import place_rows, stated_size_notes
from .repeated_masks import RepeatedMasks
from .row import UNREAD, Row, read_map, read_row

SizedReply = tuple[ReplySource, Size]
"""A reply, and the (width, height) of its image."""

_UNFILLED: Final = (Status.OK, Status.EMPTY)

_RELEASED: Final = NoMask(Status.OK, "")
"""Placeholder for a payload that is used up, so that its memory is freed; its status is never read."""


class _Draft(NamedTuple):
    """A reply of which some rows may still be pending."""

    reading: ParsedReply
    rows: list[Row]
    context: Context


def decode_any(replies: list[SizedReply], options: Options, run_jobs: JobRunner | None = None) -> list[Masks]:
    """Decode replies of any kind, one by one; the mask tokens and the deferred jobs of all of them together.

    Parameters
    ----------
    replies : list[tuple[ReplySource, tuple[int, int]]]
        Replies, each with the (width, height) of its image.
    options : Options
        The options of decoding.
    run_jobs : callable, optional
        Returns the run lengths of every kernel job; by default, the CPU runs each job at once.
    """
    defers_jobs = run_jobs is not None
    drafts = [_draft(source, Context(size, options, defers_jobs, Budget(options.limits))) for source, size in replies]
    _decode_tokens(drafts, options)
    if run_jobs is not None:
        _run_deferred(drafts, run_jobs)
    return [_assemble(draft) for draft in drafts]


def _draft(source: ReplySource, context: Context) -> _Draft:
    """Read a reply, and finish its rows but those of mask tokens and deferred jobs.

    The boxes and masks of the whole reply are placed first. Then each PNG becomes a mask before the next is read, so
    that only one map is in memory at a time.
    """
    options = context.options
    reading = read_source(source, options.limits)
    if options._convention.needs_size and reading.items:
        reading.notes.append(resized_image_note(context.size))
    reading.notes += stated_size_notes(reading.items, context.size)
    repeated = RepeatedMasks(reading.items)
    rows = [read_row(item, context.size, options.limits, repeated) for item in reading.items]
    place_rows(rows, context.size, options._convention)
    for row in rows:
        if row.mask_value.payload is UNREAD:
            read_map(row, context.size, options.limits, repeated)
            if isinstance(row.mask_value.payload, (Polygons, RunLengths)):  # it only began like a PNG
                place_rows([row], context.size, options._convention)
        if not isinstance(row.mask_value.payload, Tokens):
            _finish(row, context)
    return _Draft(reading, rows, context)


def _decode_tokens(drafts: list[_Draft], options: Options) -> None:
    """Finish the rows of mask tokens of all replies: a codebook decodes many for little more than one."""
    pending_rows = [
        (row, draft.context) for draft in drafts for row in draft.rows if isinstance(row.mask_value.payload, Tokens)
    ]
    for start in range(0, len(pending_rows), MAX_ROWS):
        chunk = pending_rows[start : start + MAX_ROWS]
        replace_tokens_by_maps([row.mask_value for row, _ in chunk], options._loaded_codebook)
        for row, context in chunk:
            _finish(row, context)


def _run_deferred(drafts: list[_Draft], run_jobs: JobRunner) -> None:
    """Run the jobs of all rows together."""
    rows = [(row, row.job, draft.context) for draft in drafts for row in draft.rows if row.job]
    for (row, _, context), counts in zip(rows, run_jobs([job for _, job, _ in rows]), strict=True):
        row.job = None
        _store(row, unless_empty(counts), context)


def _finish(row: Row, context: Context) -> None:
    """Turn the payload of a row into counts, a deferred job, or a status with its reason."""
    if row.box is not None:
        row.corners = row.box.in_pixels(context.size)
    result = mask_of(row, context)
    row.notes.extend(row.mask_value.notes)
    row.mask_value.payload = _RELEASED
    if isinstance(result, (MapJob, PolygonJob)):
        if context.defers_jobs:
            row.job = result
            return
        result = unless_empty(result.run())
    _store(row, result, context)


def _store(row: Row, result: Counts | NoMask, context: Context) -> None:
    """Give a row its counts, or its status with the reason."""
    if not isinstance(result, NoMask):
        result = context.budget.spend_counts(result) or result
    if isinstance(result, NoMask):
        row.status = result.status
        row.notes.append(Note(str(result.status), result.message))
        _fall_back(row, context)
    else:
        row.counts = result


def _fall_back(row: Row, context: Context) -> None:
    """Fill the box of a row without a mask, if the caller chose that."""
    if context.options.fallback != "box" or row.box is None or row.status in _UNFILLED:
        return
    width, height = context.size
    counts = rectangle(*pixel_corners(row.corners), width=width, height=height)
    if len(counts) < 2:
        return
    if reason := context.budget.spend_counts(counts):
        row.notes.append(Note(str(reason.status), reason.message))
    else:
        row.counts, row.is_filled = counts, True


def _assemble(draft: _Draft) -> Masks:
    """Return the masks of a reply whose rows are finished."""
    reading, rows, size = draft.reading, draft.rows, draft.context.size
    background = np.array([size[0] * size[1]], dtype=np.int32)
    counts = [background if row.counts is None else row.counts for row in rows]
    problems = [Problem(None, *note) for note in reading.notes]
    problems += [Problem(i, *note) for i, row in enumerate(rows) for note in row.notes]
    columns = Columns(
        labels=tuple(row.item.label for row in rows),
        status=tuple(row.status for row in rows),
        forms=tuple(row.mask_value.form for row in rows),
        scores=np.array([row.item.score for row in rows], dtype=np.float32),
        boxes=np.array([row.corners for row in rows], dtype=np.float64).reshape(-1, 4),
        filled=np.array([row.is_filled for row in rows], dtype=bool),
        items=tuple(row.item.raw for row in rows),
        **join_run_lengths(counts),
    )
    return Masks(size, columns, tuple(problems), reading.status, reading.model)
