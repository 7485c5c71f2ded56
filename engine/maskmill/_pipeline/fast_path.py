"""Fast path: decode well-formed replies in one kernel call, without a Python object per coordinate or pixel.

Nearly every reply is well-formed: valid JSON, per item one box and one PNG data URI, list of points or 16 mask tokens,
and nothing to repair or report.
Any other reply, and any that a kernel rejects, comes back as None for the full path, which gives the same masks for a
well-formed one. Where a GPU or a codebook does a part of the work, the kernel collects jobs instead: see `deferred`.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from .._device.kernel_jobs import Counts
from .._frames.notes import assumed_order_note, swapped_axes_note, unchecked_frame_note
from .._images.size import Size
from .._kernels.cpu.png.binary_png import MAX_SIDE
from .._kernels.cpu.replies import scan_json
from .._kernels.cpu.replies.batch import AS_WRITTEN, BOX_SWAPPED, CLEARLY_SWAPPED, ReplyTexts
from .._kernels.cpu.replies.collect_reply import CollectedJobs, new_job_buffers
from .._kernels.cpu.replies.process_replies import process_replies
from .._options import Options
from .._reply import keys
from .._reply.read import without_fence
from ..limits import Limits
from ..masks import Masks
from ..masks._storage import Columns, LazyItems, join_run_lengths
from ..status import Note, Problem, ReplyStatus, Status
from .buffers import Buffers, buffers_for
from .deferred import JobRunner, RowNotes, jobs_of

SizedText = tuple[str, Size]
"""A reply, and the (width, height) of its image."""

_FORMS: Final = {scan_json.PNG: "png", scan_json.POLYGON: "ring", scan_json.TOKENS: "tokens"}
_MIN_DEPTH: Final = 6
"""Nesting of a well-formed reply, and a little more."""

_NO_COUNTS: Final = np.empty(0, np.int32)

_ROLES: Final = (
    (keys.GEMINI_BOX_NAMES, scan_json.IS_BOX),
    (keys.YX_BOX_NAMES, scan_json.IS_YX_BOX),
    (keys.XY_BOX_NAMES, scan_json.IS_XY_BOX),
    (keys.MASK_NAMES, scan_json.IS_MASK),
    (keys.LABEL_NAMES, scan_json.IS_LABEL),
    (keys.SCORE_NAMES, scan_json.IS_SCORE),
    (keys.CONTAINER_NAMES, scan_json.IS_CONTAINER),
)


def decode_well_formed(texts: list[SizedText], options: Options) -> list[Masks | None]:
    """Decode well-formed replies on the CPU; None for any other, and for mask tokens.

    >>> text = '[{"box_2d": [0, 0, 9, 9], "mask": [[0, 0], [9, 0], [9, 9]]}]'
    >>> decode_well_formed([(text, (640, 480)), ("no JSON", (640, 480))], Options())
    [<Masks: 1 rows of 640x480, 1 ok>, None]
    """
    batch = _new_batch(texts, options)
    row_stops = _decode(batch, options).tolist()
    n, decoded = row_stops[-1], batch.buffers.decoded
    offsets = decoded.offsets[: n + 1].copy()
    table = _copy_rows(batch.buffers, n, decoded.counts[: offsets[-1]].copy(), offsets, {})
    return _split(batch, row_stops, table)


def decode_deferred(texts: list[SizedText], options: Options, run_jobs: JobRunner) -> list[Masks | None]:
    """Decode well-formed replies with a GPU or a codebook; None for any other.

    >>> from .._device.kernel_jobs import run_on_cpu
    >>> text = '[{"box_2d": [0, 0, 9, 9], "mask": [[0, 0], [9, 0], [9, 9]]}]'
    >>> decode_deferred([(text, (640, 480))], Options(), run_on_cpu)
    [<Masks: 1 rows of 640x480, 1 ok>]

    Parameters
    ----------
    texts : list[tuple[str, tuple[int, int]]]
        Replies, each with the (width, height) of its image.
    options : Options
        The codebook decodes mask tokens.
    run_jobs : callable
        Returns the run lengths of every kernel job, all of them at once.
    """
    batch = _new_batch(texts, options)
    collected, stops = _collect(batch, options)
    row_stops = stops.tolist()
    ranges = list(zip([0, *row_stops], row_stops, strict=False))
    sizes = [size for (_, size), (first, last) in zip(texts, ranges, strict=True) for _ in range(last - first)]
    jobs, notes = jobs_of(collected, sizes, options)
    results = iter(run_jobs([job for job in jobs if job]))
    counts = [next(results) if job else _NO_COUNTS for job in jobs]
    masks = _split(batch, row_stops, _copy_rows(batch.buffers, row_stops[-1], **join_run_lengths(counts), notes=notes))
    pairs = zip(masks, ranges, strict=True)
    max_counts = options.limits.max_reply_counts
    return [None if _is_rejected(counts[first:last], max_counts) else done for done, (first, last) in pairs]


def collect_jobs(texts: list[SizedText], options: Options) -> int:
    """Do the part of `decode_deferred` that threads can share, and return the number of jobs; to measure its time.

    >>> collect_jobs([('[{"box_2d": [0, 0, 9, 9], "mask": [[0, 0], [9, 0], [9, 9]]}]', (640, 480))], Options())
    1
    """
    return int(_collect(_new_batch(texts, options), options)[1][-1])


@cache
def key_names() -> scan_json.KeyNames:
    """Return the names of keys in a well-formed reply, the commonest first."""
    pairs = [(name.encode(), role) for names, role in _ROLES for name in names]
    pairs.sort(key=lambda pair: pair[0] not in (b"box_2d", b"mask", b"label"))
    letters, stops = b"".join(name for name, _ in pairs), np.cumsum([len(name) for name, _ in pairs])
    return scan_json.KeyNames(np.frombuffer(letters, np.uint8), stops, np.array([role for _, role in pairs]))


# From texts to kernels.


class _Batch(NamedTuple):
    """The replies of a kernel call: their bytes, one by one and end to end, their images' sizes, and the buffers."""

    encoded: list[bytes]
    sizes: list[Size]
    kernel_texts: ReplyTexts
    buffers: Buffers


