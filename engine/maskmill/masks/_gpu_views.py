"""Views of masks that a GPU computes and keeps in its memory.

They do not fall back to the CPU: the caller asked for device memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._device import scheduler, selection
from .._device.array import DeviceArray
from .._device.selection import cuda_state
from .._images.size import Size
from ..errors import DeviceError
from ._storage import Columns


def dense_on_gpu(columns: Columns, size: Size) -> DeviceArray:
    """Return the pixels of all masks, bool (N, H, W)."""
    width, height = size

    def compute() -> Any:
        from .._kernels.cuda import composite

        return composite.dense(_upload(columns, size), height=height, width=width)

    return _run(compute, (len(columns.labels), height, width), np.bool_)


def instance_map_on_gpu(
    columns: Columns, bottom_up: NDArray[np.int64], values: NDArray[np.int32], size: Size
) -> DeviceArray:
    """Return an image in which masks have painted their values, int32 (H, W).

    Parameters
    ----------
    columns : Columns
        The batch, N masks.
    bottom_up : NDArray[np.int64]
        The rows to paint, from bottom to top.
    values : NDArray[np.int32]
        (N,): the value of each row.
    size : tuple of int
        (width, height) of the image.
    """
    width, height = size

    def compute() -> Any:
        from .._kernels.cuda import label_map

        return label_map.instance_map(_upload(columns, size), bottom_up, values, height=height, width=width)

    return _run(compute, (height, width), np.int32)


def iou_on_gpu(a: Columns, b: Columns, size: Size) -> DeviceArray:
    """Return the intersection over union of each pair of masks, float64 (N, M).

    Parameters
    ----------
    a, b : Columns
        Batches of N and M masks.
    size : tuple of int
        (width, height) of the images of both.
    """

    def compute() -> Any:
        from .._kernels.cuda import run_lengths

        return run_lengths.intersections_over_unions(_upload(a, size), _upload(b, size))

    return _run(compute, (len(a.labels), len(b.labels)), np.float64)


def _upload(columns: Columns, size: Size) -> Any:
    from .._kernels.cuda import run_lengths

    return run_lengths.upload_masks(columns.counts, columns.offsets, total=size[0] * size[1])


def _run(compute: Callable[[], Any], shape: tuple[int, ...], dtype: DTypeLike) -> DeviceArray:
    """Return the result of `compute` once it is finished; an empty result is not computed.

    Raises
    ------
    maskmill.errors.DeviceError
        There is no device, it failed before or fails now, or its memory is too small. Only a failure ends its use.
    """
    selection.choose_target("cuda")
    if not scheduler.is_ready("cuda"):
        raise selection.device_error(cuda_state.failure)
    from .._kernels.cuda import launch, streams

    try:
        array = compute() if math.prod(shape) else launch.empty(1, dtype)
        streams.current_stream().synchronize()
    except Exception as error:
        raise _device_error(error, math.prod(shape) * np.dtype(dtype).itemsize) from error
    return DeviceArray(array, shape)


def _device_error(error: Exception, nbytes: int) -> DeviceError:
    description = scheduler.describe_error(error)
    if scheduler.is_out_of_memory(error):
        return DeviceError(f"{nbytes} bytes of a device's memory and some more", description, "device")
    cuda_state.failure = description
    return selection.device_error(description)
