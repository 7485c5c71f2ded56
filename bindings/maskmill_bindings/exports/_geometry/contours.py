"""Contours through pixel centres, for tools that fill a polygon together with the pixels under its outline.

`cv2.fillPoly` and Pillow's ``ImageDraw.polygon`` take integer coordinates as pixels and colour the outline too. They
fill a ring along the pixels' edges, as `maskmill.Masks.polygons` returns it, one pixel too wide and too high. They fill
the ring through the centres of the outermost pixels to the same mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maskmill._kernels.cpu.outlines import follow_pixels

from .keyholes import join_holes
from .simplified import join_any_holes, simplify_rings

if TYPE_CHECKING:
    from maskmill.masks import Polygon

Ring = NDArray[np.int32]
_Points = NDArray[np.int64]


def to_contour(part: Polygon) -> Ring:
    """Return one ring through pixel centres that, filled with its outline, gives the polygon with its holes.

    >>> import maskmill
    >>> [[part]] = maskmill.Masks.from_dense(np.ones((1, 2, 3), bool)).polygons()
    >>> to_contour(part).tolist()
    [[0, 0], [2, 0], [2, 1], [0, 1]]

    Returns
    -------
    NDArray[np.int32]
        (V, 2) x, y of pixels. V is at least 3: a ring of fewer pixels repeats its last one.
    """
    starts = join_holes(part.outer, part.holes)
    is_return = np.zeros(len(starts), np.bool_)
    if part.holes:  # only they are joined by bridges
        is_return = _are_return_edges(starts.astype(np.int64), np.roll(starts, -1, 0).astype(np.int64))
    ring = follow_pixels(starts, is_return)
    return np.concatenate([ring, np.repeat(ring[-1:], max(3 - len(ring), 0), 0)])


def to_contours(part: Polygon, tolerance: float) -> NDArray[Any]:
    """Return the contour of a polygon with fewer vertices, within a tolerance in pixels; see `simplify_rings`.

    Holes are joined after that, so that a bridge stays where it is walked there and back.
    """
    if not tolerance > 0:
        return to_contour(part)
    rings = [follow_pixels(ring, np.zeros(len(ring), np.bool_)) for ring in (part.outer, *part.holes)]
    if min(map(len, rings)) < 3:  # a line of pixels, or a hole of a single one
        return to_contour(part)
    return join_any_holes(simplify_rings(rings, tolerance))


def _are_return_edges(starts: _Points, stops: _Points) -> NDArray[np.bool_]:
    """Return which edges walk a bridge back to the left: only the pixels below a bridge are sure to be foreground."""
    ends = np.sort(np.stack([starts[:, 0], stops[:, 0]], 1), 1)
    places = ends @ np.array([1 << 17, 1]) + (starts[:, 1] << 34)  # an image's sides are below 2**16
    goes_right, goes_left = stops[:, 0] > starts[:, 0], stops[:, 0] < starts[:, 0]
    is_return: NDArray[np.bool_] = goes_left & np.isin(places, places[goes_right])
    return is_return
