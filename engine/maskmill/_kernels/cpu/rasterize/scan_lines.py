"""Polygons to run lengths by Pillow's rule, pixel for pixel: what is inside, and the pixels under the outline.

Format: vertices are int64 (V, 2), x and y of pixels, below 2**20 in magnitude, so that float32 holds their differences.
A row of `edges` is an edge: its first vertex, its lowest and highest row; `slopes` holds its slope. Pixels are painted
into a box of the image, which `frame` places.

State: `queue` holds the edges that are not horizontal by their first row in the image, `active` those in the current
row, each with its number, which decides between several edges at a corner. A row's x are `xs`, sorted and then paired.

Why it is fast: Pillow looks at every edge in every row, and at every other edge for each corner; here only edges that
are in the row are looked at.

The rule, as it differs from that of a textbook: a row includes both ends of an edge. Where an edge ends above the last
row, its x counts twice. Where it begins, and in the last row, its x may move towards its run in the next row (before
the last: in the previous one), if an edge before it in the outline has an end at the same pixel; `steps.scan_lines`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps import ordering, scan_lines
from ..run_lengths import Counts, as_kernel_input
from .painted_box import paint_row, place_box

X, Y, TOP, BOTTOM = range(4)
"""Columns of `edges`."""

_Integers = NDArray[np.int64]
_Floats = NDArray[np.float32]
_Pixels = NDArray[np.bool_]
_Frame = tuple[int, int, int, int, int]  # the box's x0, y0; the image's height; the first and the last row of the walk

_EDGE = 2**32 - 1
"""Masks the edge in a key of the queue."""

_MARGIN = 2
"""Pixels around the vertices that rounding may reach."""


def fill_scan_lines(vertices: NDArray[np.int64], *, width: int, height: int) -> Counts:
    """Return the run lengths of a polygon as Pillow fills it.

    >>> fill_scan_lines(np.array([[0, 0], [3, 0], [3, 2]]), width=4, height=3).tolist()
    [0, 1, 2, 1, 2, 2, 1, 3]

    Parameters
    ----------
    vertices : NDArray[np.int64]
        (V, 2) x and y of pixels, below 2**20 in magnitude, which is not checked. A ring closes itself.
    width, height : int
        The image in pixels, each 1..65535, their product below 2**31.
    """
    corners = as_kernel_input(vertices, np.int64)
    size = np.array([width, height])
    low = np.clip(corners.min(0) - _MARGIN, 0, size - 1)
    stop = np.clip(corners.max(0) + _MARGIN + 1, low + 1, size)
    count = len(corners)
    edges, slopes, lists = np.empty((count, 4), np.int64), np.empty(count, np.float32), np.empty((3, count), np.int64)
    xs, digits = np.empty(2 * count, np.float32), np.empty(256, np.int64)
    pixels = np.zeros((stop - low)[::-1], np.bool_)
    _fill_into(corners, (int(low[0]), int(low[1]), height), edges, slopes, lists, xs, digits, pixels)
    return place_box(pixels, int(low[0]), int(low[1]), width=width, height=height)


@kernel
def _fill_into(
    vertices: _Integers,
    place: tuple[int, int, int],
    edges: _Integers,
    slopes: _Floats,
    lists: _Integers,
    xs: _Floats,
    digits: _Integers,
    pixels: _Pixels,
) -> None:
    """Paint a polygon into the box at x0, y0 of an image of a height, which are `place`."""
    total = _find_edges(vertices, edges, slopes)
    first, last = _find_rows(edges[:total], place[2])
    frame = (place[0], place[1], place[2], first, last)
    queued = _paint_horizontal(edges[:total], slopes, frame, lists[0], pixels)
    ordering.counting_pass(lists[0], queued, ordering.LOW_BYTE, digits, lists[1])
    ordering.counting_pass(lists[1], queued, ordering.HIGH_BYTE, digits, lists[0])
    _sweep(queued, edges, slopes, frame, lists, xs, pixels)


@kernel
def _find_edges(vertices: _Integers, edges: _Integers, slopes: _Floats) -> int:
    """Fill the edges in the order of the outline, none from a vertex that repeats the first; return their number."""
    count = total = vertices.shape[0]
    if vertices[0, X] == vertices[count - 1, X] and vertices[0, Y] == vertices[count - 1, Y]:
        total -= 1
    for i in range(total):
        after = i + 1 if i + 1 < count else 0
        wide, high = vertices[after, X] - vertices[i, X], vertices[after, Y] - vertices[i, Y]
        edges[i, X], edges[i, Y] = vertices[i, X], vertices[i, Y]
        edges[i, TOP], edges[i, BOTTOM] = min(edges[i, Y], edges[i, Y] + high), max(edges[i, Y], edges[i, Y] + high)
        slopes[i] = np.float32(wide) / np.float32(high) if high != 0 else np.float32(wide)
    return total


@kernel
def _find_rows(edges: _Integers, height: int) -> tuple[int, int]:
    """Return the first and the last row of the walk; the last may be one below the image."""
    first, last = height - 1, 0
    for i in range(edges.shape[0]):
        first, last = min(first, edges[i, TOP]), max(last, edges[i, BOTTOM])
    return max(first, 0), min(last, height)


@kernel
def _paint_horizontal(edges: _Integers, slopes: _Floats, frame: _Frame, queue: _Integers, pixels: _Pixels) -> int:
    """Paint the horizontal edges, whose slope is their length, and queue the others; return how many are queued."""
    queued, bottom = 0, min(frame[4], frame[2] - 1)
    for i in range(edges.shape[0]):
        if edges[i, TOP] > bottom or edges[i, BOTTOM] < 0:
            continue
        if edges[i, TOP] == edges[i, BOTTOM]:
            end = edges[i, X] + int(slopes[i])
            paint_row(
                pixels, edges[i, Y] - frame[1], min(edges[i, X], end) - frame[0], max(edges[i, X], end) - frame[0]
            )
        else:
            queue[queued] = (max(edges[i, TOP], 0) << 32) | i
            queued += 1
    return queued


@kernel
def _sweep(
    queued: int, edges: _Integers, slopes: _Floats, frame: _Frame, lists: _Integers, xs: _Floats, pixels: _Pixels
) -> None:
    """Visit the rows, and paint the runs between the sorted x of each."""
    queue, active = lists[0], lists[2]
    started = count = 0
    for row in range(frame[3], min(frame[4], frame[2] - 1) + 1):
        kept = 0
        for i in range(count):
            active[kept] = active[i]
            kept += int(edges[active[i], BOTTOM] >= row)
        count = kept
        while started < queued and queue[started] >> 32 == row:
            active[count] = queue[started] & _EDGE
            started += 1
            count += 1
        n = _find_xs(row, frame[4], active[:count], edges, slopes, xs)
        ordering.shell_sort(xs, n)
        for i in range(1, n, 2):
            first, last = scan_lines.first_pixel(xs[i - 1]), scan_lines.last_pixel(xs[i])
            paint_row(pixels, row - frame[1], first - frame[0], last - frame[0])


@kernel
def _find_xs(row: int, last: int, active: _Integers, edges: _Integers, slopes: _Floats, xs: _Floats) -> int:
    """Fill the x of all edges in a row, and return how many there are."""
    n = 0
    for i in range(active.size):
        edge = active[i]
        xs[n] = scan_lines.x_on_edge(row, edges[edge, X], edges[edge, Y], slopes[edge])
        n += 1
        if row == edges[edge, BOTTOM] and row < last:
            xs[n] = xs[n - 1]
            n += 1
        elif (row == edges[edge, TOP] or row == edges[edge, BOTTOM]) and slopes[edge] != 0:
            xs[n - 1] = _move_corner(row, edge, xs[n - 1], active, edges, slopes)
    return n


@kernel
def _move_corner(row: int, edge: int, x: float, active: _Integers, edges: _Integers, slopes: _Floats) -> np.float32:
    """Return where the run at the end of an edge begins or ends, by the first edge before it that shares the corner."""
    beside = row - 1 if row == edges[edge, BOTTOM] else row + 1
    partner, pixel = edge, scan_lines.nearest(x)
    for i in range(active.size):
        other = active[i]
        if (
            other < partner
            and slopes[other] != 0
            and (row == edges[other, TOP] or row == edges[other, BOTTOM])
            and edges[other, TOP] <= beside <= edges[other, BOTTOM]
            and pixel == scan_lines.nearest(scan_lines.x_on_edge(row, edges[other, X], edges[other, Y], slopes[other]))
        ):
            partner = other
    if partner == edge:
        return np.float32(x)
    own = scan_lines.x_on_edge(beside, edges[edge, X], edges[edge, Y], slopes[edge])
    shared = scan_lines.x_on_edge(beside, edges[partner, X], edges[partner, Y], slopes[partner])
    return scan_lines.corner(np.float32(x), own, shared)
