"""Upsample fields of 64x64 nodes to maps, thresholded at 0, as bits of the map's columns or as pixels.

Format: the nodes of `fields` (n, 64, 64) are the centres of squares of `factor` pixels. Pixels between nodes are
interpolated linearly, first along pixel rows, then down columns; pixels beyond the outermost nodes take their values. A
pixel is set if its value is above 0. Bit ``r % 32`` of ``columns[n, c, r // 32]`` is the pixel in row r and column c.

State: `signs` holds one bit per node, in words along the columns of nodes; `column_signs` holds the same for each
column of pixels. Where the words of two columns of nodes agree, so do all columns of pixels between them, so only nodes
where they differ are interpolated; down a column, only nodes whose sign differs from the next.

Why it is fast: the cost follows the outline; nothing is computed for pixels whose four nodes have one sign.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ...steps.bits import ONES, WORD, changed_bits, lowest_bit
from ..png.binary_png import Words
from .neighbour_sums import Floats

Integers = NDArray[np.int64]

NODES = 64
"""Nodes along each side of a field."""

CELL_NODES = NODES // 4
"""Nodes along each side of a token's cell."""

_HALVES = NODES // WORD
MAX_FACTOR = 16


class Interpolation(NamedTuple):
    """For each pixel along a side: the nodes before and after it, and the weight of the node after it."""

    before: Integers
    after: Integers
    weight: Floats


def _interpolation(factor: int) -> Interpolation:
    """Return the interpolation of ``64 * factor`` pixels."""
    from_first = 2 * np.arange(NODES * factor) + 1 - factor  # in half pixels from the first node
    before = from_first // (2 * factor)
    weight = (from_first - 2 * factor * before) / (2 * factor)
    return Interpolation(np.maximum(before, 0), np.minimum(before + 1, NODES - 1), weight.astype(np.float32))


def upsample_columns(fields: Floats, factor: int) -> Words:
    """Return the column bits of maps of ``64 * factor`` pixels a side, uint32 (n, side, side / 32).

    >>> upsample_columns(np.ones((1, 64, 64), np.float32), 4).shape
    (1, 256, 8)
    """
    side = NODES * factor
    columns = np.empty((len(fields), side, side // WORD), np.uint32)
    signs, column_signs = np.empty(_HALVES * NODES, np.int64), np.empty(_HALVES * side, np.int64)
    flat = np.ascontiguousarray(fields, np.float32).reshape(-1)
    _fill_columns(flat, _interpolation(factor), signs, column_signs, columns.reshape(-1))
    return columns


def unpack_maps(columns: Words, *, height: int) -> NDArray[np.uint8]:
    """Return maps of 0 and 255, uint8 (n, height, width), from the bits of their columns."""
    maps = np.empty((len(columns), height, columns.shape[1]), np.uint8)
    _fill_maps(columns, np.empty(columns.shape[:0:-1], np.uint32), maps)
    return maps


@kernel
def join_patches(patches: Floats, middle: Floats, flat: Floats) -> None:
    """Write the fields of rows of tokens from the patches of their cells.

    Parameters
    ----------
    patches : NDArray[np.float32]
        (16 n, 256): 16x16 nodes per cell.
    middle : NDArray[np.float32]
        (256,): added to every patch.
    flat : NDArray[np.float32]
        (n * 4096,): the fields end to end; overwritten.
    """
    for n in range(patches.shape[0]):
        cell = n & 15
        base = (n >> 4) * NODES * NODES + (cell >> 2) * CELL_NODES * NODES + (cell & 3) * CELL_NODES
        for y in range(CELL_NODES):
            for x in range(CELL_NODES):
                flat[base + y * NODES + x] = patches[n, y * CELL_NODES + x] + middle[y * CELL_NODES + x]


@kernel
def _fill_columns(flat: Floats, pixels: Interpolation, signs: Integers, column_signs: Integers, columns: Words) -> None:
    """Write the column bits of all maps; fields and columns are end to end."""
    for n in range(flat.size // (NODES * NODES)):
        start = n * NODES * NODES
        _read_signs(flat, start, signs)
        _interpolate_signs(flat, start, pixels, signs, column_signs)
        _fill_map(flat, start, pixels, column_signs, columns, n * pixels.weight.size * (pixels.weight.size // WORD))


@kernel
def _fill_maps(columns: Words, transposed: Words, maps: NDArray[np.uint8]) -> None:
    """Write the pixels of all maps; `transposed` is a buffer for the words of one map, row by row."""
    for n in range(columns.shape[0]):
        for x in range(columns.shape[1]):
            for w in range(columns.shape[2]):
                transposed[w, x] = columns[n, x, w]
        for y in range(maps.shape[1]):
            bit = np.uint32(y & (WORD - 1))
            for x in range(maps.shape[2]):
                maps[n, y, x] = 255 * ((transposed[y >> 5, x] >> bit) & np.uint32(1))


@kernel
def _read_signs(flat: Floats, start: int, signs: Integers) -> None:
    for half in range(_HALVES):
        for x in range(NODES):
            signs[half * NODES + x] = 0
        for row in range(WORD):
            first = start + (half * WORD + row) * NODES
            for x in range(NODES):  # along rows of nodes, so that LLVM vectorises the loop
                signs[half * NODES + x] |= np.int64(flat[first + x] > 0) << row


@step
def _blend(a: float, b: float, weight: float) -> float:
    return a + (b - a) * weight


@kernel
def _interpolate_signs(
    flat: Floats, start: int, pixels: Interpolation, signs: Integers, column_signs: Integers
) -> None:
    """Write the signs of each row of nodes in each column of pixels."""
    for half in range(_HALVES):
        for x in range(pixels.weight.size):
            before, after = pixels.before[x], pixels.after[x]
            sign = signs[half * NODES + before]
            differing = sign ^ signs[half * NODES + after]
            sign &= ~differing
            while differing:
                row = lowest_bit(differing)
                differing &= differing - 1
                y = start + (half * WORD + row) * NODES
                sign |= np.int64(_blend(flat[y + before], flat[y + after], pixels.weight[x]) > 0) << row
            column_signs[x * _HALVES + half] = sign


@kernel
def _fill_map(
    flat: Floats, start: int, pixels: Interpolation, column_signs: Integers, columns: Words, first: int
) -> None:
    """Write the column bits of one map: at each row where the sign changes, flip all bits from there down."""
    side = pixels.weight.size
    factor, words = side // NODES, side // WORD
    late = 1 if factor & 1 else np.float32(0.5)  # from a node to the first pixel after it, in pixels, below 1
    for x in range(side):
        left, right = start + pixels.before[x], start + pixels.after[x]
        weight, base = pixels.weight[x], first + x * words
        bit = column_signs[x * _HALVES] & 1
        for w in range(words):
            columns[base + w] = bit * ONES
        for half in range(_HALVES):
            sign = column_signs[x * _HALVES + half]
            changes = changed_bits(sign, bit)
            bit = sign >> (WORD - 1)
            while changes:
                node = half * WORD + lowest_bit(changes)
                changes &= changes - 1
                y = node * NODES
                above = _blend(flat[left + y - NODES], flat[right + y - NODES], weight)
                here = _blend(flat[left + y], flat[right + y], weight)
                beyond = np.int64(factor * (above / (above - here)) + late)  # arbitrary if one of them is infinite
                row = factor * (node - 1) + factor // 2 + min(max(beyond, 0), factor)
                columns[base + (row >> 5)] ^= ONES & (ONES << (row & 31))
                for w in range((row >> 5) + 1, words):
                    columns[base + w] ^= ONES
