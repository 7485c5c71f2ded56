"""The map of the source: every package with the first line of its docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = ("engine/maskmill", "bindings/maskmill_bindings")


def packages() -> str:
    """Return the packages as an indented list, folders below their parents."""
    listed = [entry for source in SOURCES for entry in _packages(ROOT / source)]
    lines = [f"{'  ' * depth + name:34} {text}".rstrip() for depth, name, text in listed]
    return "\n".join(["```text", *lines, "```"])


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def _packages(folder: Path, depth: int = 0) -> Iterator[tuple[int, str, str]]:
    yield depth, f"{folder.name}/", first_line(folder / "__init__.py")
    for inner in sorted(path.parent for path in folder.glob("*/__init__.py")):
        yield from _packages(inner, depth + 1)
