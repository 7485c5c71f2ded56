"""The race: every contestant on the same replies, each in its own process, checked before it is timed.

    python -m pip install -e '.[bench]' && python -m benchmarks -o out/benchmark

Writes results.json, table.md and growth.png into the folder and prints the table. `--quick` times less of everything,
to see that it runs. Passes go round all contestants in turn, so that a machine that slows down slows all of them.
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
_GROWTH: dict[str, tuple[str, str, list[dict[str, Any]]]] = {
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
    """Check, time, report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("out/benchmark"))
    parser.add_argument("--quick", action="store_true", help="less of everything, to see that it runs")
    parser.add_argument("--case", choices=sorted(CONTESTANTS), action="append", help="only this one; may be repeated")
    arguments = parser.parse_args()
    passes, seconds = (1, 0.05) if arguments.quick else (3, 1.0)
    cases = arguments.case or list(CONTESTANTS)
    results = {
        "machine": machine(),
        "race": {case: _race(case, passes, seconds) for case in cases},
        "growth": {}
        if arguments.case or arguments.quick
        else {name: _growth(name, passes, seconds) for name in _GROWTH},
        "facts": {} if arguments.case or arguments.quick else {name: _fact(name) for name in FACTS},
    }
    print(write(results, arguments.output))


def _race(case: str, passes: int, seconds: float) -> dict[str, Any]:
    job = {"case": case, "reply": _REPLIES[case.split()[0]], "seconds": seconds}
    outcome: dict[str, Any] = {}
    ours = _results({**job, "contestant": "maskmill"})
    for name in CONTESTANTS[case]:
        theirs = _results({**job, "contestant": name})
        outcome[name] = {"times": [], "agreement": agreement(ours, theirs, SIZE) if theirs else "a yardstick"}
    for _ in range(passes):
        for name, found in outcome.items():
            found["times"] += _times({**job, "contestant": name})
    return outcome


def _growth(name: str, passes: int, seconds: float) -> dict[str, Any]:
    case, rival, steps = _GROWTH[name]
    found: dict[str, Any] = {
        "case": case,
        "rival": rival,
        "at": [step["at"] for step in steps],
        "maskmill": [],
        rival: [],
    }
    for step in steps:
        job = {"case": case, "reply": _REPLIES[case.split()[0]], "seconds": seconds / 3, **step}
        for contestant in ("maskmill", rival):
            times = [t for _ in range(passes) for t in _times({**job, "contestant": contestant})]
            found[contestant].append(median(times))
    return found


def _fact(name: str) -> list[float]:
    print(f"  {name} …", file=sys.stderr)
    ratio: list[float] = json.loads(_run("benchmarks.facts", name))
    return ratio


def _results(job: dict[str, Any]) -> list[Any]:
    print(f"  checking {job['contestant']}, {job['case']} …", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        _lane({**job, "replies": 3, "results": str(file)})
        found: list[Any] = json.loads(file.read_text())
        return found


def _times(job: dict[str, Any]) -> list[float]:
    print(f"  timing {job['contestant']}, {job['case']} …", file=sys.stderr)
    times: list[float] = json.loads(_lane(job))
    return times


def _lane(job: dict[str, Any]) -> str:
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
