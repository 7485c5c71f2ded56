"""The short way of plain replies: from text to masks in one call of a kernel, no Python a number or a pixel.

Nearly every reply is plain: sound JSON, a box and a PNG or a ring an item, nothing to mend and nothing to say but the
masks. Any other, and any at which a kernel hesitates, comes back as None and takes the long way of `build`, which gives
the same masks for a plain one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from .._device.kernel_jobs import Counts, Work, on_the_cpu
from .._forms.axis_order import swapped
from .._image_size import Size
from .._kernels.cpu.png.binary_png import MAX_SIDE
from .._kernels.cpu.replies import collect, decode, scan_json
from .._reply import keys
from .._reply.read import without_fence
from ..codebooks import Codebook
from ..limits import Limits
from ..masks import Masks
from ..masks._storage import Columns, RawItems, joined
from ..status import Problem, ReplyStatus, Status
from .deferred import Notes, reads_plain_tokens, works_of

Maker = Callable[[list[Work]], list[Counts]]
"""What makes the counts of all masks together."""

_KEPT: Final = 2**20
"""Bytes of text up to which a thread keeps its memory for the next reply."""

_LEAST: Final = 2**18
"""Bytes of text that a thread's memory has room for at first: what is not touched costs nothing."""

_COUNTS_A_BYTE: Final = 4
"""More than real replies make; one that needs more is decoded anew."""

_UNBOUNDED: Final = 2**62
"""A bound that no reply meets, and that a kernel can hold."""

_AXES: Final = {"auto": decode.AXIS_AUTO, "xy": decode.AXIS_XY, "yx": decode.AXIS_YX}
_FORMS: Final = {scan_json.PNG: "png", scan_json.RING: "ring", scan_json.TOKENS: "tokens"}
_TOKEN: Final = "<seg_"
_LEVELS: Final = 6
"""Nesting of a plain reply, and a little more."""

_NO_COUNTS: Final = np.empty(0, np.int32)

_ROLES: Final = (
    (keys.BOX_NAMES, scan_json.IS_BOX),
    (keys.MASK_NAMES, scan_json.IS_MASK),
    (keys.LABEL_NAMES, scan_json.IS_LABEL),
    (keys.SCORE_NAMES, scan_json.IS_SCORE),
    (keys.CONTAINER_NAMES, scan_json.IS_CONTAINER),
)


def decode_batch(
    jobs: list[tuple[str, Size]], threshold: int, axis: str, limits: Limits, codebook: Codebook | None = None
) -> list[Masks | None]:
    """Decode plain replies, each for an image of its size; None for any other.

    >>> text = '[{"box": [0, 0, 9, 9], "mask": [[0, 0], [9, 0], [9, 9]]}]'
    >>> build_all([(text, (640, 480))], 127, "auto", Limits())
    [<Masks: 1 rows of 640x480, 1 ok>]
    """
    if reads_plain_tokens(codebook) and any(_TOKEN in text for text, _ in jobs):
        return build_all_elsewhere(jobs, threshold, axis, limits, on_the_cpu, codebook)
    datas, memory, texts = _read(jobs, limits)
    stops = _mill(memory, texts, _options(threshold, axis, limits)).tolist()
    counts = memory.counts[: memory.milled.offsets[stops[-1]]].copy()
    table = _table(memory, stops[-1], counts, memory.milled.offsets[: stops[-1] + 1].copy())
    return _cut(jobs, datas, stops, table)


