"""Check that the device works: compile, link and launch a kernel, and compare its result."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._jit import cuda_kernel, cuda_module
from .launch import download, launch, zeros

cuda = cuda_module()


def is_working() -> bool:
    """Start CUDA and return whether a kernel gives the right result; errors of CUDA are raised."""
    numbers = zeros(64, np.int64)
    launch(add_index, 64, numbers)
    return bool((download(numbers) == np.arange(64)).all())


@cuda_kernel
def add_index(numbers: Any) -> None:
    """Add its index to each number."""
    i = cuda.grid(1)
    if i < numbers.size:
        numbers[i] += i
