"""Decode the items of a reply to run-length counts.

Format: counts end to end with offsets, as in `cpu.run_lengths`. An item whose mask the full path would have more to
report about (a PNG of another kind, an empty mask, a polygon that costs too much, tokens) is rejected, and its whole
reply with it.

Why it is fast: all memory is the caller's and is used again for every item and reply, and the counts of an item are
written where they stay.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps import crossing
from ...steps.boxes import pixel_corners
from ..png.binary_png import MAX_SIDE, PngScratch, has_size_of_image, new_png_scratch, read_columns
from ..rasterize.ring_measures import columns_crossed
from ..rasterize.sweep import END, rasterize_into
from ..resize.resize_map import ResizeScratch, drops_rows_first, new_resize_scratch, write_map_changes
from ..run_lengths import changes_to_counts
from .batch import FULL, REJECTED, WRITTEN, KernelOptions
from .check_reply import box_in_pixels
from .scan_json import FIRST, FORM, LAST, PNG, POLYGON, ScannedReply

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Counts = NDArray[np.int32]

_NO_PIXELS = np.empty((0, 0), np.uint8)
_NO_PIXELS.flags.writeable = False


class MapScratch(NamedTuple):
    """Memory for one probability map at a time."""

    png: PngScratch
    columns: NDArray[np.uint32]
    resize: ResizeScratch


class PolygonScratch(NamedTuple):
    """Memory for one polygon at a time: see `rasterize.sweep`."""

    rings: _Integers
    edges: _Reals
    lists: _Integers
    digits: _Integers
    terms: _Reals


class DecodeBuffers(NamedTuple):
    """Where decoded items go: `counts` of all rows end to end, `offsets` (R + 1,) of each row; and scratch."""

    counts: _Counts
    offsets: _Integers
    maps: MapScratch
    polygons: PolygonScratch


def new_map_scratch(*, width: int, height: int) -> MapScratch:
    """Return scratch for maps of up to `MAX_SIDE` by `MAX_SIDE` in images of up to `width` by `height`."""
    columns = np.zeros((MAX_SIDE + 1) * (MAX_SIDE // 32) + 1, np.uint32)
    resize = new_resize_scratch(map_width=MAX_SIDE, map_height=MAX_SIDE, width=width, height=height)
    return MapScratch(new_png_scratch(), columns, resize)


def new_polygon_scratch(max_vertices: int) -> PolygonScratch:
    """Return scratch for polygons of one ring of up to `max_vertices`."""
    return PolygonScratch(
        np.empty((1, 6), np.int64),
        np.empty((max_vertices, 7)),
        np.empty((6, max_vertices), np.int64),
        np.empty(256, np.int64),
        np.empty(crossing.TERMS),
    )


def new_decode_buffers(max_rows: int, max_counts: int, *, width: int, height: int) -> DecodeBuffers:
    """Return buffers for decoding.

    Parameters
    ----------
    max_rows, max_counts : int
        Maximum numbers of rows and of run lengths, all together.
    width, height : int
        Maximum sides of an image, in pixels.
    """
    counts, offsets = np.empty(max_counts, np.int32), np.zeros(max_rows + 1, np.int64)
    return DecodeBuffers(counts, offsets, new_map_scratch(width=width, height=height), new_polygon_scratch(64))


@kernel
def decode_reply(
    buffers: DecodeBuffers,
    scanned: ScannedReply,
    items: int,
    first_row: int,
    size: tuple[int, int],
    options: KernelOptions,
) -> int:
    """Write the counts of all items of a reply; return `WRITTEN`, `REJECTED`, or what is full, see `batch.FULL`.

    Parameters
    ----------
    buffers : DecodeBuffers
        Memory for the counts.
    scanned : ScannedReply
        The items of the reply, checked.
    items : int
        Their number.
    first_row : int
        The row of the first item in the batch.
    size : tuple[int, int]
        Width and height of the image.
    options : KernelOptions
        The threshold and the maxima of crossings and of run lengths are read.
    """
    frame = (size[0], size[1], options.threshold)
    offsets, maps, polygons = buffers.offsets[first_row:], buffers.maps, buffers.polygons
    for item in range(items):
        counts = buffers.counts[offsets[item] :]
        if scanned.rows[item, FORM] == POLYGON:
            n = _decode_polygon(scanned, item, size, options.max_crossings, polygons, counts)
        elif scanned.rows[item, FORM] == PNG:
            n = _decode_map(scanned, item, frame, maps, counts)
        else:  # tokens, which wait for a codebook: see `collect_reply`
            n = REJECTED
        if n < 0:
            return n
        if n < 2:  # empty, or rejected
            return REJECTED
        offsets[item + 1] = offsets[item] + n
        if offsets[item + 1] - offsets[0] > options.max_reply_counts:
            return REJECTED
    return WRITTEN


@kernel
def _decode_polygon(
    scanned: ScannedReply,
    item: int,
    size: tuple[int, int],
    max_crossings: int,
    scratch: PolygonScratch,
    counts: _Counts,
) -> int:
    """Write the counts of a polygon; return their number, or how much memory it needs."""
    points = scanned.points[scanned.rows[item, FIRST] : scanned.rows[item, LAST]]
    if points.shape[0] > scratch.edges.shape[0]:
        return -points.shape[0]
    may_cross = points.shape[0] * size[0] > max_crossings
    if may_cross and columns_crossed(points, size[0]) > max_crossings:
        return REJECTED
    scratch.rings[:] = 0
    scratch.rings[0, END] = points.shape[0]
    n = rasterize_into(points, scratch.rings, size, scratch.edges, scratch.lists, scratch.digits, scratch.terms, counts)
    return n if n <= counts.size else FULL


@kernel
def _decode_map(
    scanned: ScannedReply, item: int, frame: tuple[int, int, int], scratch: MapScratch, counts: _Counts
) -> int:
    """Write the counts of a PNG; return their number, or `FULL`. The frame is width, height, threshold."""
    first, last = scanned.rows[item, FIRST], scanned.rows[item, LAST]
    width, height = read_columns(scanned.mask_bytes, first, last, scratch.columns, scratch.png)
    box = pixel_corners(box_in_pixels(scanned.numbers[item], (frame[0], frame[1])))
    # No value is above 255, and the bit kernels count a set pixel as above the threshold.
    if width == 0 or box[0] == box[2] or box[1] == box[3] or frame[2] == 255:
        return REJECTED
    if drops_rows_first(height, width, box[3] - box[1]) or has_size_of_image(width, height, frame[0], frame[1]):
        return REJECTED
    words = (height + 31) // 32
    columns = scratch.columns[: width * words].reshape((width, words))
    n = write_map_changes(_NO_PIXELS, columns, height, box, box, frame, scratch.resize, counts)
    return n if n == FULL else changes_to_counts(counts, n, frame[0] * frame[1])
