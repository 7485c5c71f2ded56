"""The machine-code cache: hit when nothing changed, missed when any kernel source did, and never required."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

import maskmill

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="nothing is compiled")

RUN = """
import numpy as np
from maskmill.kernels.cpu import runs
print(runs.scale(np.array([1, 2, 1], np.int32), (2, 2), (4, 4)).tolist())
kernels = [f for f in vars(runs).values() if hasattr(f, "stats")]
print(sum(sum(f.stats.cache_hits.values()) for f in kernels) > 0)
"""


def run(root: Path, **environment: str) -> list[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA")} | {"PYTHONPATH": str(root)} | environment
    done = subprocess.run([sys.executable, "-c", RUN], env=env, cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    source = Path(maskmill.__file__).parent
    shutil.copytree(source, tmp_path / "maskmill", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_a_changed_step_in_another_file_is_never_run_stale(copy: Path) -> None:
    first = run(copy)
    assert (first[1], run(copy)) == ("False", [first[0], "True"])

    step = copy / "maskmill/kernels/steps/runs.py"
    text = step.read_text(encoding="utf-8")
    assert "return (2 * index + 1) * source // (2 * target)" in text
    step.write_text(
        text.replace("(2 * index + 1) * source // (2 * target)", "0 * (index + source + target)"), encoding="utf-8"
    )
    changed = run(copy)
    assert changed[0] != first[0]
    assert changed[1] == "False"


def test_bounds_checks_are_another_kernel(copy: Path) -> None:
    first = run(copy)
    assert run(copy, NUMBA_BOUNDSCHECK="1") == [first[0], "False"]


def test_no_writable_place_means_no_cache_and_no_error(copy: Path) -> None:
    """Every place for a cache is a file: its directories cannot be made."""
    (copy / "file").touch()
    for folder in (copy / "maskmill/kernels").rglob("*"):
        if folder.is_dir() and folder.name != "__pycache__":
            shutil.rmtree(folder / "__pycache__", ignore_errors=True)
            (folder / "__pycache__").touch()
    blocked = {"HOME": str(copy / "file"), "XDG_CACHE_HOME": str(copy / "file"), "PYTHONDONTWRITEBYTECODE": "1"}
    first = run(copy, **blocked)
    assert run(copy, **blocked) == [first[0], "False"]
