"""Scalar arithmetic of run-length masks: positions, nearest-neighbour scaling, characters of COCO strings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._jit import step


@step
def advance(column: int, row: int, count: int, height: int) -> tuple[int, int]:
    """Return the column and row that are `count` pixels further in column-major order.

    Parameters
    ----------
    column, row : int
        Where to start.
    count : int
        Pixels to advance.
    height : int
        Rows of the image.
    """
    row += count
    if row >= height:  # most runs reach the next column and no further: subtract, do not divide
        row -= height
        column += 1
        if row >= height:
            column += row // height
            row %= height
    return column, row


@step
def append_change(out: NDArray[np.int32], n: int, last: int, position: int) -> tuple[int, int]:
    """Append a change of value to `n` non-decreasing ones; two at one position cancel each other.

    Writes only as far as `out` reaches, so that an empty `out` only counts.

    Parameters
    ----------
    out : NDArray[np.int32]
        Receives the change.
    n, last : int
        The number of changes, and the position of the last one.
    position : int
        Where the new one is.

    Returns
    -------
    tuple[int, int]
        The new `n` and `last`; `last` is -1 after a cancellation, when all others lie before `position`.
    """
    if position == last:
        return n - 1, -1
    if n < out.size:
        out[n] = position
    return n + 1, position


@step
def count_change(n: int, last: int, position: int) -> tuple[int, int]:
    """Return what `append_change` does, for a change that its caller has written at `n`.

    It takes no array, whose references Numba would count in an inner loop.

    Parameters
    ----------
    n, last : int
        The number of changes, and the position of the last one.
    position : int
        Where the new one is.
    """
    return (n - 1, -1) if position == last else (n + 1, position)


@step
def nearest_source(index: int, source: int, target: int) -> int:
    """Return the source cell at the centre of target cell `index`: floor((2 * index + 1) * source / (2 * target)).

    Parameters
    ----------
    index : int
        The target cell.
    source, target : int
        Numbers of cells.
    """
    return (2 * index + 1) * source // (2 * target)


@step
def first_target(index: int, source: int, target: int) -> int:
    """Return the first target cell whose `nearest_source` is at least `index`.

    Parameters
    ----------
    index : int
        The source cell.
    source, target : int
        Numbers of cells.
    """
    return (2 * target * index + source - 1) // (2 * source)


@step
def sign_extended(value: int, groups: int) -> int:
    """Return the signed value of a number read from `groups` groups of five bits."""
    if value >> (5 * groups - 1):
        value -= 1 << (5 * groups)
    return value
