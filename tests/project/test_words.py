"""Words that only their authors understood stay out of sources, tests, messages and documents.

The list holds what was found in them once: participles as nouns, and "a mask a row" where English says "per row".
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.repository import ROOT, SOURCES

NOUNS = (
    "item|mask|row|reply|image|pixel|column|thread|file|ring|vertex|number|module|shard|case|form|layer|line|byte|token"
)
BANNED = {
    "told": re.compile(r"\b_?\w*told(?!\w|\": fields)", re.IGNORECASE),  # but for a key of recorded behaviour
    "what comes of": re.compile(r"\b(?:comes?|came) of\b", re.IGNORECASE),
    "what is said": re.compile(
        r"\bwhat (?:is|was|are|were) (?:said|told|made|found|given|meant|asked)\b", re.IGNORECASE
    ),
    "of its own": re.compile(r"\bof (?:its|their) own\b", re.IGNORECASE),
    "one X a Y": re.compile(rf"\b(?:one|no) \w+ an? (?:{NOUNS})\b", re.IGNORECASE),
}
FILES = [
    *sorted(
        path
        for folder in (*SOURCES, "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__).resolve()
    ),
    *sorted(path for kind in ("md", "py") for path in (ROOT / "docs").rglob(f"*.{kind}")),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]


@pytest.mark.parametrize("habit", BANNED)
def test_no_private_words(habit: str) -> None:
    hits = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if BANNED[habit].search(line)
    ]
    assert hits == []
