"""The map of the repository: every package and module with the first line of its docstring.

``PYTHONPATH=tests python -m support.repository_map`` writes it into CONTRIBUTING.md; a test compares the two.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
SOURCES = ("engine/maskmill", "bindings/maskmill_bindings")
START, STOP = "<!-- map: written by tests/support/repository_map.py -->\n", "<!-- end of map -->\n"


def first_line(path: Path) -> str:
    """Return the first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def entries(folder: Path, depth: int = 0) -> Iterator[tuple[int, str, str]]:
    """Yield depth, name and first line of a package, of its modules, and then of its packages."""
    yield depth, f"{folder.name}/", first_line(folder / "__init__.py")
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            yield depth + 1, path.name, first_line(path)
    for inner in sorted(path.parent for path in folder.glob("*/__init__.py")):
        yield from entries(inner, depth + 1)


def render() -> str:
    """Return the map as it stands in CONTRIBUTING.md: packages first, then every module."""
    listed = [entry for source in SOURCES for entry in entries(ROOT / source)]
    packages = _block(entry for entry in listed if entry[1].endswith("/"))
    return f"{packages}\n<details><summary>Every module</summary>\n\n{_block(iter(listed))}\n</details>\n\n"


def _block(shown: Iterator[tuple[int, str, str]]) -> str:
    lines = [f"{'  ' * depth + name:34} {text}".rstrip() for depth, name, text in shown]
    return "\n".join(["```text", *lines, "```", ""])


def replace(text: str) -> str:
    """Return the text of CONTRIBUTING.md with the map of today in it."""
    before, _, rest = text.partition(START)
    return before + START + render() + STOP + rest.partition(STOP)[2]


if __name__ == "__main__":
    CONTRIBUTING.write_text(replace(CONTRIBUTING.read_text(encoding="utf-8")), encoding="utf-8")
