"""Measure the costs by which ``device="auto"`` decides whether to use a GPU on this machine.

The costs of the CPU are measured on one thread. Those of the GPU are measured with two batches of different sizes and a
straight line through both times: its slope is the cost per mask, with the copies over the link; its start is the cost
per batch. The time for which the calling thread is busy meanwhile counts as Python's. If the driver waits by spinning,
that is all of the time, and ``auto`` rather misses a gain than uses a GPU in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter, thread_time
from typing import Any, Final, NamedTuple

from maskmill._device import cost_model
from maskmill._device.cost_model import CostModel, JobCosts
from maskmill._device.kernel_jobs import Counts, KernelJob, run_on_cpu
from maskmill._options import Options
from maskmill._pipeline import fast_path

from .forms import FORMS
from .sample_stats import round_significant

_SIZE: Final = (1920, 1080)
_LARGE_BATCH_FACTOR: Final = 8
"""How often the larger batch repeats the replies."""

_REPEATS: Final = 7
_OPTIONS: Final = Options(device="cpu", codebook=False)
_FORM_OF_KIND: Final = {form.cost_kind: form.name for form in FORMS.values()}


class _BatchTime(NamedTuple):
    """Microseconds per batch, per mask, and per mask for which the calling thread is busy."""

    per_batch: float
    per_mask: float
    busy_per_mask: float


def fit_cost_model(texts: Mapping[str, Sequence[str]]) -> CostModel | None:
    """Return the cost model measured on this machine's GPU; None if a form has no replies.

    Parameters
    ----------
    texts : Mapping[str, Sequence[str]]
        Replies by form.
    """
    if not all(texts.get(form) for form in _FORM_OF_KIND.values()):
        return None
    kinds = {kind: _measure_kind(texts[form]) for kind, form in _FORM_OF_KIND.items()}
    per_batch = max(time.per_batch for _, time in kinds.values())
    return CostModel(kinds["map"][0], kinds["ring"][0], round_significant(per_batch, 4))


def cost_model_to_dict(model: CostModel | None, threads: Sequence[int]) -> dict[str, Any] | None:
    """Return a model as a part of the report.

    Beside the costs it holds the smallest number of masks per batch for which a GPU is faster, by number of threads and
    kind of mask; None if it never is.
    """
    if model is None:
        return None
    costs: dict[str, JobCosts] = {kind: getattr(model, kind) for kind in _FORM_OF_KIND}
    min_masks = {
        str(number): {kind: cost_model.min_masks_for_gpu(cost, number, model.batch) for kind, cost in costs.items()}
        for number in threads
    }
    return {**{kind: cost._asdict() for kind, cost in costs.items()}, "batch": model.batch, "least": min_masks}


def cost_model_from_dict(costs: dict[str, Any]) -> CostModel:
    """Return the cost model in a report."""
    return CostModel(JobCosts(**costs["map"]), JobCosts(**costs["ring"]), costs["batch"])


def _measure_kind(texts: Sequence[str]) -> tuple[JobCosts, _BatchTime]:
    replies = [(text, _SIZE) for text in texts]
    kernel_jobs, counts = _collect_jobs(replies)
    stages: tuple[Callable[[], Any], ...] = (
        lambda: fast_path.decode_well_formed(replies, _OPTIONS),
        lambda: fast_path.decode_deferred(replies, _OPTIONS, lambda _: counts),
        lambda: fast_path.collect_jobs(replies, _OPTIONS),
    )
    cpu_alone, before_gpu, host = (_shortest_seconds(stage)[0] / len(kernel_jobs) * 1e6 for stage in stages)
    time = _time_batches(kernel_jobs)
    costs = (cpu_alone, host, max(before_gpu - host, 0.0) + time.busy_per_mask, time.per_mask)
    return JobCosts(*(round_significant(cost, 4) for cost in costs)), time


def _shortest_seconds(work: Callable[[], Any]) -> tuple[float, float]:
    """Return the shortest of some repeats, and the shortest time for which this thread was busy."""
    times = []
    for _ in range(_REPEATS):
        start, busy = perf_counter(), thread_time()
        work()
        times.append((perf_counter() - start, thread_time() - busy))
    shortest, shortest_busy = map(min, zip(*times, strict=True))
    return shortest, shortest_busy


def _collect_jobs(replies: list[tuple[str, tuple[int, int]]]) -> tuple[list[KernelJob], list[Counts]]:
    """Return the kernel jobs of all replies, and their results."""
    kernel_jobs: list[KernelJob] = []
    counts: list[Counts] = []

    def run(jobs: list[KernelJob]) -> list[Counts]:
        kernel_jobs.extend(jobs)
        counts.extend(run_on_cpu(jobs))
        return counts

    fast_path.decode_deferred(replies, _OPTIONS, run)
    return kernel_jobs, counts


def _time_batches(kernel_jobs: list[KernelJob]) -> _BatchTime:
    from maskmill._device.scheduler import run_jobs

    masks, factor = len(kernel_jobs), _LARGE_BATCH_FACTOR
    small, large = (_shortest_seconds(partial(run_jobs, kernel_jobs * times, "cuda")) for times in (1, factor))
    per_mask, busy = (max(b - a, 0.0) / ((factor - 1) * masks) * 1e6 for a, b in zip(small, large, strict=True))
    return _BatchTime(max(small[0] * 1e6 - per_mask * masks, 0.0), per_mask, busy)
