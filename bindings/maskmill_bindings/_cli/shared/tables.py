"""Print tables, whose text may come from a model, and JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from shutil import get_terminal_size
from typing import Any, Final

from maskmill._printable import printable
from maskmill.errors import expected

_WIDTH: Final = 160
"""Width in characters where the output is no terminal and ``MASKMILL_WIDTH`` is not set.

``COLUMNS`` does not count there: GNU readline, which Python's prompt uses, sets it for all processes that are started.
"""

_MIN_WIDTH: Final = 40
_MAX_WIDTH: Final = 9999

_MAX_ROWS: Final = 12
"""Rows of a table of counts before the rest is summed up."""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], numeric: Sequence[str] = ()) -> None:
    """Print a table on the standard output.

    Parameters
    ----------
    columns : sequence of str
        The headings.
    rows : iterable of sequences
        The cells of each row.
    numeric : sequence of str
        Headings of the columns that are aligned to the right.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(str(cell))) for cell in row))
    _print(table)


def print_counts(title: str, counts: Mapping[str, int]) -> None:
    """Print counts, the most frequent first; the rest of a long table becomes one line."""
    shown = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in shown[_MAX_ROWS:])
    rows = [*shown[:_MAX_ROWS], *([("…", rest)] if rest else [])]
    if rows:
        print_table((title, "count"), rows, numeric=("count",))


def print_line(text: str) -> None:
    """Print a text on the standard output, wrapped at words."""
    from rich.text import Text

    _print(Text(printable(text)))


def print_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    import orjson

    sys.stdout.write(orjson.dumps(value).decode() + "\n")


def _print(renderable: Any) -> None:
    """Write what rich lays out; rich itself would end the process when the output is closed."""
    from rich.console import Console

    width = get_terminal_size().columns if sys.stdout.isatty() else _width_without_terminal()
    text = StringIO()
    Console(width=width, file=text).print(renderable)
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    sys.stdout.write("".join(f"{line}\n" for line in lines if line))


def _width_without_terminal() -> int:
    written = os.environ.get("MASKMILL_WIDTH") or str(_WIDTH)
    is_short_number = written.isdecimal() and len(written) <= len(str(_MAX_WIDTH))
    if not is_short_number or int(written) < _MIN_WIDTH:
        raise expected(f"a number of characters from {_MIN_WIDTH} to {_MAX_WIDTH}", written, "MASKMILL_WIDTH")
    return int(written)
