"""Two runs side by side: by how much each figure differs, and whether that says anything."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from maskmill.errors import told

from .noise import End, Pair, Pairs, Verdict, judge, on_cpu

_AT: Final = "compare"


class Comparison(NamedTuple):
    """What two reports have in common.

    Attributes
    ----------
    differs
        What is another in the machine, its software, or the threads, as (name, first, second).
    verdict
        The rule for two runs of one machine; None where the machines or the threads are others.
    scores, cases, yardsticks
        Pairs by name, at one and at the most threads.
    """

    differs: list[tuple[str, Any, Any]]
    verdict: Verdict | None
    scores: Pairs
    cases: Pairs
    yardsticks: Pairs


def compare(a: dict[str, Any], b: dict[str, Any]) -> Comparison:
    """Set two reports against each other.

    Raises
    ------
    maskmill.errors.ArgumentError
        They are of different workloads, or have nothing in common.
    """
    if a["workload"] != b["workload"]:
        raise told("two runs of one workload", f"workload {a['workload']} and workload {b['workload']}", _AT)
    cases, sticks = _pairs(a, b, "cases"), _pairs(a, b, "yardsticks")
    scored = [(kind, name) for kind, name in _SCORES.items() if kind in a["scores"] and kind in b["scores"]]
    if not scored:
        raise told("two runs with scores", "one without", _AT)
    ends = {name: _end(a, b, kind, cases, sticks) for kind, name in scored}
    machines = _differs(a["machine"], b["machine"]) + _differs({"threads": a["threads"]}, {"threads": b["threads"]})
    verdict = None if machines else judge(ends)
    scores = {name: end.score for name, end in ends.items()}
    return Comparison(machines + _differs(a["software"], b["software"]), verdict, scores, cases, sticks)


_SCORES: Final = {"one": "one core", "all": "all cores"}
_THREADS: Final = {"one": "one thread", "all": "most threads"}


def _pairs(a: dict[str, Any], b: dict[str, Any], part: str) -> Pairs:
    """The figures of one part on one thread and on the most, by name."""
    first, second = _figures(a, part), _figures(b, part)
    return {name: (first[name], second[name]) for name in first if name in second}


def _figures(report: dict[str, Any], part: str) -> dict[str, float]:
    threads = {"one": str(min(report["threads"])), "all": str(max(report["threads"]))}
    return {
        f"{thing['name']}, {_THREADS[kind]}": thing["rates"][number]["median"]
        for thing in report[part]
        for kind, number in threads.items()
        if number in thing["rates"]
    }


def _end(a: dict[str, Any], b: dict[str, Any], kind: str, cases: Pairs, sticks: Pairs) -> End:
    """What the rule is told about the score on one thread, or on the most."""
    score = a["scores"][kind]["score"], b["scores"][kind]["score"]
    of_sticks = {stick["name"]: pair for stick, pair in _of(a["yardsticks"], sticks, kind)}
    return End(score, _of(on_cpu(a), cases, kind), of_sticks)


def _of(things: list[dict[str, Any]], pairs: Pairs, kind: str) -> list[tuple[dict[str, Any], Pair]]:
    names = [f"{thing['name']}, {_THREADS[kind]}" for thing in things]
    return [(thing, pairs[name]) for thing, name in zip(things, names, strict=True) if name in pairs]


def _differs(a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(name, a.get(name), b.get(name)) for name in {**a, **b} if a.get(name) != b.get(name)]
