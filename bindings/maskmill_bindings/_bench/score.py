"""The score of a machine: its speed relative to the reference machine, times 1000.

The score is a geometric mean over all cases, so that no case weighs more than another and a ratio of two scores does
not depend on the reference. The reference, ``data/reference.json``, is a run on a stated machine: one core is compared
with its one core, all cores with all of its cores. It changes only with the version of the workload, so scores of one
version can be compared.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from .sample_stats import Quartiles, geometric_mean, round_significant

REFERENCE_SCORE: Final = 1000
"""The score of the reference."""

_REFERENCE: Final = Path(__file__).with_name("data") / "reference.json"
_SCORE_KINDS: Final = ("one", "all")


@cache
def load_reference() -> dict[str, Any]:
    """Return the machine that scores 1000, with its masks per second by case, on one thread and on all."""
    reference: dict[str, Any] = orjson.loads(_REFERENCE.read_bytes())
    return reference


def compute_scores(report: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return the scores on one core and on the largest number of threads, each with its quartiles.

    Cases that the reference lacks, as those of a GPU, do not count; without any other case there is no score.
    """
    known = [case for case in report["cases"] if case["name"] in load_reference()["rates"]]
    threads = dict(zip(_SCORE_KINDS, (min(report["threads"]), max(report["threads"])), strict=True))
    return {kind: _score(known, kind, threads[kind]) for kind in _SCORE_KINDS} if known else {}


def reference_ratios(case: dict[str, Any], kind: str, threads: int) -> Quartiles:
    """Return a case's rate relative to the reference's, times 1000.

    Parameters
    ----------
    case : dict
        A case of a report.
    kind : str
        ``one`` or ``all``: which rate of the reference.
    threads : int
        Number of threads of the case's rate.
    """
    rate, at_reference = case["rates"][str(threads)], load_reference()["rates"][case["name"]][kind]
    return Quartiles(*(rate[key] / at_reference * REFERENCE_SCORE for key in Quartiles._fields))


def _score(cases: list[dict[str, Any]], kind: str, threads: int) -> dict[str, float]:
    ratios = [reference_ratios(case, kind, threads) for case in cases]
    low, median, high = (geometric_mean(values) for values in zip(*ratios, strict=True))
    return {
        "threads": threads,
        "score": round_significant(median),
        "low": round_significant(low),
        "high": round_significant(high),
    }


def build_reference(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the reference made of runs of one machine: the best median of each case."""
    last = reports[-1]
    ends = {"one": str(min(last["threads"])), "all": str(max(last["threads"]))}
    cases = [case for report in reports for case in report["cases"] if case["device"] == "cpu"]
    rates: dict[str, dict[str, float]] = {}
    for case in cases:
        best = rates.setdefault(case["name"], dict.fromkeys(ends, 0.0))
        for kind, threads in ends.items():
            best[kind] = max(best[kind], case["rates"][threads]["median"])
    return {**{key: last[key] for key in ("workload", "threads", "machine", "software")}, "rates": rates}


if __name__ == "__main__":  # python -m maskmill_bindings._bench.score score.json …: store them as the reference
    stored = build_reference([orjson.loads(Path(name).read_bytes()) for name in sys.argv[1:]])
    _REFERENCE.write_bytes(orjson.dumps(stored, option=orjson.OPT_INDENT_2) + b"\n")
