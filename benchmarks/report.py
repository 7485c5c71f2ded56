"""The results as a table, a JSON file and a chart."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from maskmill._device.hardware import count_cores

_PACKAGES = (
    *("maskmill", "numpy", "numba", "opencv-python-headless", "orjson", "pybase64", "deflate", "pillow"),
    *("supervision", "pycocotools", "rlemasklib", "rasterio", "shapely", "scikit-image"),
)


def machine() -> dict[str, Any]:
    """Return hardware and software, without names of hosts or users."""
    entry = {
        "processor": _processor(),
        "cores": count_cores(),
        "system": platform.system(),
        "python": platform.python_version(),
    }
    for name in _PACKAGES:
        try:
            entry[name] = version(name)
        except PackageNotFoundError:
            continue
    return entry


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def write(results: dict[str, Any], folder: Path) -> str:
    """Write all three into a folder, and return the table."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1))
    table = "\n".join(
        [
            *case_tables(results["race"]),
            *fact_table(results["facts"]),
            *sweep_tables(results["growth"]),
            _machine_line(results),
        ]
    )
    (folder / "table.md").write_text(table)
    if results["growth"]:
        _plot(results["growth"], folder / "growth.png")
    return table


def case_tables(race: dict[str, Any]) -> list[str]:
    """Return a table per case: every contestant's time, and its ratio to ours."""
    lines = []
    for case, contestants in race.items():
        ours = median(contestants["maskmill"]["times"])
        lines += [
            "",
            f"| {case} | us per mask | min to max | times maskmill | agrees with maskmill |",
            "| --- | ---: | ---: | ---: | --- |",
        ]
        for name, entry in contestants.items():
            times = entry["times"]
            spread = f"{min(times):,.1f} to {max(times):,.1f}"
            lines.append(
                f"| {name} | {median(times):,.1f} | {spread} | {median(times) / ours:.2f} | {entry['agreement']} |"
            )
    return lines


def fact_table(facts: dict[str, list[float]]) -> list[str]:
    """Return a table of single facts: our time, that of the baseline, and their ratio."""
    lines = ["", "| ours / baseline | ours, ms | baseline, ms | ours / baseline |", "| --- | ---: | ---: | ---: |"]
    rows = [f"| {name} | {a * 1e3:.2f} | {b * 1e3:.2f} | {a / b:.2f} |" for name, (a, b) in facts.items()]
    return [*lines, *rows] if rows else []


def sweep_tables(growth: dict[str, Any]) -> list[str]:
    """Return a table per quantity that grows: our time, the rival's, and their ratio."""
    lines = []
    for name, entry in growth.items():
        lines += [
            "",
            f"| {name} ({entry['case']}) | maskmill, us per mask | {entry['rival']} | ratio |",
            "| ---: | ---: | ---: | ---: |",
        ]
        for at, ours, theirs in zip(entry["at"], entry["maskmill"], entry[entry["rival"]], strict=True):
            lines.append(f"| {at:g} | {ours:,.1f} | {theirs:,.1f} | {theirs / ours:.1f} |")
    return lines


def _machine_line(results: dict[str, Any]) -> str:
    return "\n" + ", ".join(f"{name} {value}" for name, value in results["machine"].items())


def _plot(growth: dict[str, Any], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(growth), figsize=(4 * len(growth), 3.6), constrained_layout=True)
    for axis, (name, entry) in zip(axes, growth.items(), strict=True):
        for contestant, style in (("maskmill", "o-"), (entry["rival"], "s--")):
            axis.loglog(entry["at"], entry[contestant], style, label=contestant)
        axis.set(xlabel=name, title=entry["case"])
        axis.grid(alpha=0.3, which="both")
        axis.legend(fontsize=8)
    axes[0].set_ylabel("microseconds per mask")
    figure.savefig(file, dpi=110)
