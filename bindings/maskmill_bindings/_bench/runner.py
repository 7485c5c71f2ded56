"""One run: the cases and the yardsticks, verified, and then timed in turn, round after round.

Each round passes over everything eight times, each time in another order, so that a machine that slows down for a while
slows all alike. Its sample is the best of short tries that lie seconds apart, since what disturbs them only slows them;
each figure is the median of the rounds. How many there are follows from the time that verifying, and compiling before
it, have left of the whole: no machine takes much longer than another.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final, NamedTuple

from maskmill._device import selection
from maskmill.errors import expected

from . import gpu_cases, machine
from .baselines import Yardstick, yardsticks
from .gpu_cost_fit import fit
from .report import Measured, report
from .thread_rates import Crew, Stint
from .workload import Case, Work, standard, stored, verified
from .workload_replies import streams

Progress = Callable[[str, float], None]
"""Takes what is being done, and the share of the run that is over."""

Key = tuple[str, int]
"""A name and a number of threads."""

_FIRST: Final = 0.08
"""Share of a run that is over when timing begins."""

_TRY: Final = 0.01
_PASSES: Final = 8
_MIDDLE_EVERY: Final = 3
_MOST_THREADS: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long, and on how many threads.

    >>> Plan(threads=(8, 2)).threads
    (1, 2, 8)

    Attributes
    ----------
    threads
        Numbers of threads; 1 is always among them. If not given: 1, 2, 4, … and all cores.
    seconds
        For the whole run, with all that comes before the timing.
    rounds
        At least so many, whatever the time.

    Raises
    ------
    maskmill.errors.ArgumentError
        A number of threads is out of its range.
    """

    threads: tuple[int, ...] = field(default_factory=lambda: tuple(_doubled(machine.cores())))
    seconds: float = 105
    rounds: int = 4

    def __post_init__(self) -> None:
        """Check the threads, and put them in order."""
        for number in self.threads:
            if type(number) is not int or not 1 <= number <= _MOST_THREADS:
                raise expected(f"numbers of threads in 1..{_MOST_THREADS}", number, "threads")
        object.__setattr__(self, "threads", tuple(sorted({1, *self.threads})))

    def quick(self) -> Plan:
        """The same for a first look, whose figures say little."""
        return replace(self, seconds=10, rounds=2)


class _Subject(NamedTuple):
    """What is sampled: on so many threads, in so many stints."""

    name: str
    stint: Stint
    threads: int
    stints: int


def run(
    plan: Plan | None = None,
    cases: Sequence[Case] | None = None,
    digests: Mapping[str, str] | None = None,
    progress: Progress = lambda _what, _share: None,
) -> dict[str, Any]:
    """Verify, time, and report.

    Parameters
    ----------
    plan
        Its time and threads.
    cases
        Those of the workload if not given.
    digests
        Of the cases' texts and results; those that are stored if not given.
    progress
        Called now and then.

    Returns
    -------
    dict
        JSON-safe; what `compare`, `page` and `plot` take.

    Raises
    ------
    WrongResultError
        A case did not give the results that are known for it; nothing was timed.
    """
    start, plan = perf_counter(), plan or Plan()
    if cases is None:
        progress("looking for compiled kernels", 0)
        _compile_elsewhere()
    progress("making the replies", 0)
    cases = standard() if cases is None else cases
    works = _verified(cases, stored() if digests is None else digests, progress)
    sticks = yardsticks(_streams(cases), machine.last_cache(), machine.memory())
    has_gpu = any(case.device == "cuda" for case in cases)
    sticks += gpu_cases.links() if has_gpu else []
    with Crew(max(plan.threads)) as crew:
        progress("fitting when a GPU pays", _FIRST)
        model = fit({case.form: case.texts for case in cases}) if has_gpu else None
        progress("fitting the samples", _FIRST)
        subjects = list(_subjects(crew, [*cases, *sticks], plan.threads))
        samples = _timed(crew, subjects, plan, start, progress)
    progress("done", 1)
    return report(_answered(Measured(cases, works, sticks, samples, plan.threads, model, perf_counter() - start)))


