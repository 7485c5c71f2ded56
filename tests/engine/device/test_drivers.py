"""Choosing a device in separate processes: with drivers that lie, packages that do not fit, after real forks."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

import maskmill
from support.cuda.stub_driver import build, needs_compiler
from support.tiers import thorough

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="drivers are found and processes fork as on Linux"),
    needs_compiler,
]
needs_package = pytest.mark.skipif(not util.find_spec("numba_cuda"), reason="needs the package numba-cuda")

HEAD = """
import os, sys, warnings
warnings.simplefilter("always")
import maskmill
from maskmill._device import cost_model, detection, scheduler, selection

REPLY = '[{"mask": [[0, 0], [500, 0], [500, 500]]}]'
cost_model.gpu_pays = lambda *_: True


def decoded(chosen):
    with warnings.catch_warnings(record=True) as said:
        try:
            areas = maskmill.decode(REPLY, (8, 8), device=chosen).areas.tolist()
        except maskmill.errors.DeviceError as error:
            areas = str(error)
    print(chosen, areas, *(str(warning.message) for warning in said), flush=True)


def milled(works, lane):
    yield
    return [work.run() for work in works]


def forked(act):
    child = os.fork()
    if not child:
        act()
        os._exit(0)
    print("status", os.waitpid(child, 0)[1], flush=True)

"""
REFUSED = "expected a CUDA device, got {} - at `device`"
GIVEN_UP = "[6] the GPU is not used any more, the CPU does its work: {}"
FORKED = "a process that was forked after CUDA had started (start workers with spawn)"
SIMULATED = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
UNSET = ("CUDA_VISIBLE_DEVICES", "NUMBA_ENABLE_CUDASIM", "NUMBA_DISABLE_JIT")


def run(code: str, environment: dict[str, str]) -> list[str]:
    """Run code in a separate process, and return the lines that it prints."""
    everything = {name: value for name, value in os.environ.items() if name not in UNSET}
    everything |= {"PYTHONPATH": str(Path(maskmill.__file__).parents[1])} | environment
    words = [sys.executable, "-c", HEAD + code]
    done = subprocess.run(words, env=everything, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@needs_package
@pytest.mark.parametrize(
    ("init", "name"), [(999, "CUDA_ERROR_UNKNOWN"), (100, "CUDA_ERROR_NO_DEVICE"), (3, "CUDA_ERROR_NOT_INITIALIZED")]
)
def test_devices_are_reported_and_cuda_does_not_start(tmp_path: Path, init: int, name: str) -> None:
    lines = run("decoded('auto'); decoded('auto'); decoded('cuda'); decoded('cpu')", build(tmp_path, 2, init=init))
    problem = f"CudaSupportError: Error at driver init: Call to cuInit results in {name} (<CUresult.{name}: {init}>)"
    assert lines == [f"auto {GIVEN_UP.format(problem)}", "auto [6]", f"cuda {REFUSED.format(problem)}", "cpu [6]"]


@needs_package
def test_devices_are_reported_and_cuda_is_half_there(tmp_path: Path) -> None:
    lines = run("decoded('auto'); decoded('cuda')", build(tmp_path, init=0))
    assert lines[0].startswith("auto " + GIVEN_UP.format("FunctionNotFoundError: function cu"))
    assert lines[1].startswith("cuda " + REFUSED.partition("{}")[0] + "FunctionNotFoundError: function cu")


@needs_package
def test_devices_are_reported_and_there_is_no_cuda(tmp_path: Path) -> None:
    lines = run("decoded('auto'); decoded('cuda')", build(tmp_path, init=None))
    problem = "CudaSupportError: Error at driver init: "
    assert lines[0].startswith("auto " + GIVEN_UP.format(problem))
    assert len(lines[0]) > len("auto " + GIVEN_UP.format(problem))
    assert lines[1].startswith("cuda " + REFUSED.partition("{}")[0] + problem)


@pytest.mark.parametrize(
    ("devices", "listed", "problem"),
    [
        (0, None, "no NVIDIA driver with a device"),
        (2, "", "CUDA_VISIBLE_DEVICES='', which hides every device"),
        pytest.param(2, "-1", "CUDA_VISIBLE_DEVICES='-1', which hides every device", marks=thorough),
        pytest.param(2, "2,0", "CUDA_VISIBLE_DEVICES='2,0' and 2 device(s)", marks=thorough),
    ],
)
def test_no_device_is_left(tmp_path: Path, devices: int, listed: str | None, problem: str) -> None:
    environment = build(tmp_path, devices) | ({} if listed is None else {"CUDA_VISIBLE_DEVICES": listed})
    code = "decoded('auto'); decoded('cuda'); print('numba.cuda' in sys.modules)"
    assert run(code, environment) == ["auto [6]", f"cuda {REFUSED.format(problem)}", "False"]


@pytest.mark.parametrize(
    ("driver", "bindings", "toolkit", "problem"),
    [
        (13000, 13, 13, "cuda"),
        *(
            pytest.param(*versions, "cuda", marks=thorough)
            for versions in ((13000, 12, 12), (12080, 12, 12), (13000, 12, 0))
        ),
        (13000, 12, 13, "packages for CUDA 12 mixed with some for CUDA 13: python -m pip install 'maskmill[cuda13]'"),
        (12080, 13, 12, "packages for CUDA 13 mixed with some for CUDA 12: python -m pip install 'maskmill[cuda12]'"),
        (12080, 13, 13, "packages for CUDA 13 and a driver for CUDA 12: python -m pip install 'maskmill[cuda12]'"),
    ],
)
def test_extras_that_fit_the_driver_and_that_are_mixed(
    tmp_path: Path, driver: int, bindings: int, toolkit: int, problem: str
) -> None:
    """As the packages' own records say, in a folder before all others."""
    for name, version in (
        ("numba_cuda", "0.30.4"),
        ("cuda_bindings", f"{bindings}.0"),
        ("cuda_toolkit", f"{toolkit}.0"),
    ):
        record = tmp_path / f"{name}-{version}.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n")
    (tmp_path / "numba_cuda").mkdir()
    (tmp_path / "numba_cuda" / "__init__.py").touch()
    code = f"""
sys.path.insert(0, {str(tmp_path)!r})
try:
    print(selection.choose_target("cuda"))
except maskmill.errors.DeviceError as error:
    print(error)
print(selection.choose_target("auto"), 'numba.cuda' in sys.modules)
"""
    wanted = ["cuda", "auto False"] if problem == "cuda" else [REFUSED.format(problem), "cpu False"]
    assert run(code, build(tmp_path, version=driver)) == wanted


