"""A map to the run-length mask of its box: Pillow 12.2's BILINEAR resize and ``> threshold``, bit for bit.

Format: the map is uint8 (h, w); the mask is canonical counts of the whole image, as in `runs`. Pillow resizes
along the rows first, then down the columns, and rounds to 8 bits after each pass. A map more than 100 times
as tall as wide that loses rows takes the passes in the other order.

State: `words` holds ``map > threshold``, a bit a pixel: 32 rows of one source column in a word. `sides` has
words for the rows of one output column after the pass along the rows: above the threshold; in some window at
all; to be blended and to be taken for a turn whatever the bits say. `column` holds the values of that pass for
the rows that were asked for, and the output for which each is known. `spans` gives for each source row the
outputs whose windows hold it and the next row. `changes` are the pixels where the colour changes; the end of
one column's run and the start of the next one's cancel where they meet.

Invariant: a window of at most `SURE_TAPS` pixels that all lie on one side of the threshold gives that side. So
only rows with taps on both sides are blended, and then only outputs whose window holds a turn, a row whose
side is not the next one's. Wider windows are all blended.

Why it is fast: the cost follows the outline, not the area. No crop exists, and only the part of the box inside
the image is computed. Tried and slower: a scratch column of all rows (six times as long on real maps).
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.bits import WORD, lowest, shifted
from ..steps.resample import SURE_TAPS, blend, centre_of, first_of, stop_of, tent, to_fixed
from ..steps.runs import toggle
from .runs import Counts, close, frozen

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]
Windows = NDArray[np.int32]
_Integers = NDArray[np.int64]

_Tables = tuple[Windows, Windows, Windows]

_PLACE, _HEIGHT, _THRESHOLD = range(3)  # of `frame`: first pixel, height of the image, threshold
_FIRST, _STOP = range(2)  # rows of `spans`
_ABOVE, _SEEN, _ASKED, _TURNING = range(4)  # rows of `sides`
_VALUE, _KNOWN = range(2)  # rows of `column`


def resize(pixels: Bytes, box: tuple[int, int, int, int], width: int, height: int, threshold: int) -> Counts:
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
    across = _windows(pixels.shape[1], (x0, x1), (left, right))
    down = _windows(pixels.shape[0], (y0, y1), (top, bottom))
    if pixels.shape[0] > 100 * pixels.shape[1] and len(down) < pixels.shape[0]:
        pixels, down = _shrunk(pixels, down), _windows(len(down), (0, len(down)), (0, len(down)))
    frame = np.array([left * height + top, height, threshold], np.int64)
    return _mask(frozen(pixels, np.uint8), across, down, frame, width * height)


def _windows(size: int, box: tuple[int, int], seen: tuple[int, int]) -> Windows:
    """Return the windows of the outputs `seen` of a box along one axis, over a map of `size` pixels.

    Pillow takes the ends of the visible part as C floats and subtracts them as such, hence the float32.
    """
    scale = size / (box[1] - box[0])
    start, stop = np.float32((seen[0] - box[0]) * scale), np.float32((seen[1] - box[0]) * scale)
    outputs = seen[1] - seen[0]
    scale = float(stop - start) / outputs
    table = np.empty((outputs, 2 + min(2 * ceil(max(scale, 1.0)) + 1, size)), np.int32)
    _fill_windows(table, size, float(start), scale)
    return table


def _shrunk(pixels: Bytes, down: Windows) -> Bytes:
    """Return the map after the pass down the columns alone."""
    rows = np.empty((len(down), pixels.shape[1]), np.uint8)
    _fill_rows(rows, frozen(pixels, np.uint8).reshape(-1), down)
    return rows


def _mask(pixels: Bytes, across: Windows, down: Windows, frame: _Integers, total: int) -> Counts:
    """Return the counts; a mask with more runs than most have is made twice."""
    height, width = pixels.shape
    bits = np.zeros((width, WORD // 8 * -(-height // WORD)), np.uint8)
    _fill_bits(pixels, frame[_THRESHOLD], bits, np.empty(width, np.uint8))
    spans, sides = np.empty((2, height), np.int32), np.zeros((4, bits.shape[1] * 8 // WORD), np.int64)
    _fill_spans(down, spans, sides)
    _leave_no_doubt(across, down, spans, sides)
    tables = (across, down, spans)
    column = np.full((2, height), -1, np.int32)
    changes = np.empty(64 + 4 * len(across), np.int32)
    n = _resize(pixels, bits.view(np.uint32), tables, frame, sides, column, changes)
    if n >= changes.size:
        changes = np.empty(n + 1, np.int32)
        column.fill(-1)
        _resize(pixels, bits.view(np.uint32), tables, frame, sides, column, changes)
    return close(changes, n, total).copy()


def _leave_no_doubt(across: Windows, down: Windows, spans: Windows, sides: _Integers) -> None:
    """Have all rows, or all outputs, blended where windows are too wide for the invariant."""
    if across.shape[1] - 2 > SURE_TAPS:
        sides[_ASKED] = sides[_SEEN]
    if down.shape[1] - 2 > SURE_TAPS:
        top = int(down[0, 0])
        sides[_TURNING, top // WORD] = 1 << top % WORD
        spans[:, top] = 0, len(down)


@kernel
def _fill_windows(table: Windows, size: int, start: float, scale: float) -> None:
    reach = max(scale, 1.0)
    inverse = 1.0 / reach
    for output in range(table.shape[0]):
        centre = centre_of(start, scale, output)
        first = first_of(centre, reach)
        taps = stop_of(centre, reach, size) - first
        total = 0.0
        for tap in range(taps):
            total += tent(first + tap, centre, inverse)
        table[output, 0] = first
        table[output, 1] = taps
        for tap in range(taps):
            table[output, 2 + tap] = to_fixed(tent(first + tap, centre, inverse) / total)


@kernel
def _fill_rows(rows: Bytes, flat: Bytes, down: Windows) -> None:
    for y in range(rows.shape[0]):
        for x in range(rows.shape[1]):
            rows[y, x] = blend(flat, x, rows.shape[1], down, y)


@kernel
def _fill_bits(pixels: Bytes, threshold: int, bits: Bytes, line: Bytes) -> None:
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
def _fill_spans(down: Windows, spans: Windows, sides: _Integers) -> None:
    """Find the outputs whose windows hold a row and the next one, and the rows that any window holds."""
    outputs, height = down.shape[0], spans.shape[1]
    first = stop = 0
    for row in range(height):
        while first < outputs and down[first, 0] + down[first, 1] < row + 2:
            first += 1
        while stop < outputs and down[stop, 0] <= row:
            stop += 1
        spans[_FIRST, row], spans[_STOP, row] = first, stop
    for row in range(down[0, 0], down[outputs - 1, 0] + down[outputs - 1, 1]):
        sides[_SEEN, row // WORD] |= 1 << (row % WORD)


@kernel
def _resize(
    pixels: Bytes, words: Words, tables: _Tables, frame: _Integers, sides: _Integers, column: Windows, changes: Counts
) -> int:
    """Write the changes that fit and return how many there are."""
    n, last, place = 0, -1, frame[_PLACE]
    for x in range(tables[0].shape[0]):
        some = _find_sides(pixels, words, tables[0], x, frame, sides)
        if some != 0:
            n, last = _write_column(pixels, tables, (x, place), frame, sides, column, changes, (n, last))
        place += frame[_HEIGHT]
    return n


@kernel
def _find_sides(pixels: Bytes, words: Words, across: Windows, x: int, frame: _Integers, sides: _Integers) -> int:
    """Find the side of every row of output column `x`; return 0 when the whole column lies below."""
    flat, width = pixels.reshape(-1), pixels.shape[1]
    first, taps = across[x, 0], across[x, 1]
    some = 0
    for w in range(words.shape[1]):
        above = below = int(words[first, w])
        for tap in range(1, taps):
            word = int(words[first + tap, w])
            above &= word
            below |= word
        seen = sides[_SEEN, w]
        mixed = (below & ~above & seen) | sides[_ASKED, w]
        above &= seen & ~mixed
        while mixed != 0:
            bit = lowest(mixed)
            mixed &= mixed - 1
            if blend(flat, (w * WORD + bit) * width, 1, across, x) > frame[_THRESHOLD]:
                above |= 1 << bit
        sides[_ABOVE, w] = above
        some |= above | sides[_TURNING, w]
    return some


@kernel
def _write_column(
    pixels: Bytes,
    tables: _Tables,
    output: tuple[int, int],
    frame: _Integers,
    sides: _Integers,
    column: Windows,
    changes: Counts,
    state: tuple[int, int],
) -> tuple[int, int]:
    """Write the changes of one output column, whose rows' sides are known; `output`: its number and first pixel."""
    down, spans = tables[1], tables[2]
    (n, last), (x, place) = state, output
    outputs, words = down.shape[0], sides.shape[1]
    inside, done = 0, 0
    for w in range(words):
        above, seen = sides[_ABOVE, w], sides[_SEEN, w]
        next_above, next_seen = (sides[_ABOVE, w + 1], sides[_SEEN, w + 1]) if w + 1 < words else (0, 0)
        turns = (above ^ shifted(above, next_above)) & seen & shifted(seen, next_seen) | sides[_TURNING, w]
        while turns != 0:
            bit = lowest(turns)
            turns &= turns - 1
            row = w * WORD + bit
            if spans[_FIRST, row] > done:
                if inside != (above >> bit) & 1:
                    inside = 1 - inside
                    n, last = toggle(changes, n, last, place + done)
                done = spans[_FIRST, row]
            for y in range(done, spans[_STOP, row]):
                if int(_value(pixels, tables, x, y, column) > frame[_THRESHOLD]) != inside:
                    inside = 1 - inside
                    n, last = toggle(changes, n, last, place + y)
            done = max(done, spans[_STOP, row])
    bottom = down[outputs - 1, 0] + down[outputs - 1, 1] - 1
    if done < outputs and inside != (sides[_ABOVE, bottom // WORD] >> (bottom % WORD)) & 1:
        inside = 1 - inside
        n, last = toggle(changes, n, last, place + done)
    if inside:
        n, last = toggle(changes, n, last, place + outputs)
    return n, last


@kernel
def _value(pixels: Bytes, tables: _Tables, x: int, y: int, column: Windows) -> int:
    """Return the value of one output, from the rows of its window, each blended once a column."""
    across, down = tables[0], tables[1]
    flat, width = pixels.reshape(-1), pixels.shape[1]
    for row in range(down[y, 0], down[y, 0] + down[y, 1]):
        if column[_KNOWN, row] != x:
            column[_VALUE, row] = blend(flat, row * width, 1, across, x)
            column[_KNOWN, row] = x
    return blend(column[_VALUE], 0, 1, down, y)
