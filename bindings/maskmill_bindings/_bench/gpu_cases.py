"""What the bench asks of a GPU: whether there is one that answers, its pixels, and how fast its link is."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import numpy as np

from maskmill._device import detection, selection
from maskmill.errors import DeviceError
from maskmill.masks import Masks

from .baselines import Yardstick

_LINK: Final = 64 * 2**20


def lacks() -> str:
    """Why no GPU can be timed; empty where one can, which is started to find out."""
    if detection.is_simulated():
        return "Numba's CUDA simulator, whose speed says nothing"
    return detection.obstacle(selection.state.by) or _silence()


def _silence() -> str:
    from maskmill._device import scheduler

    with suppress(DeviceError):
        scheduler.is_ready("cuda")
    return selection.state.failed


def dense(masks: Masks) -> Any:
    """The pixels of masks, ready on the device."""
    pixels = masks.dense(device="cuda")
    _wait()
    return pixels


def on_host(result: Any) -> Any:
    """A result that can be looked at: a copy, if it is on the device."""
    return result.copy_to_host() if hasattr(result, "copy_to_host") else result


def links() -> list[Yardstick]:
    """How fast arrays go to the device and back, as decoding moves them: through pinned memory."""
    from maskmill._kernels.cuda.launch import download, upload

    values = np.ones(_LINK, np.uint8)
    there = upload(values, np.uint8)

    def up(_: int) -> float:
        upload(values, np.uint8)
        _wait()
        return _LINK / 1e9

    def down(_: int) -> float:
        download(there)
        return _LINK / 1e9

    return [Yardstick("to the GPU", "GB", up, threaded=False), Yardstick("from the GPU", "GB", down, threaded=False)]


def _wait() -> None:
    """For all that this thread has asked of the device."""
    from maskmill._kernels.cuda.launch import stream

    stream().synchronize()
