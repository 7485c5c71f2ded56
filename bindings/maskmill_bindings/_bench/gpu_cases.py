"""The bench's use of a GPU: whether one can be timed, dense masks on it, and the speed of its link."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import numpy as np

from maskmill._device import detection, selection
from maskmill.errors import DeviceError
from maskmill.masks import Masks

from .baselines import Baseline

_LINK_BYTES: Final = 64 * 2**20


def gpu_skip_reason() -> str:
    """Return why no GPU can be timed; empty if one can, which this starts to find out."""
    if detection.is_simulator_enabled():
        return "Numba's CUDA simulator, whose speed says nothing"
    return detection.reason_unavailable(selection.cuda_state.process) or _start_failure()


def _start_failure() -> str:
    """Start the GPU and return why that failed, if it did."""
    from maskmill._device import scheduler

    with suppress(DeviceError):
        scheduler.is_ready("cuda")
    return selection.cuda_state.failure


def decode_dense_on_gpu(masks: Masks) -> Any:
    """Return the dense masks on the device, when they are ready."""
    pixels = masks.dense(device="cuda")
    _synchronise()
    return pixels


def copy_to_host(result: Any) -> Any:
    """Return a result as an array of the CPU: a copy if it is on the device."""
    return result.copy_to_host() if hasattr(result, "copy_to_host") else result


def link_baselines() -> list[Baseline]:
    """Return baselines for copies to the device and back, which go through pinned memory as in decoding."""
    from maskmill._kernels.cuda.launch import download, upload

    values = np.ones(_LINK_BYTES, np.uint8)
    on_device = upload(values, np.uint8)

    def up(_: int) -> float:
        upload(values, np.uint8)
        _synchronise()
        return _LINK_BYTES / 1e9

    def down(_: int) -> float:
        download(on_device)
        return _LINK_BYTES / 1e9

    return [
        Baseline("to the GPU", "GB", up, is_threaded=False),
        Baseline("from the GPU", "GB", down, is_threaded=False),
    ]


def _synchronise() -> None:
    """Wait until the device has done all work of this thread."""
    from maskmill._kernels.cuda.streams import current_stream

    current_stream().synchronize()
