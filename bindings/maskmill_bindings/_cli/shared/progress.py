"""A bar for long work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...convert import Tally


@contextmanager
def progress_of(inputs: Sequence[str], quiet: bool) -> Iterator[Callable[[Tally, int], None]]:
    """Show rows, masks, rate and time left on the standard error, if it is a terminal and nobody wants quiet."""
    if quiet or not sys.stderr.isatty():
        yield lambda _tally, _nbytes: None
        return
    with _bar() as bar:
        task = bar.add_task("", total=_length(inputs), rows=0, masks=0)

        def advance(tally: Tally, nbytes: int) -> None:
            bar.update(task, advance=nbytes, rows=tally.rows, masks=tally.masks)

        yield advance


@contextmanager
def stages() -> Iterator[Callable[[str, float], None]]:
    """Show what is being done and the share that is over on the standard error, if it is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _what, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.percentage:>3.0f} %  {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, share: bar.update(task, completed=share, description=what)


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
    """Bytes of all inputs together; None where that is not known, as of a pipe or of compressed files."""
    from ..._sources.byte_streams import is_plain

    return sum(Path(name).stat().st_size for name in inputs) if all(map(is_plain, inputs)) else None
