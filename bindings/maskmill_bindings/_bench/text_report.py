"""A report, or the comparison of two, as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from .comparison import Comparison
from .machine import format_gpus
from .noise import LIMIT, RatePairs, cpu_cases, format_threads, gpu_rates
from .sample_stats import Quartiles
from .score import REFERENCE_SCORE, load_reference

_MAX_DRIFT: Final = 0.03
"""Change of the fixed loop during a run above which the report mentions it."""

_DRIFT_CAUSES: Final = "a clock that changes, as it does when a machine grows warm, or other programs"


class Table(NamedTuple):
    """Columns, rows, and the names of the columns to align to the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    numeric: Sequence[str]


def describe_report(report: dict[str, Any]) -> Iterator[str | Table]:
    """Yield the parts of a report, from its score to the omissions."""
    yield heading(report)
    if report["scores"]:
        yield _scores(report)
        yield f"{REFERENCE_SCORE} is {format_reference()}."
    yield _cases(report)
    yield "Roof: as fast as memory takes the bytes, or libdeflate inflates the maps, on as many threads."
    if gpu_rates(report):
        yield _gpu_cases(report)
        yield "One thread before the GPU; dense masks stay on it, label maps are made by the CPU."
    if len(report["threads"]) > 2:
        yield _scaling(report)
    yield _baselines(report)
    yield from _conclusions(report)


def heading(report: dict[str, Any]) -> str:
    """Return what ran, for how long, and on which machine."""
    rounds, seconds = report["rounds"], report["seconds"]
    return f"Workload {report['workload']}, {rounds} rounds in {seconds:.0f} s, on {format_machine(report['machine'])}"


def format_machine(machine: dict[str, Any]) -> str:
    """Return the hardware in one line."""
    caches = ", ".join(f"{name} {_format_bytes(size)}" for name, size in machine["caches"].items() if name != "L1i")
    memory = f"{machine['memory_gib']} GiB"
    parts = [machine["processor"], _format_cores(machine["cores"]), caches, memory, machine["system"]]
    return ", ".join(filter(None, [*parts, format_gpus(machine["gpus"])]))


def format_reference() -> str:
    """Return the machine that scores 1000 in one line."""
    machine, software = load_reference()["machine"], load_reference()["software"]
    return f"{machine['processor']}, {_format_cores(machine['cores'])}, Python {software['python']}"


def format_verdict(verdict: dict[str, Any], compared: str) -> str:
    """Return a verdict in words; `compared` names what was measured twice."""
    score = f"{verdict['score']:.1%} ({verdict['scored']})"
    baseline = f"{verdict['yardstick']:.1%} ({verdict['measured']})"
    conclusions = {
        "steady": f"Steady, as that is less than {LIMIT:.0%}",
        "noisy": "The machine was too noisy to tell more: what moved in it explains that",
        "unexplained": "What moved in the machine does not explain that",
    }
    where = "baselines on as many threads"
    conclusion = conclusions[verdict["word"]]
    return f"The scores of {compared} differ by up to {score}. {conclusion}; {where}: up to {baseline}."


def format_cost_model(costs: dict[str, Any]) -> str:
    """Return the batch sizes for which ``device="auto"`` uses a GPU."""
    counts = "; ".join(
        f"on {format_threads(int(threads))} {_format_min_masks(masks['map'])} PNG maps, "
        f"{_format_min_masks(masks['ring'])} rings"
        for threads, masks in costs["least"].items()
    )
    return f"Smallest batch for which the GPU pays: {counts}."


def _format_min_masks(masks: int | None) -> str:
    return "no number of" if masks is None else f"{masks:,}"


def describe_comparison(comparison: Comparison) -> Iterator[str | Table]:
    """Yield the parts of a comparison of two reports."""
    if comparison.differences:
        rows = [(name, _format_value(first), _format_value(second)) for name, first, second in comparison.differences]
        yield Table(("difference", "first", "second"), rows, ())
    for title, pairs in (("score", comparison.scores), ("case, masks per second", comparison.cases)):
        yield _side_by_side(title, pairs)
    yield _side_by_side("baseline, per second", comparison.baselines)
    if comparison.verdict is None:
        yield "The machines or the threads differ: the ratios compare them."
    else:
        yield format_verdict(comparison.verdict._asdict(), "the two runs")


# Tables.


def _scores(report: dict[str, Any]) -> Table:
    rows = [
        (format_threads(score["threads"]), f"{score['score']:,.0f}", f"{score['low']:,.0f} to {score['high']:,.0f}")
        for score in report["scores"].values()
    ]
    return Table(("score", "median", "quartiles"), rows, ("median", "quartiles"))


