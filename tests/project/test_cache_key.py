"""The machine-code cache: used, keyed on every kernel source, and never a reason to fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import maskmill
from support.tiers import thorough

STEP = "from .._jit import step\n\n\n@step\ndef change(x):\n    return x * {}\n"
KERNEL = "from .._jit import kernel\nfrom ..steps.probe import change\n\n\n@kernel\ndef run(x):\n    return change(x)\n"
RUN = "from maskmill._kernels.cpu.probe import run; print(run(5), sum(run.stats.cache_hits.values()))"
DIGEST = "from maskmill._kernels._jit import kernel_digest; print(kernel_digest())"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package with a kernel that calls a step in another file."""
    root = tmp_path / "site"
    shutil.copytree(Path(maskmill.__file__).parent, root / "maskmill", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "maskmill/_kernels/cpu/probe.py").write_text(KERNEL)
    (root / "maskmill/_kernels/steps/probe.py").write_text(STEP.format(2))
    return root


def run(root: Path, code: str, **environment: str) -> str:
    """Run code against the copy, in a fresh process without any setting of Numba's but those given."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("NUMBA", "COV"))}
    everything = clean | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"} | environment
    process = subprocess.run([sys.executable, "-c", code], env=everything, cwd=root, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


def test_a_second_process_loads_from_the_cache(package: Path) -> None:
    assert run(package, RUN) == "10 0"
    assert run(package, RUN) == "10 1"


@thorough
def test_a_changed_step_in_another_file_is_compiled_anew(package: Path) -> None:
    assert [run(package, RUN), run(package, RUN)] == ["10 0", "10 1"]
    step = package / "maskmill/_kernels/steps/probe.py"
    before = step.stat()
    step.write_text(STEP.format(7))
    os.utime(step, ns=(before.st_atime_ns, before.st_mtime_ns))  # of the same length and time: only the content differs
    assert [run(package, RUN), run(package, RUN)] == ["35 0", "35 1"]
    step.write_text(STEP.format(2))
    assert run(package, RUN).startswith("10 ")


@thorough
def test_the_digest_covers_every_kernel_source(package: Path) -> None:
    digests = {run(package, DIGEST)}
    assert run(package, DIGEST) in digests
    kernels = package / "maskmill/_kernels"
    sources = sorted(kernels.rglob("*.py"))
    for path in sources[:: max(1, len(sources) // 6)]:
        path.write_text(path.read_text() + "\n# changed\n")
        digests.add(run(package, DIGEST))
    (kernels / "steps/new.py").write_text('"""New."""\n')
    digests.add(run(package, DIGEST))
    (kernels / "steps/new.py").rename(kernels / "steps/newer.py")
    digests.add(run(package, DIGEST))
    assert len(digests) == len(sources[:: max(1, len(sources) // 6)]) + 3


@thorough
@pytest.mark.parametrize("switch", [{"NUMBA_BOUNDSCHECK": "1"}, {"NUMBA_OPT": "1"}])
def test_compiler_switches_are_part_of_the_key(package: Path, switch: dict[str, str]) -> None:
    assert run(package, DIGEST) != run(package, DIGEST, **switch)
    assert run(package, RUN) == "10 0"
    assert run(package, RUN, **switch) == "10 0"
    assert run(package, RUN) == "10 1"


def test_no_writable_place_for_the_cache(package: Path) -> None:
    """Neither beside the sources nor in the user's home: each process compiles for itself."""
    for folder in [package / "maskmill", *(path for path in (package / "maskmill").rglob("*") if path.is_dir())]:
        (folder / "__pycache__").write_text("in the way")
    nowhere = {"HOME": "/dev/null/home", "XDG_CACHE_HOME": "/dev/null/cache", "NUMBA_CACHE_DIR": "/dev/null/numba"}
    assert [run(package, RUN, **nowhere), run(package, RUN, **nowhere)] == ["10 0", "10 0"]


def test_a_cache_that_cannot_be_written_to_after_all(package: Path) -> None:
    refuse = (
        "from numba.core.caching import IndexDataCacheFile\n"
        "def save(self, key, data): raise PermissionError('read-only')\n"
        "IndexDataCacheFile.save = save\n"
    )
    assert run(package, refuse + RUN) == "10 0"


def test_a_broken_cache_file_is_compiled_anew(package: Path) -> None:
    assert run(package, RUN) == "10 0"
    data = list(package.rglob("probe.run-*.nbc"))
    assert data
    for path in data:
        path.unlink()
    assert run(package, RUN) == "10 0"


def test_with_the_compiler_off(package: Path) -> None:
    code = "from maskmill._kernels.cpu.probe import run; print(run(5))"
    assert run(package, code, NUMBA_DISABLE_JIT="1") == "10"
    assert not list(package.rglob("*.nbi"))
