"""Pixels from run-length masks: stacks, label maps, and the union of a batch.

Format: masks as in `runs.Batch`; images are C-order, and what is made stays on the device.

State: a thread has 32 rows of one column. It finds the run of the first by bisection and walks on from there, so it
has the 32 pixels of a mask as a word. In a label map it asks the masks from the top down for the pixels that none has
taken.

Why it is fast: neighbouring threads write neighbouring pixels, each once, and masks are never held as pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._jit import cuda_kernel, cuda_module, step
from ..cpu.run_lengths import Counts
from ..steps.bits import WORD, below
from . import run_lengths
from .bit_layout import layout
from .launch import empty, launch, upload
from .run_lengths import Batch
from .streams import complete

cuda = cuda_module()

_Integers = NDArray[np.int64]


@step
def _word(ends: Any, first: int, last: int, start: int, stop: int) -> int:
    """Return the pixels from `start` to `stop` of the mask whose runs are `first` to `last`."""
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
            word |= below(end - start) ^ below(at - start)
        at = end
        low += 1
    return word


def dense(given: Batch, height: int, width: int) -> Any:
    """Return every mask as pixels, bool (N, H, W) on the device; N is not 0."""
    out = empty((given.masks, height, width), np.bool_)
    launch(draw, given.masks * _words(height) * width, given.ends, given.offsets, out)
    return out


def _words(height: int) -> int:
    return -(-height // WORD)


@cuda_kernel
def draw(ends: Any, offsets: Any, out: Any) -> None:
    """Write 32 pixels a thread, of one column of one mask."""
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
    word = _word(ends, int(offsets[mask]), int(offsets[mask + 1]), start, start + rows)
    for row in range(rows):
        out[mask, top + row, x] = (word >> row) & 1 != 0


def instance_map(given: Batch, order: _Integers, values: NDArray[np.int32], height: int, width: int) -> Any:
    """Return the image in which each mask has painted its value, int32 (H, W) on the device, 0 where none has.

    `order` holds rows from the bottom to the top; `values` belongs to the rows.
    """
    out, found = empty((height, width), np.int32), run_lengths.boxes(given, height)
    tables = upload(order, np.int64), len(order), upload(values, np.int32)
    launch(paint, _words(height) * width, given.ends, given.offsets, found, *tables, out)
    return out


@cuda_kernel
def paint(ends: Any, offsets: Any, boxes: Any, order: Any, masks: int, values: Any, out: Any) -> None:
    """Write 32 pixels a thread, each with the value of the highest mask that has it."""
    i = cuda.grid(1)
    height, width = out.shape
    top = (i // width) * WORD
    x = i - (i // width) * width
    if top >= height:
        return
    rows = min(WORD, height - top)
    start, free = x * height + top, below(rows)
    for row in range(rows):
        out[top + row, x] = 0
    layer = masks - 1
    while layer >= 0 and free != 0:
        mask = int(order[layer])
        if boxes[mask, 0] <= x < boxes[mask, 2] and boxes[mask, 1] < top + rows and top < boxes[mask, 3]:
            taken = free & _word(ends, int(offsets[mask]), int(offsets[mask + 1]), start, start + rows)
            free ^= taken
            for row in range(rows):
                if (taken >> row) & 1:
                    out[top + row, x] = values[mask]
        layer -= 1


def union(given: Batch, height: int, width: int) -> Counts:
    """Return the counts of the union of all masks."""
    plan = layout(np.array([[0, 0, width, height]]), np.array([[width, height]]))
    bits = empty(int(plan.starts[-1]), np.uint32)
    launch(
        unite,
        len(bits),
        given.ends,
        given.offsets,
        run_lengths.boxes(given, height),
        given.masks,
        (height, width),
        bits,
    )
    return complete(run_lengths.encode(bits, plan))[0]


@cuda_kernel
def unite(ends: Any, offsets: Any, boxes: Any, masks: int, size: tuple[int, int], bits: Any) -> None:
    """Write one word a thread: the pixels that any mask has."""
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
            word |= _word(ends, int(offsets[mask]), int(offsets[mask + 1]), start, start + rows)
    bits[i] = np.uint32(word)
