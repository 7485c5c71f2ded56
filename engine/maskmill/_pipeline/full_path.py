"""Full path: decode any reply, item by item, and report every repair and every reason why there is no mask."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from .._boxes import Box, read_box
from .._device.kernel_jobs import Counts, KernelJob, MapJob, PolygonJob
from .._forms import (
    MaskValue,
    NoMask,
    Polygons,
    ProbabilityMap,
    RunLengths,
    Tokens,
    classify,
    decide_axes,
    scale_unit_frame,
)
from .._image_size import Size
from .._kernels.cpu.rasterize.ring_measures import columns_crossed
from .._kernels.cpu.run_geometry import rectangle, scale
from .._kernels.cpu.run_lengths import to_canonical
from .._kernels.steps.boxes import pixel_corners
from .._options import Options
from .._reply import Item, ParsedReply, ReplySource, read_source
from ..codebooks._decode_tokens import MAX_ROWS, replace_tokens_by_maps
from ..errors import excerpt
from ..limits import Limits
from ..masks import Masks
from ..masks._storage import Columns, join_run_lengths
from ..status import Note, Problem, Status
from .deferred import JobRunner

SizedReply = tuple[ReplySource, Size]
"""A reply, and the (width, height) of its image."""

_ASPECT_TOLERANCE: Final = 0.01
_UNFILLED: Final = (Status.OK, Status.EMPTY)

_RELEASED: Final = NoMask(Status.OK, "")
"""Placeholder for a payload that is used up, so that its memory is freed; its status is never read."""


class _Context(NamedTuple):
    """What all rows of a reply share; `defers_jobs` keeps their kernel jobs for a GPU."""

    size: Size
    options: Options
    defers_jobs: bool


@dataclass(slots=True)
class _Row:
    """An item that becomes a row; it has counts, or a pending job, or a status other than ok."""

    item: Item
    box: Box | None
    mask_value: MaskValue
    notes: list[Note]
    status: Status = Status.OK
    counts: Counts | None = None
    job: KernelJob | None = None
    is_filled: bool = False
    corners: tuple[float, float, float, float] = field(default=(np.nan,) * 4)


class _Draft(NamedTuple):
    """A reply of which some rows may still be pending."""

    reading: ParsedReply
    rows: list[_Row]
    context: _Context


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
    drafts = [_draft(source, _Context(size, options, run_jobs is not None)) for source, size in replies]
    _decode_tokens(drafts, options)
    if run_jobs is not None:
        _run_deferred(drafts, run_jobs)
    return [_assemble(draft) for draft in drafts]


def _draft(source: ReplySource, context: _Context) -> _Draft:
    """Read a reply, and finish its rows but those of mask tokens and deferred jobs."""
    reading = read_source(source, context.options.limits)
    rows = [_row(item, context) for item in reading.items]
    polygons = [row for row in rows if isinstance(row.mask_value.payload, Polygons)]
    decide_axes([row.mask_value for row in polygons], [row.box for row in polygons], context.options.axis)
    for row in polygons:
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
        _store(row, _unless_empty(counts), context)


def _row(item: Item, context: _Context) -> _Row:
    """Classify the mask of an item, and finish its row unless it holds polygons or mask tokens.

    Polygons wait for the axis order of the whole reply, tokens to be decoded together. The rest is finished at once, so
    that only one PNG's map is in memory at a time.
    """
    box, notes = read_box(None if item.is_box_open else item.box, item.layout.box_frame == "thousandths")
    form = classify(item.mask, item.is_mask_open, item.assets, context.options.limits)
    if any(note.code == "box_unit" for note in notes):
        form = scale_unit_frame(form)
    row = _Row(item, box, form, [*item.notes, *notes])
    if not isinstance(form.payload, (Polygons, Tokens)):
        _finish(row, context)
    return row


def _finish(row: _Row, context: _Context) -> None:
    """Turn the payload of a row into counts, a deferred job, or a status with its reason."""
    if row.box is not None:
        row.corners = row.box.in_pixels(context.size)
    result = _result_of(row, context)
    row.notes.extend(row.mask_value.notes)
    row.mask_value.payload = _RELEASED
    if isinstance(result, (MapJob, PolygonJob)):
        if context.defers_jobs:
            row.job = result
            return
        result = _unless_empty(result.run())
    _store(row, result, context)


def _store(row: _Row, result: Counts | NoMask, context: _Context) -> None:
    """Give a row its counts, or its status with the reason."""
    if isinstance(result, NoMask):
        row.status = result.status
        row.notes.append(Note(str(result.status), result.message))
        _fall_back(row, context)
    else:
        row.counts = result


def _unless_empty(counts: Counts) -> Counts | NoMask:
    if len(counts) == 1:
        return NoMask(Status.EMPTY, "the mask was read well and has no pixel in this image")
    return counts


def _result_of(row: _Row, context: _Context) -> KernelJob | Counts | NoMask:
    payload = row.mask_value.payload
    if isinstance(payload, ProbabilityMap):
        return _from_map(row, payload, context)
    if isinstance(payload, Polygons):
        return _from_polygons(row, payload, context.size, context.options.limits)
    if isinstance(payload, RunLengths):
        result = _from_run_lengths(row, payload, context.size)
        return result if isinstance(result, NoMask) else _unless_empty(result)
    assert isinstance(payload, NoMask)  # tokens have been decoded
    return payload


def _from_map(row: _Row, payload: ProbabilityMap, context: _Context) -> KernelJob | NoMask:
    (width, height), options = context.size, context.options
    if row.box is None:
        box_text = "none" if row.item.box is None else excerpt(row.item.box)
        return NoMask(Status.NO_BOX, f"expected a box for the map, got {box_text}")
    if max(map(abs, row.box)) > options.limits.max_coordinate:
        message = f"expected a box within {options.limits.max_coordinate} (max_coordinate), got {excerpt(row.item.box)}"
        return NoMask(Status.TOO_LARGE, message)
    x0, y0, x1, y1 = corners = pixel_corners(row.corners)
    if x0 == x1 or y0 == y1:
        return NoMask(Status.DEGENERATE, f"expected a box with pixels in it, got {x1 - x0}x{y1 - y0} of this image")
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        row.notes.append(_clipped("box", corners, context.size))
    return MapJob(payload.pixels, len(payload.pixels), corners, context.size, options.threshold)


def _from_polygons(row: _Row, payload: Polygons, size: Size, limits: Limits) -> KernelJob | NoMask:
    rings = [
        (ring, p, h > 0) for p, part in enumerate(payload.parts) for h, ring in enumerate((part.outer, *part.holes))
    ]
    vertices = np.concatenate([ring for ring, _, _ in rings])
    stops = np.cumsum([len(ring) for ring, _, _ in rings], dtype=np.int64)
    crossings = sum(columns_crossed(vertices[start:stop], size[0]) for start, stop in pairwise((0, *stops)))
    if crossings > limits.max_crossings:
        message = f"expected edges that cross at most {limits.max_crossings} columns (max_crossings), got {crossings}"
        return NoMask(Status.TOO_LARGE, message)
    if vertices.min() < 0 or vertices.max() > 1000:
        x0, y0 = vertices.min(axis=0)
        x1, y1 = vertices.max(axis=0)
        row.notes.append(_clipped("ring", Box(y0, x0, y1, x1).in_pixels(size), size))
    parts = np.array([part for _, part, _ in rings], dtype=np.int64)
    holes = np.array([is_hole for _, _, is_hole in rings], dtype=np.bool_)
    return PolygonJob(vertices, stops, parts, holes, size)


def _from_run_lengths(row: _Row, payload: RunLengths, size: Size) -> Counts | NoMask:
    width, height = size
    counts = to_canonical(payload.counts)
    if payload.shape == (height, width):
        return counts
    source_height, source_width = payload.shape
    sizes = f"an RLE of {source_width}x{source_height} for an image of {width}x{height}"
    if abs(source_width * height - source_height * width) > _ASPECT_TOLERANCE * source_height * width:
        return NoMask(Status.GARBAGE, f"expected the image's size or its aspect, got {sizes}")
    row.notes.append(Note("rle_scaled", f"scaled {sizes}"))
    return scale(counts, source_shape=payload.shape, target_shape=(height, width))


def _fall_back(row: _Row, context: _Context) -> None:
    """Fill the box of a row without a mask, if the caller chose that."""
    if context.options.fallback != "box" or row.box is None or row.status in _UNFILLED:
        return
    width, height = context.size
    counts = rectangle(*pixel_corners(row.corners), width=width, height=height)
    if len(counts) > 1:
        row.counts, row.is_filled = counts, True


def _clipped(shape: str, corners: tuple[float, ...], size: Size) -> Note:
    place = ", ".join(f"{v:g}" for v in corners)
    return Note("clipped", f"the {shape} ({place}) leaves the image of {size[0]}x{size[1]} and was clipped to it")


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
    return Masks(size, columns, tuple(problems), reading.status)
