"""The report of a run as JSON-safe values: what was measured, on what, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from maskmill._device.cost_model import Model
from maskmill.errors import told

from . import machine
from .baselines import Yardstick, array_bytes
from .gpu_cost_fit import told as told_costs
from .noise import steadiness
from .roofline import abilities, roof
from .score import scores
from .statistics import rounded, spread
from .workload import VERSION, Case, Work, left_out

FORMAT: Final = "maskmill bench 1"


class Measured(NamedTuple):
    """All that a run has found; `samples` are rates by name and threads, one a round."""

    cases: Sequence[Case]
    works: Sequence[Work]
    sticks: Sequence[Yardstick]
    samples: Mapping[tuple[str, int], Sequence[float]]
    threads: Sequence[int]
    model: Model | None
    seconds: float

    @property
    def rounds(self) -> int:
        """How many there were: every subject on one thread is in all of them."""
        return max(map(len, self.samples.values()))


def report(found: Measured) -> dict[str, Any]:
    """Everything about a run."""
    sticks = [_stick(stick, found) for stick in found.sticks]
    medians = {s["name"]: {int(n): rate["median"] for n, rate in s["rates"].items()} for s in sticks}
    result = {
        "format": FORMAT,
        "workload": VERSION,
        "finished": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "seconds": round(found.seconds, 1),
        "rounds": found.rounds,
        "threads": list(found.threads),
        "machine": machine.machine(),
        "software": machine.software(),
        "array_mib": array_bytes(machine.last_cache(), machine.memory()) >> 20,
        "cases": [_case(case, work, found, medians) for case, work in zip(found.cases, found.works, strict=True)],
        "yardsticks": sticks,
        "costs": told_costs(found.model, found.threads),
        "left_out": left_out(found.cases),
    }
    return {**result, "scores": scores(result), "steadiness": steadiness(result)}


def read(file: Path, at: str) -> dict[str, Any]:
    """A report out of a file.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read or holds something else.
    """
    try:
        found = orjson.loads(file.read_bytes())
    except OSError as error:
        raise told("a file that can be read", f"{file}: {error.strerror}", at) from None
    except orjson.JSONDecodeError:
        raise told("a report of maskmill bench", f"{file}, which is no JSON", at) from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise told(f"a report of the format {FORMAT!r}", f"{file}, which is another", at)
    return found


def _case(case: Case, work: Work, found: Measured, medians: dict[str, dict[int, float]]) -> dict[str, Any]:
    nbytes = work.nbytes / work.masks
    rates = _rates(case.name, found)
    roofs = {n: roof(case.form, nbytes, abilities(medians, int(n))) for n in rates if case.device == "cpu"}
    return {
        "name": case.name,
        "form": case.form,
        "image": list(case.size),
        "output": case.output,
        "device": case.device,
        "unit": "masks",
        "bytes": rounded(nbytes),
        "rates": rates,
        "of_roof": {n: rounded(rates[n]["median"] / roofs[n].rate, 3) for n in roofs},
        "bound": {n: roofs[n].bound for n in roofs},
    }


def _stick(stick: Yardstick, found: Measured) -> dict[str, Any]:
    return {"name": stick.name, "unit": stick.unit, "rates": _rates(stick.name, found)}


def _rates(name: str, found: Measured) -> dict[str, dict[str, Any]]:
    """Quartiles and samples, units a second, by number of threads."""
    return {
        str(threads): {
            **{key: rounded(value) for key, value in spread(samples)._asdict().items()},
            "samples": [rounded(sample) for sample in samples],
        }
        for (named, threads), samples in sorted(found.samples.items())
        if named == name
    }
