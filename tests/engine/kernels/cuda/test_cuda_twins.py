"""CUDA kernels without a GPU: in the simulator, as LLVM IR on the CPU, and compiled; each in a separate process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

import maskmill
from maskmill._kernels import cuda
from support.tiers import thorough

TESTS = Path(__file__).parents[3]
SOURCES = Path(maskmill.__file__).parents[1]
SIMULATOR = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
COMPILED = {"NUMBA_ENABLE_CUDASIM": "0", "NUMBA_DISABLE_JIT": "0"}
LOWERED = COMPILED | {"LLVMLITE_ENABLE_IR_LAYER_TYPED_POINTERS": "0"}
ARCHITECTURES = ["7.5", "8.0", "9.0", "10.0", "12.0"]
CHECKS = ["all_seeds", "random_rings", "wound_often", "nothing", "maps", "views", "sums"]

REGISTERS = {
    words[0]: dict(zip(ARCHITECTURES, map(int, words[1:]), strict=False))
    for words in map(str.split, (cuda.__doc__ or "").splitlines())
    if words and re.fullmatch(r"\w+\.\w+", words[0])
}
"""Registers of each kernel, from the table in `maskmill._kernels.cuda`."""

needs_wheels = pytest.mark.skipif(
    not util.find_spec("numba_cuda") or not util.find_spec("cuda") or not util.find_spec("cuda.bindings.nvjitlink"),
    reason="needs the wheels of an extra: python -m pip install -e '.[cuda13]'",
)


def run(*arguments: str, **environment: str) -> str:
    """Run a test script and return its output."""
    path = os.pathsep.join([str(TESTS), str(SOURCES)])
    everything = os.environ | {"PYTHONPATH": path} | environment
    done = subprocess.run([sys.executable, *arguments], env=everything, cwd=TESTS, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@thorough
@pytest.mark.parametrize("check", CHECKS)
def test_in_the_simulator(check: str) -> None:
    assert run("support/cuda/twins.py", check, "small", **SIMULATOR) == "same\n"


@needs_wheels
@pytest.mark.parametrize("check", [check for check in CHECKS if check != "sums"])  # its kernel has barriers
def test_their_ir_on_the_cpu(check: str) -> None:
    assert run("support/cuda/twins.py", check, "large", "lowered", **LOWERED) == "same\n"


@needs_wheels
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_they_compile_without_spills(architecture: str) -> None:
    figures = json.loads(run("support/cuda/device_code.py", architecture, **COMPILED))
    for name, found in figures.items():
        print(f"{architecture:>5} {name:26}", *(f"{value:5} {key}" for key, value in found.items()))
    assert {name: found["registers"] for name, found in figures.items() if found["spilled"] or found["stack"]} == {}
    assert set(figures) == set(REGISTERS)
    # other versions of the compiler differ a little
    bounds = {name: -(-registers[architecture] // 4) * 4 for name, registers in REGISTERS.items()}
    assert not {name: found["registers"] for name, found in figures.items() if found["registers"] > bounds[name]}


def test_every_kernel_is_compiled() -> None:
    """Each function marked as a CUDA kernel is in the table."""
    folder = Path(maskmill.__file__).parent / "_kernels/cuda"
    marked = {
        f"{path.stem}.{line.partition('def ')[2].partition('(')[0]}"
        for path in folder.glob("*.py")
        for before, line in zip(path.read_text().splitlines(), path.read_text().splitlines()[1:], strict=False)
        if before == "@cuda_kernel"
    }
    assert marked - {"probe.add_index"} == set(REGISTERS)
