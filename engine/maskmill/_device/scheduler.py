"""Run batches of kernel jobs on the GPU; fall back to the CPU on any failure.

State: CUDA is started and tested when it is first needed, and the answer is kept. A device that fails later is not used
again, because one failed launch leaves a process without CUDA. The CPU then does its jobs, and a warning says so.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final, Literal

import numpy as np

from .._kernels.cpu.resize.resize_map import drops_rows_first
from . import detection, selection
from .kernel_jobs import Counts, KernelJob, MapJob, PolygonJob, concatenate_maps, concatenate_polygons
from .selection import cuda_state

_BATCH_BYTES: Final = 2**28
"""Maximum bytes of device memory per batch; each of a few threads has two batches under way."""

_starting = threading.Lock()

_IndexedJobs = list[tuple[int, KernelJob]]
_Results = list[Counts | None]


def run_jobs(jobs: Sequence[KernelJob], device: Literal["cuda", "auto"]) -> list[Counts]:
    """Return the run lengths of each mask: from the GPU, or from the CPU where the GPU fails or cannot decide.

    Raises
    ------
    maskmill.errors.DeviceError
        `device` is ``"cuda"``, and CUDA could not be started.
    """
    counts: list[Counts | None] = [None] * len(jobs)
    if jobs and is_ready(device):
        batches = [batch for group in _group_by_kind(jobs) for batch in _split(group)]
        for batch, results in _run_interleaved(batches):
            for (i, _), result in zip(batch, results, strict=True):
                counts[i] = result
    return [job.run() if result is None else result for job, result in zip(jobs, counts, strict=True)]


def is_ready(device: Literal["cuda", "auto"]) -> bool:
    """Tell whether the GPU can be used; start CUDA unless this process has tried.

    Raises
    ------
    maskmill.errors.DeviceError
        `device` is ``"cuda"``, and CUDA could not be started.
    """
    with _starting:
        if cuda_state.process != os.getpid():
            was_forked, cuda_state.process = cuda_state.process is not None, os.getpid()
            cuda_state.failure = detection.FORKED if was_forked else _start_cuda()
            cuda_state.has_answered = not cuda_state.failure
            if cuda_state.failure and device == "auto":
                _warn(cuda_state.failure)
    if device == "cuda" and not cuda_state.has_answered:
        raise selection.device_error(cuda_state.failure)
    return not cuda_state.failure


def _start_cuda() -> str:
    """Start CUDA and return why it cannot be used; empty if it can."""
    try:
        from .._kernels.cuda import probe

        return "" if probe.is_working() else "a device whose kernels give wrong results"
    except Exception as error:
        return describe_error(error)


# Batches.


def _group_by_kind(jobs: Sequence[KernelJob]) -> list[_IndexedJobs]:
    """Return the jobs with their indices in groups of one kind, without those that only the CPU does."""
    groups: dict[Any, _IndexedJobs] = {}
    for i, job in enumerate(jobs):
        if isinstance(job, PolygonJob):
            groups.setdefault("polygons", []).append((i, job))
        elif _is_for_gpu(job):
            groups.setdefault(job.pixels.dtype, []).append((i, job))
    return list(groups.values())


def _is_for_gpu(job: MapJob) -> bool:
    """Tell whether a kernel of the GPU can resize the map."""
    (x0, y0, x1, y1), (width, height) = job.box, job.size
    map_width = job.pixels.shape[job.pixels.dtype == np.uint8]
    visible_height = min(y1, height) - max(y0, 0)
    is_visible = min(x1, width) > max(x0, 0) and visible_height > 0
    return is_visible and not drops_rows_first(job.height, map_width, visible_height)


def _split(group: _IndexedJobs) -> Iterator[_IndexedJobs]:
    """Yield the jobs in batches of at most `_BATCH_BYTES`, or of one job."""
    batch: _IndexedJobs = []
    free = _BATCH_BYTES
    for indexed in group:
        nbytes = _device_bytes(indexed[1])
        if batch and nbytes > free:
            yield batch
            batch, free = [], _BATCH_BYTES
        batch.append(indexed)
        free -= nbytes
    yield batch


def _device_bytes(job: KernelJob) -> int:
    """Return about the maximum memory of a job on the device: bits of columns, their sums, and the input."""
    width, height = job.size
    if isinstance(job, PolygonJob):
        return width * height // 2 + 4 * width * len(job.vertices)
    box_width, box_height = min(job.box[2] - job.box[0], width), min(job.box[3] - job.box[1], height)
    return box_width * box_height // 2 + box_width * job.height + job.pixels.nbytes


def _run_interleaved(batches: list[_IndexedJobs]) -> Iterator[tuple[_IndexedJobs, _Results]]:
    """Yield each batch with its results; one batch per stream is under way, and they take turns step by step."""
    waiting, free = deque(batches), deque(_streams())
    running: deque[tuple[_IndexedJobs, Any, Generator[None, None, _Results]]] = deque()
    while (waiting or running) and not cuda_state.failure:
        if waiting and free:
            batch, stream = waiting.popleft(), free.popleft()
            running.appendleft((batch, stream, _run_batch([job for _, job in batch], stream)))
        batch, stream, steps = running.popleft()
        try:
            next(steps)
            running.append((batch, stream, steps))
        except StopIteration as done:
            free.append(stream)
            yield batch, done.value
        except Exception as error:
            free.append(stream)
            waiting.extendleft(_retries_after(error, batch))


def _retries_after(error: Exception, batch: _IndexedJobs) -> list[_IndexedJobs]:
    """Return the batches to try after an error: halves if memory is short, else none, and the GPU is given up."""
    half = len(batch) // 2
    if is_out_of_memory(error):
        return [batch[half:], batch[:half]] if half else []
    cuda_state.failure = describe_error(error)
    _warn(cuda_state.failure)
    return []


def _streams() -> Sequence[Any]:
    """Return the streams of this thread."""
    from .._kernels.cuda import streams

    return streams.thread_streams()


def _run_batch(jobs: list[KernelJob], stream: Any) -> Generator[None, None, _Results]:
    """Run a batch on a stream, step by step; the result is None for a mask that only the CPU can decide."""
    from .._kernels.cuda import mask_batches, streams

    stream.synchronize()  # after a failure there
    if isinstance(jobs[0], PolygonJob):
        polygons = concatenate_polygons([job for job in jobs if isinstance(job, PolygonJob)])
        counts, offsets, undecided = yield from streams.run_on(stream, mask_batches.encode_polygons(polygons))
    else:
        maps = concatenate_maps([job for job in jobs if isinstance(job, MapJob)])
        counts, offsets = yield from streams.run_on(stream, mask_batches.encode_maps(maps))
        undecided = np.zeros(len(jobs), bool)
    stream.synchronize()
    bounds = offsets.tolist()
    return [None if is_open else counts[bounds[i] : bounds[i + 1]] for i, is_open in enumerate(undecided.tolist())]


# Errors.


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether a smaller batch might succeed."""
    return isinstance(error, MemoryError) or "OUT_OF_MEMORY" in str(error).upper()


def describe_error(error: Exception) -> str:
    """Return the type and the message of an exception in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no message"]
    last = next((i for i, line in enumerate(lines) if not line.endswith(":")), 0)
    return f"{type(error).__name__}: {' '.join(lines[: last + 1])}"


def _warn(failure: str) -> None:
    warnings.warn(f"the GPU is not used any more, the CPU does its work: {failure}", RuntimeWarning, stacklevel=2)
