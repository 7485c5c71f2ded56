"""Scalar arithmetic of run-length masks: positions, nearest-neighbour scaling, characters of COCO strings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._jit import step


@step
def advance(column: int, row: int, count: int, height: int) -> tuple[int, int]:
    """Return the column and row that lie `count` pixels further on in column-major order."""
    row += count
    if row >= height:  # most runs reach the next column and no further: subtract, do not divide
        row -= height
        column += 1
        if row >= height:
            column += row // height
            row %= height
    return column, row


@step
def toggle(out: NDArray[np.int32], n: int, last: int, position: int) -> tuple[int, int]:
    """Append a change of colour to `n` non-decreasing ones; two at one position cancel each other.

    Writes only as far as `out` reaches, so that an empty `out` counts. Returns the new number and the last
    position, -1 after a cancellation: all that remain then lie before `position`.
    """
    if position == last:
        return n - 1, -1
    if n < out.size:
        out[n] = position
    return n + 1, position


@step
def toggled(n: int, last: int, position: int) -> tuple[int, int]:
    """Return the number of changes and the last position after one more, which was written at `n`; as `toggle`.

    It has no array among its arguments, whose references Numba would count in every inner loop.
    """
    return (n - 1, -1) if position == last else (n + 1, position)


@step
def nearest(index: int, source: int, target: int) -> int:
    """Source index of the centre of target cell `index`: floor((2 * index + 1) * source / (2 * target))."""
    return (2 * index + 1) * source // (2 * target)


@step
def first_nearest(index: int, source: int, target: int) -> int:
    """Least target index whose `nearest` is at least the source `index`."""
    return (2 * target * index + source - 1) // (2 * source)


@step
def signed(value: int, groups: int) -> int:
    """Extend the sign of a value read from `groups` groups of five bits."""
    if value >> (5 * groups - 1):
        value -= 1 << (5 * groups)
    return value
