"""The columns of the model by which ``device="auto"`` takes a GPU, measured on this machine.

The CPU's are measured on one thread, the GPU's as the time that it takes for two batches, one larger than the other: it
is a straight line, whose slope a mask costs, and Python's handing over with it, and whose start a batch. Without a GPU
the columns of an L4 on paper take their place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, NamedTuple

from maskmill import Limits, costs, plain
from maskmill.costs import Costs, Model
from maskmill.work import Counts, Work

from .figures import rounded
from .replies import png_reply, ring_reply

Timer = Callable[[Callable[[], Any]], float]
"""Takes work, does it some times, and returns the least seconds that it took."""

Device = Literal["cuda"]

_SIZE: Final = (1920, 1080)
_REPLIES: Final = 16
_SMALL, _LARGE = 1, 8
"""How many times the replies are in a batch."""

_OPTIONS: Final = (127, "auto", Limits())
_MAKERS: Final = {"map": png_reply, "ring": ring_reply}


class _Line(NamedTuple):
    """Microseconds a batch and a mask."""

    start: float
    slope: float


def fit(timer: Timer, device: Device | None, replies: int = _REPLIES, size: tuple[int, int] = _SIZE) -> Model:
    """Measure all columns.

    Parameters
    ----------
    timer
        How work is timed.
    device
        None where there is no GPU.
    replies, size
        Of each kind of masks so many, each for an image of this size.
    """
    texts = {kind: [make(seed, 8) for seed in range(replies)] for kind, make in _MAKERS.items()}
    found = {kind: _kind(texts[kind], size, timer, device, kind) for kind in _MAKERS}
    start = max(line.start for _, line in found.values())
    return Model(found["map"][0], found["ring"][0], rounded(start, 4))


def told(model: Model, threads: int) -> dict[str, int | None]:
    """From how many masks a batch on a GPU is taken, by kind; None where it never is."""
    return {kind: costs.least(getattr(model, kind), threads, model.batch) for kind in _MAKERS}


def _kind(
    texts: Sequence[str], size: tuple[int, int], timer: Timer, device: Device | None, kind: str
) -> tuple[Costs, _Line]:
    jobs = [(text, size) for text in texts]
    works, counts = _handed_over(jobs)
    alone, before, host = (
        timer(stage) / len(works) * 1e6
        for stage in (
            lambda: plain.build_all(jobs, *_OPTIONS),
            lambda: plain.build_all_elsewhere(jobs, *_OPTIONS, lambda _: counts),
            lambda: plain.gather_all(jobs, *_OPTIONS),
        )
    )
    paper: Costs = getattr(costs.DEFAULT, kind)
    line = _Line(costs.DEFAULT.batch, paper.device) if device is None else _line(works, timer, device)
    columns = (alone, host, max(before - host, 0.0), line.slope)
    return Costs(*(rounded(column, 4) for column in columns)), line


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


def _line(works: list[Work], timer: Timer, device: Device) -> _Line:
    from maskmill.device import mill

    small, large = (timer(lambda n=n: mill(works * n, device)) * 1e6 for n in (_SMALL, _LARGE))
    slope = max(large - small, 0.0) / ((_LARGE - _SMALL) * len(works))
    return _Line(max(small - slope * _SMALL * len(works), 0.0), slope)
