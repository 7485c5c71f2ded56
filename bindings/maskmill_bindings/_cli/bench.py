"""``maskmill bench``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from maskmill.errors import ArgumentError, expected

from .shared.arguments import file_errors_as_arguments
from .shared.exit_status import ExitStatus
from .shared.options import path_converter
from .shared.tables import print_line, print_table

if TYPE_CHECKING:
    from .._bench.text_report import Table

_THREADS: Final = re.compile(r"[0-9]{1,5}(,[0-9]{1,5})*")

Report = Annotated[Path | None, Parameter(name="--json", converter=path_converter("--json"))]
Plot = Annotated[Path | None, Parameter(converter=path_converter("--plot"))]


def bench_command(
    *,
    json: Report = None,
    plot: Plot = None,
    threads: str | None = None,
    quick: bool = False,
    compare: tuple[Path, Path] | None = None,
) -> int:
    """Score this machine: a fixed workload, verified, then timed beside the machine's own speed.

    Takes less than two minutes. A score of 1000 is the machine that the report names. Each case is also shown as a
    share of the speed that memory, or inflating alone, would allow; both are measured in the same run. Where there is a
    GPU, the cases also run there, and their cost is kept: from then on it decides when decoding takes the GPU.

    Parameters
    ----------
    json
        File for the report, which --compare reads; it names no host, user or folder.
    plot
        File for the picture, a PNG.
    threads
        Numbers of threads, such as 1,2,4; doubled up to all cores if not given.
    quick
        A few rounds, to see that it runs: the figures mean little, and none is kept.
    compare
        Two reports: print by how much they differ, and whether noise explains it; nothing is timed.
    """
    if compare is not None:
        if json or plot or threads or quick:
            raise ArgumentError("two reports alone", "them and options of a run", "--compare")
        _compare(*compare)
        return ExitStatus.DONE
    with _writable(json, "--json"), _writable(plot, "--plot"):
        report = _run(None if threads is None else _numbers(threads), quick)
    if report is None:
        return ExitStatus.INTERRUPTED
    _print(report)
    _write(report, json, plot)
    if not quick:
        _keep_costs(report)
    return ExitStatus.DONE


def _numbers(text: str) -> tuple[int, ...]:
    if not _THREADS.fullmatch(text):
        raise expected("numbers of threads, such as 1,2,4", text, "--threads")
    return tuple(map(int, text.split(",")))


@contextmanager
def _writable(file: Path | None, at: str) -> Iterator[None]:
    """Check before the work that a file can be written; remove it afterwards if it is empty."""
    if file is not None:
        with file_errors_as_arguments("a file that can be written", at), file.open("ab"):
            pass
    try:
        yield
    finally:
        if file is not None and file.exists() and file.stat().st_size == 0:
            file.unlink()


def _run(threads: tuple[int, ...] | None, quick: bool) -> dict[str, Any] | None:
    """Run the benchmark; return None if the user interrupted it."""
    from .._bench.runner import BenchPlan, run_bench
    from .shared.compile_notice import compile_notice
    from .shared.progress import stage_progress

    plan = BenchPlan() if threads is None else BenchPlan(threads=threads)
    try:
        with compile_notice(), stage_progress() as progress:
            return run_bench(plan.shortened() if quick else plan, progress=progress)
    except KeyboardInterrupt:
        print("maskmill: interrupted; nothing was written", file=sys.stderr)
        return None


def _print(report: dict[str, Any]) -> None:
    from .._bench.text_report import describe_report

    _print_all(describe_report(report))


def _write(report: dict[str, Any], json: Path | None, plot: Path | None) -> None:
    import orjson

    if json is not None:
        with file_errors_as_arguments("a file that can be written", "--json"):
            json.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    if plot is not None:
        from .._charts.bench_plot import draw_report
        from .._images.png_files import write_image

        with file_errors_as_arguments("a file that can be written", "--plot"):
            write_image(draw_report(report), plot)
    if written := ", ".join(str(file) for file in (json, plot) if file is not None):
        print_line(f"Written: {written}")


def _keep_costs(report: dict[str, Any]) -> None:
    """Store the measured cost model of the GPU, if there is one."""
    if report["costs"] is None:
        return
    from maskmill._device import cost_cache

    from .._bench.gpu_cost_fit import cost_model_from_dict

    file = cost_cache.store_model(cost_model_from_dict(report["costs"]))
    print_line(
        "The cost model of this GPU is kept for decoding." if file else "The cost model of this GPU could not be kept."
    )


def _compare(a: Path, b: Path) -> None:
    from .._bench.comparison import compare_reports
    from .._bench.report import read_report
    from .._bench.text_report import describe_comparison

    _print_all(describe_comparison(compare_reports(read_report(a, "--compare"), read_report(b, "--compare"))))


def _print_all(parts: Iterable[str | Table]) -> None:
    for part in parts:
        if isinstance(part, str):
            print_line(part)
        else:
            print_table(*part)