def build_all_elsewhere(
    jobs: list[tuple[str, Size]],
    threshold: int,
    axis: str,
    limits: Limits,
    make: Maker,
    codebook: Codebook | None = None,
) -> list[Masks | None]:
    """Do the same, where `make` makes the counts of all maps and rings together, and a codebook the maps of tokens.

    >>> text = '[{"box": [0, 0, 9, 9], "mask": [[0, 0], [9, 0], [9, 9]]}]'
    >>> build_all_elsewhere([(text, (640, 480))], 127, "auto", Limits(), on_the_cpu)
    [<Masks: 1 rows of 640x480, 1 ok>]
    """
    datas, memory, texts = _read(jobs, limits)
    gathered, ends = _gather(memory, texts, _options(threshold, axis, limits))
    stops = ends.tolist()
    sizes = [
        size for (_, size), first, last in zip(jobs, [0, *stops], stops, strict=False) for _ in range(last - first)
    ]
    works, notes = works_of(gathered, sizes, threshold, codebook)
    made = iter(make([work for work in works if work]))
    counts = [next(made) if work else _NO_COUNTS for work in works]
    masks = _cut(jobs, datas, stops, _table(memory, stops[-1], **joined(counts))._replace(notes=notes))
    pairs = zip(masks, [0, *stops], stops, strict=False)
    return [None if any(len(row) < 2 for row in counts[first:last]) else one for one, first, last in pairs]


def gather_all(jobs: list[tuple[str, Size]], threshold: int, axis: str, limits: Limits) -> int:
    """Do what `build_all_elsewhere` does first, in kernels that threads share, and return the masks: to time it.

    >>> gather_all([('[{"box": [0, 0, 9, 9], "mask": [[0, 0], [9, 0], [9, 9]]}]', (640, 480))], 127, "auto", Limits())
    1
    """
    _, memory, texts = _read(jobs, limits)
    return int(_gather(memory, texts, _options(threshold, axis, limits))[1][-1])


def _read(jobs: list[tuple[str, Size]], limits: Limits) -> tuple[list[bytes], _Memory, decode.Texts]:
    datas = [_data(text, limits) for text, _ in jobs]
    memory = _memory_for(sum(map(len, datas)), max(size[0] for _, size in jobs), max(size[1] for _, size in jobs))
    texts = decode.Texts(
        np.frombuffer(b"".join(datas), np.uint8),
        np.array(list(accumulate(map(len, datas))), np.int64),
        np.array([size for _, size in jobs], np.int64),
    )
    return datas, memory, texts


def _options(threshold: int, axis: str, limits: Limits) -> tuple[int, int, int, int]:
    most = min(limits.max_vertices, _UNBOUNDED), min(limits.max_crossings, _UNBOUNDED)
    return threshold, _AXES[axis], *most


def _cut(jobs: list[tuple[str, Size]], datas: list[bytes], stops: list[int], table: _Table) -> list[Masks | None]:
    """The masks of each reply out of the rows of all."""
    return [
        _masks(data, table, slice(first, last), size) if last > first else None
        for data, (_, size), first, last in zip(datas, jobs, [0, *stops], stops, strict=False)
    ]


def _data(text: str, limits: Limits) -> bytes:
    """A text as bytes, without its fence; empty if it cannot be plain."""
    if len(text) > limits.max_reply_chars or not _are_roomy(limits):
        return b""
    try:
        return without_fence(text.strip()).encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return b""


def _are_roomy(limits: Limits) -> bool:
    """Tell whether no bound but those on text and rings can be met by a plain reply."""
    return limits.max_depth >= _LEVELS and limits.max_coordinate >= 1000 and limits.max_map_pixels >= MAX_SIDE**2


@cache
def names() -> scan_json.Names:
    """The names of keys in a plain reply, for `scan`."""
    pairs = [(name.encode(), role) for names, role in _ROLES for name in names]
    pairs.sort(key=lambda pair: pair[0] not in (b"box_2d", b"mask", b"label"))
    letters = np.frombuffer(b"".join(name for name, _ in pairs), np.uint8)
    return scan_json.Names(letters, np.cumsum([len(name) for name, _ in pairs]), np.array([role for _, role in pairs]))


# Memory, kept by each thread from one reply to the next: page faults cost more than the kernels that meet them.


@dataclass(slots=True)
class _Memory:
    """Room for replies up to a length together, and images up to a size."""

    length: int
    width: int
    height: int
    found: scan_json.Found
    milled: decode.Milled
    maps: decode.MapScratch
    ring: decode.RingScratch
    counts: NDArray[np.int32]


_thread = threading.local()


