"""Layout of the bits of many masks of different sizes in device memory, and the lookup of a thread's mask.

Format: the bits of a mask are those of its crop, column after column, 32 rows per uint32 word, the first row lowest.
After the last row of a column comes at least one 0 bit, so that a run which reaches the bottom ends there. A crop as
high as the image has no such bit, since the run may continue in the next column; instead it has a final column of
zeros.

Each row of `frames`, int64 (N, 8), describes one mask. `starts`, int64 (N + 1,), holds the first word of each mask, and
the number of words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._jit import step
from ..steps.bits import WORD

X0, Y0, COLUMNS, ROWS, WORDS, HEIGHT, TOTAL, FULL_HEIGHT = range(8)
"""Columns of `frames`: first column and row of the crop; its number of columns, with the one of zeros, and of rows;
words per column; height and number of pixels of the image; and 1 if the crop is as high as the image."""

_Integers = NDArray[np.int64]


class Layout(NamedTuple):
    """Frames and first words of many masks."""

    frames: _Integers
    starts: _Integers


def lay_out(boxes: _Integers, sizes: _Integers) -> Layout:
    """Lay out the crops of boxes x0, y0, x1, y1, int64 (N, 4), in images of width and height, int64 (N, 2).

    >>> frames, starts = lay_out(np.array([[1, 2, 3, 35]]), np.array([[10, 40]]))
    >>> frames.tolist(), starts.tolist()
    ([[1, 2, 2, 33, 2, 40, 400, 0]], [0, 4])
    """
    (x0, y0, x1, y1), (width, height) = boxes.T, sizes.T
    full = (y1 - y0 == height).astype(np.int64)
    columns, words = x1 - x0 + full, -(-(y1 - y0 + 1 - full) // WORD)
    frames = np.stack([x0, y0, columns, y1 - y0, words, height, width * height, full], axis=1)
    return Layout(frames, np.cumsum(np.append(0, columns * words)))


@step
def find_owner(starts: Any, index: int) -> int:
    """Return i with ``starts[i] <= index < starts[i + 1]``; `starts` is sorted and its ends enclose `index`."""
    low, high = 0, starts.size - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if starts[middle] <= index:
            low = middle
        else:
            high = middle
    return low
