"""Compare speed: every contestant on the same replies, each in its own process, checked before it is timed.

    python -m pip install -e '.[bench]' && python -m benchmarks -o out/benchmark

Writes results.json, table.md and growth.png into the folder and prints the table. `--quick` measures less of
everything, to test that it runs. Each pass times all contestants in turn, so that a machine that slows down slows all.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from .checks import agreement
from .contestants import CONTESTANTS
from .facts import FACTS
from .report import machine, write
from .workload import SIZE

_REPLIES = {"png": "png_reply", "ring": "ring_reply"}
_SWEEPS: dict[str, tuple[str, str, list[dict[str, Any]]]] = {
    "box, share of the image": (
        "png to RLE",
        "cv2 + rlemasklib",
        [{"at": s * s / 1e6, "options": {"sides": [s, s]}} for s in (30, 95, 300, 950)],
    ),
    "image, megapixels": (
        "png to RLE",
        "cv2 + rlemasklib",
        [{"at": w * h / 1e6, "size": f"{w}x{h}"} for w, h in ((480, 270), (960, 540), (1920, 1080), (3840, 2160))],
    ),
    "vertices of a ring": (
        "ring to RLE",
        "numpy + rlemasklib",
        [{"at": n, "options": {"vertices": n}} for n in (8, 24, 80, 240, 800)],
    ),
    "masks in a reply": (
        "png to RLE",
        "cv2 + rlemasklib",
        [{"at": n, "options": {"items": n}, "replies": max(1, 60 // n)} for n in (1, 4, 15, 60)],
    ),
}


def main() -> None:
    """Check and time the contestants, and write the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("out/benchmark"))
    parser.add_argument("--quick", action="store_true", help="less of everything, to test that it runs")
    parser.add_argument("--case", choices=sorted(CONTESTANTS), action="append", help="only this case; may be repeated")
    arguments = parser.parse_args()
    passes, seconds = (1, 0.05) if arguments.quick else (3, 1.0)
    cases = arguments.case or list(CONTESTANTS)
    results = {
        "machine": machine(),
        "race": {case: _run_case(case, passes, seconds) for case in cases},
        "growth": {}
        if arguments.case or arguments.quick
        else {name: _run_sweep(name, passes, seconds) for name in _SWEEPS},
        "facts": {} if arguments.case or arguments.quick else {name: _measure_fact(name) for name in FACTS},
    }
    print(write(results, arguments.output))


def _run_case(case: str, passes: int, seconds: float) -> dict[str, Any]:
    job = {"case": case, "reply": _REPLIES[case.split()[0]], "seconds": seconds}
    contestants: dict[str, Any] = {}
    ours = _contestant_results({**job, "contestant": "maskmill"})
    for name in CONTESTANTS[case]:
        theirs = _contestant_results({**job, "contestant": name})
        contestants[name] = {"times": [], "agreement": agreement(ours, theirs, SIZE) if theirs else "a baseline"}
    for _ in range(passes):
        for name, entry in contestants.items():
            entry["times"] += _contestant_times({**job, "contestant": name})
    return contestants


def _run_sweep(name: str, passes: int, seconds: float) -> dict[str, Any]:
    case, rival, steps = _SWEEPS[name]
    entry: dict[str, Any] = {
        "case": case,
        "rival": rival,
        "at": [step["at"] for step in steps],
        "maskmill": [],
        rival: [],
    }
    for step in steps:
        job = {"case": case, "reply": _REPLIES[case.split()[0]], "seconds": seconds / 3, **step}
        for contestant in ("maskmill", rival):
            times = [t for _ in range(passes) for t in _contestant_times({**job, "contestant": contestant})]
            entry[contestant].append(median(times))
    return entry


def _measure_fact(name: str) -> list[float]:
    print(f"  {name} …", file=sys.stderr)
    ratio: list[float] = json.loads(_run("benchmarks.facts", name))
    return ratio


def _contestant_results(job: dict[str, Any]) -> list[Any]:
    print(f"  checking {job['contestant']}, {job['case']} …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        _run_contestant({**job, "replies": 3, "results": str(file)})
        entry: list[Any] = json.loads(file.read_text())
        return entry


def _contestant_times(job: dict[str, Any]) -> list[float]:
    print(f"  timing {job['contestant']}, {job['case']} …", file=sys.stderr)
    times: list[float] = json.loads(_run_contestant(job))
    return times


def _run_contestant(job: dict[str, Any]) -> str:
    environment = {"MASKMILL_BENCHMARK_SIZE": job["size"]} if "size" in job else {}
    return _run("benchmarks.lane", json.dumps(job), environment)


def _run(module: str, argument: str, environment: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-W", "ignore", "-m", module, argument]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
    if done.returncode:
        raise SystemExit(f"expected {module} to end well, got {done.returncode} - at {argument}")
    return done.stdout


if __name__ == "__main__":
    main()
