"""The first line of every module, of which the map in docs/source-map.md consists, is a sentence."""

from __future__ import annotations

from docs.tables.source_map import first_line
from support.repository import ROOT, SOURCES

MODULES = sorted(path for source in SOURCES for path in (ROOT / source).rglob("*.py"))


def test_the_first_line_of_a_module_is_a_sentence() -> None:
    lines = {path: first_line(path) for path in MODULES}
    assert {path: line for path, line in lines.items() if not 10 < len(line) <= 116 or not line.endswith(".")} == {}
