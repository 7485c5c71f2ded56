"""Collect the items of a reply as jobs for a GPU or a codebook: bits of maps, vertices, mask tokens.

Format: `points` holds the vertices of all polygons. `words` holds the bits of the columns of all maps, as
`png.binary_png` gives them, and all tokens, one per word. A row of `table` says where its part of them is and what it
is: a map by its width, tokens by `TOKENS_WIDTH`, a polygon by 0. What `decode_reply` rejects is rejected here too,
except tokens and masks that turn out empty (at a threshold of 255, which no value is above, maps are rejected).

Why it is fast: as `decode_reply`, but pixels and runs, half of its time, are left to others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps.boxes import pixel_corners
from ..png.binary_png import MAX_SIDE, PngScratch, has_size_of_image, read_columns
from ..rasterize.ring_measures import columns_crossed
from ..resize.resize_map import drops_rows_first
from .batch import FULL, REJECTED, WRITTEN, KernelOptions
from .check_reply import box_in_pixels
from .scan_json import FIRST, FORM, LAST, PNG, POLYGON, ScannedReply

START, STOP, WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = range(8)
"""Columns of `table`: the points or words of a row; of a map its size; of a map or tokens their box in pixels."""

TOKENS_WIDTH = -1
"""The width of a map that is still tokens."""

_MAP_WORDS = (MAX_SIDE + 1) * (MAX_SIDE // 32) + 1  # of the largest map, with what `read_columns` writes beyond

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Words = NDArray[np.uint32]


class CollectedJobs(NamedTuple):
    """Where collected items go.

    Attributes
    ----------
    table : NDArray[np.int64]
        (R, 8) a row per item, see `START`.
    stops : NDArray[np.int64]
        (R + 1, 2) how many of the points and of the words belong to the rows before each row.
    points : NDArray[np.float64]
        (P, 2) vertices.
    words : NDArray[np.uint32]
        (W,) bits of maps, and tokens.
    png : PngScratch
        Scratch.
    """

    table: _Integers
    stops: _Integers
    points: _Reals
    words: _Words
    png: PngScratch


def new_job_buffers(max_rows: int, max_points: int, max_words: int, png: PngScratch) -> CollectedJobs:
    """Return buffers for collecting.

    Parameters
    ----------
    max_rows, max_points, max_words : int
        Maximum numbers of rows, of vertices, and of words; a map more than `max_words` fits in any case.
    png : PngScratch
        Scratch.
    """
    words = np.zeros(max_words + _MAP_WORDS, np.uint32)
    table, stops = np.empty((max_rows, 8), np.int64), np.zeros((max_rows + 1, 2), np.int64)
    return CollectedJobs(table, stops, np.empty((max_points, 2)), words, png)


@kernel
def collect_reply(
    jobs: CollectedJobs,
    scanned: ScannedReply,
    items: int,
    first_row: int,
    size: tuple[int, int],
    options: KernelOptions,
) -> int:
    """Copy all items of a reply to the buffers; return `WRITTEN`, `REJECTED` or `FULL`.

    Parameters
    ----------
    jobs : CollectedJobs
        Memory for the jobs.
    scanned : ScannedReply
        The items of the reply, checked.
    items : int
        Their number.
    first_row : int
        The row of the first item in the batch.
    size : tuple[int, int]
        Width and height of the image.
    options : KernelOptions
        The threshold and the maximum of crossings are read.
    """
    points, words = jobs.stops[first_row, 0], jobs.stops[first_row, 1]
    for item in range(items):
        row = first_row + item
        job = jobs.table[row]
        job[:] = 0
        if scanned.rows[item, FORM] == POLYGON:
            used = _copy_polygon(scanned, item, size[0], options.max_crossings, jobs.points[points:])
            job[START] = points
            points += used
        else:
            used = _copy_map(scanned, item, size, options.threshold, job, jobs.words[words:], jobs.png)
            job[START] = words
            words += used
        if used <= 0:
            return used
        job[STOP] = job[START] + used
        jobs.stops[row + 1, 0], jobs.stops[row + 1, 1] = points, words
    return WRITTEN


@kernel
def _copy_polygon(scanned: ScannedReply, item: int, width: int, max_crossings: int, out: _Reals) -> int:
    """Copy the vertices of a polygon; return their number, `REJECTED` or `FULL`."""
    points = scanned.points[scanned.rows[item, FIRST] : scanned.rows[item, LAST]]
    if points.shape[0] > out.shape[0]:
        return FULL
    may_cross = points.shape[0] * width > max_crossings
    if may_cross and columns_crossed(points, width) > max_crossings:
        return REJECTED
    out[: points.shape[0]] = points
    return points.shape[0]


@kernel
def _copy_map(
    scanned: ScannedReply,
    item: int,
    size: tuple[int, int],
    threshold: int,
    job: _Integers,
    out: _Words,
    png: PngScratch,
) -> int:
    """Copy the bits of a map, or tokens; return the number of words, `REJECTED` or `FULL`."""
    if out.size < _MAP_WORDS:
        return FULL
    box = pixel_corners(box_in_pixels(scanned.numbers[item], size))
    job[LEFT], job[TOP], job[RIGHT], job[BOTTOM] = box
    if box[0] == box[2] or box[1] == box[3] or threshold == 255:  # see `decode_reply`
        return REJECTED
    first, last = scanned.rows[item, FIRST], scanned.rows[item, LAST]
    if scanned.rows[item, FORM] != PNG:
        for k in range(first, last):
            out[k - first] = scanned.mask_bytes[k]
        job[WIDTH] = TOKENS_WIDTH
        return last - first
    width, height = read_columns(scanned.mask_bytes, first, last, out, png)
    job[WIDTH], job[HEIGHT] = width, height
    if drops_rows_first(height, width, box[3] - box[1]) or has_size_of_image(width, height, size[0], size[1]):
        return REJECTED
    return width * ((height + 31) // 32)
