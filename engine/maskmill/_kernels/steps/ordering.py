"""Sort integers by their high halves, in linear time for the lists that occur.

Format: a key is value << 32 | payload with a value of 16 bits; keys of one value may come out in any order.

Why it is fast: the lists are short or nearly in order, where insertion is linear and needs no memory. It
gives up after eight moves a key, and two counting passes over the bytes of the value take its place, so no
list is quadratic.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._jit import step

LOW_BYTE, HIGH_BYTE = 32, 40
"""Where the value's two bytes start: `counting_pass` over the one, then over the other, orders the keys."""

_PAYLOAD = 2**32 - 1
_MOVES_PER_KEY = 8


@step
def insertion_sorted(keys: NDArray[np.int64], count: int) -> bool:
    """Sort the first `count` keys in place; return False where it gave up, with every key still there."""
    moves = _MOVES_PER_KEY * count
    for i in range(1, count):
        key = keys[i]
        highest_equal = key | _PAYLOAD
        j = i
        while j > 0 and keys[j - 1] > highest_equal:
            keys[j] = keys[j - 1]
            j -= 1
        keys[j] = key
        moves -= i - j
        if moves < 0:
            return False
    return True


@step
def counting_pass(
    keys: NDArray[np.int64], count: int, shift: int, digits: NDArray[np.int64], out: NDArray[np.int64]
) -> None:
    """Copy the first `count` keys to `out`, ordered by one byte; equal ones keep their order.

    Parameters
    ----------
    keys : NDArray[np.int64]
        The keys.
    count : int
        How many of them.
    shift : int
        `LOW_BYTE` or `HIGH_BYTE`.
    digits : NDArray[np.int64]
        Scratch, (256,).
    out : NDArray[np.int64]
        Receives the keys.
    """
    for byte in range(256):
        digits[byte] = 0
    for i in range(count):
        digits[(keys[i] >> shift) & 255] += 1
    place = 0
    for byte in range(256):
        size = digits[byte]
        digits[byte] = place
        place += size
    for i in range(count):
        byte = (keys[i] >> shift) & 255
        out[digits[byte]] = keys[i]
        digits[byte] += 1


@step
def shell_sort(values: NDArray[np.float32], count: int) -> None:
    """Sort the first `count` values in place, without memory and never in quadratic time; three are plain insertion."""
    gap = 1
    while 3 * gap < count:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, count):
            value, j = values[i], i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 3
