"""The README's figures about the tests are those of today; `tests/docs` runs its examples and checks its links."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from support.repository import ROOT
from support.tiers import thorough

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


@thorough
def test_the_number_of_quick_tests() -> None:
    stated = re.search(r"pass the tests \(([\d,]+) of them", TEXT)
    assert stated
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    counted = re.search(r"^(\d+)(?:/\d+)? tests collected", listed, re.MULTILINE)
    assert counted, listed[-500:]
    assert int(stated[1].replace(",", "")) == pytest.approx(int(counted[1]), rel=0.03)
