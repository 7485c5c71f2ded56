"""The pass of a resize down the columns: from the sides of rows to the pixels where the mask changes its colour.

Format: `changes` are positions down the columns of the whole image, in rising order; the end of one column's run and
the start of the next one's cancel where they meet.

State: `spans` gives for each source row the outputs whose windows hold it and the next row. `rows` has words for the
rows in some window at all, in one window with the next row, to be blended, and to be taken for a turn, whatever the
bits say. `column` holds the values of the pass along the rows that were asked for, and the output for which each is
known.

Why it is fast: outputs between two turns are passed without being looked at. Tried and slower: weights beyond a
window's taps set to 0, for loops of one length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps.bits import WORD, lowest, shifted
from ...steps.resample import HALF, ONE, PRECISION, SURE_TAPS
from ...steps.run_lengths import toggled
from .row_pass import (
    ASKED,
    PAIRED,
    SEEN,
    TURNING,
    Bytes,
    Words,
    bits_from,
    blend_two,
    find_sides,
    find_values,
    sides_of_two,
    two_taps,
    value_across,
)
from .weights import Windows

Counts = NDArray[np.int32]
Spot = tuple[int, int, int]
"""First pixel of the visible part of the box, height of the image, threshold."""

_Integers = NDArray[np.int64]
_Tables = tuple[Windows, Windows, Windows]

_FIRST, _STOP = range(2)  # rows of `spans`
_VALUE, _KNOWN = range(2)  # rows of `column`

FULL = -1
"""Answer where the changes do not fit."""


@kernel
def fill_spans(down: Windows, spans: Windows, rows: _Integers) -> None:
    """Find the outputs whose windows hold a row and the next one, and the rows that any window holds."""
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
        rows[SEEN, row // WORD] |= 1 << (row % WORD)
    for w in range(rows.shape[1] - 1):
        rows[PAIRED, w] = rows[SEEN, w] & shifted(rows[SEEN, w], rows[SEEN, w + 1])


@kernel
def share_out(down: Windows) -> bool:
    """Tell whether each window shares out `ONE` among two rows at most, so that from one to the next no value returns.

    Where a box leaves the image by much, the weights of a window may both be rounded up, and those of the next not.
    """
    shared = True
    for y in range(down.shape[1]):
        shared &= down[1, y] < 2 or (down[1, y] == 2 and down[2, y] + down[3, y] == ONE)
    return shared


@kernel
def write_growing(
    pixels: Bytes,
    words: Words,
    tables: _Tables,
    rows: _Integers,
    sides: tuple[Words, Words],
    spot: Spot,
    changes: Counts,
) -> int:
    """Write the changes of a map that grows down its columns, see `share_out`; a binary one also along its rows.

    The windows of a turn hold its two rows and no other: the colour changes once, at the first of them that is past it.
    """
    (across, down, spans), (above, turns), (place, height, threshold) = tables, sides, spot
    begins, stops, uppers, lowers, paired = spans[_FIRST], spans[_STOP], down[2], down[3], rows[PAIRED]
    limit = ((threshold + 1) << PRECISION) - HALF
    outputs, top, is_binary = down.shape[1], np.int64(down[0, 0]), pixels.size == 0
    n, last, room = 0, -1, changes.size - 2 * outputs - 2
    for x in range(across.shape[1]):
        if n > room:
            return FULL
        first, taps, left, right = two_taps(across, x)
        second = first + taps - 1
        if is_binary:
            at = sides_of_two(first, second, left, right, threshold, words.shape)
        else:
            at = find_sides(pixels, words, across, x, threshold, rows, above, turns)
        inside = (np.int64(above[at + (top >> 5)]) >> (top & 31)) & 1
        if inside:
            changes[n] = place
            n, last = toggled(n, last, place)
        for w in range(words.shape[1]):
            left_turns = np.int64(turns[at + w]) & paired[w]
            while left_turns != 0:
                row = w * WORD + lowest(left_turns)
                left_turns &= left_turns - 1
                if is_binary:
                    a, b = bits_from(above, first * words.shape[1], row), bits_from(above, second * words.shape[1], row)
                    high, low = blend_two(a, b, left, right), blend_two(a >> 1, b >> 1, left, right)
                else:
                    high, low = value_across(pixels, across, x, row), value_across(pixels, across, x, row + 1)
                y, stop = np.int64(begins[row]), np.int64(stops[row])
                while y < stop and (high * uppers[y] + low * lowers[y] >= limit) == (inside == 1):
                    y += 1
                if y < outputs:
                    inside = 1 - inside
                    changes[n] = place + y
                    n, last = toggled(n, last, place + y)
        if inside:
            changes[n] = place + outputs
            n, last = toggled(n, last, place + outputs)
        place += height
    return n


@kernel
def write_any(
    pixels: Bytes,
    words: Words,
    tables: _Tables,
    rows: _Integers,
    sides: tuple[Words, Words],
    column: tuple[Windows, Windows],
    spot: Spot,
    changes: Counts,
) -> int:
    """Write the changes of any map."""
    (across, down, spans), (above, turns), (place, height, threshold) = tables, sides, spot
    known, values = column
    outputs, is_binary, is_narrow = down.shape[1], pixels.size == 0, down.shape[0] - 2 <= WORD
    bottom = np.int64(down[0, outputs - 1] + down[1, outputs - 1] - 1)
    n, last, room = 0, -1, changes.size - 2 * outputs - 2
    known[_KNOWN] = -1
    _leave_no_doubt(across, down, spans, rows)
    for x in range(across.shape[1]):
        if n > room:
            return FULL
        first, taps, left, right = two_taps(across, x)
        is_two = is_binary and taps <= 2
        second = first + taps - 1
        if is_two:
            at = sides_of_two(first, second, left, right, threshold, words.shape)
        elif is_binary:
            at = find_values(words, across, x, threshold, above, turns, values)
        else:
            at = find_sides(pixels, words, across, x, threshold, rows, above, turns)
        start_a, start_b = first * words.shape[1], second * words.shape[1]
        inside, done = 0, 0
        for w in range(words.shape[1]):
            left_turns = (np.int64(turns[at + w]) & rows[PAIRED, w]) | rows[TURNING, w]
            while left_turns != 0:
                bit = lowest(left_turns)
                left_turns &= left_turns - 1
                row = w * WORD + bit
                if spans[_FIRST, row] > done:
                    if inside != (np.int64(above[at + w]) >> bit) & 1:
                        inside = 1 - inside
                        changes[n] = place + done
                        n, last = toggled(n, last, place + done)
                    done = np.int64(spans[_FIRST, row])
                stop = np.int64(spans[_STOP, row])
                for y in range(done, stop):
                    if is_two and is_narrow:  # written out here: as a function it took twice as long
                        top, taps = np.int64(down[0, y]), np.int64(down[1, y])
                        a, b = bits_from(above, start_a, top), bits_from(above, start_b, top)
                        total = HALF
                        for tap in range(2, taps + 2):
                            total += blend_two(a, b, left, right) * np.int64(down[tap, y])
                            a >>= 1
                            b >>= 1
                        value = min(total >> PRECISION, 255)
                    elif is_two:
                        value = _value_down_of_two(above, start_a, start_b, left, right, down, y)
                    elif is_binary:
                        value = _value_down(values, down, y)
                    else:
                        value = _value_down_of_pixels(pixels, across, x, down, y, known)
                    if int(value > threshold) != inside:
                        inside = 1 - inside
                        changes[n] = place + y
                        n, last = toggled(n, last, place + y)
                done = max(done, stop)
        if done < outputs and inside != (np.int64(above[at + (bottom >> 5)]) >> (bottom & 31)) & 1:
            inside = 1 - inside
            changes[n] = place + done
            n, last = toggled(n, last, place + done)
        if inside:
            changes[n] = place + outputs
            n, last = toggled(n, last, place + outputs)
        place += height
    return n


@kernel
def _leave_no_doubt(across: Windows, down: Windows, spans: Windows, rows: _Integers) -> None:
    """Have all rows, or all outputs, blended where windows are too wide for the invariant."""
    if across.shape[0] - 2 > SURE_TAPS:
        rows[ASKED] = rows[SEEN]
    if down.shape[0] - 2 > SURE_TAPS:
        top = down[0, 0]
        rows[TURNING, top // WORD] = 1 << top % WORD
        spans[_FIRST, top], spans[_STOP, top] = 0, down.shape[1]


@kernel
def _value_down_of_two(above: Words, start_a: int, start_b: int, left: int, right: int, down: Windows, y: int) -> int:
    """Return the value of one output of a binary map whose rows have two taps, from the columns that start there."""
    total, row, taps = HALF, np.int64(down[0, y]), np.int64(down[1, y])
    for base in range(0, taps, WORD):
        a, b = bits_from(above, start_a, row + base), bits_from(above, start_b, row + base)
        for tap in range(base, min(base + WORD, taps)):
            total += blend_two(a, b, left, right) * np.int64(down[2 + tap, y])
            a >>= 1
            b >>= 1
    return min(total >> PRECISION, 255)


@kernel
def _value_down(values: Windows, down: Windows, y: int) -> int:
    """Return the value of one output, from the values of all rows."""
    total, row = HALF, np.int64(down[0, y])
    for tap in range(down[1, y]):
        total += values[row + tap] * down[2 + tap, y]
    return min(total >> PRECISION, 255)


@kernel
def _value_down_of_pixels(pixels: Bytes, across: Windows, x: int, down: Windows, y: int, column: Windows) -> int:
    """Return the value of one output, from the rows of its window, each blended once a column."""
    total = HALF
    for tap in range(down[1, y]):
        row = down[0, y] + tap
        if column[_KNOWN, row] != x:
            column[_VALUE, row] = value_across(pixels, across, x, row)
            column[_KNOWN, row] = x
        total += column[_VALUE, row] * down[2 + tap, y]
    return min(total >> PRECISION, 255)
