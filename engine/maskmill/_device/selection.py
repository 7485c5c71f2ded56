"""Which device decodes."""

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
class State:
    """Which process started CUDA, whether a kernel has answered it, and why CUDA is of no use any more."""

    by: int | None = None
    answered: bool = False
    failed: str = ""


state: Final = State()


def choose(device: Device) -> Target:
    """Settle on a target: ``"auto"`` stays only where there is a GPU, which each batch then may take or not.

    Nothing is started: whoever forks after this has lost nothing.

    Raises
    ------
    maskmill.errors.ArgumentError
        `device` is no name of a device.
    maskmill.errors.DeviceError
        ``"cuda"`` was asked for, and there is none.
    """
    if not isinstance(device, str) or device not in DEVICES:
        raise expected("'auto', 'cpu' or 'cuda'", device, "device")
    if device == "cpu" or (device == "auto" and detection.is_simulated()):
        return "cpu"
    found = detection.flaw_of_the_simulator() if detection.is_simulated() else _obstacle(os.getpid())
    if found and device == "cuda":
        raise refusal(found)
    return "cpu" if found else device


def refusal(found: str) -> DeviceError:
    """Return the error for a device that was asked for by name.

    >>> print(refusal("no NVIDIA driver with a device"))
    expected a CUDA device, got no NVIDIA driver with a device - at `device`
    """
    return DeviceError(f"expected a CUDA device, got {found} - at `device`")


@cache
def _obstacle(_process: int) -> str:
    """The answer is kept by each process for itself."""
    return detection.obstacle(state.by)
