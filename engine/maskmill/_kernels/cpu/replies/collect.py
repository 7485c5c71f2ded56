"""Plain replies to what others make counts of, a CUDA device or a codebook: the way of `mill` as far as maps, rings and
tokens, many replies a call.

Format: texts and rows as in `mill`. `points` holds the vertices of all rings; `words` the bits of the columns of all
maps, as `binarypng` gives them, and all tokens, one a word. A row of `table` says where its own are, and what they are:
a map by its width, tokens by `OF_TOKENS`, a ring by 0.

Why it is fast: as `mill`, but the pixels and runs, half of its time, are left to the device.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ..png.binary_png import MAX_SIDE, PngScratch, read_columns
from ..rasterize import rasterize
from ..resize.column_pass import FULL
from ..resize.resize import loses_rows_first
from .decode import Milled, Texts, copy, pixel, settle
from .scan_json import FIRST, FORM, LAST, OTHER, PNG, RING, X0, X1, Y0, Y1, Found, Names, scan

START, STOP, WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = range(8)
"""Columns of `table`: the points or words of a row; of a map its size; of a map or tokens their box in pixels."""

OF_TOKENS = -1
"""The width of a map that is not made yet."""

_LARGEST = (MAX_SIDE + 1) * (MAX_SIDE // 32) + 1  # words of a map, with what `read_columns` writes beyond

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Words = NDArray[np.uint32]


class Gathered(NamedTuple):
    """Room for what is gathered."""

    table: _Integers
    points: _Reals
    words: _Words


def room_for(rows: int, points: int, words: int) -> Gathered:
    """Room for so much; for one map at least."""
    return Gathered(np.empty((rows, 8), np.int64), np.empty((points, 2)), np.zeros(words + _LARGEST, np.uint32))


@kernel
def gather(
    texts: Texts,
    options: tuple[int, int, int, int],
    names: Names,
    found: Found,
    png: PngScratch,
    row_stops: _Integers,
    milled: Milled,
    gathered: Gathered,
) -> int:
    """Gather what replies hold, and return how many before one that has no room in `gathered`; else as `mill`."""
    threshold, axis, most_vertices, most_crossed = options
    start = rows = points = words = 0
    for i in range(texts.stops.size):
        size = texts.sizes[i, 0], texts.sizes[i, 1]
        part = Found(found.rows[rows:], found.numbers[rows:], found.points, found.png)
        n = scan(texts.data[start : texts.stops[i]], names, part)
        if n > 0 and settle(part, n, axis, most_vertices, milled.swaps[rows:], milled.margins) != OTHER:
            bounds = threshold, most_crossed
            done, end, last = _gather(part, n, size, bounds, png, gathered.table[rows:], gathered, (points, words))
            if done == FULL:
                return i
            if done > 0:
                points, words = end, last
                copy(part, done, size, milled.boxes[rows:], milled.scores[rows:])
                rows += done
        row_stops[i] = rows
        start = texts.stops[i]
    return texts.stops.size


@kernel
def _gather(
    found: Found,
    items: int,
    size: tuple[int, int],
    bounds: tuple[int, int],
    png: PngScratch,
    table: _Integers,
    gathered: Gathered,
    at: tuple[int, int],
) -> tuple[int, int, int]:
    """Gather the rows of a reply; return `items`, `FULL`, or 0 if a row is not plain, and where the next are to go."""
    points, words = at
    for i in range(items):
        row = table[i]
        row[:] = 0
        if found.rows[i, FORM] == RING:
            ring = found.points[found.rows[i, FIRST] : found.rows[i, LAST]]
            if points + ring.shape[0] > gathered.points.shape[0]:
                return FULL, points, words
            may_cross = ring.shape[0] * size[0] > bounds[1]
            if may_cross and rasterize.columns_crossed(ring, size[0]) > bounds[1]:
                return 0, points, words
            row[START], row[STOP] = points, points + ring.shape[0]
            gathered.points[points : points + ring.shape[0]] = ring
            points += ring.shape[0]
        else:
            if words + _LARGEST > gathered.words.size:
                return FULL, points, words
            _place(found, i, size, row)
            room = gathered.words[words : words + _LARGEST]
            if found.rows[i, FORM] == PNG:
                used = _read_map(found, i, row, room, png)
            else:
                used = _copy_tokens(found, i, row, room)
            if used == 0 or row[LEFT] == row[RIGHT] or row[TOP] == row[BOTTOM] or bounds[0] == 255:
                return 0, points, words
            row[START], row[STOP] = words, words + used
            words += used
    return items, points, words


@kernel
def _place(found: Found, item: int, size: tuple[int, int], row: _Integers) -> None:
    row[LEFT], row[RIGHT] = pixel(found.numbers[item, X0], size[0]), pixel(found.numbers[item, X1], size[0])
    row[TOP], row[BOTTOM] = pixel(found.numbers[item, Y0], size[1]), pixel(found.numbers[item, Y1], size[1])


@kernel
def _read_map(found: Found, item: int, row: _Integers, room: _Words, png: PngScratch) -> int:
    """Write the bits of a map and return how many words they take, or 0 if it is not plain."""
    width, height = read_columns(found.png, found.rows[item, FIRST], found.rows[item, LAST], room, png)
    row[WIDTH], row[HEIGHT] = width, height
    return 0 if loses_rows_first(height, width, row[BOTTOM] - row[TOP]) else width * ((height + 31) // 32)


@kernel
def _copy_tokens(found: Found, item: int, row: _Integers, room: _Words) -> int:
    """Write tokens and return how many there are."""
    first, last = found.rows[item, FIRST], found.rows[item, LAST]
    for k in range(first, last):
        room[k - first] = found.png[k]
    row[WIDTH] = OF_TOKENS
    return last - first
