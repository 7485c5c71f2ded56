"""One run of the bench: verify the cases, then time them and the baselines in turn, in rounds.

Each round passes over everything eight times, each time in another order, so that a machine that slows down for a while
slows all alike. The sample of a round is the best of short tries that are seconds apart, since disturbances only slow
them. Each figure is the median of the rounds. The number of rounds follows from the time that compiling and verifying
have left, so that no machine takes much longer than another.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Final, NamedTuple

from maskmill._device import hardware, selection
from maskmill.errors import expected

from . import gpu_cases, machine
from .baselines import Baseline, build_baselines
from .forms import FORMS, zlib_streams
from .gpu_cost_fit import fit_cost_model
from .report import RunResults, build_report
from .thread_rates import BenchThreads, Task
from .workload import Case, CaseFacts, standard_cases, stored_digests, verify_case

Progress = Callable[[str, float], None]
"""Takes a description of the current step, and the share of the run that is done."""

Key = tuple[str, int]
"""A name and a number of threads."""

_SETUP_SHARE: Final = 0.08
"""Share of a run that is done when timing begins."""

_TRY_SECONDS: Final = 0.01
_PASSES: Final = 8
_MIDDLE_ROUND_INTERVAL: Final = 3
_MAX_THREADS: Final = 1024


@dataclass(frozen=True, kw_only=True)
class BenchPlan:
    """How long to run, and on how many threads.

    >>> BenchPlan(threads=(8, 2)).threads
    (1, 2, 8)

    Attributes
    ----------
    threads : tuple[int, ...]
        Numbers of threads; 1 is always among them. By default 1, 2, 4, … and all cores.
    seconds : float
        For the whole run, with everything before the timing.
    rounds : int
        Minimum number of rounds, however long they take.

    Raises
    ------
    maskmill.errors.ArgumentError
        A number of threads is out of its range.
    """

    threads: tuple[int, ...] = field(default_factory=lambda: tuple(_default_threads(hardware.count_cores())))
    seconds: float = 105
    rounds: int = 4

    def __post_init__(self) -> None:
        """Check and sort the threads."""
        for number in self.threads:
            if type(number) is not int or not 1 <= number <= _MAX_THREADS:
                raise expected(f"numbers of threads in 1..{_MAX_THREADS}", number, "threads")
        object.__setattr__(self, "threads", tuple(sorted({1, *self.threads})))

    def shortened(self) -> BenchPlan:
        """Return a short plan for a first look, whose figures are not reliable."""
        return replace(self, seconds=10, rounds=2)


class _Subject(NamedTuple):
    """What one sample measures: a task, on some threads, run so many times."""

    name: str
    task: Task
    threads: int
    repeats: int


def run_bench(
    plan: BenchPlan | None = None,
    cases: Sequence[Case] | None = None,
    digests: Mapping[str, str] | None = None,
    progress: Progress = lambda _what, _share: None,
) -> dict[str, Any]:
    """Verify and time cases, and return the report.

    Parameters
    ----------
    plan : BenchPlan, optional
        Time and threads.
    cases : Sequence[Case], optional
        By default those of the workload.
    digests : Mapping[str, str], optional
        Digests of the cases' texts and results; by default the stored ones.
    progress : callable
        Called with a description of the current step and the share of the run that is done.

    Returns
    -------
    dict
        The report, JSON-safe.

    Raises
    ------
    WrongResultError
        The results of a case differ from the known ones; nothing was timed.
    """
    start, plan = perf_counter(), plan or BenchPlan()
    if cases is None:
        progress("looking for compiled kernels", 0)
        _warm_up_cache()
    progress("loading the replies", 0)
    cases = standard_cases() if cases is None else cases
    facts = _verify_cases(cases, stored_digests() if digests is None else digests, progress)
    baselines = build_baselines(_baseline_streams(cases), machine.last_level_cache_bytes(), machine.memory_bytes())
    has_gpu = any(case.device == "cuda" for case in cases)
    baselines += gpu_cases.link_baselines() if has_gpu else []
    with BenchThreads(max(plan.threads)) as pool:
        progress("measuring when a GPU pays", _SETUP_SHARE)
        model = fit_cost_model({case.form: case.texts for case in cases}) if has_gpu else None
        progress("choosing the length of samples", _SETUP_SHARE)
        subjects = list(_subjects(pool, [*cases, *baselines], plan.threads))
        samples = _time_rounds(pool, subjects, plan, start, progress)
    progress("done", 1)
    results = RunResults(cases, facts, baselines, samples, plan.threads, model, perf_counter() - start)
    return build_report(_without_failed_gpu(results))


def _warm_up_cache() -> None:
    """Fill the cache of compiled kernels in another process, so that a first run is timed like any later one.

    If that fails, this process compiles them after all.
    """
    subprocess.run([sys.executable, "-m", "maskmill", "warmup"], stdout=subprocess.DEVNULL, check=False)


def _without_failed_gpu(results: RunResults) -> RunResults:
    """Return the results without cases of a GPU that failed during the run, since the CPU then did its work."""
    if not selection.cuda_state.failure:
        return results
    kept = [(case, facts) for case, facts in results.verified_cases() if case.device == "cpu"]
    return results._replace(cases=[case for case, _ in kept], facts=[facts for _, facts in kept], model=None)


def _default_threads(cores: int) -> Iterator[int]:
    """Yield 1, 2, 4, … and the number of cores."""
    number = 1
    while number < cores:
        yield number
        number *= 2
    yield cores


def _verify_cases(cases: Sequence[Case], digests: Mapping[str, str], progress: Progress) -> list[CaseFacts]:
    facts = []
    for place, case in enumerate(cases):
        progress(f"verifying {case.name}", _SETUP_SHARE * (1 + place) / (len(cases) + 1))
        facts.append(verify_case(case, digests))
    return facts


def _baseline_streams(cases: Iterable[Case]) -> list[bytes]:
    """Return the zlib streams of the first case that has any; one empty stream if none has."""
    texts: Sequence[str] = next((case.texts for case in cases if FORMS[case.form].baseline == "inflate"), ())
    return [stream for text in texts for stream in zlib_streams(text)] or [b"\x78\xda\x03\x00\x00\x00\x00\x01"]


def _subjects(pool: BenchThreads, measured: Sequence[Case | Baseline], threads: Sequence[int]) -> Iterator[_Subject]:
    for one in measured:
        alone = pool.count_tasks(one.task, 1, _TRY_SECONDS)
        for number in threads:
            if number == 1 or _is_threaded(one):
                yield _Subject(one.name, one.task, number, alone * number)


def _is_threaded(one: Case | Baseline) -> bool:
    return one.is_threaded if isinstance(one, Baseline) else one.device == "cpu"


def _time_rounds(
    pool: BenchThreads, subjects: Sequence[_Subject], plan: BenchPlan, start: float, progress: Progress
) -> dict[Key, list[float]]:
    """Return the best rates of each round, while there is time for another as long as the longest so far."""
    samples: dict[Key, list[float]] = {}
    number, longest = 0, 0.0
    while number < plan.rounds or perf_counter() - start + longest < plan.seconds:
        before = perf_counter()
        best: dict[Key, float] = {}
        for order in _passes(_subjects_of_round(subjects, number, max(plan.threads)), number):
            share = (perf_counter() - start) / plan.seconds
            progress(f"round {number + 1}", min(max(_SETUP_SHARE, share), 1.0))
            for key, rate in _rates(pool, order):
                best[key] = max(rate, best.get(key, rate))
        for key, rate in best.items():
            samples.setdefault(key, []).append(rate)
        longest, number = max(longest, perf_counter() - before), number + 1
    return samples


def _subjects_of_round(subjects: Sequence[_Subject], number: int, max_threads: int) -> list[_Subject]:
    """Return the subjects of a round: other numbers of threads than one and all are measured in some rounds only."""
    return [s for s in subjects if s.threads in (1, max_threads) or number % _MIDDLE_ROUND_INTERVAL == 0]


def _passes(subjects: Sequence[_Subject], number: int) -> Iterator[list[_Subject]]:
    """Yield the subjects in shuffled orders, which depend on the number of the round only."""
    rng = random.Random(number)
    for _ in range(_PASSES):
        yield rng.sample(subjects, len(subjects))


def _rates(pool: BenchThreads, subjects: Sequence[_Subject]) -> Iterator[tuple[Key, float]]:
    for subject in subjects:
        yield (subject.name, subject.threads), pool.measure_rate(subject.task, subject.threads, subject.repeats)
