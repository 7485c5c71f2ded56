"""A run, or two of them, as tables and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from .comparison import Comparison
from .machine import gpu_names
from .noise import LIMIT, Pairs, on_cpu, on_gpu, threads_told
from .score import WHOLE, reference
from .statistics import Spread

_DRIFT: Final = 0.03
"""What the fixed loop may change through a run before it is told."""


_REASONS: Final = "a clock that changes, as it does when a machine grows warm, or other programs"


class Table(NamedTuple):
    """Columns, rows, and which columns stand to the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    numeric: Sequence[str]


def page(report: dict[str, Any]) -> Iterator[str | Table]:
    """A run, from its score to what it lacks."""
    yield heading(report)
    if report["scores"]:
        yield _scores(report)
        yield f"{WHOLE} is {reference_told()}."
    yield _cases(report)
    yield "Roof: as fast as memory takes the bytes, or libdeflate inflates the maps, on as many threads."
    if on_gpu(report):
        yield _on_gpu(report)
        yield "One thread before the GPU; dense masks stay on it, label maps are made by the CPU."
    if len(report["threads"]) > 2:
        yield _scaling(report)
    yield _yardsticks(report)
    yield from _told(report)


def heading(report: dict[str, Any]) -> str:
    """What ran, for how long, on what."""
    rounds, seconds = report["rounds"], report["seconds"]
    return f"Workload {report['workload']}, {rounds} rounds in {seconds:.0f} s, on {machine_told(report['machine'])}"


def machine_told(machine: dict[str, Any]) -> str:
    """The hardware in one line."""
    caches = ", ".join(f"{name} {_bytes(size)}" for name, size in machine["caches"].items() if name != "L1i")
    parts = [machine["processor"], _cores(machine["cores"]), caches, f"{machine['memory_gib']} GiB", machine["system"]]
    return ", ".join(filter(None, [*parts, gpu_names(machine["gpus"])]))


def reference_told() -> str:
    """The machine that scores 1000."""
    machine, software = reference()["machine"], reference()["software"]
    return f"{machine['processor']}, {_cores(machine['cores'])}, Python {software['python']}"


def verdict_told(found: dict[str, Any], what: str) -> str:
    """What the rule says about two runs, or two halves of one."""
    score = f"{found['score']:.1%} ({found['scored']})"
    stick = f"{found['yardstick']:.1%} ({found['measured']})"
    told = {
        "steady": f"Steady, as that is less than {LIMIT:.0%}",
        "noisy": "The machine was too noisy to tell more: what moved in it explains that",
        "unexplained": "What moved in the machine does not explain that",
    }
    where = "yardsticks on as many threads"
    return f"The scores of {what} differ by up to {score}. {told[found['word']]}; {where}: up to {stick}."


def costs_told(found: dict[str, Any]) -> str:
    """When ``device="auto"`` takes a GPU."""
    counts = "; ".join(
        f"on {threads_told(int(threads))} {_least(least['map'])} PNG maps, {_least(least['ring'])} rings"
        for threads, least in found["least"].items()
    )
    return f"Masks in a batch from which on the GPU pays: {counts}."


def _least(masks: int | None) -> str:
    return "no number of" if masks is None else f"{masks:,}"


def comparison(found: Comparison) -> Iterator[str | Table]:
    """Two runs side by side."""
    if found.differs:
        rows = [(name, _cell(first), _cell(second)) for name, first, second in found.differs]
        yield Table(("what is another", "first", "second"), rows, ())
    for title, pairs in (("score", found.scores), ("case, masks a second", found.cases)):
        yield _side_by_side(title, pairs)
    yield _side_by_side("yardstick, a second", found.yardsticks)
    if found.verdict is None:
        yield "Two machines, or other threads: the ratios are what they differ by."
    else:
        yield verdict_told(found.verdict._asdict(), "the two runs")


# Tables.


def _scores(report: dict[str, Any]) -> Table:
    rows = [
        (threads_told(found["threads"]), f"{found['score']:,.0f}", f"{found['low']:,.0f} to {found['high']:,.0f}")
        for found in report["scores"].values()
    ]
    return Table(("score", "median", "quartiles"), rows, ("median", "quartiles"))


