"""The columns of the model by which ``device="auto"`` takes a GPU, measured on this machine.

The CPU's are measured on one thread, the GPU's as the time that it takes for two batches, one larger than the other: it
is a straight line, whose slope a mask costs, and Python's handing over with it, and whose start a batch. Without a GPU
the columns of an L4 on paper take their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, Final, NamedTuple

from maskmill import Limits, costs, plain
from maskmill.costs import Costs, Model
from maskmill.work import Counts, Work

from .figures import rounded

_SIZE: Final = (1920, 1080)
_LARGE: Final = 8
"""How many times the replies are in the larger batch."""

_TRIES: Final = 7
_OPTIONS: Final = (127, "auto", Limits())
_FORMS: Final = {"map": "png", "ring": "ring"}


class _Line(NamedTuple):
    """Microseconds a batch and a mask."""

    start: float
    slope: float


def fit(texts: Mapping[str, Sequence[str]], has_gpu: bool) -> Model | None:
    """Measure all columns.

    Parameters
    ----------
    texts
        Replies by form, ``png`` and ``ring``; where there are none of one there is no model.
    has_gpu
        Whether its columns are measured as well.
    """
    if not all(texts.get(form) for form in _FORMS.values()):
        return None
    kinds = {kind: _kind(kind, texts[form], has_gpu) for kind, form in _FORMS.items()}
    start = max(line.start for _, line in kinds.values())
    return Model(kinds["map"][0], kinds["ring"][0], rounded(start, 4))


def told(model: Model | None, threads: Sequence[int], has_gpu: bool) -> dict[str, Any] | None:
    """A model for a report, with the masks in a batch from which on a GPU pays; None where it never does."""
    if model is None:
        return None
    least = {
        str(number): {kind: costs.least(getattr(model, kind), number, model.batch) for kind in _FORMS}
        for number in threads
    }
    kinds = {kind: getattr(model, kind)._asdict() for kind in _FORMS}
    return {"gpu": "measured" if has_gpu else "an L4 on paper", **kinds, "batch": model.batch, "least": least}


def model_of(found: dict[str, Any]) -> Model:
    """The model in a report."""
    return Model(Costs(**found["map"]), Costs(**found["ring"]), found["batch"])


def _kind(kind: str, texts: Sequence[str], has_gpu: bool) -> tuple[Costs, _Line]:
    jobs = [(text, _SIZE) for text in texts]
    works, counts = _handed_over(jobs)
    stages: tuple[Callable[[], Any], ...] = (
        lambda: plain.build_all(jobs, *_OPTIONS),
        lambda: plain.build_all_elsewhere(jobs, *_OPTIONS, lambda _: counts),
        lambda: plain.gather_all(jobs, *_OPTIONS),
    )
    alone, before, host = (_seconds(stage) / len(works) * 1e6 for stage in stages)
    line = _line(works) if has_gpu else _Line(costs.DEFAULT.batch, getattr(costs.DEFAULT, kind).device)
    columns = (alone, host, max(before - host, 0.0), line.slope)
    return Costs(*(rounded(column, 4) for column in columns)), line


def _seconds(work: Callable[[], Any]) -> float:
    """The least of some tries."""
    tries = []
    for _ in range(_TRIES):
        start = perf_counter()
        work()
        tries.append(perf_counter() - start)
    return min(tries)


def _handed_over(jobs: list[tuple[str, tuple[int, int]]]) -> tuple[list[Work], list[Counts]]:
    """What a GPU would be given for all of the replies, and what it would give back."""
    works: list[Work] = []
    counts: list[Counts] = []

    def make(given: list[Work]) -> list[Counts]:
        works.extend(given)
        counts.extend(work.on_the_cpu() for work in given)
        return counts

    plain.build_all_elsewhere(jobs, *_OPTIONS, make)
    return works, counts


def _line(works: list[Work]) -> _Line:
    from maskmill.device import mill

    small, large = (1e6 * _seconds(partial(mill, works * times, "cuda")) for times in (1, _LARGE))
    slope = max(large - small, 0.0) / ((_LARGE - 1) * len(works))
    return _Line(max(small - slope * len(works), 0.0), slope)
