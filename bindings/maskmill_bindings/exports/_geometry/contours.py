"""Contours through pixel centres, for tools that fill a polygon together with the pixels under its outline.

`cv2.fillPoly` and Pillow's ``ImageDraw.polygon`` take integer coordinates as pixels and colour the outline too. They
fill a ring along the pixels' edges, as `maskmill.Masks.polygons` returns it, one pixel too wide and too high. They fill
the ring through the centres of the outermost pixels to the same mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .keyholes import join_holes

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
    starts = join_holes(part.outer, part.holes).astype(np.int64)
    stops = np.roll(starts, -1, 0)
    ahead = np.sign(stops - starts)
    side = np.stack([-ahead[:, 1], ahead[:, 0]], 1)  # the foreground is on the right hand
    side[_are_return_edges(starts, stops)] *= -1
    firsts = starts + np.minimum(ahead, 0) + np.minimum(side, 0)
    lasts = stops + np.minimum(-ahead, 0) + np.minimum(side, 0)
    ring = _drop_straight_points(np.stack([firsts, lasts], 1).reshape(-1, 2))
    return np.concatenate([ring, np.repeat(ring[-1:], max(3 - len(ring), 0), 0)]).astype(np.int32)


def _are_return_edges(starts: _Points, stops: _Points) -> NDArray[np.bool_]:
    """Return which edges walk a bridge back to the left: only the pixels below a bridge are sure to be foreground."""
    ends = np.sort(np.stack([starts[:, 0], stops[:, 0]], 1), 1)
    places = ends @ np.array([1 << 17, 1]) + (starts[:, 1] << 34)  # an image's sides are below 2**16
    goes_right, goes_left = stops[:, 0] > starts[:, 0], stops[:, 0] < starts[:, 0]
    is_return: NDArray[np.bool_] = goes_left & np.isin(places, places[goes_right])
    return is_return


def _drop_straight_points(ring: _Points) -> _Points:
    """Return the ring without repeated points and points on a straight line; a tip, where it turns back, stays."""
    ring = ring[(ring != np.roll(ring, -1, 0)).any(1)] if (ring != ring[0]).any() else ring[:1]
    before, after = ring - np.roll(ring, 1, 0), np.roll(ring, -1, 0) - ring
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    corners: _Points = ring[(cross != 0) | ((before * after).sum(1) <= 0)]
    return corners
