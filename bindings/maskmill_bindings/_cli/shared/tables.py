"""What commands print: tables whose text may come from a model, and JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from shutil import get_terminal_size
from typing import Any, Final

_WIDTH: Final = 160
"""Columns where the output is no terminal."""

_MOST_ROWS: Final = 12
"""Lines of a table of counts."""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], numeric: Sequence[str] = ()) -> None:
    """Print a table on the standard output; `numeric` columns stand to the right."""
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
    """Print what was counted, the most frequent first, and the rest of a long table as one line."""
    shown = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in shown[_MOST_ROWS:])
    rows = [*shown[:_MOST_ROWS], *([("…", rest)] if rest else [])]
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


def printable(text: str) -> str:
    r"""A text without control characters: what a model wrote must not steer a terminal.

    >>> printable("a\x1b[31mb")
    'a�[31mb'
    """
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def _print(renderable: Any) -> None:
    """Write what rich lays out; it would itself end the process when nobody reads."""
    from rich.console import Console

    width = get_terminal_size().columns if sys.stdout.isatty() else _WIDTH
    text = StringIO()
    Console(width=width, file=text).print(renderable)
    lines = (line.rstrip() for line in text.getvalue().splitlines())
    sys.stdout.write("".join(f"{line}\n" for line in lines if line))
