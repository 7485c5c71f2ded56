"""The report of a run as JSON values: rates, machine, software, scores and noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from maskmill._device.cost_model import CostModel
from maskmill.errors import ArgumentError

from . import machine
from .baselines import Baseline, choose_array_bytes
from .gpu_cost_fit import cost_model_to_dict
from .noise import judge_halves
from .roofline import compute_roof, machine_rates
from .sample_stats import compute_quartiles, round_significant
from .score import compute_scores
from .workload import VERSION, Case, CaseFacts, list_omissions

FORMAT: Final = "maskmill bench 1"


class RunResults(NamedTuple):
    """Everything that a run has measured.

    Attributes
    ----------
    cases, facts : Sequence
        The cases, and the facts of each.
    baselines : Sequence[Baseline]
        The baselines.
    samples : Mapping
        Rates by (name, threads), one per round.
    threads : Sequence[int]
        Numbers of threads.
    model : CostModel or None
        The fitted cost model of a GPU.
    seconds : float
        How long the run took.
    """

    cases: Sequence[Case]
    facts: Sequence[CaseFacts]
    baselines: Sequence[Baseline]
    samples: Mapping[tuple[str, int], Sequence[float]]
    threads: Sequence[int]
    model: CostModel | None
    seconds: float

    def verified_cases(self) -> Iterator[tuple[Case, CaseFacts]]:
        """Return the cases with their facts."""
        return zip(self.cases, self.facts, strict=True)

    @property
    def rounds(self) -> int:
        """Number of rounds: everything is measured on one thread in each of them."""
        return max(map(len, self.samples.values()))


def build_report(results: RunResults) -> dict[str, Any]:
    """Return the report of a run, JSON-safe."""
    baselines = [_baseline_entry(baseline, results) for baseline in results.baselines]
    medians = {entry["name"]: {int(n): rate["median"] for n, rate in entry["rates"].items()} for entry in baselines}
    report = {
        "format": FORMAT,
        "workload": VERSION,
        "finished": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "seconds": round(results.seconds, 1),
        "rounds": results.rounds,
        "threads": list(results.threads),
        "machine": machine.describe_machine(),
        "software": machine.package_versions(),
        "array_mib": choose_array_bytes(machine.last_level_cache_bytes(), machine.memory_bytes()) >> 20,
        "cases": [_case_entry(case, facts, results, medians) for case, facts in results.verified_cases()],
        "yardsticks": baselines,
        "costs": cost_model_to_dict(results.model, results.threads),
        "left_out": list_omissions(results.cases),
    }
    return {**report, "scores": compute_scores(report), "steadiness": judge_halves(report)}


def read_report(file: Path, at: str) -> dict[str, Any]:
    """Return the report in a file.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read or holds no report; the message calls it `at`.
    """
    try:
        report = orjson.loads(file.read_bytes())
    except OSError as error:
        raise ArgumentError("a file that can be read", f"{file}: {error.strerror}", at) from None
    except orjson.JSONDecodeError:
        raise ArgumentError("a report of maskmill bench", f"{file}, which is no JSON", at) from None
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise ArgumentError(f"a report of the format {FORMAT!r}", f"{file}, which is another", at)
    return report


def _case_entry(
    case: Case, facts: CaseFacts, results: RunResults, medians: dict[str, dict[int, float]]
) -> dict[str, Any]:
    nbytes = facts.nbytes / facts.masks
    rates = _rates(case.name, results)
    roofs = {n: compute_roof(case.form, nbytes, machine_rates(medians, int(n))) for n in rates if case.device == "cpu"}
    return {
        "name": case.name,
        "form": case.form,
        "image": list(case.size),
        "output": case.output,
        "device": case.device,
        "unit": "masks",
        "bytes": round_significant(nbytes),
        "rates": rates,
        "of_roof": {n: round_significant(rates[n]["median"] / roofs[n].rate, 3) for n in roofs},
        "bound": {n: roofs[n].bound for n in roofs},
    }


def _baseline_entry(baseline: Baseline, results: RunResults) -> dict[str, Any]:
    return {"name": baseline.name, "unit": baseline.unit, "rates": _rates(baseline.name, results)}


def _rates(name: str, results: RunResults) -> dict[str, dict[str, Any]]:
    """Return quartiles and samples by number of threads, in units per second."""
    return {
        str(threads): {
            **{key: round_significant(value) for key, value in compute_quartiles(samples)._asdict().items()},
            "samples": [round_significant(sample) for sample in samples],
        }
        for (key_name, threads), samples in sorted(results.samples.items())
        if key_name == name
    }
