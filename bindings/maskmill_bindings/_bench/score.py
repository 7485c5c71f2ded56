"""One number for a machine: how many times as fast as the reference it is, times 1000.

The mean is geometric, over all cases, so that no case weighs more than another and a ratio of two scores does not
depend on the reference. The reference is stored beside this module: a run on a stated machine, one core against its
one core, all cores against all of its cores. It changes with the version of the workload alone: reports hold scores,
and those of one version can be compared.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from .statistics import Spread, geometric_mean, rounded

WHOLE: Final = 1000
"""The score of the reference."""

_REFERENCE: Final = Path(__file__).with_name("reference.json")
_KINDS: Final = ("one", "all")


@cache
def reference() -> dict[str, Any]:
    """The machine that scores 1000, and its masks a second by case, on one thread and on all."""
    found: dict[str, Any] = orjson.loads(_REFERENCE.read_bytes())
    return found


def scores(report: dict[str, Any]) -> dict[str, dict[str, float]]:
    """The score of one core and of the most threads, each with its threads and the quartiles of the repeats.

    Cases that the reference does not know, as those of a GPU, are not in it; without any there is no score.
    """
    known = [case for case in report["cases"] if case["name"] in reference()["rates"]]
    threads = dict(zip(_KINDS, (min(report["threads"]), max(report["threads"])), strict=True))
    return {kind: _score(known, kind, threads[kind]) for kind in _KINDS} if known else {}


def ratios(case: dict[str, Any], kind: str, threads: int) -> Spread:
    """A case's rate as a multiple of the reference's, times 1000."""
    rate, at_reference = case["rates"][str(threads)], reference()["rates"][case["name"]][kind]
    return Spread(*(rate[key] / at_reference * WHOLE for key in Spread._fields))


def _score(cases: list[dict[str, Any]], kind: str, threads: int) -> dict[str, float]:
    found = [ratios(case, kind, threads) for case in cases]
    low, median, high = (geometric_mean(values) for values in zip(*found, strict=True))
    return {"threads": threads, "score": rounded(median), "low": rounded(low), "high": rounded(high)}


def as_reference(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """What is stored of runs of one machine that are to be the reference: the best median of each case."""
    last = reports[-1]
    ends = {"one": str(min(last["threads"])), "all": str(max(last["threads"]))}
    cases = [case for report in reports for case in report["cases"] if case["device"] == "cpu"]
    rates: dict[str, dict[str, float]] = {}
    for case in cases:
        best = rates.setdefault(case["name"], dict.fromkeys(ends, 0.0))
        for kind, threads in ends.items():
            best[kind] = max(best[kind], case["rates"][threads]["median"])
    return {**{key: last[key] for key in ("workload", "threads", "machine", "software")}, "rates": rates}


if __name__ == "__main__":  # python -m maskmill_bindings._bench.score score.json …: makes them the reference
    stored = as_reference([orjson.loads(Path(name).read_bytes()) for name in sys.argv[1:]])
    _REFERENCE.write_bytes(orjson.dumps(stored, option=orjson.OPT_INDENT_2) + b"\n")
