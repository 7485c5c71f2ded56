"""Fields of 64x64 nodes brought up to a map and cut at 0: the bits of its columns, or its pixels.

Format: the nodes of `fields` (n, 64, 64) stand in the middle of squares of `factor` pixels; pixels between them are
interpolated linearly, along the rows, then down the columns; pixels beyond the outermost take their values. A pixel is
set where its value is above 0. Bit ``r % 32`` of ``columns[n, c, r // 32]`` is the pixel in row r and column c.

State: `signs` holds a bit a node, a word a column of nodes. Where the words of two columns agree, so do all columns of
pixels between them, and only nodes where they differ are interpolated; down a column only nodes with another sign
below them.

Why it is fast: the cost follows the outline; nothing is computed for pixels whose four nodes have one sign.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel, step
from ..steps.bits import ONES, WORD, below, differing, lowest
from .binarypng import Words
from .tables import Floats

Integers = NDArray[np.int64]

NODES = 64
"""Along each side of a field."""

_HALVES = NODES // WORD
MOST_FACTOR = 16


class Places(NamedTuple):
    """For each pixel along a side: the node before it, the one behind it, and the share of that one."""

    before: Integers
    behind: Integers
    share: Floats


def places(factor: int) -> Places:
    """Return the places of ``64 * factor`` pixels."""
    from_first = 2 * np.arange(NODES * factor) + 1 - factor  # in halves of pixels from the first node
    before = from_first // (2 * factor)
    share = (from_first - 2 * factor * before) / (2 * factor)
    return Places(np.maximum(before, 0), np.minimum(before + 1, NODES - 1), share.astype(np.float32))


def columns_of(fields: Floats, factor: int) -> Words:
    """Return the bits of the columns of maps ``64 * factor`` pixels wide and high, uint32 (n, side, ⌈side / 32⌉).

    >>> columns_of(np.ones((1, 64, 64), np.float32), 4).shape
    (1, 256, 8)
    """
    side = NODES * factor
    columns = np.zeros((len(fields), side, -(-side // WORD)), np.uint32)
    flat = np.ascontiguousarray(fields, np.float32).reshape(-1)
    fill_columns(flat, factor, places(factor), np.empty(_HALVES * NODES, np.int64), columns.reshape(-1))
    return columns


def maps_of(columns: Words, height: int) -> NDArray[np.uint8]:
    """Return maps of 0 and 255, (n, height, width), out of the bits of their columns."""
    maps = np.empty((len(columns), height, columns.shape[1]), np.uint8)
    fill_maps(columns, np.empty(columns.shape[:0:-1], np.uint32), maps)
    return maps


@kernel
def fill_columns(flat: Floats, factor: int, at: Places, signs: Integers, columns: Words) -> None:
    """Set the bits of the columns, which are 0 before; fields and columns are end to end."""
    side = NODES * factor
    words = (side + WORD - 1) // WORD
    for n in range(flat.size // (NODES * NODES)):
        start = n * NODES * NODES
        _read_signs(flat, start, signs)
        for x in range(side):
            _fill_column(flat, start, x, at, signs, columns, (n * side + x) * words)


@kernel
def fill_maps(columns: Words, turned: Words, maps: NDArray[np.uint8]) -> None:
    """Write the pixels; `turned` is room for the words of one map, row by row."""
    for n in range(columns.shape[0]):
        for x in range(columns.shape[1]):
            for w in range(columns.shape[2]):
                turned[w, x] = columns[n, x, w]
        for y in range(maps.shape[1]):
            bit = np.uint32(y & (WORD - 1))
            for x in range(maps.shape[2]):
                maps[n, y, x] = 255 * ((turned[y >> 5, x] >> bit) & np.uint32(1))


@kernel
def _read_signs(flat: Floats, start: int, signs: Integers) -> None:
    for half in range(_HALVES):
        for x in range(NODES):
            signs[half * NODES + x] = 0
        for row in range(WORD):
            here = start + (half * WORD + row) * NODES
            for x in range(NODES):  # along the rows: vectors
                signs[half * NODES + x] |= np.int64(flat[here + x] > 0) << row


@step
def _blend(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


@kernel
def _fill_column(
    flat: Floats, start: int, x: int, at: Places, signs: Integers, columns: Words, first_word: int
) -> None:
    left, right, share = start + at.before[x], start + at.behind[x], at.share[x]
    carried, from_row, factor = np.int64(0), np.int64(0), at.share.size // NODES
    late = np.float32(1 - 0.5 * (1 - (factor & 1)))  # of a pixel, between a node and the first pixel behind it, and one
    for half in range(_HALVES):
        sign = signs[half * NODES + at.before[x]]
        doubtful = sign ^ signs[half * NODES + at.behind[x]]
        sign &= ~doubtful & ONES
        while doubtful:
            row = lowest(doubtful)
            doubtful &= doubtful - 1
            y = (half * WORD + row) * NODES
            sign |= np.int64(_blend(flat[left + y], flat[right + y], share) > 0) << row
        if half == 0:
            carried = sign & 1
        turns = differing(sign, carried)
        while turns:
            node = half * WORD + lowest(turns)
            turns &= turns - 1
            y = node * NODES
            above = _blend(flat[left + y - NODES], flat[right + y - NODES], share)
            here = _blend(flat[left + y], flat[right + y], share)
            row = factor * (node - 1) + factor // 2 + np.int64(factor * (above / (above - here)) + late)
            if carried:
                _set(columns, first_word, from_row, row)
            carried, from_row = carried ^ 1, row
    if carried:
        _set(columns, first_word, from_row, NODES * factor)


@step
def _ends(word: int, start: int, stop: int) -> int:
    """The bits of a word between two rows."""
    return below(stop - word * WORD) & ~below(start - word * WORD)


@kernel
def _set(columns: Words, first_word: int, start: int, stop: int) -> None:
    for w in range(start >> 5, (stop + WORD - 1) >> 5):
        columns[first_word + w] |= np.uint32(_ends(w, start, stop))
