"""Tables of speed, from the results that the benchmarks wrote into `benchmarks/results`."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.report import case_tables, fact_table, sweep_tables

RESULTS: Final = Path(__file__).parents[2] / "benchmarks" / "results"
_HARDWARE_AND_SYSTEM: Final = ("processor", "cores", "system", "python")


def machine_line() -> str:
    """Return a sentence about the machine and one about the versions of the race."""
    facts = _race()["machine"]
    machine = f"{facts['cores']} cores of an {facts['processor']}, {facts['system']}, Python {facts['python']}"
    versions = ", ".join(f"{name} {version}" for name, version in facts.items() if name not in _HARDWARE_AND_SYSTEM)
    return f"Machine: {machine}.\nVersions: {versions}."


def race_to_rle() -> str:
    """Return the tables of the race from text to run lengths."""
    return _race_tables("to RLE")


def race_to_dense() -> str:
    """Return the tables of the race from text to arrays."""
    return _race_tables("to dense")


def growth() -> str:
    """Return how the time of a mask grows, beside that of the fastest rival."""
    return _in_words(sweep_tables(_race()["growth"]))


def single_facts() -> str:
    """Return ratios that stand alone."""
    return _in_words(fact_table(_race()["facts"]))


def conversion() -> str:
    """Return the rates of whole conversions, and the peak of memory."""
    results = json.loads((RESULTS / "conversion.json").read_text(encoding="utf-8"))
    lines = [
        "| input | masks | MB | masks per second | supervision + pycocotools | times as long as `cp` |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in results["throughput"]:
        rival = row.get("supervision + pycocotools, masks a second")
        lines.append(
            f"| {_word(row['kind'])} | {row['masks']:,} | {row['MB']:,.0f} | {row['masks a second']:,.0f} "
            f"| {f'{rival:,.0f}' if rival else ''} | {row['times as long as cp']:,.0f} |"
        )
    peak, seconds = max(mb for _, mb in results["memory"]), results["memory"][-1][0]
    return "\n".join([*lines, "", f"Memory stayed below {peak + 1:.0f} MB over one run of {seconds:.0f} seconds."])


def readme_speed() -> str:
    """Return the three rows of the README."""
    race = _race()["race"]
    rows = [
        ("PNG to run lengths", "png to RLE", "supervision + pycocotools"),
        ("polygon to run lengths", "ring to RLE", "supervision + pycocotools"),
        ("polygon to arrays", "ring to dense", "supervision"),
    ]
    lines = [
        "| from the reply's text, per mask | maskmill | times as long: supervision | the fastest other way |",
        "| --- | ---: | ---: | ---: |",
    ]
    for words, case, common in rows:
        times = {
            name: median(entry["times"]) for name, entry in race[case].items() if entry["agreement"] != "a baseline"
        }
        ours = times.pop("maskmill")
        fastest = min(times, key=lambda name: times[name])
        ratios = f"{times[common] / ours:.0f} | {times[fastest] / ours:.1f} ({fastest})"
        lines.append(f"| {words} | {ours:.0f} µs | {ratios} |")
    facts = _race()["machine"]
    lines += [
        "",
        f"1920 × 1080, fifteen objects per reply, one thread of an {facts['processor']}, Python {facts['python']}.",
    ]
    return "\n".join(lines)


def _race() -> dict[str, Any]:
    results: dict[str, Any] = json.loads((RESULTS / "race.json").read_text(encoding="utf-8"))
    return results


def _race_tables(ending: str) -> str:
    return _in_words(case_tables({case: entry for case, entry in _race()["race"].items() if case.endswith(ending)}))


def _in_words(lines: list[str]) -> str:
    text = "\n".join(lines).strip()
    return text.replace("us per mask", "µs per mask").replace("ring to", "polygon to").replace("png to", "PNG to")


def _word(kind: str) -> str:
    return {"ring": "polygons"}.get(kind, f"{kind}s")
