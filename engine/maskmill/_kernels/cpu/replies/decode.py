"""Plain replies to run-length counts, many of them in one call without the GIL.

Format: texts end to end, as `scan` reads them; counts end to end with offsets, as in `runs`. A reply with a row about
which there is more to say than its mask (a box or ring that leaves the image or has no area, numbers from 0 to 1, a
PNG of another kind, an empty mask) gets no rows: it then takes the way on which all of it is said. The one thing that
is settled here is the axis order of rings, by `steps.axes` as in `forms.axis`.

Why it is fast: all memory is the caller's and is used again for every row and reply, and the counts of a row are made
where they stay. A reply of rings takes 200 microseconds, of which handing the GIL over twice would be a large part:
hence many replies a call.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps import crossing
from ...steps.axes import CLEAR, margin_of
from ..png.binary_png import MAX_SIDE, PngScratch, read_columns
from ..png.binary_png import new_scratch as new_png_scratch
from ..rasterize import rasterize
from ..resize import resize
from ..resize.column_pass import FULL
from ..resize.resize import ResizeScratch, loses_rows_first, resize_map
from ..run_lengths import close_in_place
from .scan_json import FIRST, FORM, LAST, OTHER, PNG, RING, SCORE, X0, X1, Y0, Y1, Found, Names, scan

AXIS_AUTO, AXIS_XY, AXIS_YX = range(3)
AS_IT_STANDS, SWAPPED, CLEARLY_SWAPPED = range(3)
"""Values of `swaps`: how a row's points were read, and whether its own box says so."""

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]
_Counts = NDArray[np.int32]
_Frame = tuple[int, int, int]  # width and height of the image, threshold

_NO_PIXELS = np.empty((0, 0), np.uint8)
_NO_PIXELS.flags.writeable = False
_THOUSAND = 1000.0


class MapScratch(NamedTuple):
    """Memory for one map at a time."""

    png: PngScratch
    columns: NDArray[np.uint32]
    resize: ResizeScratch


class RingScratch(NamedTuple):
    """Memory for one ring at a time."""

    rings: _Integers
    edges: _Reals
    lists: _Integers
    digits: _Integers
    terms: _Reals


