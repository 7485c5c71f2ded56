"""Run-length masks to pixels on the GPU: stacks, and the union of a batch.

Format: masks as in `run_lengths.DeviceMasks`; images are C-order, and results stay on the device.

State: a thread handles 32 rows of one column. It finds the run of the first pixel by bisection and walks on from there,
so it has 32 pixels of a mask as a word.

Why it is fast: neighbouring threads write neighbouring pixels, each once, and no mask is ever stored as pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._jit import cuda_kernel, cuda_module, step
from ..cpu.run_lengths import Counts
from ..steps.bits import WORD, low_bits
from . import run_lengths
from .bit_layout import lay_out
from .launch import empty, launch
from .run_lengths import DeviceMasks
from .streams import run_to_end

cuda = cuda_module()


@step
def mask_word(ends: Any, first: int, last: int, start: int, stop: int) -> int:
    """Return the pixels from position `start` to `stop` of a mask as bits, at most 32.

    Parameters
    ----------
    ends : int32
        Ends of all runs.
    first, last : int
        The runs of the mask.
    start, stop : int
        Positions in column-major order.
    """
    low, high = first, last - 1
    while low < high:
        middle = (low + high) >> 1
        if ends[middle] > start:
            high = middle
        else:
            low = middle + 1
    word, at = 0, start
    while at < stop:
        end = min(int(ends[low]), stop)
        if (low - first) & 1:
            word |= low_bits(end - start) ^ low_bits(at - start)
        at = end
        low += 1
    return word


def dense(masks: DeviceMasks, *, height: int, width: int) -> Any:
    """Return the pixels of all masks, bool (N, H, W) on the device; N is not 0.

    Parameters
    ----------
    masks : DeviceMasks
        The batch.
    height, width : int
        Of the image in pixels.
    """
    out = empty((masks.count, height, width), np.bool_)
    launch(_fill_dense, masks.count * words_per_column(height) * width, masks.ends, masks.offsets, out)
    return out


def words_per_column(height: int) -> int:
    """Return the number of 32-pixel words in a column."""
    return -(-height // WORD)


@cuda_kernel
def _fill_dense(ends: Any, offsets: Any, out: Any) -> None:
    """Write 32 pixels per thread: part of one column of one mask."""
    i = cuda.grid(1)
    masks, height, width = out.shape
    words = (height + WORD - 1) // WORD
    if i >= masks * words * width:
        return
    band = i // width
    x, mask = i - band * width, band // words
    top = (band - mask * words) * WORD
    rows = min(WORD, height - top)
    start = x * height + top
    word = mask_word(ends, int(offsets[mask]), int(offsets[mask + 1]), start, start + rows)
    for row in range(rows):
        out[mask, top + row, x] = (word >> row) & 1 != 0


def union(masks: DeviceMasks, *, height: int, width: int) -> Counts:
    """Return the counts of the union of all masks, on the CPU.

    Parameters
    ----------
    masks : DeviceMasks
        The batch.
    height, width : int
        Of the image in pixels.
    """
    layout = lay_out(np.array([[0, 0, width, height]]), np.array([[width, height]]))
    bits = empty(int(layout.starts[-1]), np.uint32)
    launch(
        _fill_union,
        len(bits),
        masks.ends,
        masks.offsets,
        run_lengths.boxes(masks, height=height),
        masks.count,
        (height, width),
        bits,
    )
    return run_to_end(run_lengths.encode(bits, layout))[0]


@cuda_kernel
def _fill_union(ends: Any, offsets: Any, boxes: Any, masks: int, size: tuple[int, int], bits: Any) -> None:
    """Write one word per thread: the pixels that any mask covers."""
    i = cuda.grid(1)
    if i >= bits.size:
        return
    height, width = size
    words = (height + WORD - 1) // WORD
    x = i // words
    top = (i - x * words) * WORD
    rows = min(WORD, height - top) if x < width else 0
    start, word = x * height + top, 0
    for mask in range(masks):
        if boxes[mask, 0] <= x < boxes[mask, 2] and boxes[mask, 1] < top + rows and top < boxes[mask, 3]:
            word |= mask_word(ends, int(offsets[mask]), int(offsets[mask + 1]), start, start + rows)
    bits[i] = np.uint32(word)
