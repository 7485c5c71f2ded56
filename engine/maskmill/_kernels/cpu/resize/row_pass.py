"""First pass of a resize, along the pixel rows: for each output column, which rows are above the threshold.

Format: words of 32 rows, as `steps.bits` has them. ``above[at + w]`` holds the rows above the threshold,
``transitions[at + w]`` a bit for each row that differs from the next one in that; `at` is where those of an output
column begin. The highest transition bit of a column's last word is undefined.

Why it is fast: where a binary map grows, a row has two taps a and b. Whether a row with one set tap is above the
threshold depends on the weight of that tap alone, the same for all rows of an output column. Its bits are ``a``,
``b``, ``a & b`` or ``a | b``; with their transitions they are computed for all source columns beforehand, many words
per instruction. Where it shrinks, 32 rows are blended at once, if their taps are not all alike. Tried and slower: only
rows with taps on both sides (twice).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ...steps.bits import ONES, WORD, lowest_bit
from ...steps.resample import HALF, PRECISION, to_uint8
from .weights import WindowTable

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]
_Integers = NDArray[np.int64]

ABOVE, TRANSITIONS = range(2)  # rows of `row_bits`
USED, PAIRED, BLENDED, FORCED = range(4)  # rows of `rows`

_FIRST, _BOTH, _ANY, _OWN = range(4)
"""Parts of `row_bits`: a, a & b, a | b of each source column a and the next, b; those of one output column."""


def new_row_bits(*, map_width: int, map_height: int, is_binary: bool) -> Words:
    """Return a buffer for the bits of output columns and their transitions.

    Parameters
    ----------
    map_width, map_height : int
        Maximum sides of a map.
    is_binary : bool
        Whether all maps are binary, or none.
    """
    parts = 3 * map_width + 1 if is_binary else 1
    return np.empty((2, parts * -(-map_height // WORD) + 1), np.uint32)


@kernel
def pack_columns(pixels: Bytes, threshold: int, bits: Bytes, line: Bytes) -> None:
    """Set bit ``r % 8`` of ``bits[c, r // 8]`` where the map is above the threshold.

    Parameters
    ----------
    pixels : NDArray[np.uint8]
        The map, (h, w).
    threshold : int
        0..255.
    bits : NDArray[np.uint8]
        Receives the bits, (w, at least h / 8).
    line : NDArray[np.uint8]
        Scratch, (w,).
    """
    height, width = pixels.shape
    for group in range((height + 7) // 8):
        for x in range(width):
            line[x] = 0
        for k in range(min(8, height - 8 * group)):
            for x in range(width):
                line[x] |= np.uint8(pixels[8 * group + k, x] > threshold) << k
        for x in range(width):
            bits[x, group] = line[x]


@kernel
def fill_pair_bits(flat: Words, step: int, above: Words, transitions: Words) -> None:
    """Fill the bits that two taps can give, for each source column and the next: one of them, both, either.

    Parameters
    ----------
    flat : NDArray[np.uint32]
        The bits of the source columns, end to end.
    step : int
        Words per column.
    above, transitions : NDArray[np.uint32]
        Receive the bits and their transitions.
    """
    n = flat.size
    one, both, either, more = above[:n], above[n : 2 * n], above[2 * n : 3 * n], flat[step:]
    for i in range(n):
        one[i] = both[i] = either[i] = flat[i]
    for i in range(more.size):
        both[i] &= more[i]
        either[i] |= more[i]
    below = above[1 : 3 * n + 1]
    below[3 * n - 1] = 0
    for i in range(3 * n):  # what the last word of a column takes from the next column is never read
        transitions[i] = above[i] ^ ((above[i] >> 1) | (below[i] << 31))


@step
def first_two_taps(across: WindowTable, x: int) -> tuple[int, int, int, int]:
    """Return the first tap of an output column, the number of taps, and the weights of the first two, 0 for none."""
    taps = np.int64(across[1, x])
    return np.int64(across[0, x]), taps, np.int64(across[2, x]), np.int64(across[3, x]) if taps > 1 else 0


@step
def find_pair_bits(first: int, second: int, left: int, right: int, threshold: int, shape: tuple[int, int]) -> int:
    """Return where the bits of an output column begin whose rows have one tap or two on a binary map.

    Parameters
    ----------
    first, second : int
        The source columns of the taps; equal for one tap.
    left, right : int
        Their weights.
    threshold : int
        0..255.
    shape : tuple[int, int]
        Source columns, and words per column.
    """
    left_is_above = (HALF + 255 * left) >> PRECISION > threshold
    right_is_above = (HALF + 255 * right) >> PRECISION > threshold
    part = _FIRST
    if left_is_above and right_is_above:
        part = _ANY
    elif right_is_above:
        first = second
    elif not left_is_above:
        part = _BOTH
    return (part * shape[0] + first) * shape[1]


@kernel
def find_column_bits(
    pixels: Bytes,
    words: Words,
    across: WindowTable,
    x: int,
    threshold: int,
    rows: _Integers,
    above: Words,
    transitions: Words,
) -> int:
    """Find the bits of output column `x` of a map of pixels, and return where they begin.

    Parameters
    ----------
    pixels : NDArray[np.uint8]
        The map.
    words : NDArray[np.uint32]
        Its pixels above the threshold, as bits of its columns.
    across : NDArray[np.int32]
        The windows along the rows.
    x : int
        The output column.
    threshold : int
        0..255.
    rows : NDArray[np.int64]
        Which rows are used, and which are blended whatever their bits: see `column_pass`.
    above, transitions : NDArray[np.uint32]
        Receive the bits and their transitions.
    """
    first, taps = across[0, x], across[1, x]
    for w in range(words.shape[1]):
        all_above = any_above = np.int64(words[first, w])
        for tap in range(1, taps):
            word = np.int64(words[first + tap, w])
            all_above &= word
            any_above |= word
        visible = rows[USED, w]
        undecided = (any_above & ~all_above & visible) | rows[BLENDED, w]
        all_above &= visible & ~undecided
        while undecided != 0:
            bit = lowest_bit(undecided)
            undecided &= undecided - 1
            if blend_row(pixels, across, x, w * WORD + bit) > threshold:
                all_above |= 1 << bit
        above[w] = all_above
    _find_transitions(above, transitions, 0, words.shape[1])
    return 0


@kernel
def find_column_values(
    words: Words, across: WindowTable, x: int, threshold: int, above: Words, transitions: Words, values: WindowTable
) -> int:
    """Find the values 0..255 and the bits of output column `x` of a binary map; return where the bits begin.

    In 32 bits, which hold any blend, and in one function: as several it took three times as long.

    Parameters
    ----------
    words : NDArray[np.uint32]
        The bits of the map's columns.
    across : NDArray[np.int32]
        The windows along the rows.
    x : int
        The output column.
    threshold : int
        0..255.
    above, transitions : NDArray[np.uint32]
        Receive the bits and their transitions.
    values : NDArray[np.int32]
        Receives the values of all rows.
    """
    first, taps, at = np.int64(across[0, x]), np.int64(across[1, x]), _OWN * words.size
    for w in range(words.shape[1]):
        part, word, same = values[w * WORD : (w + 1) * WORD], words[first, w], True
        for tap in range(1, taps):
            same &= words[first + tap, w] == word
        if same and (word == 0 or word == ONES):  # nothing to blend
            part[:] = 255 if word != 0 else 0
            above[at + w] = word
            continue
        part[:] = HALF
        for tap in range(taps):
            bits, weight = np.int32(words[first + tap, w]), np.int32(255 * across[2 + tap, x])
            for bit in range(WORD):
                part[bit] += np.int32(-np.int32((bits >> np.int32(bit)) & np.int32(1)) & weight)
        bits_above = 0
        for bit in range(WORD):
            part[bit] = min(part[bit] >> PRECISION, 255)
            bits_above |= np.int64(part[bit] > threshold) << bit
        above[at + w] = bits_above
    _find_transitions(above, transitions, at, words.shape[1])
    return at


@kernel
def _find_transitions(above: Words, transitions: Words, at: int, words: int) -> None:
    """Find the transitions of one output column."""
    above[at + words] = 0
    for w in range(at, at + words):
        transitions[w] = above[w] ^ ((above[w] >> 1) | (above[w + 1] << 31))


@kernel
def blend_row(pixels: Bytes, across: WindowTable, x: int, row: int) -> int:
    """Return the value 0..255 of one pixel row of output column `x`.

    Parameters
    ----------
    pixels : NDArray[np.uint8]
        The map.
    across : NDArray[np.int32]
        The windows along the rows.
    x, row : int
        The output column and the pixel row.
    """
    total, first = HALF, np.int64(across[0, x])
    for tap in range(across[1, x]):
        total += np.int64(pixels[row, first + tap]) * across[2 + tap, x]
    return to_uint8(total)


@kernel
def bits_from(words: Words, start: int, row: int) -> int:
    """Return the bits of `row` and of at least 32 rows more of the column whose words begin at `start`.

    Beyond the column, they are arbitrary.

    Parameters
    ----------
    words : NDArray[np.uint32]
        Bits of columns, end to end.
    start, row : int
        The first word of the column, and the row.
    """
    at = start + (row >> 5)
    return (np.int64(words[at]) | (np.int64(words[at + 1]) << WORD)) >> (row & 31)


@kernel
def blend_pair(a: int, b: int, left: int, right: int) -> int:
    """Return the value of a pixel row of a binary map from the lowest bits of its two taps.

    Parameters
    ----------
    a, b : int
        Bits of the tapped columns.
    left, right : int
        Their weights.
    """
    return (HALF + 255 * ((a & 1) * left + (b & 1) * right)) >> PRECISION