def _cases(report: dict[str, Any]) -> Table:
    one, last = _thread_range(report)
    columns = [
        "case",
        "bytes per mask",
        f"masks/s, {format_threads(one)}",
        "±",
        f"masks/s, {format_threads(last)}",
        "± ",
        "gain",
    ]
    columns += [f"of roof, {format_threads(threads)}" for threads in (one, last)] + ["bound by"]
    rows = [_case_row(case, str(one), str(last)) for case in cpu_cases(report)]
    return Table(columns, rows, columns[1:-1])


def _gpu_cases(report: dict[str, Any]) -> Table:
    one, last = map(str, _thread_range(report))
    columns = ["case, GPU", "masks/s", "±", f"times {format_threads(int(one))}", f"times {format_threads(int(last))}"]
    cpu = {case["name"]: case["rates"] for case in cpu_cases(report)}
    rows = []
    for name, rate in gpu_rates(report).items():
        gains = [f"{rate['median'] / cpu[name][n]['median']:.2f}" if name in cpu else "" for n in (one, last)]
        rows.append([name, *_format_rate(rate), *gains])
    return Table(columns, rows, columns[1:])


def _case_row(case: dict[str, Any], one: str, last: str) -> list[str]:
    rates, shares = case["rates"], case["of_roof"]
    figures = [figure for threads in (one, last) for figure in _format_rate(rates[threads])]
    gain = f"{rates[last]['median'] / rates[one]['median']:.2f}"
    return [
        *(case["name"], f"{case['bytes']:,.0f}", *figures, gain),
        *(f"{shares[threads]:.1%}" for threads in (one, last)),
        case["bound"][last],
    ]


def _format_rate(rate: dict[str, Any]) -> tuple[str, str]:
    """Return the median, and the distance of the quartiles from it."""
    share = Quartiles(*(rate[key] for key in Quartiles._fields)).relative_deviation
    return _format_number(rate["median"]), f"{share:.1%}"


def _scaling(report: dict[str, Any]) -> Table:
    counts = [str(threads) for threads in report["threads"]]
    rows = [
        [entry["name"], *(_gain(entry, threads) for threads in counts)]
        for entry in (*report["cases"], *report["yardsticks"])
        if len(entry["rates"]) > 1
    ]
    return Table(("times one thread, on threads", *counts), rows, counts)


def _gain(entry: dict[str, Any], threads: str) -> str:
    rates = entry["rates"]
    return f"{rates[threads]['median'] / rates['1']['median']:.2f}" if threads in rates else ""


def _baselines(report: dict[str, Any]) -> Table:
    one, last = _thread_range(report)
    columns = ["baseline", "unit", format_threads(one), "±", format_threads(last), "± "]
    rows = [
        [entry["name"], f"{entry['unit']}/s", *_format_rate(rates[str(one)]), *_format_rate_if_any(rates, str(last))]
        for entry in report["yardsticks"]
        for rates in [entry["rates"]]
    ]
    return Table(columns, rows, columns[2:])


def _format_rate_if_any(rates: dict[str, Any], threads: str) -> tuple[str, str]:
    return _format_rate(rates[threads]) if threads in rates else ("", "")


def _side_by_side(title: str, pairs: RatePairs) -> Table:
    rows = [(name, _format_number(a), _format_number(b), f"{b / a:.3f}") for name, (a, b) in pairs.items()]
    return Table((title, "first", "second", "second / first"), rows, ("first", "second", "second / first"))


# Sentences.


def _conclusions(report: dict[str, Any]) -> Iterator[str]:
    steady = report["steadiness"]
    yield format_verdict(steady, "the two halves of the run")
    for threads, drift in steady["loop_drift"].items():
        if abs(drift) > _MAX_DRIFT:
            faster, where = "faster" if drift > 0 else "slower", format_threads(int(threads))
            yield f"On {where} the fixed loop became {abs(drift):.1%} {faster} through the run: {_DRIFT_CAUSES}."
    if report.get("costs"):
        yield format_cost_model(report["costs"])
    for name, reason in report["left_out"].items():
        yield f"Left out: {name}, {reason}."


def _thread_range(report: dict[str, Any]) -> tuple[int, int]:
    return min(report["threads"]), max(report["threads"])


def _format_cores(number: int) -> str:
    return "1 core" if number == 1 else f"{number} cores"


def _format_number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _format_bytes(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 2**20 else f"{size >> 10} KiB"


def _format_value(value: Any) -> str:
    return "none" if value in (None, [], {}) else str(value)