@thorough
def test_a_fork_after_cuda_has_started() -> None:
    """In the simulator, which is CUDA as far as we know: the child is refused, and the parent goes on."""
    code = "decoded('cuda'); forked(lambda: (decoded('cuda'), decoded('auto'))); decoded('cuda')"
    assert run(code, SIMULATED) == ["cuda [6]", f"cuda {REFUSED.format(FORKED)}", "auto [6]", "status 0", "cuda [6]"]


def test_a_fork_before_cuda_has_started() -> None:
    """Choosing starts nothing, so that both may start it."""
    code = "maskmill.Decoder(device='cuda'); forked(lambda: decoded('cuda')); decoded('cuda')"
    assert run(code, SIMULATED) == ["cuda [6]", "status 0", "cuda [6]"]


@needs_package
def test_a_fork_after_a_gpu_was_taken(tmp_path: Path) -> None:
    """The child of a process whose GPU has answered uses the CPU, and warns where the GPU had been chosen before."""
    code = """
scheduler._start_cuda = lambda: ""
scheduler._streams = lambda: [0]
scheduler._run_batch = milled
print(selection.choose_target("auto"))
decoded("auto")


def late():
    with warnings.catch_warnings(record=True) as said:
        print(scheduler.is_ready("auto"), said[0].message, flush=True)


forked(lambda: (decoded("auto"), decoded("cuda"), print(selection.choose_target("auto"), flush=True)))
forked(late)
decoded("cuda")
"""
    child = ["auto [6]", f"cuda {REFUSED.format(FORKED)}", "cpu", "status 0"]
    late = ["False " + GIVEN_UP.removeprefix("[6] ").format(FORKED), "status 0"]
    assert run(code, build(tmp_path)) == ["auto", "auto [6]", *child, *late, "cuda [6]"]


@needs_package
@pytest.mark.parametrize("devices", [0, 1])
def test_warmup_compiles_what_precedes_a_gpu_where_there_is_one(tmp_path: Path, devices: int) -> None:
    """And starts no CUDA: whoever has started it may not fork any more."""
    code = """
from maskmill._kernels.cpu.rasterize import grid_edges
from maskmill._kernels.cpu.replies.process_replies import process_replies
from maskmill._kernels.cpu.resize import weights
kernels = process_replies, grid_edges._fill_edges, weights._fill_tables
maskmill.warmup()
compiled = [len(kernel.signatures) for kernel in kernels]
print(compiled, selection.cuda_state.process, "numba.cuda.cudadrv.driver" in sys.modules)
scheduler._streams = lambda: [0]
scheduler._run_batch = milled
scheduler._start_cuda = lambda: ""
decoded("auto")
print([len(kernel.signatures) for kernel in kernels] == compiled)
"""
    lines = run(code, build(tmp_path, devices))
    assert lines == [f"[2, {devices}, {devices}] None False", "auto [6]", "True"]