def new_map_scratch(width: int, height: int) -> MapScratch:
    """Scratch for maps of up to `MAX_SIDE` a side in images up to width x height."""
    columns = np.zeros((MAX_SIDE + 1) * (MAX_SIDE // 32) + 1, np.uint32)
    return MapScratch(new_png_scratch(), columns, resize.new_scratch(MAX_SIDE, MAX_SIDE, width, height))


def new_ring_scratch(vertices: int) -> RingScratch:
    """Scratch for rings of up to so many vertices."""
    return RingScratch(
        np.empty((1, 6), np.int64),
        np.empty((vertices, 7)),
        np.empty((6, vertices), np.int64),
        np.empty(256, np.int64),
        np.empty(crossing.TERMS),
    )


class Texts(NamedTuple):
    """Replies as bytes end to end, where each of them stops, and for each the image's width and height."""

    data: NDArray[np.uint8]
    stops: _Integers
    sizes: _Integers


class Milled(NamedTuple):
    """What comes of rows: how they were read, boxes x0, y0, x1, y1 in pixels, scores, and where their counts start."""

    swaps: _Integers
    margins: _Reals
    boxes: _Reals
    scores: NDArray[np.float32]
    offsets: _Integers


def room_for(rows: int) -> Milled:
    """Room for what comes of so many rows."""
    reals = np.empty(rows), np.empty((rows, 4))
    return Milled(np.empty(rows, np.int64), *reals, np.empty(rows, np.float32), np.zeros(rows + 1, np.int64))


@kernel
def mill(
    texts: Texts,
    options: tuple[int, int, int, int],
    names: Names,
    found: Found,
    scratch: tuple[MapScratch, RingScratch],
    row_stops: _Integers,
    milled: Milled,
    counts: _Counts,
) -> int:
    """Decode replies, and return how many before one that has no room in `counts`.

    Where it is the scratch for rings that has no room, return the number of vertices it needs, negative.

    `options` are threshold, axis, and of a ring the most vertices and the most columns crossed. Where the rows of a
    reply stop goes to `row_stops`; one that is not plain has none. Of `found`, which has room for all rows and for the
    vertices and bytes of any one reply, the rows stay.
    """
    (threshold, axis, most_vertices, most_crossed), (maps, ring) = options, scratch
    start = rows = 0
    for i in range(texts.stops.size):
        width, height = texts.sizes[i, 0], texts.sizes[i, 1]
        part = Found(found.rows[rows:], found.numbers[rows:], found.points, found.png)
        n = scan(texts.data[start : texts.stops[i]], names, part)
        if n > 0:
            most = settle(part, n, axis, most_vertices, milled.swaps[rows:], milled.margins)
            if most > ring.edges.shape[0]:
                return -most
            offsets = milled.offsets[rows:]
            frame, done = (width, height, threshold), 0
            if most != OTHER:
                done = _fill(part, n, frame, most_crossed, maps, ring, counts, offsets)
            if done == FULL:
                return i
            copy(part, done, (width, height), milled.boxes[rows:], milled.scores[rows:])
            rows += done
        row_stops[i] = rows
        start = texts.stops[i]
    return texts.stops.size


@kernel
def copy(found: Found, items: int, size: tuple[int, int], boxes: _Reals, scores: NDArray[np.float32]) -> None:
    """Copy boxes, in pixels, and scores."""
    for i in range(items):
        numbers = found.numbers[i]
        boxes[i, 0], boxes[i, 1] = numbers[X0] * size[0] / _THOUSAND, numbers[Y0] * size[1] / _THOUSAND
        boxes[i, 2], boxes[i, 3] = numbers[X1] * size[0] / _THOUSAND, numbers[Y1] * size[1] / _THOUSAND
        scores[i] = numbers[SCORE]


@kernel
def settle(found: Found, items: int, axis: int, most_vertices: int, swaps: _Integers, margins: _Reals) -> int:
    """Check the boxes and rings of a reply and bring its rings to x, y; return its most vertices a ring, or `OTHER`."""
    most, balance = 0, 0.0
    for i in range(items):
        swaps[i], margins[i] = AS_IT_STANDS, 0.0
        box = found.numbers[i]
        if not _is_plain_box(box[Y0], box[X0], box[Y1], box[X1]):
            return OTHER
        if found.rows[i, FORM] == RING:
            points = found.points[found.rows[i, FIRST] : found.rows[i, LAST]]
            a0, b0, a1, b1 = _extent(points)
            if points.shape[0] > most_vertices or not _is_plain_ring(points, a0, b0, a1, b1):
                return OTHER
            most = max(most, points.shape[0])
            if axis == AXIS_AUTO:
                margins[i] = margin_of((box[Y0], box[X0], box[Y1], box[X1]), (a0, b0, a1, b1))
                balance += margins[i] if abs(margins[i]) >= CLEAR else 0.0
    for i in range(items):
        clear = abs(margins[i]) >= CLEAR
        leaning = margins[i] if clear else balance
        if found.rows[i, FORM] == RING and (axis == AXIS_YX or leaning < 0.0):
            swaps[i] = CLEARLY_SWAPPED if clear else SWAPPED
            for k in range(found.rows[i, FIRST], found.rows[i, LAST]):
                found.points[k, 0], found.points[k, 1] = found.points[k, 1], found.points[k, 0]
    return most


@kernel
def _is_plain_box(y0: float, x0: float, y1: float, x1: float) -> bool:
    """Tell whether the corners are sorted, inside the image, and surely in thousandths."""
    inside = y0 >= 0.0 and x0 >= 0.0 and y1 <= _THOUSAND and x1 <= _THOUSAND
    return inside and y0 <= y1 and x0 <= x1 and max(y1, x1) > 1.0


@kernel
def _extent(points: _Reals) -> tuple[float, float, float, float]:
    a0, b0 = points[0, 0], points[0, 1]
    a1, b1 = a0, b0
    for k in range(1, points.shape[0]):
        a0, a1 = min(a0, points[k, 0]), max(a1, points[k, 0])
        b0, b1 = min(b0, points[k, 1]), max(b1, points[k, 1])
    return a0, b0, a1, b1


@kernel
def _is_plain_ring(points: _Reals, a0: float, b0: float, a1: float, b1: float) -> bool:
    """Tell whether a ring lies inside the image, surely in thousandths, and not on one line."""
    inside = a0 >= 0.0 and b0 >= 0.0 and a1 <= _THOUSAND and b1 <= _THOUSAND and max(a1, b1) > 1.0
    if not inside or points.shape[0] < 3:
        return False
    far = 0
    for k in range(points.shape[0]):
        if _reach(points, k) > _reach(points, far):
            far = k
    for k in range(points.shape[0]):
        a, b = points[k, 0] - points[0, 0], points[k, 1] - points[0, 1]
        if a * (points[far, 1] - points[0, 1]) != b * (points[far, 0] - points[0, 0]):
            return True
    return False


@kernel
def _reach(points: _Reals, k: int) -> float:
    return abs(points[k, 0] - points[0, 0]) + abs(points[k, 1] - points[0, 1])


@kernel
def _fill(
    found: Found,
    items: int,
    frame: _Frame,
    most_crossed: int,
    maps: MapScratch,
    ring: RingScratch,
    counts: _Counts,
    offsets: _Integers,
) -> int:
    """Make the counts of all rows; return `items`, `FULL`, or 0 if a row is not plain."""
    for i in range(items):
        room = counts[offsets[i] :]
        if found.rows[i, FORM] == RING:
            n = _fill_ring(found, i, frame, most_crossed, ring, room)
        elif found.rows[i, FORM] == PNG:
            n = _fill_map(found, i, frame, maps, room)
        else:  # tokens, which wait for a codebook: see `gather`
            n = 0
        if n == FULL:
            return FULL
        if n < 2:  # empty, or not plain
            return 0
        offsets[i + 1] = offsets[i] + n
    return items


@kernel
def _fill_ring(found: Found, row: int, frame: _Frame, most_crossed: int, scratch: RingScratch, room: _Counts) -> int:
    """Write the counts of a ring; return their number, `FULL`, or 0 if it crosses too many columns."""
    points = found.points[found.rows[row, FIRST] : found.rows[row, LAST]]
    may_cross = points.shape[0] * frame[0] > most_crossed
    if may_cross and rasterize.columns_crossed(points, frame[0]) > most_crossed:
        return 0
    scratch.rings[:] = 0
    scratch.rings[0, rasterize.END] = points.shape[0]
    n = rasterize.rasterize_into(
        points, scratch.rings, (frame[0], frame[1]), scratch.edges, scratch.lists, scratch.digits, scratch.terms, room
    )
    return n if n <= room.size else FULL


@kernel
def _fill_map(found: Found, row: int, frame: _Frame, scratch: MapScratch, room: _Counts) -> int:
    """Write the counts of a PNG; return their number, `FULL`, or 0 if it is not plain."""
    width, height = read_columns(found.png, found.rows[row, FIRST], found.rows[row, LAST], scratch.columns, scratch.png)
    x0, x1 = pixel(found.numbers[row, X0], frame[0]), pixel(found.numbers[row, X1], frame[0])
    y0, y1 = pixel(found.numbers[row, Y0], frame[1]), pixel(found.numbers[row, Y1], frame[1])
    if width == 0 or x0 == x1 or y0 == y1 or frame[2] == 255 or loses_rows_first(height, width, y1 - y0):
        return 0
    words = (height + 31) // 32
    columns = scratch.columns[: width * words].reshape((width, words))
    box = (x0, y0, x1, y1)
    n = resize_map(_NO_PIXELS, columns, height, box, box, frame, scratch.resize, room)
    return n if n == FULL else close_in_place(room, n, frame[0] * frame[1])


@kernel
def pixel(thousandths: float, side: int) -> int:
    """Where a coordinate in thousandths of a side lies, in whole pixels."""
    return int(thousandths * side / _THOUSAND)
