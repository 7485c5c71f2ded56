"""The differences of two records."""

from __future__ import annotations

import json
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Any

_SHOWN = 12
"""Rows of a file, and lines of a text, that are shown; the rest is counted."""

_WIDTH = 300


def compare(first: Path, second: Path) -> int:
    """Print each difference; 1 if there is any. What lies in ``kept`` is for reading again, and is left out."""
    ours, theirs = _files(first), _files(second)
    found = 0
    for name in sorted({*ours, *theirs}):
        if name not in ours or name not in theirs:
            print(f"{name}: only in {first if name in ours else second}")
            found += 1
        elif ours[name].read_bytes() != theirs[name].read_bytes():
            count_differences = _of_lines if name.endswith(".jsonl") else _of_text
            found += count_differences(name, ours[name].read_text("utf-8"), theirs[name].read_text("utf-8"))
    print(f"{len(ours)} and {len(theirs)} files, {found} differences")
    return int(found > 0)


def _files(folder: Path) -> dict[str, Path]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {name: path for path in paths if not (name := path.relative_to(folder).as_posix()).startswith("kept/")}


def _of_text(name: str, ours: str, theirs: str) -> int:
    print(f"{name}:")
    lines = list(unified_diff(ours.splitlines(), theirs.splitlines(), lineterm="", n=0))[2:]
    for line in lines[:_SHOWN]:
        print(f"    {line[:_WIDTH]}")
    if len(lines) > _SHOWN:
        print(f"    … {len(lines) - _SHOWN} lines more")
    return 1


def _of_lines(name: str, ours: str, theirs: str) -> int:
    """Rows that differ: which, and where in them."""
    first, second = ours.splitlines(), theirs.splitlines()
    if len(first) != len(second):
        print(f"{name}: {len(first)} rows and {len(second)}")
    differing = [(i, a, b) for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b]
    for number, a, b in differing[:_SHOWN]:
        row, other = json.loads(a), json.loads(b)
        print(f"{name}, row {number} ({_title(row)}):")
        for place, x, y in islice(_places(row, other, ""), _SHOWN):
            print(f"    {place}\n      - {_cut(x)}\n      + {_cut(y)}")
    if len(differing) > _SHOWN:
        print(f"{name}: {len(differing) - _SHOWN} rows more")
    return len(differing) + (len(first) != len(second))


def _title(row: dict[str, Any]) -> str:
    return ", ".join(str(row[key]) for key in ("name", "call", "verb", "records", "settings", "file") if key in row)


def _places(a: Any, b: Any, at: str) -> Any:
    """The paths at which two values differ, with what stands there."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b}):
            yield from _places(a.get(key, "(missing)"), b.get(key, "(missing)"), f"{at}.{key}")
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            yield from _places(x, y, f"{at}[{i}]")
    elif a != b or json.dumps(a) != json.dumps(b):
        yield at, a, b


def _cut(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDTH else text[:_WIDTH] + "…"
