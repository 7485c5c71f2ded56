"""Whether figures can be trusted: the rule by which a machine may be called too noisy.

Two measurements of one machine agree when no score differs by 5 % or more. Where one does, the machine may be blamed
for it only if one of its yardsticks, which were measured between the cases, moved by more than 5 % as well. The same
rule holds for two runs and for the two halves of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any, Final, Literal, NamedTuple

from .figures import change, geometric_mean, rounded

LIMIT: Final = 0.05

Pairs = Mapping[str, tuple[float, float]]
"""Names with what was found first and what was found then."""

Word = Literal["steady", "noisy", "unexplained"]


class Verdict(NamedTuple):
    """What the rule says.

    Attributes
    ----------
    word
        ``steady``; ``noisy``, where a score and a yardstick moved; ``unexplained``, where a score alone did.
    score, scored
        By how much the score moved that moved most, and its name.
    yardstick, measured
        By how much the yardstick moved that moved most, and its name.
    """

    word: Word
    score: float
    scored: str
    yardstick: float
    measured: str


def judge(scores: Pairs, yardsticks: Pairs) -> Verdict:
    """Apply the rule.

    >>> judge({"one": (1000, 900)}, {"copy": (10, 10.1)}).word
    'unexplained'
    >>> judge({"one": (1000, 900)}, {"copy": (10, 9)}).word
    'noisy'
    >>> judge({"one": (1000, 960)}, {"copy": (10, 9)}).word
    'steady'
    """
    scored, moved = _most(scores)
    measured, by = _most(yardsticks)
    word: Word = "steady" if moved < LIMIT else "noisy" if by > LIMIT else "unexplained"
    return Verdict(word, rounded(moved, 3), scored, rounded(by, 3), measured)


def _most(pairs: Pairs) -> tuple[str, float]:
    """The name of what moved most, and by how much."""
    return max(((name, change(*pair)) for name, pair in pairs.items()), key=lambda moved: moved[1])


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
    ends = sorted({min(report["threads"]), max(report["threads"])})
    cases = {threads_told(threads): _scores_of_halves(report["cases"], threads) for threads in ends}
    sticks = {
        f"{stick['name']}, {threads_told(threads)}": _halves(stick, threads)
        for stick in report["yardsticks"]
        for threads in ends
        if str(threads) in stick["rates"]
    }
    drifts = {str(threads): rounded(_drift(report, threads), 3) for threads in ends}
    return {**judge(cases, sticks)._asdict(), "loop_drift": drifts}


def _scores_of_halves(cases: list[dict[str, Any]], threads: int) -> tuple[float, float]:
    halves = [_halves(case, threads) for case in cases if str(threads) in case["rates"]]
    first, second = (geometric_mean(rates) for rates in zip(*halves, strict=True))
    return first, second


def _halves(measured: dict[str, Any], threads: int) -> tuple[float, float]:
    samples = measured["rates"][str(threads)]["samples"]
    half = (len(samples) + 1) // 2
    return median(samples[:half]), median(samples[-half:])


def _drift(report: dict[str, Any], threads: int) -> float:
    """By how much the loop is faster in the last third, as a share."""
    [loop] = (stick for stick in report["yardsticks"] if stick["name"] == "loop")
    samples = loop["rates"][str(threads)]["samples"]
    third = -(-len(samples) // 3)
    return float(median(samples[-third:]) / median(samples[:third]) - 1)
