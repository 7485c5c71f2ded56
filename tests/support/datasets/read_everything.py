"""Read a file with everything that it does not hold: the records, and what gave none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maskmill_bindings.record import Record, Unread


def read_everything(module: Any, path: Path, **options: Any) -> tuple[list[Record], list[Unread]]:
    """Return the records of a file, and its entries that give none."""
    unread: list[Unread] = []
    return list(module.read(path, on_unread=unread.append, **options)), unread


def reasons(record: Record) -> list[str]:
    """Return the problems of a record, as ``row code: message``."""
    return [f"{problem.row} {problem.code}: {problem.message}" for problem in record.masks.problems]
