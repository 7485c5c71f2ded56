"""Arrays on the device, and launches over as many threads as there are things to do.

State: a stream a Python thread, so that what several threads copy and run overlaps; kept until the thread ends. The
simulator runs one launch at a time, whoever asks.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._jit import cuda_module, is_simulated

BLOCK = 32 if is_simulated() else 128  # a simulated thread is a thread of the system

_cuda = cuda_module()
_one_launch = threading.Lock() if is_simulated() else nullcontext()
_thread = threading.local()


def stream() -> Any:
    """Return the stream of this thread."""
    if not hasattr(_thread, "stream"):
        _thread.stream = _cuda.stream()
    return _thread.stream


def upload(array: NDArray[Any], dtype: DTypeLike) -> Any:
    """Return a copy of an array on the device; an empty one gets an element, as there is no empty memory."""
    values = np.ascontiguousarray(array, dtype)
    filled = values if values.size else np.zeros([max(side, 1) for side in values.shape], dtype)
    return _cuda.to_device(filled, stream=stream())


def empty(shape: int | tuple[int, ...], dtype: DTypeLike) -> Any:
    """Return new memory on the device."""
    return _cuda.device_array(shape, dtype, stream=stream())


def zeros(size: int, dtype: DTypeLike) -> Any:
    """Return new memory on the device, filled with zeros."""
    return upload(np.zeros(size, dtype), dtype)


def download(array: Any) -> NDArray[Any]:
    """Return a copy of an array of the device, after all that this thread has launched."""
    host: NDArray[Any] = array.copy_to_host(stream=stream())
    stream().synchronize()
    return host


def finish() -> None:
    """Wait for all that this thread has launched; what failed meanwhile is raised."""
    stream().synchronize()


def launch(kernel: Any, threads: int, *arguments: Any, block: int = BLOCK) -> None:
    """Run a kernel on at least so many threads; none, no launch."""
    if threads:
        with _one_launch:
            kernel[-(-threads // block), block, stream()](*arguments)
