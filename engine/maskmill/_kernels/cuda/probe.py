"""Whether the device answers: a kernel that is compiled, linked, launched, and whose result is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._jit import cuda_kernel, cuda_module
from .launch import download, launch, zeros

cuda = cuda_module()


def answers() -> bool:
    """Start CUDA and tell whether a kernel gives what it should; what CUDA raises, this raises."""
    numbers = zeros(64, np.int64)
    launch(count, 64, numbers)
    return bool((download(numbers) == np.arange(64)).all())


@cuda_kernel
def count(numbers: Any) -> None:
    """Add its own number to each."""
    i = cuda.grid(1)
    if i < numbers.size:
        numbers[i] += i
