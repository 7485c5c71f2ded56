"""A map to the run-length mask of its box: Pillow 12.2's BILINEAR resize and ``> threshold``, bit for bit.

Format: the map is uint8 (h, w); the mask is canonical counts of the whole image, as in `runs`. Pillow resizes
along the rows first, then down the columns, and rounds to 8 bits after each pass. A map more than 100 times
as tall as wide that loses rows takes the passes in the other order.

State: `column` is one column of the box after the pass along the rows, a byte for each source row. `changes`
are the pixels where the colour changes; the end of one column's run and the start of the next one's cancel
where they meet.

Why it is fast: no crop exists, and only the part of the box inside the image is computed. A column that lies
on one side of the threshold from top to bottom needs no second pass (`SURE_TAPS` says why that is exact).
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.resample import SURE_TAPS, blend, centre_of, first_of, stop_of, tent, to_fixed
from ..steps.runs import toggle
from .runs import Counts, close, frozen

Bytes = NDArray[np.uint8]
Windows = NDArray[np.int32]

_BELOW, _ABOVE, _MIXED = 0, 1, 2


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


def _mask(pixels: Bytes, across: Windows, down: Windows, frame: NDArray[np.int64], total: int) -> Counts:
    """Return the counts; a mask with more runs than most have is made twice."""
    column = np.empty(pixels.shape[0], np.uint8)
    changes = np.empty(64 + 4 * len(across), np.int32)
    n = _resize(pixels, across, down, frame, column, changes)
    if n >= changes.size:
        changes = np.empty(n + 1, np.int32)
        _resize(pixels, across, down, frame, column, changes)
    return close(changes, n, total).copy()


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
def _resize(
    pixels: Bytes, across: Windows, down: Windows, frame: NDArray[np.int64], column: Bytes, changes: Counts
) -> int:
    """Write the changes that fit and return how many there are; `frame`: first pixel, height, threshold."""
    at, threshold = frame[0], frame[2]
    rows = down.shape[0]
    n, last = 0, -1
    for x in range(across.shape[0]):
        side = _squeeze(pixels, across, down, x, threshold, column)
        inside = side == _ABOVE
        if inside:
            n, last = toggle(changes, n, last, at)
        for y in range(rows if side == _MIXED else 0):
            if (blend(column, 0, 1, down, y) > threshold) != inside:
                n, last = toggle(changes, n, last, at + y)
                inside = not inside
        if inside:
            n, last = toggle(changes, n, last, at + rows)
        at += frame[1]
    return n


@kernel
def _squeeze(pixels: Bytes, across: Windows, down: Windows, x: int, threshold: int, column: Bytes) -> int:
    """Make the `column` of output `x`, and tell on which side of the threshold it lies."""
    flat, width = pixels.reshape(-1), pixels.shape[1]
    bottom = down.shape[0] - 1
    low, high = 255, 0
    for row in range(down[0, 0], down[bottom, 0] + down[bottom, 1]):
        value = blend(flat, row * width, 1, across, x)
        column[row] = value
        low, high = min(low, value), max(high, value)
    if down.shape[1] - 2 > SURE_TAPS or low <= threshold < high:
        return _MIXED
    return _ABOVE if low > threshold else _BELOW
