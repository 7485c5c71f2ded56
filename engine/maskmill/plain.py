"""The short way of a plain reply: from its text to its masks in three calls of kernels, no Python a number or a pixel.

Nearly every reply is plain: sound JSON, a box and a PNG or a ring an item, nothing to mend and nothing to say but the
masks. Any other, and any at which a kernel hesitates, comes back as None and takes the long way of `build`, which gives
the same masks for a plain one.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from .columns import Columns, RawItems
from .forms.axis import swapped
from .kernels.cpu import mill, scan
from .kernels.cpu.binarypng import MAX_SIDE
from .limits import Limits
from .masks import Masks
from .reply import keys
from .reply.read import without_fence
from .sizes import Size
from .status import Problem, ReplyStatus, Status

_KEPT: Final = 2**18
"""Bytes of text up to which a thread keeps its memory for the next reply."""

_AXES: Final = {"auto": mill.AXIS_AUTO, "xy": mill.AXIS_XY, "yx": mill.AXIS_YX}
_FORMS: Final = {scan.PNG: "png", scan.RING: "ring"}
_LEVELS: Final = 6
"""Nesting of a plain reply, and a little more."""

_ROLES: Final = (
    (keys.BOX_NAMES, scan.IS_BOX),
    (keys.MASK_NAMES, scan.IS_MASK),
    (keys.LABEL_NAMES, scan.IS_LABEL),
    (keys.SCORE_NAMES, scan.IS_SCORE),
    (keys.CONTAINER_NAMES, scan.IS_CONTAINER),
)

_Runs = tuple[NDArray[np.int32], NDArray[np.int64]]


def build(text: str, size: Size, threshold: int, axis: str, limits: Limits) -> Masks | None:
    """Decode a plain reply for an image of `size`; None for any other."""
    if len(text) > limits.max_reply_chars or not _are_roomy(limits):
        return None
    try:
        data = without_fence(text.strip()).encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    memory = _memory_for(len(data), size)
    items = scan.scan(np.frombuffer(data, np.uint8), names(), memory.found)
    if items < 1:
        return None
    swaps, margins = np.empty(items, np.int64), np.empty(items)
    most = mill.settle(memory.found, items, _AXES[axis], limits.max_vertices, swaps, margins)
    runs = None if most < 0 else _milled(memory, items, most, (*size, threshold))
    return None if runs is None else _masks(data, memory.found, swaps, runs, size)


def _are_roomy(limits: Limits) -> bool:
    """Tell whether no bound but those on text and vertices can be met by a plain reply."""
    return limits.max_depth >= _LEVELS and limits.max_coordinate >= 1000 and limits.max_map_pixels >= MAX_SIDE**2


@cache
def names() -> scan.Names:
    """The names of keys in a plain reply, for `scan`."""
    pairs = [(name.encode(), role) for names, role in _ROLES for name in names]
    pairs.sort(key=lambda pair: pair[0] not in (b"box_2d", b"mask", b"label"))
    letters = np.frombuffer(b"".join(name for name, _ in pairs), np.uint8)
    return scan.Names(letters, np.cumsum([len(name) for name, _ in pairs]), np.array([role for _, role in pairs]))


# Memory, kept by each thread from one reply to the next: page faults cost more than the kernels that meet them.


@dataclass(slots=True)
class _Memory:
    """Room for replies up to a length and images up to a size."""

    length: int
    size: Size
    found: scan.Found
    maps: mill.MapScratch
    ring: mill.RingScratch
    counts: NDArray[np.int32]


_thread = threading.local()


def _memory_for(length: int, size: Size) -> _Memory:
    kept: _Memory | None = getattr(_thread, "memory", None)
    if kept and kept.length >= length and kept.size[0] >= size[0] and kept.size[1] >= size[1]:
        return kept
    wide, tall = (max(pair) for pair in zip(size, kept.size if kept else (2048, 2048), strict=True))
    length = max(length, kept.length if kept else 2**14)
    memory = _Memory(
        length,
        (wide, tall),
        scan.room_for(length),
        mill.new_map_scratch(wide, tall),
        mill.new_ring_scratch(64),
        np.empty(2**15, np.int32),
    )
    if length <= _KEPT:
        _thread.memory = memory
    return memory


def _milled(memory: _Memory, items: int, most_vertices: int, frame: tuple[int, int, int]) -> _Runs | None:
    """The counts of all rows, end to end, and their offsets."""
    if most_vertices > len(memory.ring.edges):
        memory.ring = mill.new_ring_scratch(2 * most_vertices)
    offsets = np.zeros(items + 1, np.int64)
    done = 0
    while True:
        done = mill.mill(memory.found, (done, items), frame, memory.maps, memory.ring, memory.counts, offsets)
        if done < 0:
            return None
        if done == items:
            return memory.counts[: offsets[-1]].copy(), offsets
        larger = np.empty(2 * len(memory.counts), np.int32)
        larger[: offsets[done]] = memory.counts[: offsets[done]]
        memory.counts = larger


# Columns.


def _masks(data: bytes, found: scan.Found, swaps: NDArray[np.int64], runs: _Runs, size: Size) -> Masks | None:
    rows, numbers = found.rows[: len(swaps)], found.numbers[: len(swaps)].copy()
    try:
        labels = tuple([_label(data, *row) for row in rows[:, scan.LABEL : scan.ESCAPED + 1].tolist()])
    except orjson.JSONDecodeError:  # an escape that JSON does not know
        return None
    columns = Columns(
        labels=labels,
        status=(Status.OK,) * len(rows),
        forms=tuple([_FORMS[form] for form in rows[:, scan.FORM].tolist()]),
        scores=numbers[:, scan.SCORE].astype(np.float32),
        boxes=numbers[:, [scan.X0, scan.Y0, scan.X1, scan.Y1]] * (size + size) / 1000,
        filled=np.zeros(len(rows), bool),
        items=RawItems(data, rows[:, scan.START : scan.STOP + 1].tolist()),
        counts=runs[0],
        offsets=runs[1],
    )
    told = [(int(i), swapped(bool(swaps[i] == mill.CLEARLY_SWAPPED))) for i in np.flatnonzero(swaps)]
    return Masks(size, columns, tuple(Problem(i, *note) for i, note in told), ReplyStatus.OK)


def _label(data: bytes, start: int, stop: int, escaped: int) -> str:
    if escaped:
        label: str = orjson.loads(data[start - 1 : stop + 1])
        return label
    return data[start:stop].decode()
