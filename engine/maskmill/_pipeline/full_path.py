"""From one reply to its masks: items, forms, kernels, in this order."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from .._boxes import Box, read_box
from .._device import cost_model
from .._device.kernel_jobs import Counts, MapWork, RingWork, Work
from .._device.selection import Target
from .._forms import Found, Map, Reason, Rings, Runs, Tokens, classify, in_unit_frame, settle_axes
from .._image_size import Size
from .._kernels.cpu import run_lengths
from .._kernels.cpu.rasterize.rasterize import columns_crossed
from .._reply import Item, Reading, Source, read_source
from ..codebooks import Codebook
from ..codebooks._decode_tokens import MOST, settle_tokens
from ..errors import excerpt
from ..limits import Limits
from ..masks import Masks
from ..masks._storage import Columns, joined
from ..status import Note, Problem, Status
from . import fast_path

_ASPECT_TOLERANCE: Final = 0.01
_UNFILLED: Final = (Status.OK, Status.EMPTY)

_DONE: Final = Reason(Status.OK, "")
"""What stands in for a payload whose memory is given back."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller may choose, checked."""

    threshold: int
    axis: str
    fallback: str
    limits: Limits
    target: Target = "cpu"
    codebook: Codebook | None = None


@dataclass(slots=True)
class _Row:
    """One item on its way to a row."""

    item: Item
    box: Box | None
    found: Found
    notes: list[Note]
    status: Status = Status.OK
    counts: Counts | None = None
    work: Work | None = None
    filled: bool = False
    corners: tuple[float, float, float, float] = field(default=(np.nan,) * 4)


class _Draft(NamedTuple):
    """A reply on its way to masks."""

    reading: Reading
    rows: list[_Row]
    size: Size


Job = tuple[Source, Size]


def build_all(jobs: list[Job], options: Options) -> list[Masks]:
    """Decode replies, each for an image of its size: the plain ones all at once, the others one by one."""
    texts = [(source.text, size) for source, size in jobs]
    if options.target != "cpu" and (options.target == "cuda" or cost_model.pays(texts)):
        return _build_on_device(jobs, texts, options)
    chosen = options.threshold, options.axis, options.limits
    short = fast_path.decode_batch(texts, *chosen, options.codebook) if jobs else []
    return _assembled(_drafted(jobs, short, options))


def _build_on_device(jobs: list[Job], texts: list[tuple[str, Size]], options: Options) -> list[Masks]:
    """Decode replies with the work of all of them done together: first that of the plain ones, then of the others."""
    from .._device import scheduler

    def make(works: list[Work]) -> list[Counts]:
        return scheduler.mill(works, "cuda" if options.target == "cuda" else "auto")

    chosen = options.threshold, options.axis, options.limits
    short = fast_path.build_all_elsewhere(texts, *chosen, make, options.codebook) if jobs else []
    drafts = _drafted(jobs, short, options)
    waiting = [(row, row.work) for draft in drafts if isinstance(draft, _Draft) for row in draft.rows if row.work]
    for (row, work), counts in zip(waiting, make([work for _, work in waiting]), strict=True):
        _settle(row, _checked(counts), work.size, options)
    return _assembled(drafts)


def _drafted(jobs: list[Job], short: list[Masks | None], options: Options) -> list[Masks | _Draft]:
    """The masks of plain replies, and the others as far as they go without a device; their tokens all at once."""
    drafts = [masks or _draft(*job, options) for masks, job in zip(short, jobs, strict=True)]
    _finish_tokens([draft for draft in drafts if isinstance(draft, _Draft)], options)
    return drafts


def _assembled(drafts: list[Masks | _Draft]) -> list[Masks]:
    return [_assemble(draft) if isinstance(draft, _Draft) else draft for draft in drafts]


def read_masks(source: Source, size: Size, options: Options) -> Masks:
    """Decode a reply the long way, on which everything is mended, weighed and said."""
    return _assembled(_drafted([(source, size)], [None], options))[0]


