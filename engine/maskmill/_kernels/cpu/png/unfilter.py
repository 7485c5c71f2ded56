"""Undo the row filters of an 8-bit grey PNG.

Format: pixel rows of a filter, 0 to 4, and their bytes. As the PNG specification has it, a byte is the difference to a
prediction from its neighbours: none, left, above, the mean of both, or Paeth's choice among left, above and above left.

Why it is fast: rows without a filter, or with the one above, are copied or added many bytes at a time. The other three
need their left neighbour first, byte by byte.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ..run_lengths import as_kernel_input

Bytes = NDArray[np.uint8]

_LEFT, _ABOVE, _MEAN, _PAETH = 1, 2, 3, 4


def unfilter(rows: Bytes) -> Bytes:
    """Return the samples (h, w) of filtered rows (h, 1 + w); filters must be 0 to 4.

    >>> unfilter(np.array([[1, 5, 1], [2, 1, 1]], np.uint8)).tolist()
    [[5, 6], [6, 7]]
    """
    out = np.empty((rows.shape[0], rows.shape[1] - 1), np.uint8)
    _unfilter(as_kernel_input(rows, np.uint8), out, np.zeros(out.shape[1], np.uint8))
    return out


@kernel
def _unfilter(rows: Bytes, out: Bytes, above: Bytes) -> None:
    """Write the samples; `above` is a row of zeros."""
    for y in range(out.shape[0]):
        kind, line, row = rows[y, 0], rows[y, 1:], out[y]
        if kind == _ABOVE:
            for x in range(row.size):
                row[x] = (np.int64(line[x]) + np.int64(above[x])) & 255
        elif kind == 0:
            row[:] = line
        else:
            _undo_left(kind, line, row, above)
        above = row


@kernel
def _undo_left(kind: int, line: Bytes, row: Bytes, above: Bytes) -> None:
    """Undo a filter that predicts from the left."""
    left = corner = 0
    for x in range(row.size):
        up = np.int64(above[x])
        if kind == _LEFT:
            prediction = left
        elif kind == _MEAN:
            prediction = (left + up) >> 1
        else:
            prediction = _paeth(left, up, corner)
        left, corner = (np.int64(line[x]) + prediction) & 255, up
        row[x] = left


@step
def _paeth(left: int, up: int, corner: int) -> int:
    """Return the neighbour nearest to left + up - corner; of equally near ones, the first in this order."""
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner
