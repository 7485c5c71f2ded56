"""Check the items of a scanned reply, and bring its polygons to x, y.

A reply passes only if the full path would have nothing to report about its boxes and polygons but their axis order:
boxes have sorted corners, boxes and polygons lie in the image, have an area and are in thousandths for certain, and
each polygon agrees with its box.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from ...steps.axes import AGREEMENT, CERTAIN, NEARLY, is_clear, is_swapped, overlap, overlaps, vote
from ...steps.boxes import THOUSAND, has_fraction, is_in_image, is_in_unit_frame, to_pixels
from ..rasterize.ring_measures import columns_crossed, extent_of, has_area
from .batch import AS_WRITTEN, AXIS_AUTO, AXIS_YX, BOX_SWAPPED, CLEARLY_SWAPPED, SWAPPED, KernelOptions, ReplyRows
from .scan_json import (
    BOX_KEY,
    FIRST,
    FORM,
    GEMINI_KEY,
    LAST,
    POLYGON,
    SCORE,
    X0,
    X1,
    XY_KEY,
    Y0,
    Y1,
    YX_KEY,
    ScannedReply,
)

_Reals = NDArray[np.float64]
_Corners = tuple[float, float, float, float]

_ROUNDING = 1e-6
"""A reply is left to the full path rather than decided by the last bits of an overlap."""


@kernel
def check_reply(
    scanned: ScannedReply, items: int, size: tuple[int, int], options: KernelOptions, rows: ReplyRows, first_row: int
) -> bool:
    """Tell whether a reply passes; where it does, its polygons are x, y and `rows.swaps` is filled.

    Parameters
    ----------
    scanned : ScannedReply
        The items of the reply.
    items : int
        Their number.
    size : tuple[int, int]
        Width and height of the image.
    options : KernelOptions
        The axis order and the maximum numbers of vertices and of columns crossed are read.
    rows : ReplyRows
        `swaps`, `margins` and `overlaps` are written.
    first_row : int
        The row of the first item.
    """
    if _crosses_too_many(scanned, items, size[0], options.max_reply_crossings):
        return False
    has_map = _has_map(scanned, items)
    is_sound, balance, xy_balance = _measure_items(scanned, items, has_map, options, rows, first_row)
    if not is_sound:
        return False
    for i in range(items):
        if scanned.rows[i, FORM] == POLYGON:
            is_xy_key = scanned.rows[i, BOX_KEY] == XY_KEY and not has_map
            margin = rows.margins[first_row + i]
            if is_xy_key:
                is_same = (margin if is_clear(margin) else xy_balance) <= 0
            else:
                is_same = is_swapped(options.axis == AXIS_YX, margin, balance)
            fit = rows.overlaps[first_row + i, int(is_same)]
            if fit < AGREEMENT or (fit < NEARLY and _may_be_pixels(scanned, i, size)):
                return False
            if is_same:
                rows.swaps[first_row + i] = _swap_axes(scanned, i, is_xy_key, is_clear(margin))
    return True


@kernel
def _measure_items(
    scanned: ScannedReply, items: int, has_map: bool, options: KernelOptions, rows: ReplyRows, first_row: int
) -> tuple[bool, float, float]:
    """Measure how polygons fit their boxes; return whether all items pass so far, and the balance of each kind of key.

    The first balance is of keys that say y, x, the second of those that say x, y.
    """
    balance = xy_balance = 0.0
    for i in range(items):
        row, numbers = first_row + i, scanned.numbers[i]
        rows.swaps[row], rows.margins[row] = AS_WRITTEN, 0.0
        box = (numbers[Y0], numbers[X0], numbers[Y1], numbers[X1])
        if not _is_accepted_box(box):
            return False, 0.0, 0.0
        if scanned.rows[i, FORM] == POLYGON:
            points = scanned.points[scanned.rows[i, FIRST] : scanned.rows[i, LAST]]
            extent = extent_of(points)
            if points.shape[0] > options.max_vertices or not (_is_accepted_extent(extent) and has_area(points)):
                return False, 0.0, 0.0
            as_xy, as_yx = overlaps(box, extent)
            rows.overlaps[row, 0], rows.overlaps[row, 1] = as_xy, as_yx
            if scanned.rows[i, BOX_KEY] == GEMINI_KEY and _has_fraction(box):
                scanned.rows[i, BOX_KEY] = YX_KEY  # Gemini writes integers
            is_xy_key = scanned.rows[i, BOX_KEY] == XY_KEY and not has_map
            if options.axis == AXIS_AUTO:
                rows.margins[row] = as_xy - as_yx
                if is_xy_key:
                    xy_balance += vote(as_xy - as_yx)
                else:
                    balance += vote(as_xy - as_yx)
            elif is_xy_key:
                return False, 0.0, 0.0
    return True, balance, xy_balance


@kernel
def _swap_axes(scanned: ScannedReply, item: int, is_xy_key: bool, is_clear_item: bool) -> int:
    """Bring the points of a polygon, or its box if the key says x, y, to the usual order; return what was swapped."""
    if is_xy_key:
        _swap_box(scanned.numbers[item])
        return BOX_SWAPPED
    _swap_points(scanned.points[scanned.rows[item, FIRST] : scanned.rows[item, LAST]])
    return CLEARLY_SWAPPED if is_clear_item else SWAPPED


@kernel
def _may_be_pixels(scanned: ScannedReply, item: int, size: tuple[int, int]) -> bool:
    """Tell whether a polygon and its box fit far better if one of them is in pixels of the image."""
    numbers = scanned.numbers[item]
    x, y = THOUSAND / size[0], THOUSAND / size[1]
    a0, b0, a1, b1 = extent_of(scanned.points[scanned.rows[item, FIRST] : scanned.rows[item, LAST]])
    for swap in range(2):
        c0, d0, c1, d1 = numbers[Y0], numbers[X0], numbers[Y1], numbers[X1]
        if swap:
            c0, d0, c1, d1 = d0, c0, d1, c1
        box, box_in_pixels = (c0, d0, c1, d1), (c0 * y, d0 * x, c1 * y, d1 * x)
        as_xy = overlap(box, (b0 * y, a0 * x, b1 * y, a1 * x))
        as_yx = overlap(box, (a0 * y, b0 * x, a1 * y, b1 * x))
        fits = max(as_xy, as_yx, overlap(box_in_pixels, (b0, a0, b1, a1)), overlap(box_in_pixels, (a0, b0, a1, b1)))
        if fits >= CERTAIN - _ROUNDING:
            return True
    return False


@kernel
def _crosses_too_many(scanned: ScannedReply, items: int, width: int, max_crossings: int) -> bool:
    """Tell whether the edges of all polygons cross more columns; counted only where so many vertices may."""
    vertices = 0
    for i in range(items):
        if scanned.rows[i, FORM] == POLYGON:
            vertices += scanned.rows[i, LAST] - scanned.rows[i, FIRST]
    if vertices * width <= max_crossings:
        return False
    crossings = 0
    for i in range(items):
        if scanned.rows[i, FORM] == POLYGON:
            crossings += columns_crossed(scanned.points[scanned.rows[i, FIRST] : scanned.rows[i, LAST]], width)
    return crossings > max_crossings


@kernel
def _has_map(scanned: ScannedReply, items: int) -> bool:
    """Tell whether an item holds a map or tokens, which only Gemini writes: then every box is y, x."""
    maps = 0
    for i in range(items):
        maps += int(scanned.rows[i, FORM] != POLYGON)
    return maps > 0


@kernel
def _swap_points(points: _Reals) -> None:
    """Swap the two numbers of every point."""
    for k in range(points.shape[0]):
        points[k, 0], points[k, 1] = points[k, 1], points[k, 0]


@kernel
def _swap_box(numbers: _Reals) -> None:
    """Swap the two numbers of both corners of a box."""
    numbers[Y0], numbers[X0] = numbers[X0], numbers[Y0]
    numbers[Y1], numbers[X1] = numbers[X1], numbers[Y1]


@kernel
def _is_accepted_box(box: _Corners) -> bool:
    """Tell whether the corners y0, x0, y1, x1 are sorted, in the image, and in thousandths for certain."""
    y0, x0, y1, x1 = box
    return y0 <= y1 and x0 <= x1 and _is_accepted_extent((y0, x0, y1, x1))


@kernel
def _is_accepted_extent(extent: _Corners) -> bool:
    """Tell whether coordinates with these minima and maxima are in the image, and in thousandths for certain."""
    a0, b0, a1, b1 = extent
    is_inside = is_in_image(a0) and is_in_image(b0) and is_in_image(a1) and is_in_image(b1)
    return is_inside and not (is_in_unit_frame(a1) and is_in_unit_frame(b1))


@kernel
def _has_fraction(box: _Corners) -> bool:
    """Tell whether a corner is no integer."""
    return has_fraction(box[0]) or has_fraction(box[1]) or has_fraction(box[2]) or has_fraction(box[3])


@kernel
def box_in_pixels(numbers: _Reals, size: tuple[int, int]) -> _Corners:
    """Return the corners x0, y0, x1, y1 of an item's box in pixels, for an image of (width, height)."""
    x0, y0 = to_pixels(numbers[X0], size[0]), to_pixels(numbers[Y0], size[1])
    return x0, y0, to_pixels(numbers[X1], size[0]), to_pixels(numbers[Y1], size[1])


@kernel
def fill_rows(scanned: ScannedReply, items: int, size: tuple[int, int], rows: ReplyRows, first_row: int) -> None:
    """Write the boxes, in pixels, and scores of a reply.

    Parameters
    ----------
    scanned : ScannedReply
        The items of the reply.
    items : int
        Their number.
    size : tuple[int, int]
        Width and height of the image.
    rows : ReplyRows
        `boxes` and `scores` are written.
    first_row : int
        The row of the first item.
    """
    for i in range(items):
        row, numbers = first_row + i, scanned.numbers[i]
        box = box_in_pixels(numbers, size)
        rows.boxes[row, 0], rows.boxes[row, 1], rows.boxes[row, 2], rows.boxes[row, 3] = box
        rows.scores[row] = numbers[SCORE]