def _draft(source: Source, size: Size, options: Options) -> _Draft:
    """All of a reply but its tokens, and the work that is left to a device."""
    reading = read_source(source, options.limits)
    rows = [_row(item, size, options) for item in reading.items]
    rings = [row for row in rows if isinstance(row.found.payload, Rings)]
    settle_axes([row.found for row in rings], [row.box for row in rings], options.axis)
    for row in rings:
        _finish(row, size, options)
    return _Draft(reading, rows, size)


def _finish_tokens(drafts: list[_Draft], options: Options) -> None:
    """Finish rows of tokens, of all replies together: a codebook decodes many for little more than one."""
    waiting = [(row, draft.size) for draft in drafts for row in draft.rows if isinstance(row.found.payload, Tokens)]
    for start in range(0, len(waiting), MOST):
        some = waiting[start : start + MOST]
        settle_tokens([row.found for row, _ in some], options.codebook)
        for row, size in some:
            _finish(row, size, options)


def _row(item: Item, size: Size, options: Options) -> _Row:
    """Recognise one item, and finish it unless it holds rings, whose axes the whole reply settles, or tokens, which are
    read together: so one map of a PNG is in memory at a time.
    """
    limits = options.limits
    box, notes = read_box(None if item.box_open else item.box, item.in_thousandths)
    found = classify(item.mask, item.mask_open, item.assets, limits)
    if any(note.code == "box_unit" for note in notes):
        found = in_unit_frame(found)
    row = _Row(item, box, found, [*item.notes, *notes])
    if not isinstance(found.payload, (Rings, Tokens)):
        _finish(row, size, options)
    return row


def _finish(row: _Row, size: Size, options: Options) -> None:
    """Turn what was found into runs, or into a status with its reason; or leave the work to a device."""
    if row.box is not None:
        row.corners = row.box.in_pixels(size)
    made = _made(row, size, options)
    row.notes.extend(row.found.notes)
    row.found.payload = _DONE
    if isinstance(made, (MapWork, RingWork)) and options.target == "cpu":
        made = _checked(made.on_the_cpu())
    if isinstance(made, (MapWork, RingWork)):
        row.work = made
    else:
        _settle(row, made, size, options)


def _settle(row: _Row, made: Counts | Reason, size: Size, options: Options) -> None:
    """Give a row its runs, or its status with the reason."""
    row.work = None
    if isinstance(made, Reason):
        row.status = made.status
        row.notes.append(Note(str(made.status), made.message))
        _fall_back(row, size, options)
    else:
        row.counts = made


def _checked(counts: Counts) -> Counts | Reason:
    if len(counts) == 1:
        return Reason(Status.EMPTY, "the mask was read well and has no pixel in this image")
    return counts


def _made(row: _Row, size: Size, options: Options) -> Work | Counts | Reason:
    payload = row.found.payload
    if isinstance(payload, Map):
        return _from_map(row, payload, size, options)
    if isinstance(payload, Rings):
        return _from_rings(row, payload, size, options.limits)
    if isinstance(payload, Runs):
        made = _from_runs(row, payload, size)
        return made if isinstance(made, Reason) else _checked(made)
    assert isinstance(payload, Reason)  # tokens have been read
    return payload


def _from_map(row: _Row, payload: Map, size: Size, options: Options) -> Work | Reason:
    if row.box is None:
        given = "none" if row.item.box is None else excerpt(row.item.box)
        return Reason(Status.NO_BOX, f"expected a box for the map, got {given}")
    if max(map(abs, row.box)) > options.limits.max_coordinate:
        message = f"expected a box within {options.limits.max_coordinate} (max_coordinate), got {excerpt(row.item.box)}"
        return Reason(Status.TOO_LARGE, message)
    corners = pixel_corners(row.corners)
    x0, y0, x1, y1 = corners
    if x0 == x1 or y0 == y1:
        return Reason(Status.DEGENERATE, f"expected a box with pixels in it, got {x1 - x0}x{y1 - y0} of this image")
    width, height = size
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
        row.notes.append(_clipped("box", corners, size))
    return MapWork(payload.pixels, len(payload.pixels), corners, size, options.threshold)


