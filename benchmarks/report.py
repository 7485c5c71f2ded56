"""The results as a table, a JSON file and a picture."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

_PACKAGES = (
    *("maskmill", "numpy", "numba", "opencv-python-headless", "orjson", "pybase64", "deflate", "pillow"),
    *("supervision", "pycocotools", "rlemasklib", "rasterio", "shapely", "scikit-image"),
)


def machine() -> dict[str, Any]:
    """What the figures were measured on: no name of a host or a user."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = {
        "processor": _processor(),
        "cores": cores,
        "system": platform.system(),
        "python": platform.python_version(),
    }
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def write(results: dict[str, Any], folder: Path) -> str:
    """Write all three into the folder; return the table."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1))
    table = "\n".join([*_race(results["race"]), *_facts(results["facts"]), *_growth(results["growth"]), _on(results)])
    (folder / "table.md").write_text(table)
    if results["growth"]:
        _plot(results["growth"], folder / "growth.png")
    return table


def _race(race: dict[str, Any]) -> list[str]:
    lines = []
    for case, contestants in race.items():
        ours = median(contestants["maskmill"]["times"])
        lines += [
            "",
            f"| {case} | us a mask | least to most | times maskmill | agrees with maskmill |",
            "| --- | ---: | ---: | ---: | --- |",
        ]
        for name, found in contestants.items():
            times = found["times"]
            spread = f"{min(times):,.1f} to {max(times):,.1f}"
            lines.append(
                f"| {name} | {median(times):,.1f} | {spread} | {median(times) / ours:.2f} | {found['agreement']} |"
            )
    return lines


def _facts(facts: dict[str, list[float]]) -> list[str]:
    lines = ["", "| ours / yardstick | ours, ms | yardstick, ms | ours / yardstick |", "| --- | ---: | ---: | ---: |"]
    rows = [f"| {name} | {a * 1e3:.2f} | {b * 1e3:.2f} | {a / b:.2f} |" for name, (a, b) in facts.items()]
    return [*lines, *rows] if rows else []


def _growth(growth: dict[str, Any]) -> list[str]:
    lines = []
    for name, found in growth.items():
        lines += [
            "",
            f"| {name} ({found['case']}) | maskmill, us a mask | {found['rival']} | ratio |",
            "| ---: | ---: | ---: | ---: |",
        ]
        for at, ours, theirs in zip(found["at"], found["maskmill"], found[found["rival"]], strict=True):
            lines.append(f"| {at:g} | {ours:,.1f} | {theirs:,.1f} | {theirs / ours:.1f} |")
    return lines


def _on(results: dict[str, Any]) -> str:
    return "\n" + ", ".join(f"{name} {value}" for name, value in results["machine"].items())


def _plot(growth: dict[str, Any], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(growth), figsize=(4 * len(growth), 3.6), constrained_layout=True)
    for axis, (name, found) in zip(axes, growth.items(), strict=True):
        for contestant, style in (("maskmill", "o-"), (found["rival"], "s--")):
            axis.loglog(found["at"], found[contestant], style, label=contestant)
        axis.set(xlabel=name, title=found["case"])
        axis.grid(alpha=0.3, which="both")
        axis.legend(fontsize=8)
    axes[0].set_ylabel("microseconds a mask")
    figure.savefig(file, dpi=110)