def _compile_elsewhere() -> None:
    """Fill the machine-code cache, so that a first run is timed in a process like that of any later one.

    Where that fails, this process compiles after all.
    """
    subprocess.run([sys.executable, "-m", "maskmill", "warmup"], stdout=subprocess.DEVNULL, check=False)


def _answered(found: Measured) -> Measured:
    """All of it; only what the CPU did where a GPU has failed on the way, since the CPU then did its work."""
    if not selection.state.failed:
        return found
    kept = [(case, work) for case, work in zip(found.cases, found.works, strict=True) if case.device == "cpu"]
    return found._replace(cases=[case for case, _ in kept], works=[work for _, work in kept], model=None)


def _doubled(cores: int) -> Iterator[int]:
    """1, 2, 4, … and all of them."""
    number = 1
    while number < cores:
        yield number
        number *= 2
    yield cores


def _verified(cases: Sequence[Case], digests: Mapping[str, str], progress: Progress) -> list[Work]:
    works = []
    for place, case in enumerate(cases):
        progress(f"verifying {case.name}", _FIRST * (1 + place) / (len(cases) + 1))
        works.append(verified(case, digests))
    return works


def _streams(cases: Iterable[Case]) -> list[bytes]:
    """Of the first case with PNGs; a stream of nothing where there is none."""
    texts: Sequence[str] = next((case.texts for case in cases if case.form == "png"), ())
    return [stream for text in texts for stream in streams(text)] or [b"\x78\xda\x03\x00\x00\x00\x00\x01"]


def _subjects(crew: Crew, things: Sequence[Case | Yardstick], threads: Sequence[int]) -> Iterator[_Subject]:
    for thing in things:
        alone = crew.stints_for(thing.stint, 1, _TRY)
        for number in threads:
            if number == 1 or _is_threaded(thing):
                yield _Subject(thing.name, thing.stint, number, alone * number)


def _is_threaded(thing: Case | Yardstick) -> bool:
    return thing.threaded if isinstance(thing, Yardstick) else thing.device == "cpu"


def _timed(
    crew: Crew, subjects: Sequence[_Subject], plan: Plan, start: float, progress: Progress
) -> dict[Key, list[float]]:
    """The best rates of each round, while the run has time for another as long as the longest so far."""
    samples: dict[Key, list[float]] = {}
    number, longest = 0, 0.0
    while number < plan.rounds or perf_counter() - start + longest < plan.seconds:
        before = perf_counter()
        best: dict[Key, float] = {}
        for order in _passes(_chosen(subjects, number, max(plan.threads)), number):
            share = (perf_counter() - start) / plan.seconds
            progress(f"round {number + 1}", min(max(_FIRST, share), 1.0))
            for key, rate in _rates(crew, order):
                best[key] = max(rate, best.get(key, rate))
        for key, rate in best.items():
            samples.setdefault(key, []).append(rate)
        longest, number = max(longest, perf_counter() - before), number + 1
    return samples


def _chosen(subjects: Sequence[_Subject], number: int, most: int) -> list[_Subject]:
    """The subjects of a round: numbers of threads between one and all only in some of them."""
    return [s for s in subjects if s.threads in (1, most) or number % _MIDDLE_EVERY == 0]


def _passes(subjects: Sequence[_Subject], number: int) -> Iterator[list[_Subject]]:
    """The subjects in orders that follow from the number of the round."""
    draw = random.Random(number)
    for _ in range(_PASSES):
        yield draw.sample(subjects, len(subjects))


def _rates(crew: Crew, subjects: Sequence[_Subject]) -> Iterator[tuple[Key, float]]:
    for subject in subjects:
        yield (subject.name, subject.threads), crew.rate(subject.stint, subject.threads, subject.stints)
