"""``maskmill bench``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from maskmill.errors import expected, told

from .shared.arguments import checked, path_of
from .shared.tables import print_line, print_table

if TYPE_CHECKING:
    from .._bench.text_report import Table

INTERRUPTED: Final = 130
_THREADS: Final = re.compile(r"[0-9]{1,5}(,[0-9]{1,5})*")

Report = Annotated[Path | None, Parameter(name="--json", converter=path_of("--json"))]
Plot = Annotated[Path | None, Parameter(converter=path_of("--plot"))]


def bench(
    *,
    json: Report = None,
    plot: Plot = None,
    threads: str | None = None,
    quick: bool = False,
    compare: tuple[Path, Path] | None = None,
) -> int:
    """Score this machine: a fixed workload, verified, then timed beside the machine's own speed.

    Takes less than two minutes. A score of 1000 is the machine that the page names. Each case is also given as a share
    of what memory, or inflating alone, would allow; both are measured in the same run. Where there is a GPU it does the
    cases as well, and what it costs is kept: by that decoding takes the GPU, or not, from then on.

    Parameters
    ----------
    json
        File for the report, which --compare reads; it names no host, user or folder.
    plot
        File for the picture, a PNG.
    threads
        Numbers of threads, such as 1,2,4; doubled up to all cores if not given.
    quick
        A few rounds, to see that it runs: its figures say little, and none is kept.
    compare
        Two reports: by how much they differ, and whether the machine was too noisy to tell; nothing is timed.
    """
    if compare is not None:
        if json or plot or threads or quick:
            raise told("two reports alone", "them and options of a run", "--compare")
        _compare(*compare)
        return 0
    with _complete(json, "--json"), _complete(plot, "--plot"):
        report = _run(None if threads is None else _numbers(threads), quick)
    if report is None:
        return INTERRUPTED
    _print(report)
    _write(report, json, plot)
    if not quick:
        _keep_costs(report)
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    if not _THREADS.fullmatch(text):
        raise expected("numbers of threads, such as 1,2,4", text, "--threads")
    return tuple(map(int, text.split(",")))


@contextmanager
def _complete(file: Path | None, at: str) -> Iterator[None]:
    """See to it before the work that a file can be written afterwards."""
    if file is not None:
        with checked("a file that can be written", at), file.open("ab"):
            pass
    try:
        yield
    finally:
        if file is not None and file.exists() and file.stat().st_size == 0:
            file.unlink()


def _run(threads: tuple[int, ...] | None, quick: bool) -> dict[str, Any] | None:
    """Run; None where the user has interrupted it."""
    from .._bench.runner import Plan, run
    from .shared.compile_notice import compilation_told
    from .shared.progress import stages

    plan = Plan() if threads is None else Plan(threads=threads)
    try:
        with compilation_told(), stages() as progress:
            return run(plan.quick() if quick else plan, progress=progress)
    except KeyboardInterrupt:
        print("maskmill: interrupted; nothing was written", file=sys.stderr)
        return None


def _print(report: dict[str, Any]) -> None:
    from .._bench.text_report import page

    _print_all(page(report))


def _write(report: dict[str, Any], json: Path | None, plot: Path | None) -> None:
    import orjson

    if json is not None:
        with checked("a file that can be written", "--json"):
            json.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")
    if plot is not None:
        from .._charts.bench_plot import plot as drawn
        from ..exports.png import write_image

        with checked("a file that can be written", "--plot"):
            write_image(drawn(report), plot)
    if written := ", ".join(str(file) for file in (json, plot) if file is not None):
        print_line(f"Written: {written}")


def _keep_costs(report: dict[str, Any]) -> None:
    """Keep the model by which a GPU is taken, where one was measured."""
    if report["costs"] is None:
        return
    from maskmill._device import cost_cache

    from .._bench.gpu_cost_fit import model_of

    file = cost_cache.store(model_of(report["costs"]))
    print_line("When this GPU pays is kept for decoding." if file else "When this GPU pays could not be kept.")


def _compare(a: Path, b: Path) -> None:
    from .._bench.comparison import compare
    from .._bench.report import read
    from .._bench.text_report import comparison

    _print_all(comparison(compare(read(a, "--compare"), read(b, "--compare"))))


def _print_all(parts: Iterable[str | Table]) -> None:
    for part in parts:
        if isinstance(part, str):
            print_line(part)
        else:
            print_table(*part)