def _cases(report: dict[str, Any]) -> Table:
    one, most = _ends(report)
    columns = [
        "case",
        "bytes a mask",
        f"masks/s, {threads_told(one)}",
        "±",
        f"masks/s, {threads_told(most)}",
        "± ",
        "gain",
    ]
    columns += [f"of roof, {threads_told(threads)}" for threads in (one, most)] + ["bound by"]
    rows = [_case(case, str(one), str(most)) for case in on_cpu(report)]
    return Table(columns, rows, columns[1:-1])


def _on_gpu(report: dict[str, Any]) -> Table:
    one, most = map(str, _ends(report))
    columns = ["case, GPU", "masks/s", "±", f"times {threads_told(int(one))}", f"times {threads_told(int(most))}"]
    cpu = {case["name"]: case["rates"] for case in on_cpu(report)}
    rows = []
    for name, rate in on_gpu(report).items():
        gains = [f"{rate['median'] / cpu[name][n]['median']:.2f}" if name in cpu else "" for n in (one, most)]
        rows.append([name, *_figure(rate), *gains])
    return Table(columns, rows, columns[1:])


def _case(case: dict[str, Any], one: str, most: str) -> list[str]:
    rates, shares = case["rates"], case["of_roof"]
    figures = [figure for threads in (one, most) for figure in _figure(rates[threads])]
    gain = f"{rates[most]['median'] / rates[one]['median']:.2f}"
    return [
        *(case["name"], f"{case['bytes']:,.0f}", *figures, gain),
        *(f"{shares[threads]:.1%}" for threads in (one, most)),
        case["bound"][most],
    ]


def _figure(rate: dict[str, Any]) -> tuple[str, str]:
    """The median, and how far the quartiles are from it."""
    share = Spread(*(rate[key] for key in Spread._fields)).share
    return _short(rate["median"]), f"{share:.1%}"


def _scaling(report: dict[str, Any]) -> Table:
    counts = [str(threads) for threads in report["threads"]]
    rows = [
        [thing["name"], *(_gain(thing, threads) for threads in counts)]
        for thing in (*report["cases"], *report["yardsticks"])
        if len(thing["rates"]) > 1
    ]
    return Table(("times one thread, on threads", *counts), rows, counts)


def _gain(thing: dict[str, Any], threads: str) -> str:
    rates = thing["rates"]
    return f"{rates[threads]['median'] / rates['1']['median']:.2f}" if threads in rates else ""


def _yardsticks(report: dict[str, Any]) -> Table:
    one, most = _ends(report)
    columns = ["yardstick", "unit", threads_told(one), "±", threads_told(most), "± "]
    rows = [
        [stick["name"], f"{stick['unit']}/s", *_figure(rates[str(one)]), *_figure_if(rates, str(most))]
        for stick in report["yardsticks"]
        for rates in [stick["rates"]]
    ]
    return Table(columns, rows, columns[2:])


def _figure_if(rates: dict[str, Any], threads: str) -> tuple[str, str]:
    return _figure(rates[threads]) if threads in rates else ("", "")


def _side_by_side(title: str, pairs: Pairs) -> Table:
    rows = [(name, _short(a), _short(b), f"{b / a:.3f}") for name, (a, b) in pairs.items()]
    return Table((title, "first", "second", "second / first"), rows, ("first", "second", "second / first"))


# Sentences.


def _told(report: dict[str, Any]) -> Iterator[str]:
    steady = report["steadiness"]
    yield verdict_told(steady, "the two halves of the run")
    for threads, drift in steady["loop_drift"].items():
        if abs(drift) > _DRIFT:
            faster, where = "faster" if drift > 0 else "slower", threads_told(int(threads))
            yield f"On {where} the fixed loop became {abs(drift):.1%} {faster} through the run: {_REASONS}."
    if report.get("costs"):
        yield costs_told(report["costs"])
    for name, reason in report["left_out"].items():
        yield f"Left out: {name}, {reason}."


def _ends(report: dict[str, Any]) -> tuple[int, int]:
    return min(report["threads"]), max(report["threads"])


def _cores(number: int) -> str:
    return "1 core" if number == 1 else f"{number} cores"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _bytes(size: int) -> str:
    return f"{size >> 20} MiB" if size >= 2**20 else f"{size >> 10} KiB"


def _cell(value: Any) -> str:
    return "none" if value in (None, [], {}) else str(value)