def _new_batch(texts: list[SizedText], options: Options) -> _Batch:
    encoded, sizes = [_encode(text, options) for text, _ in texts], [size for _, size in texts]
    stops = list(accumulate(map(len, encoded)))
    size_array = np.array(sizes, np.int64)
    kernel_texts = ReplyTexts(np.frombuffer(b"".join(encoded), np.uint8), np.array(stops, np.int64), size_array)
    return _Batch(encoded, sizes, kernel_texts, buffers_for(stops[-1], *map(max, zip(*sizes, strict=True))))


def _encode(text: str, options: Options) -> bytes:
    """Return a text as bytes, without its fence; empty if it cannot be well-formed, or other frames are asked for."""
    limits = options.limits
    if len(text) > limits.max_reply_chars or not _are_wide(limits) or options._has_convention:
        return b""
    try:
        return without_fence(text.strip()).encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return b""


def _are_wide(limits: Limits) -> bool:
    """Tell whether a well-formed reply can exceed no limits but those on text and polygons."""
    return limits.max_depth >= _MIN_DEPTH and limits.max_coordinate >= 1000 and limits.max_map_pixels >= MAX_SIDE**2


def _decode(batch: _Batch, options: Options) -> NDArray[np.int64]:
    """Decode all texts, again with larger buffers until they suffice; return one past the last row of each."""
    texts, buffers = batch.kernel_texts, batch.buffers
    row_stops = np.empty(len(texts.stops), np.int64)
    arguments = texts, options._kernel_options, key_names(), buffers.scanned, buffers.rows, row_stops
    while (done := process_replies(*arguments, buffers.decoded)) < len(row_stops):
        if done < 0:
            buffers.grow_polygons(-done)
        else:
            buffers.grow_counts()
    return row_stops


