"""Selection of the device that decodes: the CPU or a GPU."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from ..errors import DeviceError, expected
from . import detection

Device = Literal["auto", "cpu", "cuda"]
Target = Literal["cpu", "cuda", "auto"]

DEVICES: Final = ("auto", "cpu", "cuda")


@dataclass(slots=True)
class CudaState:
    """State of CUDA in this process.

    Attributes
    ----------
    process : int or None
        Identifier of the process that started CUDA.
    has_answered : bool
        A kernel has run and given the right result.
    failure : str
        Why CUDA is not used any more; empty while it is.
    """

    process: int | None = None
    has_answered: bool = False
    failure: str = ""


cuda_state: Final = CudaState()


def choose_target(device: Device) -> Target:
    """Return where to decode: ``"auto"`` only if there is a GPU, so that each batch may use it or not.

    CUDA is not initialised, so the process may still fork.

    Raises
    ------
    maskmill.errors.ArgumentError
        `device` is not the name of a device.
    maskmill.errors.DeviceError
        `device` is ``"cuda"``, and there is none.
    """
    if not isinstance(device, str) or device not in DEVICES:
        raise expected("'auto', 'cpu' or 'cuda'", device, "device")
    if device == "cpu" or (device == "auto" and detection.is_simulator_enabled()):
        return "cpu"
    is_simulated = detection.is_simulator_enabled()
    problem = detection.simulator_problem() if is_simulated else _reason_unavailable(os.getpid())
    if problem and device == "cuda":
        raise device_error(problem)
    return "cpu" if problem else device


def device_error(problem: str) -> DeviceError:
    """Return the error for ``device="cuda"`` where no GPU can be used.

    >>> print(device_error("no NVIDIA driver with a device"))
    expected a CUDA device, got no NVIDIA driver with a device - at `device`
    """
    return DeviceError("a CUDA device", problem, "device")


@cache
def _reason_unavailable(_process: int) -> str:
    """Return why no GPU can be used; the answer is cached per process."""
    return detection.reason_unavailable(cuda_state.process)
