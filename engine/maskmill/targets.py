"""Which device decodes."""

from __future__ import annotations

from typing import Final, Literal

from .errors import DeviceError, expected

Device = Literal["auto", "cpu", "cuda"]

DEVICES: Final = ("auto", "cpu", "cuda")


def choose(device: Device) -> Literal["cpu"]:
    """Settle on a target.

    Raises
    ------
    maskmill.errors.ArgumentError
        `device` is no name of a device.
    maskmill.errors.DeviceError
        ``"cuda"`` was asked for: this version has no CUDA kernels yet.
    """
    if not isinstance(device, str) or device not in DEVICES:
        raise expected("'auto', 'cpu' or 'cuda'", device, "device")
    if device == "cuda":
        raise DeviceError("expected a device with kernels in this version ('auto' or 'cpu'), got 'cuda' - at `device`")
    return "cpu"
