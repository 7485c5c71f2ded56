"""The map in CONTRIBUTING.md is that of today, and each line of it can be read."""

from __future__ import annotations

from support.repository_map import CONTRIBUTING, ROOT, SOURCES, first_line, replace

MODULES = sorted(path for source in SOURCES for path in (ROOT / source).rglob("*.py"))


def test_the_map_is_that_of_today() -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    assert text == replace(text), "run: PYTHONPATH=tests python -m support.repository_map"


def test_the_first_line_of_a_module_is_a_sentence() -> None:
    lines = {path: first_line(path) for path in MODULES}
    assert {path: line for path, line in lines.items() if not 10 < len(line) <= 116 or not line.endswith(".")} == {}
