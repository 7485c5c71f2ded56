"""The rule for calling a machine too noisy, for two runs and for the two halves of one run.

Two measurements on one machine agree if no score differs by 5 % or more. A larger difference is called noise only if
baselines on as many threads, measured between the cases, differ by more than 5 % too, and the cases that do not depend
on those baselines agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final, Literal, NamedTuple

from .forms import FORMS
from .sample_stats import geometric_mean, relative_difference, round_significant

LIMIT: Final = 0.05
"""Scores that differ by less agree."""

RatePair = tuple[float, float]
"""The first and the second measurement of a rate."""

RatePairs = Mapping[str, RatePair]
"""Both measurements of rates, by name."""

VerdictWord = Literal["steady", "noisy", "unexplained"]
CaseEntry = dict[str, Any]
"""A case in a report."""

_WORDS: Final[tuple[VerdictWord, ...]] = ("steady", "noisy", "unexplained")
"""From the best to the worst."""

_ARRAY_OUTPUTS: Final = ("dense", "instance map")
_MEMORY_BASELINES: Final = ("copy", "fill", "fill of new memory")


class TwoMeasurements(NamedTuple):
    """Everything that was measured twice on one number of threads.

    Attributes
    ----------
    score : tuple[float, float]
        Of all cases together.
    cases : Sequence
        The cases of the score, each with both rates.
    baselines : Mapping[str, tuple[float, float]]
        Both rates of each baseline.
    """

    score: RatePair
    cases: Sequence[tuple[CaseEntry, RatePair]]
    baselines: RatePairs


class Verdict(NamedTuple):
    """The result of the rule; the fields are also keys of the report.

    Attributes
    ----------
    word : str
        ``steady``; ``noisy`` if baselines explain the difference; ``unexplained`` if they do not.
    score, scored : float, str
        The difference of the score that decides, and its name.
    yardstick, measured : float, str
        The largest difference of a baseline on as many threads, and its name.
    """

    word: VerdictWord
    score: float
    scored: str
    yardstick: float
    measured: str


def judge_noise(measurements: Mapping[str, TwoMeasurements]) -> Verdict:
    """Apply the rule to measurements on several numbers of threads; the worst result counts.

    >>> dense, rle = ({"form": "ring", "output": output} for output in ("dense", "rle"))
    >>> cases = [(dense, (10, 7)), (rle, (10, 10))]
    >>> judge_noise({"one": TwoMeasurements((1000, 840), cases, {"fill": (10, 7), "loop": (5, 5)})}).word
    'noisy'
    >>> judge_noise({"one": TwoMeasurements((1000, 840), cases, {"fill": (10, 10), "inflate": (5, 4)})}).word
    'unexplained'
    >>> judge_noise({"one": TwoMeasurements((1000, 960), cases, {"fill": (10, 7)})}).word
    'steady'
    """
    verdicts = map(_verdict, measurements, measurements.values())
    return max(verdicts, key=lambda verdict: (_WORDS.index(verdict.word), verdict.score))


def _verdict(name: str, both: TwoMeasurements) -> Verdict:
    moved = relative_difference(*both.score)
    by, measured = max((relative_difference(*pair), name) for name, pair in both.baselines.items())
    word: VerdictWord = "steady" if moved < LIMIT else "noisy" if _is_explained_by_machine(both) else "unexplained"
    return Verdict(word, round_significant(moved, 3), name, round_significant(by, 3), measured)


def _is_explained_by_machine(both: TwoMeasurements) -> bool:
    """Tell whether the cases hold that depend on no yardstick which moved."""
    moved = [name for name, pair in both.baselines.items() if relative_difference(*pair) > LIMIT]
    rest = [pair for case, pair in both.cases if not any(depends_on(case, name) for name in moved)]
    return bool(moved) and (not rest or relative_difference(*map(geometric_mean, zip(*rest, strict=True))) < LIMIT)


def depends_on(case: CaseEntry, baseline: str) -> bool:
    """Return whether a slower baseline makes a case slower.

    >>> [depends_on({"form": "png", "output": "rle"}, name) for name in ("loop", "inflate", "fill of new memory")]
    [True, True, False]
    """
    if baseline in _MEMORY_BASELINES:
        return case["output"] in _ARRAY_OUTPUTS
    form = FORMS.get(case["form"])
    return baseline == "loop" or (form is not None and form.baseline == baseline)


def format_threads(number: int) -> str:
    """Return a number of threads in words.

    >>> format_threads(1), format_threads(2)
    ('1 thread', '2 threads')
    """
    return "1 thread" if number == 1 else f"{number} threads"


def judge_halves(report: dict[str, Any]) -> dict[str, Any]:
    """Apply the rule to the two halves of a run, and add the change of the fixed loop from its first third to its last.

    A loop that slows down during a run means a falling clock, as in a machine that grows warm, or other programs.
    """
    counts = sorted({min(report["threads"]), max(report["threads"])})
    drifts = {str(threads): round_significant(_loop_drift(report, threads), 3) for threads in counts}
    return {
        **judge_noise({format_threads(n): _measure_halves(report, n) for n in counts})._asdict(),
        "loop_drift": drifts,
    }


def _measure_halves(report: dict[str, Any], threads: int) -> TwoMeasurements:
    cases = [(case, _halves(case, threads)) for case in cpu_cases(report)]
    first, second = (geometric_mean(rates) for rates in zip(*(pair for _, pair in cases), strict=True))
    baselines = [baseline for baseline in report["yardsticks"] if str(threads) in baseline["rates"]]
    return TwoMeasurements(
        (first, second), cases, {baseline["name"]: _halves(baseline, threads) for baseline in baselines}
    )


def cpu_cases(report: dict[str, Any]) -> list[CaseEntry]:
    """Return the cases of the CPU, which are measured on every number of threads and make up the scores."""
    return [case for case in report["cases"] if case["device"] == "cpu"]


def gpu_rates(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rates of the cases on a GPU, by the name of the same case on the CPU."""
    others = [case for case in report["cases"] if case["device"] != "cpu"]
    return {case["name"].removesuffix(f" {case['device']}"): case["rates"]["1"] for case in others}


def _halves(measured: dict[str, Any], threads: int) -> RatePair:
    samples = measured["rates"][str(threads)]["samples"]
    half = (len(samples) + 1) // 2
    return median(samples[:half]), median(samples[-half:])


def _loop_drift(report: dict[str, Any], threads: int) -> float:
    """Return by how much the loop is faster in the last third of a run, as a share."""
    [loop] = (baseline for baseline in report["yardsticks"] if baseline["name"] == "loop")
    samples = loop["rates"][str(threads)]["samples"]
    third = -(-len(samples) // 3)
    return float(median(samples[-third:]) / median(samples[:third]) - 1)
