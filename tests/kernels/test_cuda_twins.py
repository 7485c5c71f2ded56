"""The CUDA twins without a GPU: in the simulator, their IR on the CPU, and compiled; each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

import maskmill

TESTS = Path(__file__).parents[1]
SOURCES = Path(maskmill.__file__).parents[1]
SIMULATOR = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
COMPILED = {"NUMBA_ENABLE_CUDASIM": "0", "NUMBA_DISABLE_JIT": "0"}
LOWERED = COMPILED | {"LLVMLITE_ENABLE_IR_LAYER_TYPED_POINTERS": "0"}
ARCHITECTURES = ["7.5", "8.0", "9.0", "10.0", "12.0"]
CHECKS = ["all_seeds", "random_rings", "wound_often", "nothing", "maps", "views", "sums"]

MOST_REGISTERS = {
    "rasterize.fill_rows": 28,
    "rasterize.fill_bits": 56,
    "resize.fill_lines": 40,
    "resize.fill_lines_of_bits": 48,
    "resize.fill_bits": 64,
    "runs.count_changes": 36,
    "runs.place_changes": 40,
    "runs.fill_counts": 28,
    "runs.pick": 16,
    "runs.sum_blocks": 24,
    "runs.add_totals": 16,
    "runs.fill_ends": 20,
    "runs.add_areas": 20,
    "runs.spread": 36,
    "runs.fold": 20,
    "runs.fill_common": 36,
    "runs.fill_shares": 40,
    "composite.draw": 40,
    "composite.paint": 56,
    "composite.unite": 40,
}
"""Of any architecture, as numba-cuda 0.30.4 and CUDA 13.0 compile them, up to the next multiple of 4."""

needs_wheels = pytest.mark.skipif(
    not util.find_spec("numba_cuda") or not util.find_spec("cuda") or not util.find_spec("cuda.bindings.nvjitlink"),
    reason="needs the wheels of an extra: python -m pip install -e '.[cuda13]'",
)


def run(*arguments: str, **environment: str) -> str:
    """Run a script of the tests, and return what it prints."""
    path = os.pathsep.join([str(TESTS), str(SOURCES)])
    everything = os.environ | {"PYTHONPATH": path} | environment
    done = subprocess.run([sys.executable, *arguments], env=everything, cwd=TESTS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("check", CHECKS)
def test_in_the_simulator(check: str) -> None:
    assert run("twins.py", check, "small", **SIMULATOR) == "same\n"


@needs_wheels
@pytest.mark.parametrize("check", [check for check in CHECKS if check != "sums"])  # it has barriers
def test_their_ir_on_the_cpu(check: str) -> None:
    assert run("twins.py", check, "large", "lowered", **LOWERED) == "same\n"


@needs_wheels
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_they_compile_without_spills(architecture: str) -> None:
    figures = json.loads(run("devicecode.py", architecture, **COMPILED))
    for name, found in figures.items():
        print(f"{architecture:>5} {name:26}", *(f"{value:5} {key}" for key, value in found.items()))
    assert {name: found["registers"] for name, found in figures.items() if found["spilled"] or found["stack"]} == {}
    assert set(figures) == set(MOST_REGISTERS)
    crowded = {name: found["registers"] for name, found in figures.items() if found["registers"] > MOST_REGISTERS[name]}
    assert not crowded


def test_every_kernel_is_compiled() -> None:
    """Each function that is marked as a CUDA kernel has its bound."""
    folder = Path(maskmill.__file__).parent / "kernels/cuda"
    marked = {
        f"{path.stem}.{line.partition('def ')[2].partition('(')[0]}"
        for path in folder.glob("*.py")
        for before, line in zip(path.read_text().splitlines(), path.read_text().splitlines()[1:], strict=False)
        if before == "@cuda_kernel"
    }
    assert marked - {"probe.count"} == set(MOST_REGISTERS)
