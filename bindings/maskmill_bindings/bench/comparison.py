"""Two runs side by side: by how much each figure differs, and whether that says anything."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from maskmill.errors import told

from .steadiness import Pairs, Verdict, judge

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
    scores, cases, sticks = (_pairs(a, b, part) for part in ("scores", "cases", "yardsticks"))
    if not scores:
        raise told("two runs with scores", "one without", _AT)
    machines = _differs(a["machine"], b["machine"]) + _differs({"threads": a["threads"]}, {"threads": b["threads"]})
    verdict = None if machines else judge(scores, sticks)
    return Comparison(machines + _differs(a["software"], b["software"]), verdict, scores, cases, sticks)


def _pairs(a: dict[str, Any], b: dict[str, Any], part: str) -> Pairs:
    first, second = _ends(a, part), _ends(b, part)
    return {name: (first[name], second[name]) for name in first if name in second}


def _ends(report: dict[str, Any], part: str) -> dict[str, float]:
    """The figures of one part on one thread and on the most, by name."""
    if part == "scores":
        return {_NAMES[kind]: found["score"] for kind, found in report["scores"].items()}
    ends = {"one thread": min(report["threads"]), "most threads": max(report["threads"])}
    return {
        f"{thing['name']}, {name}": thing["rates"][str(threads)]["median"]
        for thing in report[part]
        for name, threads in ends.items()
        if str(threads) in thing["rates"]
    }


_NAMES: Final = {"one": "one core", "all": "all cores"}


def _differs(a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(name, a.get(name), b.get(name)) for name in {**a, **b} if a.get(name) != b.get(name)]
