"""A map to the run-length mask of its box: Pillow 12.2's BILINEAR resize and ``> threshold``, bit for bit.

Format: the map is uint8 (h, w), or the bits of the columns of a map of 0 and 255, as in `binarypng`; the mask is
canonical counts of the whole image, as in `runs`. Pillow resizes along the rows first, then down the columns, and
rounds to 8 bits after each pass. A map more than 100 times as tall as wide that loses rows takes the passes in the
other order.

State: `words` holds ``map > threshold``, a bit a pixel: 32 rows of one source column in a word. `above` and `turns`
are the `sides` of output columns. `rows` has words for the rows in some window at all, in one window with the next row,
to be blended, and to be taken for a turn, whatever the bits say. `column` holds the values of the pass along the rows
that were asked for, and the output for which each is known. `spans` gives for each source row the outputs whose windows
hold it and the next row. `changes` are the pixels where the colour changes; the end of one column's run and the start
of the next one's cancel where they meet.

Invariant: a window of at most `SURE_TAPS` pixels that all lie on one side of the threshold gives that side. So
only rows with taps on both sides are blended, and then only outputs whose window holds a turn. Wider windows are all
blended.

Why it is fast: the cost follows the outline, not the area. No crop exists, and only the part of the box inside the
image is computed. Tried and slower: a scratch column of all rows (six times as long on real maps); the sides of each
output column by themselves (twice); weights beyond a window's taps set to 0, for loops of one length; steps that take
arrays inlined into inner loops, where Numba then counts references (twice).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel, step
from ..steps.bits import WORD, lowest, shifted
from ..steps.resample import HALF, PRECISION, SURE_TAPS, blend
from ..steps.runs import toggled
from .runs import Counts, close, frozen
from .sides import (
    ABOVE,
    ASKED,
    PAIRED,
    SEEN,
    TURNING,
    TURNS,
    Bytes,
    Words,
    bits_from,
    blend_two,
    fill_bits,
    fill_sides,
    find_sides,
    find_values,
    new_sides,
    sides_of_two,
    two_taps,
    value_across,
)
from .windows import Windows, room_for, windows

_Integers = NDArray[np.int64]

_Tables = tuple[Windows, Windows, Windows]
_Box = tuple[int, int, int, int]
_Frame = tuple[int, int, int]  # width and height of the image, threshold
_Spot = tuple[int, int, int]  # first pixel of the visible part, height of the image, threshold

_FIRST, _STOP = range(2)  # rows of `spans`
_VALUE, _KNOWN = range(2)  # rows of `column`

FULL = -1
"""Answer where the changes do not fit."""

_NO_PIXELS = frozen(np.empty((0, 0)), np.uint8)


class ResizeScratch(NamedTuple):
    """Memory of one call at a time, for maps and images up to a size."""

    across: Windows
    down: Windows
    spans: Windows
    column: Windows
    values: Windows
    sides: Words
    rows: _Integers
    line: Bytes


def new_scratch(map_height: int, map_width: int, width: int, height: int, binary: bool = True) -> ResizeScratch:
    """Scratch for maps up to (map_height, map_width), all binary or none, in images up to width x height."""
    return ResizeScratch(
        np.empty(room_for(map_width, width), np.int32),
        np.empty(room_for(map_height, height), np.int32),
        np.empty(2 * map_height, np.int32),
        np.empty(2 * map_height, np.int32),
        np.empty(-(-map_height // WORD) * WORD, np.int32),
        new_sides(map_height, map_width, binary),
        np.empty((4, -(-map_height // WORD) + 1), np.int64),
        np.empty(map_width, np.uint8),
    )


def resize(pixels: Bytes, box: _Box, width: int, height: int, threshold: int) -> Counts:
    """Return the counts of the mask that a map makes when it is set into its box.

    >>> resize(np.array([[0, 255]], np.uint8), (1, 0, 3, 2), width=4, height=2, threshold=127).tolist()
    [4, 2, 2]

    Parameters
    ----------
    pixels
        The map, (h, w), not empty.
    box
        x0, y0, x1, y1 in whole pixels with x0 < x1 and y0 < y1; it may leave the image on any side.
    width, height
        Size of the image in pixels, width * height < 2**31.
    threshold
        A pixel is foreground where the resized map is greater, 0..255.

    Returns
    -------
    NDArray[np.int32]
        The counts of ``Image.resize(size, BILINEAR) > threshold``; where the box leaves the image, of its
        visible part, resized by Pillow's ``box=`` from the part of the map that it shows.
    """
    x0, y0, x1, y1 = box
    left, right, top, bottom = max(x0, 0), min(x1, width), max(y0, 0), min(y1, height)
    if left >= right or top >= bottom:
        return np.array([width * height], np.int32)
    map_height, map_width = pixels.shape
    if loses_rows_first(map_height, map_width, bottom - top):
        pixels, y0, y1, map_height = _shrunk(pixels, (y0, y1), (top, bottom)), top, bottom, bottom - top
    seen = (left, top, right, bottom)
    words = np.zeros((map_width, -(-map_height // WORD)), np.uint32)
    scratch = new_scratch(map_height, map_width, right - left, bottom - top, binary=False)
    fill_bits(frozen(pixels, np.uint8), threshold, words.view(np.uint8), scratch.line)
    box = x0, y0, x1, y1
    return _mask(frozen(pixels, np.uint8), words, box, seen, (width, height, threshold), scratch)


def resize_bits(words: Words, map_height: int, box: _Box, width: int, height: int, threshold: int) -> Counts:
    """Return the same for a map of 0 and 255, given as the bits of its columns: uint32 (w, (map_height + 31) // 32).

    >>> resize_bits(np.array([[0], [1]], np.uint32), 1, (1, 0, 3, 2), width=4, height=2, threshold=127).tolist()
    [4, 2, 2]

    The box lies in the image, the threshold is below 255, and no row is lost first: see `loses_rows_first`.
    """
    scratch = new_scratch(map_height, len(words), width, height)
    return _mask(_NO_PIXELS, np.array(words, np.uint32), box, box, (width, height, threshold), scratch)


def _mask(pixels: Bytes, words: Words, box: _Box, seen: _Box, frame: _Frame, scratch: ResizeScratch) -> Counts:
    """Return the counts; a mask with more runs than most have is made twice."""
    arguments = pixels, words, scratch.spans.size // 2, box, seen, frame, scratch
    room, n = 1024 + 4 * (seen[2] - seen[0]) + 2 * (seen[3] - seen[1]), FULL
    while n == FULL:
        changes = np.empty(room, np.int32)
        n, room = resize_map(*arguments, changes), 4 * room
    return close(changes, n, frame[0] * frame[1]).copy()


@kernel
def loses_rows_first(map_height: int, map_width: int, rows: int) -> bool:
    """Tell whether Pillow takes the pass down the columns first."""
    return map_height > 100 * map_width and rows < map_height


def _shrunk(pixels: Bytes, box: tuple[int, int], seen: tuple[int, int]) -> Bytes:
    """Return the map after the pass down the columns alone."""
    rows = np.empty((seen[1] - seen[0], pixels.shape[1]), np.uint8)
    room = np.empty(room_for(pixels.shape[0], len(rows)), np.int32)
    _fill_rows(rows, frozen(pixels, np.uint8).reshape(-1), room, box, seen)
    return rows


@kernel
def _fill_rows(rows: Bytes, flat: Bytes, room: Windows, box: tuple[int, int], seen: tuple[int, int]) -> None:
    down = windows(room, flat.size // rows.shape[1], box, seen)
    for y in range(rows.shape[0]):
        for x in range(rows.shape[1]):
            rows[y, x] = blend(flat, x, rows.shape[1], down, y)


@kernel
def resize_map(
    pixels: Bytes,
    words: Words,
    map_height: int,
    box: _Box,
    seen: _Box,
    frame: _Frame,
    scratch: ResizeScratch,
    changes: Counts,
) -> int:
    """Write the changes and return how many there are, or `FULL` where `changes` has no room for one more column.

    `pixels` is empty for a binary map. `seen` is the part of the box inside the image, not empty.
    """
    across = windows(scratch.across, words.shape[0], (box[0], box[2]), (seen[0], seen[2]))
    down = windows(scratch.down, map_height, (box[1], box[3]), (seen[1], seen[3]))
    spans = scratch.spans[: 2 * map_height].reshape((2, map_height))
    column, rows = scratch.column[: 2 * map_height].reshape((2, map_height)), scratch.rows
    above, turns = scratch.sides[ABOVE], scratch.sides[TURNS]
    _fill_spans(down, spans, rows)
    if pixels.size == 0:
        fill_sides(words.reshape(-1), words.shape[1], above, turns)
        if across.shape[1] >= words.shape[0] and down.shape[1] >= map_height:
            return _write_growing(words, across, down, spans, rows[PAIRED], (above, turns), _spot(seen, frame), changes)
    return _write_any(
        pixels,
        words,
        (across, down, spans),
        rows,
        (above, turns),
        (column, scratch.values),
        _spot(seen, frame),
        changes,
    )


@step
def _spot(seen: _Box, frame: _Frame) -> _Spot:
    """First pixel of the visible part of the box, height of the image, threshold."""
    return seen[0] * frame[1] + seen[1], frame[1], frame[2]


@kernel
def _fill_spans(down: Windows, spans: Windows, rows: _Integers) -> None:
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
def _write_growing(
    words: Words,
    across: Windows,
    down: Windows,
    spans: Windows,
    paired: _Integers,
    sides: tuple[Words, Words],
    spot: _Spot,
    changes: Counts,
) -> int:
    """Write the changes of a binary map that grows both ways.

    The windows of a turn hold its two rows and no other: the colour changes once, at the first of them that is past it.
    """
    (above, turns), (place, height, threshold) = sides, spot
    begins, stops, uppers, lowers = spans[_FIRST], spans[_STOP], down[2], down[3]
    limit = ((threshold + 1) << PRECISION) - HALF
    outputs, top = down.shape[1], np.int64(down[0, 0])
    n, last, room = 0, -1, changes.size - 2 * outputs - 2
    for x in range(across.shape[1]):
        if n > room:
            return FULL
        first, taps, left, right = two_taps(across, x)
        second = first + taps - 1
        at = sides_of_two(first, second, left, right, threshold, words.shape)
        inside = (np.int64(above[at + (top >> 5)]) >> (top & 31)) & 1
        if inside:
            changes[n] = place
            n, last = toggled(n, last, place)
        for w in range(words.shape[1]):
            left_turns = np.int64(turns[at + w]) & paired[w]
            while left_turns != 0:
                row = w * WORD + lowest(left_turns)
                left_turns &= left_turns - 1
                a, b = bits_from(above, first * words.shape[1], row), bits_from(above, second * words.shape[1], row)
                high, low = blend_two(a, b, left, right), blend_two(a >> 1, b >> 1, left, right)
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
def _write_any(
    pixels: Bytes,
    words: Words,
    tables: _Tables,
    rows: _Integers,
    sides: tuple[Words, Words],
    column: tuple[Windows, Windows],
    spot: _Spot,
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
