"""Prefix sums of device arrays.

State: `sums` holds, for each value, the sum of all values before it, and finally the total. A block sums its own values
by doubling the distance between addends; the totals of blocks are summed the same way, one level per factor of `BLOCK`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._jit import cuda_kernel, cuda_module
from .launch import BLOCK, empty, launch

cuda = cuda_module()


def prefix_sums(values: Any, n: int) -> Any:
    """Return the sum before each of the first `n` values and the total, int64 (n + 1,) on the device."""
    sums, blocks = empty(n + 1, np.int64), -(-(n + 1) // BLOCK)
    totals = empty(blocks, np.int64)
    launch(_sum_blocks, n + 1, values, n, sums, totals)
    if blocks > 1:
        launch(_add_totals, n + 1, sums, prefix_sums(totals, blocks))
    return sums


@cuda_kernel
def _sum_blocks(values: Any, n: int, sums: Any, totals: Any) -> None:
    """Write the sum before each value within its block, and the total of the block."""
    shared = cuda.shared.array(BLOCK, np.int64)
    i, thread = cuda.grid(1), cuda.threadIdx.x
    own = int(values[i]) if i < n else 0
    shared[thread] = own
    cuda.syncthreads()
    distance = 1
    while distance < BLOCK:
        before = int(shared[thread - distance]) if thread >= distance else 0
        cuda.syncthreads()
        shared[thread] += before
        cuda.syncthreads()
        distance *= 2
    if i <= n:
        sums[i] = int(shared[thread]) - own
    if thread == BLOCK - 1:
        totals[cuda.blockIdx.x] = shared[thread]


@cuda_kernel
def _add_totals(sums: Any, before: Any) -> None:
    """Add the total of all blocks before its own to each sum."""
    i = cuda.grid(1)
    if i < sums.size:
        sums[i] += before[cuda.blockIdx.x]
