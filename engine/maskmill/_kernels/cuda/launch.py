"""Device arrays and kernel launches, all on the current stream of the calling thread.

State: the simulator runs one launch at a time, whichever thread asks.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._jit import cuda_module, is_cuda_simulated
from .streams import Steps, current_stream, run_to_end

BLOCK = 32 if is_cuda_simulated() else 128  # a simulated thread is an operating-system thread

_cuda = cuda_module()
_launch_lock = threading.Lock() if is_cuda_simulated() else nullcontext()


def upload(array: NDArray[Any], dtype: DTypeLike) -> Any:
    """Return a copy of an array on the device; an empty one gets an element, as the device has no empty memory."""
    staged = current_stream().borrow_pinned([max(side, 1) for side in array.shape], dtype)
    staged[...] = array if array.size else 0
    return _cuda.to_device(staged, stream=current_stream().stream)


def empty(shape: int | tuple[int, ...], dtype: DTypeLike) -> Any:
    """Return uninitialised memory on the device."""
    return _cuda.device_array(shape, dtype, stream=current_stream().stream)


def zeros(size: int, dtype: DTypeLike) -> Any:
    """Return memory on the device, filled with zeros."""
    return upload(np.zeros(size, dtype), dtype)


def fetch(array: Any) -> Steps[NDArray[Any]]:
    """Copy a device array to the CPU after all earlier launches on the stream; yields once while it waits."""
    staged, stream = current_stream().borrow_pinned(array.shape, array.dtype), current_stream().stream
    array.copy_to_host(staged, stream=stream)
    yield
    stream.synchronize()
    return staged.copy()


def download(array: Any) -> NDArray[Any]:
    """Copy a device array to the CPU and wait for it."""
    host = run_to_end(fetch(array))
    current_stream().synchronize()
    return host


def launch(kernel: Any, threads: int, *arguments: Any, block: int = BLOCK) -> None:
    """Launch a kernel on at least this many threads; 0 threads launch nothing.

    Parameters
    ----------
    kernel
        Decorated with `_jit.cuda_kernel`.
    threads : int
        Rounded up to whole blocks.
    *arguments
        Passed to the kernel.
    block : int
        Threads per block.
    """
    if threads:
        with _launch_lock:
            kernel[-(-threads // block), block, current_stream().stream](*arguments)
