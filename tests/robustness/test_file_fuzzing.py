"""Damaged and hostile files of every format, read in processes that may die without taking the tests with them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

from maskmill_bindings.exports import FORMATS
from support.repository import ROOT
from support.tiers import cases, thorough

_TIMEOUT = 600


def check_mutants(name: str, count: int, seed: int) -> None:
    """Read mutants in another process; fail with what it printed, or with the mutant at which it died."""
    path = os.pathsep.join([str(ROOT / "tests"), *filter(None, sys.path)])
    words = [sys.executable, "-m", "robustness.file_fuzzing", name, str(count), "--seed", str(seed)]
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        words, capture_output=True, text=True, env=environment, check=False, timeout=_TIMEOUT, cwd=Path.cwd()
    )
    last = done.stdout.split()[-1:] or ["none"]
    assert done.returncode == 0, f"status {done.returncode} at mutant {last[0]} of {name}\n{done.stderr[-3000:]}"


@pytest.mark.parametrize("name", FORMATS)
def test_no_mutant_raises_or_ends_the_process(name: str) -> None:
    check_mutants(name, 10 if config.DISABLE_JIT else cases(60), 0)


@thorough
@pytest.mark.parametrize("name", FORMATS)
def test_five_thousand_mutants(name: str) -> None:
    check_mutants(name, 50 if config.DISABLE_JIT else 5_000, 1_000)
