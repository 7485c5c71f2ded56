"""Views of masks that a GPU makes and keeps. Where it fails there is no other way: its memory is what was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._device import scheduler, selection
from .._device.array import DeviceArray
from .._device.selection import state
from .._image_size import Size
from ..errors import DeviceError
from ._storage import Columns


def dense(columns: Columns, size: Size) -> DeviceArray:
    """Return the pixels of masks, bool (N, H, W)."""
    width, height = size

    def make() -> Any:
        from .._kernels.cuda import composite

        return composite.dense(_batch(columns, size), height, width)

    return _made(make, (len(columns.labels), height, width), np.bool_)


def instance_map(columns: Columns, bottom_up: NDArray[np.int64], values: NDArray[np.int32], size: Size) -> DeviceArray:
    """Return the image in which masks have painted their values, int32 (H, W)."""
    width, height = size

    def make() -> Any:
        from .._kernels.cuda import composite

        return composite.instance_map(_batch(columns, size), bottom_up, values, height, width)

    return _made(make, (height, width), np.int32)


def iou(a: Columns, b: Columns, size: Size) -> DeviceArray:
    """Return the intersection over union of each pair, float64 (N, M)."""

    def make() -> Any:
        from .._kernels.cuda import run_lengths

        return run_lengths.shares(_batch(a, size), _batch(b, size))

    return _made(make, (len(a.labels), len(b.labels)), np.float64)


def _batch(columns: Columns, size: Size) -> Any:
    from .._kernels.cuda import run_lengths

    return run_lengths.batch(columns.counts, columns.offsets, size[0] * size[1])


def _made(make: Callable[[], Any], shape: tuple[int, ...], dtype: DTypeLike) -> DeviceArray:
    """Return what is made, finished.

    Raises
    ------
    maskmill.errors.DeviceError
        There is no device, it has failed before or fails now, or its memory is too small; the last is no reason to give
        it up.
    """
    selection.choose("cuda")
    if not scheduler.is_ready("cuda"):
        raise selection.refusal(state.failed)
    from .._kernels.cuda import launch, streams

    try:
        made = make() if math.prod(shape) else launch.empty(1, dtype)
        streams.lane().synchronize()
    except Exception as error:
        raise _refusal(error, math.prod(shape) * np.dtype(dtype).itemsize) from error
    return DeviceArray(made, shape)


def _refusal(error: Exception, nbytes: int) -> DeviceError:
    found = scheduler.words(error)
    if scheduler.is_short_of_memory(error):
        return DeviceError(f"expected {nbytes} bytes of a device's memory and some more, got {found} - at `device`")
    state.failed = found
    return selection.refusal(found)
