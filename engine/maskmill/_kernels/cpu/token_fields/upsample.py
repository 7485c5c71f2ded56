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

from ..._jit import kernel, step
from ...steps.bits import ONES, WORD, differing, lowest
from ..png.binary_png import Words
from .neighbour_sums import Floats

Integers = NDArray[np.int64]

NODES = 64
"""Along each side of a field."""

SIDE = NODES // 4
"""Of a cell."""

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
    """Return the bits of the columns of maps ``64 * factor`` pixels wide and high, uint32 (n, side, side / 32).

    >>> columns_of(np.ones((1, 64, 64), np.float32), 4).shape
    (1, 256, 8)
    """
    side = NODES * factor
    columns = np.empty((len(fields), side, side // WORD), np.uint32)
    signs, sides = np.empty(_HALVES * NODES, np.int64), np.empty(_HALVES * side, np.int64)
    fill_columns(
        np.ascontiguousarray(fields, np.float32).reshape(-1), places(factor), signs, sides, columns.reshape(-1)
    )
    return columns


def maps_of(columns: Words, height: int) -> NDArray[np.uint8]:
    """Return maps of 0 and 255, (n, height, width), out of the bits of their columns."""
    maps = np.empty((len(columns), height, columns.shape[1]), np.uint8)
    fill_maps(columns, np.empty(columns.shape[:0:-1], np.uint32), maps)
    return maps


@kernel
def join(patches: Floats, middle: Floats, flat: Floats) -> None:
    """Write fields end to end out of the patches of their cells, (16 n, 256), each moved by `middle`."""
    for n in range(patches.shape[0]):
        cell = n & 15
        base = (n >> 4) * NODES * NODES + (cell >> 2) * SIDE * NODES + (cell & 3) * SIDE
        for y in range(SIDE):
            for x in range(SIDE):
                flat[base + y * NODES + x] = patches[n, y * SIDE + x] + middle[y * SIDE + x]


@kernel
def fill_columns(flat: Floats, at: Places, signs: Integers, sides: Integers, columns: Words) -> None:
    """Write the bits of the columns; fields and columns are end to end."""
    for n in range(flat.size // (NODES * NODES)):
        start = n * NODES * NODES
        _read_signs(flat, start, signs)
        _read_sides(flat, start, at, signs, sides)
        _fill_columns(flat, start, at, sides, columns, n * at.share.size * (at.share.size // WORD))


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
def _read_sides(flat: Floats, start: int, at: Places, signs: Integers, sides: Integers) -> None:
    """The signs of each row of nodes in each column of pixels, as `signs` has them for columns of nodes."""
    for half in range(_HALVES):
        for x in range(at.share.size):
            before, behind = at.before[x], at.behind[x]
            sign = signs[half * NODES + before]
            doubtful = sign ^ signs[half * NODES + behind]
            sign &= ~doubtful
            while doubtful:
                row = lowest(doubtful)
                doubtful &= doubtful - 1
                y = start + (half * WORD + row) * NODES
                sign |= np.int64(_blend(flat[y + before], flat[y + behind], at.share[x]) > 0) << row
            sides[x * _HALVES + half] = sign


@kernel
def _fill_columns(flat: Floats, start: int, at: Places, sides: Integers, columns: Words, first: int) -> None:
    """Each row where the sign turns flips all bits from there on down."""
    side = at.share.size
    factor, words = side // NODES, side // WORD
    late = 1 if factor & 1 else np.float32(0.5)  # from a node to the first pixel behind it, in pixels, below 1
    for x in range(side):
        left, right, share, base = start + at.before[x], start + at.behind[x], at.share[x], first + x * words
        bit = sides[x * _HALVES] & 1
        for w in range(words):
            columns[base + w] = bit * ONES
        for half in range(_HALVES):
            sign = sides[x * _HALVES + half]
            turns = differing(sign, bit)
            bit = sign >> (WORD - 1)
            while turns:
                node = half * WORD + lowest(turns)
                turns &= turns - 1
                y = node * NODES
                above = _blend(flat[left + y - NODES], flat[right + y - NODES], share)
                here = _blend(flat[left + y], flat[right + y], share)
                beyond = np.int64(factor * (above / (above - here)) + late)  # anything, where one is infinite
                row = factor * (node - 1) + factor // 2 + min(max(beyond, 0), factor)
                columns[base + (row >> 5)] ^= ONES & (ONES << (row & 31))
                for w in range((row >> 5) + 1, words):
                    columns[base + w] ^= ONES
