"""Second pass of a resize, down the columns: from the bits of pixel rows to where the mask changes its value.

Format: `changes` are positions down the columns of the whole image, in rising order; the end of one column's run and
the start of the next one's cancel where they meet.

State: `spans` gives for each source row the outputs whose windows hold it and the next row. `rows` has words for the
rows in any window, in one window with the next row, to be blended, and to be treated as a transition whatever the bits
say. `column` holds the values of the first pass that were needed so far, and the output for which each is valid.

Why it is fast: outputs between two transitions are passed over unseen. Tried and slower: weights beyond a window's taps
set to 0, for loops of one length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps.bits import WORD, lowest_bit, shifted_down
from ...steps.resample import HALF, ONE, PRECISION, SURE_TAPS, to_uint8
from ...steps.run_lengths import count_change
from .row_pass import (
    BLENDED,
    FORCED,
    PAIRED,
    USED,
    Bytes,
    Words,
    bits_from,
    blend_pair,
    blend_row,
    find_column_bits,
    find_column_values,
    find_pair_bits,
    first_two_taps,
)
from .weights import WindowTable

Counts = NDArray[np.int32]
Placement = tuple[int, int, int]
"""First pixel of the visible part of the box, height of the image, threshold."""

_Integers = NDArray[np.int64]
_Tables = tuple[WindowTable, WindowTable, WindowTable]

_FIRST, _STOP = range(2)  # rows of `spans`
_VALUE, _KNOWN = range(2)  # rows of `column`

FULL = -1
"""Answer where `changes` may be too short for one more column."""


@kernel
def fill_row_spans(down: WindowTable, spans: WindowTable, rows: _Integers) -> None:
    """Fill `spans` and the first two of `rows`.

    Parameters
    ----------
    down : NDArray[np.int32]
        The windows down the columns.
    spans : NDArray[np.int32]
        (2, map height) receives the first output, and one past the last, whose windows hold a row and the next one.
    rows : NDArray[np.int64]
        (4, words) receives the rows that any window holds, and those that one holds with the next row.
    """
    outputs, height = down.shape[1], spans.shape[1]
    first = stop = 0
    for row in range(height):
        while first < outputs and down[0, first] + down[1, first] < row + 2:
            first += 1
        while stop < outputs and down[0, stop] <= row:
            stop += 1
        spans[_FIRST, row], spans[_STOP, row] = first, stop
    rows[:] = 0
    for row in range(down[0, 0], down[0, outputs - 1] + down[1, outputs - 1]):
        rows[USED, row // WORD] |= 1 << (row % WORD)
    for w in range(rows.shape[1] - 1):
        rows[PAIRED, w] = rows[USED, w] & shifted_down(rows[USED, w], rows[USED, w + 1])


@kernel
def has_complementary_pairs(down: WindowTable) -> bool:
    """Tell whether each window has at most two rows whose weights sum to `ONE`.

    Then the value never turns back between two rows. Where a box leaves the image by much, the weights of a window may
    both be rounded up, and those of the next not.
    """
    is_complementary = True
    for y in range(down.shape[1]):
        is_complementary &= down[1, y] < 2 or (down[1, y] == 2 and down[2, y] + down[3, y] == ONE)
    return is_complementary


@kernel
def write_enlarged(
    pixels: Bytes,
    words: Words,
    tables: _Tables,
    rows: _Integers,
    row_bits: tuple[Words, Words],
    placement: Placement,
    changes: Counts,
) -> int:
    """Write the changes of a map that grows down its columns, a binary one also along its rows; return their number.

    For `has_complementary_pairs` only. The windows at a transition hold its two rows and no other: the value changes
    once, at the first of them that is past it. The answer is `FULL` where `changes` is too short.

    Parameters
    ----------
    pixels : NDArray[np.uint8]
        The map; empty for a binary one.
    words : NDArray[np.uint32]
        Its pixels above the threshold, as bits of its columns.
    tables : tuple
        The windows along the rows and down the columns, and `spans`.
    rows : NDArray[np.int64]
        See `fill_row_spans`.
    row_bits : tuple
        The bits of output columns above the threshold, and their transitions: see `row_pass`.
    placement : tuple[int, int, int]
        See `Placement`.
    changes : NDArray[np.int32]
        Receives the changes.
    """
    (across, down, spans), (above, transitions), (place, height, threshold) = tables, row_bits, placement
    begins, stops, uppers, lowers, paired = spans[_FIRST], spans[_STOP], down[2], down[3], rows[PAIRED]
    limit = ((threshold + 1) << PRECISION) - HALF  # the least sum whose rounded value is above the threshold
    outputs, top, is_binary = down.shape[1], np.int64(down[0, 0]), pixels.size == 0
    n, last, max_start = 0, -1, changes.size - 2 * outputs - 2
    for x in range(across.shape[1]):
        if n > max_start:
            return FULL
        first, taps, left, right = first_two_taps(across, x)
        second = first + taps - 1
        if is_binary:
            at = find_pair_bits(first, second, left, right, threshold, words.shape)
        else:
            at = find_column_bits(pixels, words, across, x, threshold, rows, above, transitions)
        inside = (np.int64(above[at + (top >> 5)]) >> (top & 31)) & 1
        if inside:
            changes[n] = place
            n, last = count_change(n, last, place)
        for w in range(words.shape[1]):
            pending = np.int64(transitions[at + w]) & paired[w]
            while pending != 0:
                row = w * WORD + lowest_bit(pending)
                pending &= pending - 1
                if is_binary:
                    a, b = bits_from(above, first * words.shape[1], row), bits_from(above, second * words.shape[1], row)
                    high, low = blend_pair(a, b, left, right), blend_pair(a >> 1, b >> 1, left, right)
                else:
                    high, low = blend_row(pixels, across, x, row), blend_row(pixels, across, x, row + 1)
                y, stop = np.int64(begins[row]), np.int64(stops[row])
                while y < stop and (high * uppers[y] + low * lowers[y] >= limit) == (inside == 1):
                    y += 1
                if y < outputs:
                    inside = 1 - inside
                    changes[n] = place + y
                    n, last = count_change(n, last, place + y)
        if inside:
            changes[n] = place + outputs
            n, last = count_change(n, last, place + outputs)
        place += height
    return n


@kernel
def write_general(
    pixels: Bytes,
    words: Words,
    tables: _Tables,
    rows: _Integers,
    row_bits: tuple[Words, Words],
    column: tuple[WindowTable, WindowTable],
    placement: Placement,
    changes: Counts,
) -> int:
    """Write the changes of any map, and return their number, or `FULL`.

    Parameters
    ----------
    pixels : NDArray[np.uint8]
        The map; empty for a binary one.
    words : NDArray[np.uint32]
        Its pixels above the threshold, as bits of its columns.
    tables : tuple
        The windows along the rows and down the columns, and `spans`.
    rows : NDArray[np.int64]
        See `fill_row_spans`.
    row_bits : tuple
        The bits of output columns above the threshold, and their transitions: see `row_pass`.
    column : tuple
        Scratch: values of a column and what they are valid for, and values of a binary column.
    placement : tuple[int, int, int]
        See `Placement`.
    changes : NDArray[np.int32]
        Receives the changes.
    """
    (across, down, spans), (above, transitions), (place, height, threshold) = tables, row_bits, placement
    known, values = column
    outputs, is_binary, is_narrow = down.shape[1], pixels.size == 0, down.shape[0] - 2 <= WORD
    bottom = np.int64(down[0, outputs - 1] + down[1, outputs - 1] - 1)
    n, last, max_start = 0, -1, changes.size - 2 * outputs - 2
    known[_KNOWN] = -1
    _blend_all_if_wide(across, down, spans, rows)
    for x in range(across.shape[1]):
        if n > max_start:
            return FULL
        first, taps, left, right = first_two_taps(across, x)
        is_two = is_binary and taps <= 2
        second = first + taps - 1
        if is_two:
            at = find_pair_bits(first, second, left, right, threshold, words.shape)
        elif is_binary:
            at = find_column_values(words, across, x, threshold, above, transitions, values)
        else:
            at = find_column_bits(pixels, words, across, x, threshold, rows, above, transitions)
        start_a, start_b = first * words.shape[1], second * words.shape[1]
        inside, done = 0, 0
        for w in range(words.shape[1]):
            pending = (np.int64(transitions[at + w]) & rows[PAIRED, w]) | rows[FORCED, w]
            while pending != 0:
                bit = lowest_bit(pending)
                pending &= pending - 1
                row = w * WORD + bit
                if spans[_FIRST, row] > done:
                    if inside != (np.int64(above[at + w]) >> bit) & 1:
                        inside = 1 - inside
                        changes[n] = place + done
                        n, last = count_change(n, last, place + done)
                    done = np.int64(spans[_FIRST, row])
                stop = np.int64(spans[_STOP, row])
                for y in range(done, stop):
                    if is_two and is_narrow:  # written out here: as a function it took twice as long
                        top, taps = np.int64(down[0, y]), np.int64(down[1, y])
                        a, b = bits_from(above, start_a, top), bits_from(above, start_b, top)
                        total = HALF
                        for tap in range(2, taps + 2):
                            total += blend_pair(a, b, left, right) * np.int64(down[tap, y])
                            a >>= 1
                            b >>= 1
                        value = to_uint8(total)
                    elif is_two:
                        value = _blend_column_of_pairs(above, start_a, start_b, left, right, down, y)
                    elif is_binary:
                        value = _blend_column(values, down, y)
                    else:
                        value = _blend_column_of_pixels(pixels, across, x, down, y, known)
                    if int(value > threshold) != inside:
                        inside = 1 - inside
                        changes[n] = place + y
                        n, last = count_change(n, last, place + y)
                done = max(done, stop)
        if done < outputs and inside != (np.int64(above[at + (bottom >> 5)]) >> (bottom & 31)) & 1:
            inside = 1 - inside
            changes[n] = place + done
            n, last = count_change(n, last, place + done)
        if inside:
            changes[n] = place + outputs
            n, last = count_change(n, last, place + outputs)
        place += height
    return n


@kernel
def _blend_all_if_wide(across: WindowTable, down: WindowTable, spans: WindowTable, rows: _Integers) -> None:
    """Mark all rows, or all outputs, to be blended where windows are too wide for the invariant."""
    if across.shape[0] - 2 > SURE_TAPS:
        rows[BLENDED] = rows[USED]
    if down.shape[0] - 2 > SURE_TAPS:
        top = down[0, 0]
        rows[FORCED, top // WORD] = 1 << top % WORD
        spans[_FIRST, top], spans[_STOP, top] = 0, down.shape[1]


@kernel
def _blend_column_of_pairs(
    above: Words, start_a: int, start_b: int, left: int, right: int, down: WindowTable, y: int
) -> int:
    """Return the value of one output of a binary map whose rows have two taps, from the columns that start there."""
    total, row, taps = HALF, np.int64(down[0, y]), np.int64(down[1, y])
    for base in range(0, taps, WORD):
        a, b = bits_from(above, start_a, row + base), bits_from(above, start_b, row + base)
        for tap in range(base, min(base + WORD, taps)):
            total += blend_pair(a, b, left, right) * np.int64(down[2 + tap, y])
            a >>= 1
            b >>= 1
    return to_uint8(total)


@kernel
def _blend_column(values: WindowTable, down: WindowTable, y: int) -> int:
    """Return the value of one output, from the values of all rows."""
    total, row = HALF, np.int64(down[0, y])
    for tap in range(down[1, y]):
        total += values[row + tap] * down[2 + tap, y]
    return to_uint8(total)


@kernel
def _blend_column_of_pixels(
    pixels: Bytes, across: WindowTable, x: int, down: WindowTable, y: int, column: WindowTable
) -> int:
    """Return the value of one output, from the rows of its window, each blended once per column."""
    total = HALF
    for tap in range(down[1, y]):
        row = down[0, y] + tap
        if column[_KNOWN, row] != x:
            column[_VALUE, row] = blend_row(pixels, across, x, row)
            column[_KNOWN, row] = x
        total += column[_VALUE, row] * down[2 + tap, y]
    return to_uint8(total)
