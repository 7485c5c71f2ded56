"""Detection of a usable GPU, without starting CUDA.

Three things are checked in this order, until one decides: CUDA_VISIBLE_DEVICES; the driver's management library (NVML)
by ctypes, in less than a millisecond; the installed packages. CUDA is not imported and no context is created, so the
process may still fork.
"""

from __future__ import annotations

import ctypes
import os
import sys
from importlib import util
from typing import Any, Final, NamedTuple

_CUDA_13: Final = 13000
"""CUDA 13.0 as NVML writes versions: 1000 * major + 10 * minor."""

FORKED: Final = "a process that was forked after CUDA had started (start workers with spawn)"
_MANY: Final = 2**31
"""More devices than any driver has."""


class DriverInfo(NamedTuple):
    """The driver's number of devices, and the newest CUDA version it supports, as 1000 * major + 10 * minor."""

    devices: int
    cuda: int


def reason_unavailable(started_by: int | None = None) -> str:
    """Return why no GPU can be used; empty if one can.

    `started_by` is the process that started CUDA, if one has.
    """
    if started_by not in (None, os.getpid()):
        return FORKED
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not count_visible(listed, _MANY):
        return f"CUDA_VISIBLE_DEVICES={listed!r}, which hides every device"
    driver = read_driver()
    if not driver.devices:
        return "no NVIDIA driver with a device"
    if not count_visible(listed, driver.devices):
        return f"CUDA_VISIBLE_DEVICES={listed!r} and {driver.devices} device(s)"
    return _package_problem(driver.cuda)


def is_simulator_enabled() -> bool:
    """Tell whether the environment switches on Numba's CUDA simulator; Numba is not imported."""
    return _is_set("NUMBA_ENABLE_CUDASIM")


def simulator_problem() -> str:
    """Return why the simulator cannot be used; empty if it can."""
    return "" if _is_set("NUMBA_DISABLE_JIT") else "the CUDA simulator with the JIT on (set NUMBA_DISABLE_JIT=1)"


def _is_set(name: str) -> bool:
    return os.environ.get(name, "0") not in ("", "0")


def count_visible(listed: str | None, devices: int) -> int:
    """Return how many of `devices` a CUDA_VISIBLE_DEVICES list leaves: CUDA stops at the first that does not exist.

    >>> [count_visible(listed, 2) for listed in (None, "1,0", "0,7,1", "", "-1")]
    [2, 2, 1, 0, 0]
    """
    if listed is None:
        return devices
    count = 0
    for name in listed.split(","):
        if not _may_exist(name.strip(), devices):
            break
        count += 1
    return count


def _may_exist(name: str, devices: int) -> bool:
    """Tell whether a listed name may be a device: a number below `devices`, or an identifier, which CUDA checks."""
    if name.isdecimal():
        return int(name) < devices
    return name.startswith(("GPU-", "MIG-"))


def read_driver() -> DriverInfo:
    """Return what the driver reports; no devices if there is no driver."""
    try:
        library: Any = ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
        if library.nvmlInit_v2() != 0:
            return DriverInfo(0, 0)
        try:
            return DriverInfo(_query(library.nvmlDeviceGetCount_v2), _query(library.nvmlSystemGetCudaDriverVersion_v2))
        finally:
            library.nvmlShutdown()
    except (OSError, AttributeError):  # no driver, or one without these functions
        return DriverInfo(0, 0)


def _query(function: Any) -> int:
    """Return the number that a function of NVML gives; 0 if it fails."""
    number = ctypes.c_uint(0)
    return number.value if function(ctypes.byref(number)) == 0 else 0


def _package_problem(cuda: int) -> str:
    """Return which package is missing or does not fit the driver; empty if none."""
    extra = "cuda13" if cuda >= _CUDA_13 else "cuda12"
    install = f"python -m pip install 'maskmill[{extra}]'"
    if util.find_spec("numba_cuda") is None:
        return f"no package numba-cuda: {install}"
    bindings, toolkit = _major("cuda-bindings"), _major("cuda-toolkit")
    if bindings and toolkit and bindings != toolkit:
        return f"packages for CUDA {bindings} mixed with some for CUDA {toolkit}: {install}"
    if cuda and bindings > cuda // 1000:
        return f"packages for CUDA {bindings} and a driver for CUDA {cuda // 1000}: {install}"
    return ""


def _major(package: str) -> int:
    """Return the major version of an installed package; 0 if there is none."""
    from importlib import metadata  # slower to import than everything else here

    try:
        return int(metadata.version(package).partition(".")[0])
    except (metadata.PackageNotFoundError, ValueError):
        return 0
