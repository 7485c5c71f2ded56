"""Whether figures can be trusted: the rule by which a machine may be called too noisy.

Two measurements of one machine agree when no score differs by 5 % or more. Where one does, the machine may be blamed
for it only by yardsticks that were measured between the cases on as many threads: those that moved by more than 5 % as
well, if the cases that do not depend on them held. The same rule is for two runs and for the two halves of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any, Final, Literal, NamedTuple

from .statistics import change, geometric_mean, rounded

LIMIT: Final = 0.05

Pair = tuple[float, float]
"""What was found first and what was found then."""

Pairs = Mapping[str, Pair]
"""Pairs by name."""

Word = Literal["steady", "noisy", "unexplained"]
Case = dict[str, Any]
"""Of a report; of it the form and the output are asked for."""

_WORDS: Final[tuple[Word, ...]] = ("steady", "noisy", "unexplained")
"""From the best to the worst."""

_ARRAYS: Final = ("dense", "instance map")
_DEPEND: Final[dict[str, Callable[[Case], bool]]] = {
    "copy": lambda case: case["output"] in _ARRAYS,
    "fill": lambda case: case["output"] in _ARRAYS,
    "fill of new memory": lambda case: case["output"] in _ARRAYS,
    "inflate": lambda case: case["form"] == "png",
    "loop": lambda _case: True,
}
"""The cases that a yardstick has to do with; one that is not here has to do with none."""


class End(NamedTuple):
    """All that was measured twice on one number of threads.

    Attributes
    ----------
    score
        Of all cases together.
    cases
        Those of the score, each with its rates.
    yardsticks
        Their rates.
    """

    score: Pair
    cases: Sequence[tuple[Case, Pair]]
    yardsticks: Pairs


class Verdict(NamedTuple):
    """What the rule says.

    Attributes
    ----------
    word
        ``steady``; ``noisy``, where yardsticks explain what moved; ``unexplained``, where they do not.
    score, scored
        By how much the score moved that decides, and its name.
    yardstick, measured
        By how much the yardstick on as many threads moved that moved most, and its name.
    """

    word: Word
    score: float
    scored: str
    yardstick: float
    measured: str


def judge(ends: Mapping[str, End]) -> Verdict:
    """Apply the rule: the worst of all that it says about the ends.

    >>> dense, rle = ({"form": "ring", "output": output} for output in ("dense", "rle"))
    >>> cases = [(dense, (10, 7)), (rle, (10, 10))]
    >>> judge({"one": End((1000, 840), cases, {"fill": (10, 7), "loop": (5, 5)})}).word
    'noisy'
    >>> judge({"one": End((1000, 840), cases, {"fill": (10, 10), "inflate": (5, 4)})}).word
    'unexplained'
    >>> judge({"one": End((1000, 960), cases, {"fill": (10, 7)})}).word
    'steady'
    """
    return max(map(_verdict, ends, ends.values()), key=lambda found: (_WORDS.index(found.word), found.score))


def _verdict(name: str, end: End) -> Verdict:
    moved = change(*end.score)
    by, measured = max((change(*pair), name) for name, pair in end.yardsticks.items())
    word: Word = "steady" if moved < LIMIT else "noisy" if _is_explained(end) else "unexplained"
    return Verdict(word, rounded(moved, 3), name, rounded(by, 3), measured)


def _is_explained(end: End) -> bool:
    """Tell whether the cases hold that depend on no yardstick which moved."""
    moved = [name for name, pair in end.yardsticks.items() if change(*pair) > LIMIT]
    rest = [pair for case, pair in end.cases if not any(depends(case, name) for name in moved)]
    return bool(moved) and (not rest or change(*map(geometric_mean, zip(*rest, strict=True))) < LIMIT)


def depends(case: Case, yardstick: str) -> bool:
    """Tell whether a case is slower where a yardstick is.

    >>> [depends({"form": "png", "output": "rle"}, name) for name in ("loop", "inflate", "fill of new memory")]
    [True, True, False]
    """
    return yardstick in _DEPEND and _DEPEND[yardstick](case)


def threads_told(number: int) -> str:
    """A number of threads.

    >>> threads_told(1), threads_told(2)
    ('1 thread', '2 threads')
    """
    return "1 thread" if number == 1 else f"{number} threads"


def steadiness(report: dict[str, Any]) -> dict[str, Any]:
    """The rule for the two halves of a run, and how the fixed loop went from its first third to its last.

    A loop that slows down over a run is a clock that falls as the machine grows warm, or other programs.
    """
    counts = sorted({min(report["threads"]), max(report["threads"])})
    drifts = {str(threads): rounded(_drift(report, threads), 3) for threads in counts}
    return {**judge({threads_told(n): _end_of_halves(report, n) for n in counts})._asdict(), "loop_drift": drifts}


def _end_of_halves(report: dict[str, Any], threads: int) -> End:
    cases = [(case, _halves(case, threads)) for case in on_cpu(report)]
    first, second = (geometric_mean(rates) for rates in zip(*(pair for _, pair in cases), strict=True))
    sticks = [stick for stick in report["yardsticks"] if str(threads) in stick["rates"]]
    return End((first, second), cases, {stick["name"]: _halves(stick, threads) for stick in sticks})


def on_cpu(report: dict[str, Any]) -> list[Case]:
    """The cases that every number of threads has, of which the scores are made."""
    return [case for case in report["cases"] if case["device"] == "cpu"]


def on_gpu(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rates of the cases that a GPU has done, by the names that they have on the CPU."""
    others = [case for case in report["cases"] if case["device"] != "cpu"]
    return {case["name"].removesuffix(f" {case['device']}"): case["rates"]["1"] for case in others}


def _halves(measured: dict[str, Any], threads: int) -> Pair:
    samples = measured["rates"][str(threads)]["samples"]
    half = (len(samples) + 1) // 2
    return median(samples[:half]), median(samples[-half:])


def _drift(report: dict[str, Any], threads: int) -> float:
    """By how much the loop is faster in the last third, as a share."""
    [loop] = (stick for stick in report["yardsticks"] if stick["name"] == "loop")
    samples = loop["rates"][str(threads)]["samples"]
    third = -(-len(samples) // 3)
    return float(median(samples[-third:]) / median(samples[:third]) - 1)
