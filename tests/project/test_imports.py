"""What importing costs, and who may import whom: checked in fresh interpreters and in the sources."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import maskmill
from support.replies import RING, png_uri

ENGINE = Path(maskmill.__file__).parent
MODULES = sorted(ENGINE.rglob("*.py"))
NETWORK = {
    "socket",
    "ssl",
    "http",
    "urllib",
    "ftplib",
    "smtplib",
    "asyncio",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "google",
}
FOREIGN = {
    "maskmill_bindings",
    "rich",
    "cyclopts",
    "torch",
    "supervision",
    "pycocotools",
    "rasterio",
    "hypothesis",
    "pytest",
}
HEAVY = ("numba", "cv2", "PIL", "rich", "maskmill_bindings", "deflate", "orjson")


def loaded_after(code: str) -> set[str]:
    """Return the modules that a fresh interpreter holds after some code, but for those it starts with."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


def imported_by(path: Path) -> set[str]:
    """Return the top-level packages that a module imports anywhere in it, relative imports left out."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize(
    "code",
    ["import maskmill", "import maskmill; dir(maskmill); maskmill.__version__", "import maskmill; maskmill.errors"],
)
def test_importing_loads_nothing_heavy(code: str) -> None:
    loaded = loaded_after(code)
    assert "maskmill" in loaded
    assert not loaded & {*HEAVY, "numpy", "llvmlite"}
    assert not loaded & (NETWORK - {"urllib"})


def test_the_limits_need_no_compiler() -> None:
    assert not loaded_after("import maskmill; maskmill.Limits(); maskmill.Status.OK") & {"numba", "cv2", "PIL", "rich"}


def test_decoding_what_models_send_needs_no_opencv() -> None:
    reply = json.dumps([{"box_2d": [0, 0, 900, 900], "mask": png_uri()}, {"mask": RING}])
    loaded = loaded_after(f"import maskmill; maskmill.decode({reply!r}, (64, 48)).to_dict()")
    assert "numpy" in loaded
    assert not loaded & {"cv2", "PIL", "rich", "maskmill_bindings"}


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled with the JIT off")
@pytest.mark.parametrize("is_asked_for", [False, True])
def test_numbas_log_is_quiet_unless_it_is_asked_for(is_asked_for: bool) -> None:
    code = f"""
import logging
logging.basicConfig(level="DEBUG")
{"logging.getLogger('numba').setLevel('DEBUG')" if is_asked_for else ""}
import maskmill, numba
maskmill.decode('[{{"mask": [[0, 0], [500, 0], [500, 500]]}}]', (8, 8))
numba.njit(lambda x: x + 1)(1)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ("numba" in done.stderr) == is_asked_for


@pytest.mark.parametrize("name", ["supervision", "huggingface", "fiftyone", "service"])
def test_an_adapter_loads_its_framework_only_when_it_is_used(name: str) -> None:
    frameworks = {"supervision", "datasets", "fiftyone", "torch"}
    assert not loaded_after(f"import maskmill_bindings.{name}") & {*frameworks, "numba", "cv2", "pyarrow", "cyclopts"}


def test_an_image_gives_its_size_without_pillow() -> None:
    assert "PIL" not in loaded_after("import maskmill, numpy; maskmill.decode('[]', numpy.zeros((4, 5, 3), 'u1'))")


def test_the_engine_stands_alone() -> None:
    """No network, no command line, none of what only tests and bindings use."""
    assert {path: found for path in MODULES if (found := imported_by(path) & (NETWORK | FOREIGN))} == {}


def test_opencv_and_pillow_are_imported_only_where_they_are_used() -> None:
    for path in MODULES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                assert not {"cv2", "PIL"} & {alias.name.partition(".")[0] for alias in node.names}, path
                assert not (
                    isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in ("cv2", "PIL")
                ), path


def test_the_reply_reader_has_no_arrays() -> None:
    reader = [path for path in MODULES if "_reply" in path.relative_to(ENGINE).parts]
    assert len(reader) > 50
    assert {path: found for path in reader if (found := imported_by(path) & {"numpy", "numba", "cv2"})} == {}


def test_numba_is_configured_in_one_place() -> None:
    users = [path.relative_to(ENGINE).as_posix() for path in MODULES if "numba" in imported_by(path)]
    assert set(users) <= {"_kernels/_jit.py"}
