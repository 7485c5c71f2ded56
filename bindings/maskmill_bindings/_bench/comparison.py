"""Compare two reports: by how much each figure differs, and whether that is noise."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from maskmill.errors import ArgumentError

from .noise import RatePair, RatePairs, TwoMeasurements, Verdict, cpu_cases, judge_noise

_AT: Final = "compare"


class Comparison(NamedTuple):
    """Two reports side by side.

    Attributes
    ----------
    differences : list[tuple[str, Any, Any]]
        Differences in machine, software or threads, as (name, first, second).
    verdict : Verdict or None
        Whether the scores differ by noise; None if the machines or the threads differ.
    scores, cases, baselines : Mapping[str, tuple[float, float]]
        Pairs of figures by name, on one thread and on the largest number of threads.
    """

    differences: list[tuple[str, Any, Any]]
    verdict: Verdict | None
    scores: RatePairs
    cases: RatePairs
    baselines: RatePairs


def compare_reports(a: dict[str, Any], b: dict[str, Any]) -> Comparison:
    """Compare two reports.

    Raises
    ------
    maskmill.errors.ArgumentError
        The workloads differ, or a report has no scores.
    """
    if a["workload"] != b["workload"]:
        raise ArgumentError("two runs of one workload", f"workload {a['workload']} and workload {b['workload']}", _AT)
    cases, baselines = _pairs(a, b, "cases"), _pairs(a, b, "yardsticks")
    scored = [(kind, name) for kind, name in _SCORE_NAMES.items() if kind in a["scores"] and kind in b["scores"]]
    if not scored:
        raise ArgumentError("two runs with scores", "one without", _AT)
    measurements = {name: _both_scores(a, b, kind, cases, baselines) for kind, name in scored}
    machines = _list_differences(a["machine"], b["machine"])
    machines += _list_differences({"threads": a["threads"]}, {"threads": b["threads"]})
    verdict = None if machines else judge_noise(measurements)
    scores = {name: both.score for name, both in measurements.items()}
    return Comparison(machines + _list_differences(a["software"], b["software"]), verdict, scores, cases, baselines)


_SCORE_NAMES: Final = {"one": "one core", "all": "all cores"}
_THREAD_NAMES: Final = {"one": "one thread", "all": "most threads"}


def _pairs(a: dict[str, Any], b: dict[str, Any], part: str) -> RatePairs:
    """Return the figures of a part of both reports by name, on one thread and on the largest number of threads."""
    first, second = _figures(a, part), _figures(b, part)
    return {name: (first[name], second[name]) for name in first if name in second}


def _figures(report: dict[str, Any], part: str) -> dict[str, float]:
    threads = {"one": str(min(report["threads"])), "all": str(max(report["threads"]))}
    return {
        f"{entry['name']}, {_THREAD_NAMES[kind]}": entry["rates"][number]["median"]
        for entry in report[part]
        for kind, number in threads.items()
        if number in entry["rates"]
    }


def _both_scores(
    a: dict[str, Any], b: dict[str, Any], kind: str, cases: RatePairs, baselines: RatePairs
) -> TwoMeasurements:
    """Return both measurements of one kind of score, with the cases and baselines on as many threads."""
    score = a["scores"][kind]["score"], b["scores"][kind]["score"]
    by_name = {baseline["name"]: pair for baseline, pair in _pairs_of(a["yardsticks"], baselines, kind)}
    return TwoMeasurements(score, _pairs_of(cpu_cases(a), cases, kind), by_name)


def _pairs_of(entries: list[dict[str, Any]], pairs: RatePairs, kind: str) -> list[tuple[dict[str, Any], RatePair]]:
    names = [f"{entry['name']}, {_THREAD_NAMES[kind]}" for entry in entries]
    return [(entry, pairs[name]) for entry, name in zip(entries, names, strict=True) if name in pairs]


def _list_differences(a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(name, a.get(name), b.get(name)) for name in {**a, **b} if a.get(name) != b.get(name)]
