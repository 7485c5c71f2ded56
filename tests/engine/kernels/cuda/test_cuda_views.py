"""Views on a device that is out of memory or fails, and arrays that outlive their owner; in the simulator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import maskmill
from maskmill.errors import ArgumentError

HEAD = """
import gc, weakref
import numpy as np
import maskmill
from maskmill.errors import DeviceError
from maskmill._kernels.cuda import composite, streams
from maskmill._device.selection import cuda_state

masks = maskmill.Masks.from_dense(np.eye(6, dtype=bool)[None])


def device_error(view=masks.dense, **options):
    try:
        view(device="cuda")
    except DeviceError as error:
        return f"{error} ({type(error.__cause__).__name__})"


def fail(error):
    def failing(*_arguments, **_sizes):
        raise error
    return failing

"""


def run(code: str) -> list[str]:
    """Run code in the simulator and return the lines it prints."""
    simulated = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    everything = os.environ | {"PYTHONPATH": str(Path(maskmill.__file__).parents[1])} | simulated
    words = [sys.executable, "-W", "error", "-c", HEAD + code]
    done = subprocess.run(words, env=everything, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_a_device_that_fails_during_a_view_raises_and_is_not_used_again() -> None:
    code = """
original, composite.dense = composite.dense, fail(RuntimeError("CUDA_ERROR_ILLEGAL_ADDRESS\\nand more"))
print(device_error())
composite.dense = original
print(device_error())
print(device_error(masks.instance_map))
print(maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]]}]', (8, 8), device="cuda").areas)
"""
    words = "expected a CUDA device, got RuntimeError: CUDA_ERROR_ILLEGAL_ADDRESS - at `device`"
    assert run(code) == [f"{words} (RuntimeError)", f"{words} (NoneType)", f"{words} (NoneType)", "[6]"]


def test_a_kernel_that_fails_later_fails_the_view() -> None:
    """Kernel errors show when their stream is synchronised."""
    code = """
masks.dense(device="cuda")
streams.current_stream().stream.synchronize = fail(RuntimeError("CUDA_ERROR_LAUNCH_FAILED"))
print(device_error(masks.instance_map))
print(cuda_state.failure)
"""
    found = "RuntimeError: CUDA_ERROR_LAUNCH_FAILED"
    assert run(code) == [f"expected a CUDA device, got {found} - at `device` (RuntimeError)", found]


def test_out_of_memory_raises_but_the_device_stays_in_use() -> None:
    code = """
original, composite.dense = composite.dense, fail(RuntimeError("[2] cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY"))
print(device_error())
composite.dense = original
print(masks.dense(device="cuda").copy_to_host().sum())
"""
    found = "got RuntimeError: [2] cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY - at `device` (RuntimeError)"
    assert run(code) == [f"expected 36 bytes of a device's memory and some more, {found}", "6"]


def test_memory_lives_as_long_as_its_views() -> None:
    code = """
pixels = masks.dense(device="cuda")
print(pixels, pixels.__dlpack_device__())
memory = weakref.ref(pixels._array._ary)
view = np.from_dlpack(pixels)
del pixels
gc.collect()
print(memory() is not None, view.sum())
del view
gc.collect()
print(memory() is None)
"""
    assert run(code) == ["<DeviceArray: bool (1, 6, 6)> (1, 0)", "True 6", "True"]


@pytest.mark.parametrize("place", ["gpu", "CUDA", None, 0, ["cuda"]])
def test_an_unknown_device(place: object) -> None:
    masks = maskmill.decode([], (4, 4))
    views = masks.dense, masks.instance_map, lambda device: masks.class_map([], device=device)
    for view in (*views, lambda device: masks.iou(masks, device)):
        with pytest.raises(ArgumentError, match=r"expected 'cpu' or 'cuda', got .* - at `device`"):
            view(device=place)  # type: ignore[operator]


@pytest.mark.parametrize("view", ["dense", "instance_map"])
def test_no_device(monkeypatch: pytest.MonkeyPatch, view: str) -> None:
    """Raised before anything of CUDA is imported."""
    from maskmill._device import detection, selection

    monkeypatch.delenv("NUMBA_ENABLE_CUDASIM", raising=False)
    monkeypatch.setattr(detection, "read_driver", lambda: detection.DriverInfo(0, 0))
    monkeypatch.setattr(selection.cuda_state, "process", None)
    selection._reason_unavailable.cache_clear()
    with pytest.raises(maskmill.errors.DeviceError, match="no NVIDIA driver with a device"):
        getattr(maskmill.decode([], (4, 4)), view)(device="cuda")
    selection._reason_unavailable.cache_clear()
