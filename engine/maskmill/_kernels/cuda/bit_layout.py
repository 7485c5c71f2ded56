"""Where the bits of many masks of different sizes lie, and which of them a thread works on.

Format: the bits of a mask are those of its crop, column after column, 32 rows in a uint32 word, the first row lowest.
After the last row of a column comes at least one bit that is 0, so that a run which ends at the bottom has its end
there. A crop as high as the image has none, as such a run may go on in the next column; it has a last column of zeros.

A mask is a row of `frames`, int64 (N, 8). `starts`, int64 (N + 1,), holds the first word of each mask, and the end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._jit import step
from ..steps.bits import WORD

X0, Y0, COLUMNS, ROWS, WORDS, HEIGHT, TOTAL, WHOLE = range(8)
"""Columns of `frames`: first column and row of the crop, its columns (the one of zeros as well), its rows, words in a
column, height and pixels of the image, and whether the crop is as high."""

_Integers = NDArray[np.int64]


class Layout(NamedTuple):
    """Frames and starts of many masks."""

    frames: _Integers
    starts: _Integers


def layout(boxes: _Integers, sizes: _Integers) -> Layout:
    """Lay out crops given by their boxes x0, y0, x1, y1 (N, 4), inside images of width and height (N, 2).

    >>> frames, starts = layout(np.array([[1, 2, 3, 35]]), np.array([[10, 40]]))
    >>> frames.tolist(), starts.tolist()
    ([[1, 2, 2, 33, 2, 40, 400, 0]], [0, 4])
    """
    (x0, y0, x1, y1), (width, height) = boxes.T, sizes.T
    whole = (y1 - y0 == height).astype(np.int64)
    columns, words = x1 - x0 + whole, -(-(y1 - y0 + 1 - whole) // WORD)
    frames = np.stack([x0, y0, columns, y1 - y0, words, height, width * height, whole], axis=1)
    return Layout(frames, np.cumsum(np.append(0, columns * words)))


@step
def owner(starts: Any, place: int) -> int:
    """Return i with ``starts[i] <= place < starts[i + 1]``; `starts` rises, and its ends bound `place`."""
    low, high = 0, starts.size - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if starts[middle] <= place:
            low = middle
        else:
            high = middle
    return low
