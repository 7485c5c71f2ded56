"""A map to the run-length mask of its box: Pillow 12.2's BILINEAR resize and ``> threshold``, bit for bit.

Format: the map is uint8 (h, w), or the bits of the columns of a map of 0 and 255, as in `binarypng`; the mask is
canonical counts of the whole image, as in `runs`. Pillow resizes along the rows first, then down the columns, and
rounds to 8 bits after each pass. A map more than 100 times as tall as wide that loses rows takes the passes in the
other order.

State: `words` holds ``map > threshold``, a bit a pixel: 32 rows of one source column in a word. The pass along the rows
is in `sides`, the one down the columns in `changes`.

Invariant: a window of at most `SURE_TAPS` pixels that all lie on one side of the threshold gives that side. So
only rows with taps on both sides are blended, and then only outputs whose window holds a turn. Wider windows are all
blended.

Why it is fast: the cost follows the outline, not the area. No crop exists, and only the part of the box inside the
image is computed. Tried and slower: a scratch column of all rows (six times as long on real maps); the sides of each
output column by themselves (twice); steps that take arrays inlined into inner loops, where Numba then counts references
(twice).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ...steps.bits import WORD
from ...steps.resample import SURE_TAPS, blend
from ..run_lengths import Counts, close, close_in_place, frozen
from .column_pass import FULL, Spot, fill_spans, share_out, write_any, write_growing
from .row_pass import ABOVE, TURNS, Bytes, Words, fill_bits, fill_sides, new_sides
from .weights import Windows, room_for, windows

_Integers = NDArray[np.int64]

_Box = tuple[int, int, int, int]
_Frame = tuple[int, int, int]  # width and height of the image, threshold


_RUNS_A_MAP = 1024
"""Room for the runs of a map at first; one of 256 columns has 600."""

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


class Maps(NamedTuple):
    """Maps of one kind end to end, each with its box.

    Attributes
    ----------
    pixels
        uint8, or uint32: the bits of their columns.
    starts
        (N,) where each begins.
    shapes
        (N, 2) height and width.
    boxes
        (N, 4) x0, y0, x1, y1 in pixels, of which some are in the image.
    sizes
        (N, 2) width and height of each image.
    thresholds
        (N,) 0..255.
    """

    pixels: NDArray[Any]
    starts: _Integers
    shapes: _Integers
    boxes: _Integers
    sizes: _Integers
    thresholds: _Integers


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


def resize_bits_all(maps: Maps) -> list[Counts]:
    """Return the same for many maps of bits, in one call.

    >>> numbers = [0], [[1, 2]], [[1, 0, 3, 2]], [[4, 2]], [127]
    >>> maps = Maps(np.array([0, 1], np.uint32), *(np.array(column) for column in numbers))
    >>> [counts.tolist() for counts in resize_bits_all(maps)]
    [[4, 2, 2]]
    """
    n = len(maps.starts)
    scratch = new_scratch(*maps.shapes.max(axis=0).tolist(), *maps.sizes.max(axis=0).tolist())
    counts, offsets, done = np.empty(_RUNS_A_MAP * n, np.int32), np.zeros(n + 1, np.int64), 0
    while done < n:
        done = resize_bits_into(maps, done, scratch, offsets, counts)
        if done < n:
            counts = np.concatenate([counts, np.empty_like(counts)])
    return np.split(counts[: offsets[n]], offsets[1:n])


@kernel
def resize_bits_into(maps: Maps, first: int, scratch: ResizeScratch, offsets: _Integers, counts: Counts) -> int:
    """Write the counts of maps from one on, and return how many maps before the one that has no room for its own."""
    for i in range(first, maps.starts.size):
        map_height, map_width = maps.shapes[i]
        words = (map_height + WORD - 1) // WORD
        columns = maps.pixels[maps.starts[i] : maps.starts[i] + map_width * words].reshape((map_width, words))
        box = maps.boxes[i, 0], maps.boxes[i, 1], maps.boxes[i, 2], maps.boxes[i, 3]
        width, height = maps.sizes[i]
        room = counts[offsets[i] :]
        n = resize_map(_NO_PIXELS, columns, map_height, box, box, (width, height, maps.thresholds[i]), scratch, room)
        if n == FULL:
            return i
        offsets[i + 1] = offsets[i] + close_in_place(room, n, width * height)
    return maps.starts.size


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
    fill_spans(down, spans, rows)
    tables, sides, spot = (across, down, spans), (above, turns), _spot(seen, frame)
    grows = box[3] - box[1] >= map_height
    if pixels.size == 0:
        fill_sides(words.reshape(-1), words.shape[1], above, turns)
        grows &= box[2] - box[0] >= words.shape[0]
    elif across.shape[0] - 2 > SURE_TAPS or not share_out(down):
        grows = False
    if grows:
        return write_growing(pixels, words, tables, rows, sides, spot, changes)
    return write_any(pixels, words, tables, rows, sides, (column, scratch.values), spot, changes)


@step
def _spot(seen: _Box, frame: _Frame) -> Spot:
    """First pixel of the visible part of the box, height of the image, threshold."""
    return seen[0] * frame[1] + seen[1], frame[1], frame[2]
