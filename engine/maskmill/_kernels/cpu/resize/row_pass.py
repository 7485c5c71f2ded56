"""The sides of the rows of an output column, after the pass of a resize along the rows: above the threshold or not.

Format: words of 32 rows, as `steps.bits` has them. ``above[at + w]`` holds the sides, ``turns[at + w]`` a bit for each
row whose side is not the next one's; `at` is where an output column has them. What the last word of a column says of
the row behind it is never looked at.

Why it is fast: where a binary map grows, a row has two taps a and b, and a set and a clear one lie above the threshold
or not the same for all rows of an output column. Its sides are ``a``, ``b``, ``a & b`` or ``a | b``, which, with their
turns, are made for all source columns beforehand, many words an instruction. Where it shrinks, 32 rows are blended at
once, if their taps are not all alike: row by row, only those with taps on both sides, took twice as long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ...steps.bits import ONES, WORD, lowest
from ...steps.resample import HALF, PRECISION
from .weights import Windows

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]
_Integers = NDArray[np.int64]

ABOVE, TURNS = range(2)  # rows of `sides`
SEEN, PAIRED, ASKED, TURNING = range(4)  # rows of `rows`

_ONE, _BOTH, _EITHER, _OWN = range(4)  # parts of `sides`: a or b, a & b, a | b of each source column; of one output


def new_sides(map_height: int, map_width: int, binary: bool) -> Words:
    """Room for the sides of maps up to (map_height, map_width), all binary or none."""
    return np.empty((2, (3 * map_width + 1 if binary else 1) * -(-map_height // WORD) + 1), np.uint32)


@kernel
def fill_bits(pixels: Bytes, threshold: int, bits: Bytes, line: Bytes) -> None:
    """Set bit ``r % 8`` of ``bits[c, r // 8]`` where the map is above the threshold; `line` is scratch."""
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
def fill_sides(flat: Words, step: int, above: Words, turns: Words) -> None:
    """Fill the sides that two taps can give, for each source column and the next: one of them, both, either."""
    n = flat.size
    one, both, either, more = above[:n], above[n : 2 * n], above[2 * n : 3 * n], flat[step:]
    for i in range(n):
        one[i] = both[i] = either[i] = flat[i]
    for i in range(more.size):
        both[i] &= more[i]
        either[i] |= more[i]
    below = above[1 : 3 * n + 1]
    below[3 * n - 1] = 0
    for i in range(3 * n):  # what the last word of a column takes from the next column is never looked at
        turns[i] = above[i] ^ ((above[i] >> 1) | (below[i] << 31))


@step
def two_taps(across: Windows, x: int) -> tuple[int, int, int, int]:
    """First tap of an output column, number of taps, and the weights of the first two; 0 for one that is not there."""
    taps = np.int64(across[1, x])
    return np.int64(across[0, x]), taps, np.int64(across[2, x]), np.int64(across[3, x]) if taps > 1 else 0


@step
def sides_of_two(first: int, second: int, left: int, right: int, threshold: int, shape: tuple[int, int]) -> int:
    """Return where the sides of an output column start whose rows have one tap or two on a binary map."""
    left_counts = (HALF + 255 * left) >> PRECISION > threshold
    right_counts = (HALF + 255 * right) >> PRECISION > threshold
    part = _ONE
    if left_counts and right_counts:
        part = _EITHER
    elif right_counts:
        first = second
    elif not left_counts:
        part = _BOTH
    return (part * shape[0] + first) * shape[1]


@kernel
def find_sides(
    pixels: Bytes, words: Words, across: Windows, x: int, threshold: int, rows: _Integers, above: Words, turns: Words
) -> int:
    """Find the side of every row of output column `x` of a map of pixels, and return where they start."""
    first, taps = across[0, x], across[1, x]
    for w in range(words.shape[1]):
        all_above = any_above = np.int64(words[first, w])
        for tap in range(1, taps):
            word = np.int64(words[first + tap, w])
            all_above &= word
            any_above |= word
        seen = rows[SEEN, w]
        mixed = (any_above & ~all_above & seen) | rows[ASKED, w]
        all_above &= seen & ~mixed
        while mixed != 0:
            bit = lowest(mixed)
            mixed &= mixed - 1
            if value_across(pixels, across, x, w * WORD + bit) > threshold:
                all_above |= 1 << bit
        above[w] = all_above
    _find_turns(above, turns, 0, words.shape[1])
    return 0


@kernel
def find_values(
    words: Words, across: Windows, x: int, threshold: int, above: Words, turns: Words, values: Windows
) -> int:
    """Find the value 0..255 and the side of every row of output column `x` of a binary map; return where they start.

    In 32 bits, which hold any blend, and in one function: as several it took three times as long.
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
        side = 0
        for bit in range(WORD):
            part[bit] = min(part[bit] >> PRECISION, 255)
            side |= np.int64(part[bit] > threshold) << bit
        above[at + w] = side
    _find_turns(above, turns, at, words.shape[1])
    return at


@kernel
def _find_turns(above: Words, turns: Words, at: int, words: int) -> None:
    above[at + words] = 0
    for w in range(at, at + words):
        turns[w] = above[w] ^ ((above[w] >> 1) | (above[w + 1] << 31))


@kernel
def value_across(pixels: Bytes, across: Windows, x: int, row: int) -> int:
    """Return the value 0..255 of one row of output column `x` after the pass along the rows."""
    total, first = HALF, np.int64(across[0, x])
    for tap in range(across[1, x]):
        total += np.int64(pixels[row, first + tap]) * across[2 + tap, x]
    return min(total >> PRECISION, 255)


@kernel
def bits_from(words: Words, start: int, row: int) -> int:
    """Return the bits of `row` and of 32 rows more, of the column whose words start there; behind it any."""
    at = start + (row >> 5)
    return (np.int64(words[at]) | (np.int64(words[at + 1]) << WORD)) >> (row & 31)


@kernel
def blend_two(a: int, b: int, left: int, right: int) -> int:
    """Return the value of a row after the pass along the rows, from the lowest bits of two taps of a binary map."""
    return (HALF + 255 * ((a & 1) * left + (b & 1) * right)) >> PRECISION
