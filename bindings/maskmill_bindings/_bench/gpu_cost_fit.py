"""The columns of the model by which ``device="auto"`` takes a GPU, measured on this machine.

The CPU's are measured on one thread; the GPU's by two batches, one larger than the other: the time that they take is
taken for a straight line, whose slope a mask costs, its way over the link included, and whose start a batch. The time
that the asking thread is busy meanwhile is Python's: if the driver waits by spinning, that is all of it, and a GPU is
taken rather too late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter, thread_time
from typing import Any, Final, NamedTuple

from maskmill import Limits
from maskmill._device import cost_model
from maskmill._device.cost_model import Costs, Model
from maskmill._device.kernel_jobs import Counts, Work, on_the_cpu
from maskmill._pipeline import fast_path

from .statistics import rounded

_SIZE: Final = (1920, 1080)
_LARGE: Final = 8
"""How many times the replies are in the larger batch."""

_TRIES: Final = 7
_OPTIONS: Final = (127, "auto", Limits())
_FORMS: Final = {"map": "png", "ring": "ring"}


class _Line(NamedTuple):
    """Microseconds a batch, a mask, and a mask in which the asking thread is busy."""

    start: float
    slope: float
    busy: float


def fit(texts: Mapping[str, Sequence[str]]) -> Model | None:
    """Measure all columns, with a GPU.

    Parameters
    ----------
    texts
        Replies by form, ``png`` and ``ring``; where there are none of one there is no model.
    """
    if not all(texts.get(form) for form in _FORMS.values()):
        return None
    kinds = {kind: _kind(texts[form]) for kind, form in _FORMS.items()}
    start = max(line.start for _, line in kinds.values())
    return Model(kinds["map"][0], kinds["ring"][0], rounded(start, 4))


def told(model: Model | None, threads: Sequence[int]) -> dict[str, Any] | None:
    """A model for a report, with the masks in a batch from which on a GPU pays; None where it never does."""
    if model is None:
        return None
    least = {
        str(number): {kind: cost_model.least(getattr(model, kind), number, model.batch) for kind in _FORMS}
        for number in threads
    }
    kinds = {kind: getattr(model, kind)._asdict() for kind in _FORMS}
    return {**kinds, "batch": model.batch, "least": least}


def model_of(found: dict[str, Any]) -> Model:
    """The model in a report."""
    return Model(Costs(**found["map"]), Costs(**found["ring"]), found["batch"])


def _kind(texts: Sequence[str]) -> tuple[Costs, _Line]:
    jobs = [(text, _SIZE) for text in texts]
    works, counts = _handed_over(jobs)
    stages: tuple[Callable[[], Any], ...] = (
        lambda: fast_path.decode_batch(jobs, *_OPTIONS),
        lambda: fast_path.build_all_elsewhere(jobs, *_OPTIONS, lambda _: counts),
        lambda: fast_path.gather_all(jobs, *_OPTIONS),
    )
    alone, before, host = (_seconds(stage)[0] / len(works) * 1e6 for stage in stages)
    line = _line(works)
    columns = (alone, host, max(before - host, 0.0) + line.busy, line.slope)
    return Costs(*(rounded(column, 4) for column in columns)), line


def _seconds(work: Callable[[], Any]) -> tuple[float, float]:
    """The least of some tries, and the least that this thread was busy."""
    tries = []
    for _ in range(_TRIES):
        start, busy = perf_counter(), thread_time()
        work()
        tries.append((perf_counter() - start, thread_time() - busy))
    least, least_busy = map(min, zip(*tries, strict=True))
    return least, least_busy


def _handed_over(jobs: list[tuple[str, tuple[int, int]]]) -> tuple[list[Work], list[Counts]]:
    """What a GPU would be given for all of the replies, and what it would give back."""
    works: list[Work] = []
    counts: list[Counts] = []

    def make(given: list[Work]) -> list[Counts]:
        works.extend(given)
        counts.extend(on_the_cpu(given))
        return counts

    fast_path.build_all_elsewhere(jobs, *_OPTIONS, make)
    return works, counts


def _line(works: list[Work]) -> _Line:
    from maskmill._device.scheduler import mill

    small, large = (_seconds(partial(mill, works * times, "cuda")) for times in (1, _LARGE))
    slope, busy = (max(b - a, 0.0) / ((_LARGE - 1) * len(works)) * 1e6 for a, b in zip(small, large, strict=True))
    return _Line(max(small[0] * 1e6 - slope * len(works), 0.0), slope, busy)
