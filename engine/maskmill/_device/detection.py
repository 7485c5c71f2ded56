"""Whether there is a GPU that could be used, found without touching it.

Asked in this order, each only if the one before did not settle it: CUDA_VISIBLE_DEVICES; the driver's management
library (NVML) by ctypes, in less than a millisecond; which packages are installed. No CUDA is imported and no context
made, so that the answer is safe to have before a fork.
"""

from __future__ import annotations

import ctypes
import os
import sys
from importlib import util
from typing import Any, Final, NamedTuple

_FIRST_OF_13: Final = 13000  # a CUDA version as NVML gives it


FORKED: Final = "a process that was forked after CUDA had started (start workers with spawn)"
_ANY: Final = 2**31
"""More devices than any driver has."""


class Driver(NamedTuple):
    """What the driver says: its devices, and the newest CUDA it knows, as 1000 * major + 10 * minor."""

    devices: int
    cuda: int


def obstacle(started_by: int | None = None) -> str:
    """Return why no GPU can be used, or nothing.

    Parameters
    ----------
    started_by
        The process that started CUDA, if one has.
    """
    if started_by not in (None, os.getpid()):
        return FORKED
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not visible(listed, _ANY):
        return f"CUDA_VISIBLE_DEVICES={listed!r}, which hides every device"
    driver = read_driver()
    if not driver.devices:
        return "no NVIDIA driver with a device"
    if not visible(listed, driver.devices):
        return f"CUDA_VISIBLE_DEVICES={listed!r} and {driver.devices} device(s)"
    return _missing(driver.cuda)


def is_simulated() -> bool:
    """Tell whether Numba's CUDA simulator is asked for; told by the environment, so that Numba is not imported."""
    return _is_set("NUMBA_ENABLE_CUDASIM")


def flaw_of_the_simulator() -> str:
    """Return why the simulator cannot be used, or nothing."""
    return "" if _is_set("NUMBA_DISABLE_JIT") else "the CUDA simulator with the JIT on (set NUMBA_DISABLE_JIT=1)"


def _is_set(name: str) -> bool:
    return os.environ.get(name, "0") not in ("", "0")


def visible(listed: str | None, devices: int) -> int:
    """Return how many of so many devices a list leaves, as CUDA reads it: up to the first that does not exist.

    >>> visible(None, 2), visible("1,0", 2), visible("0,7,1", 2), visible("", 2), visible("-1", 2)
    (2, 2, 1, 0, 0)
    """
    if listed is None:
        return devices
    found = 0
    for name in listed.split(","):
        if not _exists(name.strip(), devices):
            break
        found += 1
    return found


def _exists(name: str, devices: int) -> bool:
    """Tell whether a device may be meant: a number below that of devices, or an identity, which CUDA checks."""
    if name.isdecimal():
        return int(name) < devices
    return name.startswith(("GPU-", "MIG-"))


def read_driver() -> Driver:
    """Ask the driver, if there is one."""
    try:
        library: Any = ctypes.CDLL("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
        if library.nvmlInit_v2() != 0:
            return Driver(0, 0)
        try:
            return Driver(_asked(library.nvmlDeviceGetCount_v2), _asked(library.nvmlSystemGetCudaDriverVersion_v2))
        finally:
            library.nvmlShutdown()
    except (OSError, AttributeError):  # no driver, or one without these functions
        return Driver(0, 0)


def _asked(function: Any) -> int:
    number = ctypes.c_uint(0)
    return number.value if function(ctypes.byref(number)) == 0 else 0


def _missing(cuda: int) -> str:
    """Return which packages are missing or do not fit the driver."""
    extra = "cuda13" if cuda >= _FIRST_OF_13 else "cuda12"
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
    from importlib import metadata  # which takes longer to import than all else here together

    try:
        return int(metadata.version(package).partition(".")[0])
    except (metadata.PackageNotFoundError, ValueError):
        return 0
