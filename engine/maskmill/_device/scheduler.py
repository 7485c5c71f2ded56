"""Work done on a GPU, many masks at a time; and on the CPU after all, whatever goes wrong there.

State: whether CUDA answers is found out when it is first needed, and kept. A device that fails later is not asked
again: one failed launch leaves a process without CUDA. What it was asked for is done by the CPU, and a warning says so.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final, Literal

import numpy as np

from .._kernels.cpu.resize.resize import loses_rows_first
from . import detection, selection
from .kernel_jobs import Counts, MapWork, RingWork, Work, maps_of, rings_of
from .selection import state

_BATCH: Final = 2**28
"""Bytes of the device that a batch may take; two of them are under way in each of a few threads."""

_starting = threading.Lock()

_Placed = list[tuple[int, Work]]
_Made = list[Counts | None]


def mill(works: Sequence[Work], device: Literal["cuda", "auto"]) -> list[Counts]:
    """Return the counts of each mask: made by the device if it answers, else, and where it must be so, by the CPU.

    Raises
    ------
    maskmill.errors.DeviceError
        The device was asked for by name, and has never answered.
    """
    counts: list[Counts | None] = [None] * len(works)
    if works and is_ready(device):
        for batch, made in _in_turns([batch for group in _groups(works) for batch in _batches(group)]):
            for (i, _), found in zip(batch, made, strict=True):
                counts[i] = found
    return [work.on_the_cpu() if done is None else done for work, done in zip(works, counts, strict=True)]


def is_ready(device: Literal["cuda", "auto"]) -> bool:
    """Tell whether the device is to be asked; start CUDA, if this process has not.

    Raises
    ------
    maskmill.errors.DeviceError
        The device was asked for by name, and has never answered.
    """
    with _starting:
        if state.by != os.getpid():
            was_forked, state.by = state.by is not None, os.getpid()
            state.failed = detection.FORKED if was_forked else _reason_of_silence()
            state.answered = not state.failed
            if state.failed and device == "auto":
                _warn(state.failed)
    if device == "cuda" and not state.answered:
        raise selection.refusal(state.failed)
    return not state.failed


def _reason_of_silence() -> str:
    """Start CUDA, and return why it does not answer, or nothing."""
    try:
        from .._kernels.cuda import probe

        return "" if probe.answers() else "a device whose kernels give wrong results"
    except Exception as error:
        return words(error)


# Batches.


def _groups(works: Sequence[Work]) -> list[_Placed]:
    """Work of one kind each, and none that only the CPU does."""
    groups: dict[Any, _Placed] = {}
    for i, work in enumerate(works):
        if isinstance(work, RingWork):
            groups.setdefault("rings", []).append((i, work))
        elif _is_for_the_device(work):
            groups.setdefault(work.pixels.dtype, []).append((i, work))
    return list(groups.values())


def _is_for_the_device(work: MapWork) -> bool:
    (x0, y0, x1, y1), (width, height) = work.box, work.size
    wide = work.pixels.shape[work.pixels.dtype == np.uint8]
    rows = min(y1, height) - max(y0, 0)
    return min(x1, width) > max(x0, 0) and rows > 0 and not loses_rows_first(work.height, wide, rows)


def _batches(group: _Placed) -> Iterator[_Placed]:
    batch: _Placed = []
    room = _BATCH
    for placed in group:
        size = _bytes(placed[1])
        if batch and size > room:
            yield batch
            batch, room = [], _BATCH
        batch.append(placed)
        room -= size
    yield batch


def _bytes(work: Work) -> int:
    """The most that a mask takes on the device, roughly: bits of its columns, their sums, and what they are from."""
    width, height = work.size
    if isinstance(work, RingWork):
        return width * height // 2 + 4 * width * len(work.vertices)
    wide, tall = min(work.box[2] - work.box[0], width), min(work.box[3] - work.box[1], height)
    return wide * tall // 2 + wide * work.height + work.pixels.nbytes


def _in_turns(batches: list[_Placed]) -> Iterator[tuple[_Placed, _Made]]:
    """Return what is made of each batch; as many are under way as there are lanes, one step of each at a time."""
    waiting, free = deque(batches), deque(_lanes())
    running: deque[tuple[_Placed, Any, Generator[None, None, _Made]]] = deque()
    while (waiting or running) and not state.failed:
        if waiting and free:
            batch, lane = waiting.popleft(), free.popleft()
            running.appendleft((batch, lane, _milled([work for _, work in batch], lane)))
        batch, lane, steps = running.popleft()
        try:
            next(steps)
            running.append((batch, lane, steps))
        except StopIteration as done:
            free.append(lane)
            yield batch, done.value
        except Exception as error:
            free.append(lane)
            waiting.extendleft(_rest(error, batch))


def _rest(error: Exception, batch: _Placed) -> list[_Placed]:
    """What is to be tried again after an error: where memory is short, halves; else nothing, and no more of it."""
    half = len(batch) // 2
    if is_short_of_memory(error):
        return [batch[half:], batch[:half]] if half else []
    state.failed = words(error)
    _warn(state.failed)
    return []


def _lanes() -> Sequence[Any]:
    from .._kernels.cuda import streams

    return streams.lanes()


def _milled(works: list[Work], lane: Any) -> Generator[None, None, _Made]:
    """Make the counts of a batch on a lane, step by step; none of what only the CPU decides."""
    from .._kernels.cuda import mask_batches, streams

    lane.synchronize()  # of what has failed there
    if isinstance(works[0], RingWork):
        given = rings_of([work for work in works if isinstance(work, RingWork)])
        counts, offsets, undecided = yield from streams.on(lane, mask_batches.mill_rings(given))
    else:
        maps = maps_of([work for work in works if isinstance(work, MapWork)])
        counts, offsets = yield from streams.on(lane, mask_batches.mill_maps(maps))
        undecided = np.zeros(len(works), bool)
    lane.synchronize()
    bounds = offsets.tolist()
    return [None if left else counts[bounds[i] : bounds[i + 1]] for i, left in enumerate(undecided.tolist())]


# What goes wrong.


def is_short_of_memory(error: Exception) -> bool:
    """Tell whether less work would have done."""
    return isinstance(error, MemoryError) or "OUT_OF_MEMORY" in str(error).upper()


def words(error: Exception) -> str:
    """Return what an exception says, in a line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no message"]
    last = next((i for i, line in enumerate(lines) if not line.endswith(":")), 0)
    return f"{type(error).__name__}: {' '.join(lines[: last + 1])}"


def _warn(found: str) -> None:
    warnings.warn(f"the GPU is not used any more, the CPU does its work: {found}", RuntimeWarning, stacklevel=2)
