"""Run-length masks to a label map on the GPU: each mask paints its value, later masks over earlier ones.

Format: masks as in `run_lengths.DeviceMasks`; the map is C-order int32 and stays on the device.

State: a thread handles 32 rows of one column. It goes through the masks from the top down and takes the pixels that no
mask above has.

Why it is fast: neighbouring threads write neighbouring pixels, and a thread stops when all of its pixels are painted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._jit import cuda_kernel, cuda_module
from ..steps.bits import WORD, low_bits
from . import run_lengths
from .composite import mask_word, words_per_column
from .launch import empty, launch, upload
from .run_lengths import DeviceMasks

cuda = cuda_module()

_Integers = NDArray[np.int64]


def instance_map(masks: DeviceMasks, order: _Integers, values: NDArray[np.int32], *, height: int, width: int) -> Any:
    """Return an image in which each mask has painted its value, int32 (H, W) on the device, 0 where no mask is.

    Parameters
    ----------
    masks : DeviceMasks
        The batch, N masks.
    order : NDArray[np.int64]
        The masks to paint, from bottom to top.
    values : NDArray[np.int32]
        (N,): the value of each mask.
    height, width : int
        Of the image in pixels.
    """
    out, boxes = empty((height, width), np.int32), run_lengths.boxes(masks, height=height)
    tables = upload(order, np.int64), len(order), upload(values, np.int32)
    launch(_fill_instance_map, words_per_column(height) * width, masks.ends, masks.offsets, boxes, *tables, out)
    return out


@cuda_kernel
def _fill_instance_map(ends: Any, offsets: Any, boxes: Any, order: Any, masks: int, values: Any, out: Any) -> None:
    """Write 32 pixels per thread, each with the value of the topmost mask that covers it."""
    i = cuda.grid(1)
    height, width = out.shape
    top = (i // width) * WORD
    x = i - (i // width) * width
    if top >= height:
        return
    rows = min(WORD, height - top)
    start, free = x * height + top, low_bits(rows)
    for row in range(rows):
        out[top + row, x] = 0
    layer = masks - 1
    while layer >= 0 and free != 0:
        mask = int(order[layer])
        if boxes[mask, 0] <= x < boxes[mask, 2] and boxes[mask, 1] < top + rows and top < boxes[mask, 3]:
            covered = free & mask_word(ends, int(offsets[mask]), int(offsets[mask + 1]), start, start + rows)
            free ^= covered
            for row in range(rows):
                if (covered >> row) & 1:
                    out[top + row, x] = values[mask]
        layer -= 1