def _from_rings(row: _Row, payload: Rings, size: Size, limits: Limits) -> Work | Reason:
    rings = [
        (ring, p, h > 0) for p, part in enumerate(payload.parts) for h, ring in enumerate((part.outer, *part.holes))
    ]
    vertices = np.concatenate([ring for ring, _, _ in rings])
    stops = np.cumsum([len(ring) for ring, _, _ in rings], dtype=np.int64)
    crossings = sum(columns_crossed(vertices[start:stop], size[0]) for start, stop in pairwise((0, *stops)))
    if crossings > limits.max_crossings:
        given = f"expected edges that cross at most {limits.max_crossings} columns (max_crossings), got {crossings}"
        return Reason(Status.TOO_LARGE, given)
    if vertices.min() < 0 or vertices.max() > 1000:
        x0, y0 = vertices.min(axis=0)
        x1, y1 = vertices.max(axis=0)
        row.notes.append(_clipped("ring", Box(y0, x0, y1, x1).in_pixels(size), size))
    parts = np.array([part for _, part, _ in rings], dtype=np.int64)
    holes = np.array([hole for _, _, hole in rings], dtype=np.bool_)
    return RingWork(vertices, stops, parts, holes, size)


def _from_runs(row: _Row, payload: Runs, size: Size) -> Counts | Reason:
    width, height = size
    counts = run_lengths.canonical(payload.counts)
    if payload.size == (height, width):
        return counts
    source_height, source_width = payload.size
    given = f"an RLE of {source_width}x{source_height} for an image of {width}x{height}"
    if abs(source_width * height - source_height * width) > _ASPECT_TOLERANCE * source_height * width:
        return Reason(Status.GARBAGE, f"expected the image's size or its aspect, got {given}")
    row.notes.append(Note("rle_scaled", f"scaled {given}"))
    return run_lengths.scale(counts, payload.size, (height, width))


def _fall_back(row: _Row, size: Size, options: Options) -> None:
    if options.fallback != "box" or row.box is None or row.status in _UNFILLED:
        return
    counts = run_lengths.rectangle(*pixel_corners(row.corners), *size)
    if len(counts) > 1:
        row.counts, row.filled = counts, True


def pixel_corners(corners: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    """Corners x0, y0, x1, y1 of the pixels a box covers: ``int()`` of each.

    >>> pixel_corners((192.0, 270.9, 1728.0, 810.0))
    (192, 270, 1728, 810)
    """
    x0, y0, x1, y1 = (int(v) for v in corners)
    return x0, y0, x1, y1


def _clipped(what: str, corners: tuple[float, ...], size: Size) -> Note:
    place = ", ".join(f"{v:g}" for v in corners)
    return Note("clipped", f"the {what} ({place}) leaves the image of {size[0]}x{size[1]} and was clipped to it")


def _assemble(draft: _Draft) -> Masks:
    reading, rows, size = draft
    background = np.array([size[0] * size[1]], dtype=np.int32)
    counts = [background if row.counts is None else row.counts for row in rows]
    problems = [Problem(None, *note) for note in reading.notes]
    problems += [Problem(i, *note) for i, row in enumerate(rows) for note in row.notes]
    columns = Columns(
        labels=tuple(row.item.label for row in rows),
        status=tuple(row.status for row in rows),
        forms=tuple(row.found.form for row in rows),
        scores=np.array([row.item.score for row in rows], dtype=np.float32),
        boxes=np.array([row.corners for row in rows], dtype=np.float64).reshape(-1, 4),
        filled=np.array([row.filled for row in rows], dtype=bool),
        items=tuple(row.item.raw for row in rows),
        **joined(counts),
    )
    return Masks(size, columns, tuple(problems), reading.status)