def _memory_for(length: int, width: int, height: int) -> _Memory:
    kept: _Memory | None = getattr(_thread, "memory", None)
    if kept and kept.length >= length and kept.width >= width and kept.height >= height:
        return kept
    if kept:
        length, width, height = max(length, kept.length), max(width, kept.width), max(height, kept.height)
    length, width, height = max(length, _LEAST), max(width, 2048), max(height, 2048)
    found = scan_json.room_for(length)
    memory = _Memory(
        length,
        width,
        height,
        found,
        decode.room_for(len(found.rows)),
        decode.new_map_scratch(width, height),
        decode.new_ring_scratch(64),
        np.empty(_COUNTS_A_BYTE * length, np.int32),
    )
    if length <= _KEPT:
        _thread.memory = memory
    return memory


def _mill(memory: _Memory, texts: decode.Texts, options: tuple[int, int, int, int]) -> NDArray[np.int64]:
    """Decode all texts, anew with more memory until it suffices; return where the rows of each stop."""
    stops = np.empty(len(texts.stops), np.int64)
    while True:
        scratch = memory.maps, memory.ring
        done = decode.mill(texts, options, names(), memory.found, scratch, stops, memory.milled, memory.counts)
        if done == len(stops):
            return stops
        if done < 0:
            memory.ring = decode.new_ring_scratch(max(-done, 2 * len(memory.ring.edges)))
        else:
            memory.counts = np.empty(2 * len(memory.counts), np.int32)


def _gather(
    memory: _Memory, texts: decode.Texts, options: tuple[int, int, int, int]
) -> tuple[collect.Gathered, NDArray[np.int64]]:
    """Gather what all texts hold, anew with more memory until it suffices; return where the rows of each stop, too."""
    stops, words = np.empty(len(texts.stops), np.int64), len(texts.data)
    while True:
        room = collect.room_for(len(memory.found.rows), len(memory.found.points), words)
        done = collect.gather(texts, options, names(), memory.found, memory.maps.png, stops, memory.milled, room)
        if done == len(stops):
            return room, stops
        words *= 2


# Columns.


class _Table(NamedTuple):
    """The rows of all replies, copied out of the memory that the next ones will use."""

    rows: list[list[int]]
    scores: NDArray[np.float32]
    boxes: NDArray[np.float64]
    counts: NDArray[np.int32]
    offsets: NDArray[np.int64]
    swaps: list[int]
    notes: Notes


def _table(memory: _Memory, n: int, counts: NDArray[np.int32], offsets: NDArray[np.int64]) -> _Table:
    milled = memory.milled
    scores, boxes = milled.scores[:n].copy(), milled.boxes[:n].copy()
    return _Table(memory.found.rows[:n].tolist(), scores, boxes, counts, offsets, milled.swaps[:n].tolist(), {})


def _masks(data: bytes, table: _Table, rows: slice, size: Size) -> Masks | None:
    found, n = table.rows[rows], rows.stop - rows.start
    offsets, swaps = table.offsets[rows.start : rows.stop + 1], table.swaps[rows]
    try:
        labels = tuple([_label(data, row) for row in found])
    except orjson.JSONDecodeError:  # an escape that JSON does not know
        return None
    columns = Columns(
        labels=labels,
        status=(Status.OK,) * n,
        forms=tuple([_FORMS[row[scan_json.FORM]] for row in found]),
        scores=table.scores[rows],
        boxes=table.boxes[rows],
        filled=np.zeros(n, bool),
        items=RawItems(data, [(row[scan_json.START], row[scan_json.STOP]) for row in found]),
        counts=table.counts[offsets[0] : offsets[-1]],
        offsets=offsets - offsets[0],
    )
    told = [Problem(i, *swapped(swap == decode.CLEARLY_SWAPPED)) for i, swap in enumerate(swaps) if swap]
    if table.notes:
        told += [Problem(i, *note) for i in range(n) for note in table.notes.get(rows.start + i, ())]
    return Masks(size, columns, tuple(told), ReplyStatus.OK)


def _label(data: bytes, row: list[int]) -> str:
    start, stop = row[scan_json.LABEL], row[scan_json.LABEL_END]
    if row[scan_json.ESCAPED]:
        label: str = orjson.loads(data[start - 1 : stop + 1])
        return label
    return data[start:stop].decode()
