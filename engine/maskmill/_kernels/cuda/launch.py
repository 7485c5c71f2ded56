"""Arrays on the device, and launches over as many threads as there are things to do: all on the lane of the caller.

State: the simulator runs one launch at a time, whoever asks.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._jit import cuda_module, is_simulated
from .streams import Lane, Steps, complete, lane

BLOCK = 32 if is_simulated() else 128  # a simulated thread is a thread of the system

_cuda = cuda_module()
_one_launch = threading.Lock() if is_simulated() else nullcontext()


def upload(array: NDArray[Any], dtype: DTypeLike) -> Any:
    """Return a copy of an array on the device; an empty one gets an element, as there is no empty memory."""
    staged = lane().borrow([max(side, 1) for side in array.shape], dtype)
    staged[...] = array if array.size else 0
    return _cuda.to_device(staged, stream=lane().stream)


def empty(shape: int | tuple[int, ...], dtype: DTypeLike) -> Any:
    """Return new memory on the device."""
    return _cuda.device_array(shape, dtype, stream=lane().stream)


def zeros(size: int, dtype: DTypeLike) -> Any:
    """Return new memory on the device, filled with zeros."""
    return upload(np.zeros(size, dtype), dtype)


def fetch(array: Any) -> Steps[NDArray[Any]]:
    """Return a copy of an array of the device, after all that was launched on the lane; pause while it is under way."""
    staged, stream = lane().borrow(array.shape, array.dtype), lane().stream
    array.copy_to_host(staged, stream=stream)
    yield
    stream.synchronize()
    return staged.copy()


def download(array: Any) -> NDArray[Any]:
    """Return a copy of an array of the device, without a pause."""
    host = complete(fetch(array))
    lane().synchronize()
    return host


def stream() -> Lane:
    """Return what this thread is to wait for by `synchronize`: the lane that it is on."""
    return lane()


def launch(kernel: Any, threads: int, *arguments: Any, block: int = BLOCK) -> None:
    """Run a kernel on at least so many threads; none, no launch."""
    if threads:
        with _one_launch:
            kernel[-(-threads // block), block, lane().stream](*arguments)
