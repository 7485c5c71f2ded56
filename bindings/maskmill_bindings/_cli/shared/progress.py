"""Progress bars for conversions and for work in stages."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...convert import Tally


@contextmanager
def conversion_progress(inputs: Sequence[str], is_quiet: bool) -> Iterator[Callable[[Tally, int], None]]:
    """Show rows, masks, rate and the time left on the standard error, if that is a terminal."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _tally, _nbytes: None
        return
    with _bar() as bar:
        task = bar.add_task("", total=_length(inputs), rows=0, masks=0)

        def advance(tally: Tally, nbytes: int) -> None:
            bar.update(task, advance=nbytes, rows=tally.rows, masks=tally.masks)

        yield advance


@contextmanager
def stage_progress() -> Iterator[Callable[[str, float], None]]:
    """Show the current stage and the finished share on the standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _stage, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f} %  {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda stage, share: bar.update(task, completed=share, description=stage)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    shown = TextColumn("{task.fields[rows]:,} rows, {task.fields[masks]:,} masks")
    columns = (
        BarColumn(),
        shown,
        TransferSpeedColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _length(inputs: Sequence[str]) -> int | None:
    """Return the bytes of all inputs together; None if unknown, as for a pipe or compressed files."""
    from ..._sources.byte_streams import is_uncompressed_file

    return sum(Path(name).stat().st_size for name in inputs) if all(map(is_uncompressed_file, inputs)) else None