def _collect(batch: _Batch, options: Options) -> tuple[CollectedJobs, NDArray[np.int64]]:
    """Collect the jobs of all texts, again with larger buffers until they suffice; also return the row stops."""
    texts, buffers = batch.kernel_texts, batch.buffers
    scanned, png = buffers.scanned, buffers.decoded.maps.png
    row_stops, max_words = np.empty(len(texts.stops), np.int64), len(texts.data)
    while True:
        jobs = new_job_buffers(len(scanned.rows), len(scanned.points), max_words, png)
        done = process_replies(texts, options._kernel_options, key_names(), scanned, buffers.rows, row_stops, jobs)
        if done == len(row_stops):
            return jobs, row_stops
        max_words *= 2


# From kernels to masks.


class _RowTable(NamedTuple):
    """The rows of all replies, copied out of the buffers that the next batch will use."""

    rows: list[list[int]]
    scores: NDArray[np.float32]
    boxes: NDArray[np.float64]
    counts: Counts
    offsets: NDArray[np.int64]
    swaps: list[int]
    notes: RowNotes


def _copy_rows(buffers: Buffers, n: int, counts: Counts, offsets: NDArray[np.int64], notes: RowNotes) -> _RowTable:
    rows = buffers.rows
    scores, boxes = rows.scores[:n].copy(), rows.boxes[:n].copy()
    return _RowTable(buffers.scanned.rows[:n].tolist(), scores, boxes, counts, offsets, rows.swaps[:n].tolist(), notes)


def _split(batch: _Batch, row_stops: list[int], table: _RowTable) -> list[Masks | None]:
    """Return the masks of each reply; None for a reply without rows."""
    return [
        _masks_of(text, table, slice(first, last), size) if last > first else None
        for text, size, first, last in zip(batch.encoded, batch.sizes, [0, *row_stops], row_stops, strict=False)
    ]


def _masks_of(text: bytes, table: _RowTable, rows: slice, size: Size) -> Masks | None:
    scanned, n = table.rows[rows], rows.stop - rows.start
    offsets, swaps = table.offsets[rows.start : rows.stop + 1], table.swaps[rows]
    try:
        labels = tuple([_label(text, row) for row in scanned])
    except orjson.JSONDecodeError:  # an escape that JSON does not know
        return None
    columns = Columns(
        labels=labels,
        status=(Status.OK,) * n,
        forms=tuple([_FORMS[row[scan_json.FORM]] for row in scanned]),
        scores=table.scores[rows],
        boxes=table.boxes[rows],
        filled=np.zeros(n, bool),
        items=LazyItems(text, [(row[scan_json.START], row[scan_json.STOP]) for row in scanned]),
        counts=table.counts[offsets[0] : offsets[-1]],
        offsets=offsets - offsets[0],
    )
    problems: list[Problem] = []
    if any(swaps) or any([row[scan_json.BOX_KEY] for row in scanned]):  # noqa: C419 - twice as fast for few rows
        pairs = enumerate(zip(scanned, swaps, strict=True))
        problems = [Problem(i, *note) for i, (row, swap) in pairs for note in _order_notes(row, swap)]
    if table.notes:
        problems += [Problem(i, *note) for i in range(n) for note in table.notes.get(rows.start + i, ())]
    return Masks(size, columns, tuple(problems), ReplyStatus.OK)


def _order_notes(row: list[int], swap: int) -> list[Note]:
    """Return what is to be said about the order and the frame of a row; see `_frames`."""
    if row[scan_json.FORM] != scan_json.POLYGON:
        return []
    notes = [unchecked_frame_note()] if row[scan_json.BOX_KEY] != scan_json.GEMINI_KEY else []
    if swap == BOX_SWAPPED:
        notes.append(assumed_order_note("xy"))
    elif swap != AS_WRITTEN:
        notes.append(swapped_axes_note(swap == CLEARLY_SWAPPED))
    return notes


def _label(text: bytes, row: list[int]) -> str:
    start, stop = row[scan_json.LABEL], row[scan_json.LABEL_END]
    if row[scan_json.ESCAPED]:
        label: str = orjson.loads(text[start - 1 : stop + 1])
        return label
    return text[start:stop].decode()


def _is_rejected(counts: list[Counts], max_counts: int) -> bool:
    """Tell whether a mask of a reply is empty, or all of them are too many run lengths."""
    return any(len(each) < 2 for each in counts) or sum(map(len, counts)) > max_counts
