"""Resize probability maps into their boxes and apply the threshold: Pillow 12.2's BILINEAR, bit for bit.

Format: the map is uint8 (h, w), or the bits of the columns of a map of 0 and 255, see `png.binary_png`; the mask is
canonical counts of the whole image, see `cpu.run_lengths`. Pillow resizes along the rows first, then down the columns,
and rounds to 8 bits after each pass. A map more than 100 times as tall as wide that loses rows takes the passes in the
other order.

State: `words` holds ``map > threshold``, one bit per pixel: 32 rows of one source column in a word. The pass along the
rows is in `row_pass`, the one down the columns in `column_pass`.

Invariant: a window of at most `SURE_TAPS` pixels that all lie on one side of the threshold stays on that side. So
only rows with taps on both sides are blended, and then only outputs whose window holds a transition. Wider windows are
all blended.

Why it is fast: the cost follows the outline, not the area. No crop exists, and only the part of the box inside the
image is computed. Tried and slower: a scratch column of all rows (six times as long on real maps); the bits of each
output column computed separately (twice); steps that take arrays inlined into inner loops, where Numba then counts
references (twice).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel, step
from ...steps.bits import WORD
from ...steps.resample import SURE_TAPS, blend
from ..run_lengths import Counts, as_kernel_input, changes_to_counts, counts_from_changes
from .column_pass import FULL, Placement, fill_row_spans, has_complementary_pairs, write_enlarged, write_general
from .row_pass import ABOVE, TRANSITIONS, Bytes, Words, fill_pair_bits, new_row_bits, pack_columns
from .weights import WindowTable, build_windows, max_table_size

_Integers = NDArray[np.int64]

_Box = tuple[int, int, int, int]
_Frame = tuple[int, int, int]  # width and height of the image, threshold


_COUNTS_PER_MAP = 1024
"""Counts per map that the first buffer holds; a map of 256 columns has 600."""

_NO_PIXELS = as_kernel_input(np.empty((0, 0)), np.uint8)


class ResizeScratch(NamedTuple):
    """Memory for one call at a time, for maps and images up to a size."""

    across: WindowTable
    down: WindowTable
    spans: WindowTable
    column: WindowTable
    values: WindowTable
    row_bits: Words
    rows: _Integers
    line: Bytes


class MapBatch(NamedTuple):
    """Maps of one kind end to end, each with its box.

    Attributes
    ----------
    pixels : NDArray[np.uint8] or NDArray[np.uint32]
        Their pixels, or the bits of their columns, flat.
    starts : NDArray[np.int64]
        (N,) where each begins in `pixels`.
    shapes : NDArray[np.int64]
        (N, 2) height and width.
    boxes : NDArray[np.int64]
        (N, 4) x0, y0, x1, y1 in pixels, of which some are in the image.
    sizes : NDArray[np.int64]
        (N, 2) width and height of each image.
    thresholds : NDArray[np.int64]
        (N,) 0..254: a set bit counts as above it.
    """

    pixels: NDArray[Any]
    starts: _Integers
    shapes: _Integers
    boxes: _Integers
    sizes: _Integers
    thresholds: _Integers


def new_resize_scratch(
    *, map_width: int, map_height: int, width: int, height: int, is_binary: bool = True
) -> ResizeScratch:
    """Return scratch for maps and images up to a size.

    Parameters
    ----------
    map_width, map_height : int
        Maximum sides of a map.
    width, height : int
        Maximum sides of an image.
    is_binary : bool
        Whether all maps are of 0 and 255, given as bits, or none.
    """
    words = -(-map_height // WORD)
    return ResizeScratch(
        np.empty(max_table_size(map_width, width), np.int32),
        np.empty(max_table_size(map_height, height), np.int32),
        np.empty(2 * map_height, np.int32),
        np.empty(2 * map_height, np.int32),
        np.empty(words * WORD, np.int32),
        new_row_bits(map_width=map_width, map_height=map_height, is_binary=is_binary),
        np.empty((4, words + 1), np.int64),
        np.empty(map_width, np.uint8),
    )


def resize_map(pixels: Bytes, box: _Box, *, width: int, height: int, threshold: int) -> Counts:
    """Return the counts of the mask that a map gives in its box.

    >>> resize_map(np.array([[0, 255]], np.uint8), (1, 0, 3, 2), width=4, height=2, threshold=127).tolist()
    [4, 2, 2]

    Parameters
    ----------
    pixels : NDArray[np.uint8]
        The map, (h, w), not empty.
    box : tuple[int, int, int, int]
        x0, y0, x1, y1 in whole pixels with x0 < x1 and y0 < y1; it may leave the image on any side.
    width, height : int
        Size of the image in pixels, width * height < 2**31.
    threshold : int
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
    if drops_rows_first(map_height, map_width, bottom - top):
        pixels, y0, y1, map_height = _drop_rows(pixels, (y0, y1), (top, bottom)), top, bottom, bottom - top
    words = np.zeros((map_width, -(-map_height // WORD)), np.uint32)
    sizes = {"map_width": map_width, "map_height": map_height, "width": right - left, "height": bottom - top}
    scratch = new_resize_scratch(**sizes, is_binary=False)
    pixels = as_kernel_input(pixels, np.uint8)
    pack_columns(pixels, threshold, words.view(np.uint8), scratch.line)
    box, visible = (x0, y0, x1, y1), (left, top, right, bottom)
    return _resize_to_counts(pixels, words, box, visible, (width, height, threshold), scratch)


def resize_binary_map(words: Words, box: _Box, *, map_height: int, width: int, height: int, threshold: int) -> Counts:
    """Resize a map of 0 and 255, given as the bits of its columns, as `resize_map` does.

    >>> words = np.array([[0], [1]], np.uint32)
    >>> resize_binary_map(words, (1, 0, 3, 2), map_height=1, width=4, height=2, threshold=127).tolist()
    [4, 2, 2]

    Parameters
    ----------
    words : NDArray[np.uint32]
        The bits, (w, (map_height + 31) // 32).
    box : tuple[int, int, int, int]
        x0, y0, x1, y1 in whole pixels with x0 < x1 and y0 < y1, in the image.
    map_height : int
        Height of the map, for which `drops_rows_first` must be false.
    width, height : int
        Size of the image in pixels, width * height < 2**31.
    threshold : int
        0..254: a set bit counts as above it.
    """
    scratch = new_resize_scratch(map_width=len(words), map_height=map_height, width=width, height=height)
    frame = width, height, threshold
    return _resize_to_counts(_NO_PIXELS, np.array(words, np.uint32), box, box, frame, scratch)


def resize_binary_maps(maps: MapBatch) -> list[Counts]:
    """Resize many maps given as bits, each as `resize_binary_map` does, in one call.

    >>> numbers = [0], [[1, 2]], [[1, 0, 3, 2]], [[4, 2]], [127]
    >>> maps = MapBatch(np.array([0, 1], np.uint32), *(np.array(column) for column in numbers))
    >>> [counts.tolist() for counts in resize_binary_maps(maps)]
    [[4, 2, 2]]
    """
    n = len(maps.starts)
    (map_height, map_width), (width, height) = maps.shapes.max(axis=0).tolist(), maps.sizes.max(axis=0).tolist()
    scratch = new_resize_scratch(map_width=map_width, map_height=map_height, width=width, height=height)
    counts, offsets, done = np.empty(_COUNTS_PER_MAP * n, np.int32), np.zeros(n + 1, np.int64), 0
    while done < n:
        done = write_binary_maps(maps, done, scratch, offsets, counts)
        if done < n:
            counts = np.concatenate([counts, np.empty_like(counts)])
    return np.split(counts[: offsets[n]], offsets[1:n])


@kernel
def write_binary_maps(maps: MapBatch, first: int, scratch: ResizeScratch, offsets: _Integers, counts: Counts) -> int:
    """Write the counts of maps from `first` on; return the number of the first map whose counts do not fit.

    Parameters
    ----------
    maps : MapBatch
        The maps, given as bits.
    first : int
        The first map to resize.
    scratch : ResizeScratch
        Scratch.
    offsets : NDArray[np.int64]
        (N + 1,) receives where the counts of each map begin and end.
    counts : NDArray[np.int32]
        Receives the counts.
    """
    for i in range(first, maps.starts.size):
        map_height, map_width = maps.shapes[i]
        words = (map_height + WORD - 1) // WORD
        columns = maps.pixels[maps.starts[i] : maps.starts[i] + map_width * words].reshape((map_width, words))
        box = maps.boxes[i, 0], maps.boxes[i, 1], maps.boxes[i, 2], maps.boxes[i, 3]
        width, height = maps.sizes[i]
        frame, out = (width, height, maps.thresholds[i]), counts[offsets[i] :]
        n = write_map_changes(_NO_PIXELS, columns, map_height, box, box, frame, scratch, out)
        if n == FULL:
            return i
        offsets[i + 1] = offsets[i] + changes_to_counts(out, n, width * height)
    return maps.starts.size


def _resize_to_counts(
    pixels: Bytes, words: Words, box: _Box, visible: _Box, frame: _Frame, scratch: ResizeScratch
) -> Counts:
    """Return the counts; where they are more than usual, with a longer buffer, again."""
    arguments = pixels, words, scratch.spans.size // 2, box, visible, frame, scratch
    max_changes, n = 1024 + 4 * (visible[2] - visible[0]) + 2 * (visible[3] - visible[1]), FULL
    while n == FULL:
        changes = np.empty(max_changes, np.int32)
        n, max_changes = write_map_changes(*arguments, changes), 4 * max_changes
    return counts_from_changes(changes, n, frame[0] * frame[1]).copy()


@kernel
def drops_rows_first(map_height: int, map_width: int, rows: int) -> bool:
    """Tell whether Pillow takes the pass down the columns first.

    Parameters
    ----------
    map_height, map_width : int
        Size of the map.
    rows : int
        Pixel rows of the visible part of the box.
    """
    return map_height > 100 * map_width and rows < map_height


def _drop_rows(pixels: Bytes, box: tuple[int, int], visible: tuple[int, int]) -> Bytes:
    """Return the map after the pass down the columns alone."""
    rows = np.empty((visible[1] - visible[0], pixels.shape[1]), np.uint8)
    buffer = np.empty(max_table_size(pixels.shape[0], len(rows)), np.int32)
    _blend_rows(rows, as_kernel_input(pixels, np.uint8).reshape(-1), buffer, box, visible)
    return rows


@kernel
def _blend_rows(rows: Bytes, flat: Bytes, buffer: WindowTable, box: tuple[int, int], visible: tuple[int, int]) -> None:
    """Write the map after the pass down the columns."""
    down = build_windows(buffer, flat.size // rows.shape[1], box, visible)
    for y in range(rows.shape[0]):
        for x in range(rows.shape[1]):
            rows[y, x] = blend(flat, x, rows.shape[1], down, y)


@kernel
def write_map_changes(
    pixels: Bytes,
    words: Words,
    map_height: int,
    box: _Box,
    visible: _Box,
    frame: _Frame,
    scratch: ResizeScratch,
    changes: Counts,
) -> int:
    """Write where the mask changes its value and return how often, or `FULL` where `changes` is too short.

    Parameters
    ----------
    pixels : NDArray[np.uint8]
        The map; empty for a binary one.
    words : NDArray[np.uint32]
        Its pixels above the threshold, as bits of its columns.
    map_height : int
        Height of the map.
    box, visible : tuple[int, int, int, int]
        x0, y0, x1, y1 of the box, and of its part inside the image, which is not empty.
    frame : tuple[int, int, int]
        Width and height of the image, threshold.
    scratch : ResizeScratch
        Scratch.
    changes : NDArray[np.int32]
        Receives positions down the columns of the image, in rising order.
    """
    across = build_windows(scratch.across, words.shape[0], (box[0], box[2]), (visible[0], visible[2]))
    down = build_windows(scratch.down, map_height, (box[1], box[3]), (visible[1], visible[3]))
    spans = scratch.spans[: 2 * map_height].reshape((2, map_height))
    column, rows = scratch.column[: 2 * map_height].reshape((2, map_height)), scratch.rows
    above, transitions = scratch.row_bits[ABOVE], scratch.row_bits[TRANSITIONS]
    fill_row_spans(down, spans, rows)
    tables, row_bits, placement = (across, down, spans), (above, transitions), _placement(visible, frame)
    grows = box[3] - box[1] >= map_height
    if pixels.size == 0:
        fill_pair_bits(words.reshape(-1), words.shape[1], above, transitions)
        grows &= box[2] - box[0] >= words.shape[0]
    elif across.shape[0] - 2 > SURE_TAPS or not has_complementary_pairs(down):
        grows = False
    if grows:
        return write_enlarged(pixels, words, tables, rows, row_bits, placement, changes)
    return write_general(pixels, words, tables, rows, row_bits, (column, scratch.values), placement, changes)


@step
def _placement(visible: _Box, frame: _Frame) -> Placement:
    """Return the placement of the visible part of a box."""
    return visible[0] * frame[1] + visible[1], frame[1], frame[2]
