"""Contours through the centres of pixels, for tools that fill a polygon together with the pixels under its outline.

`cv2.fillPoly`, and Pillow's ``ImageDraw.polygon``, take integer coordinates for pixels and colour the outline too.
Rings along the pixels' edges, as `maskmill.Masks.polygons` gives them, come back from there a pixel wider and higher;
the ring through the centres of the outermost pixels comes back as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .keyholes import joined

if TYPE_CHECKING:
    from maskmill.masks._polygons import Polygon

Ring = NDArray[np.int32]
_Points = NDArray[np.int64]


def contour(part: Polygon) -> Ring:
    """One ring (V, 2) int32, V at least 3, of x, y of pixels; filled with its outline it is the part, holes left free.

    >>> import maskmill
    >>> [[part]] = maskmill.Masks.from_dense(np.ones((1, 2, 3), bool)).polygons()
    >>> contour(part).tolist()
    [[0, 0], [2, 0], [2, 1], [0, 1]]

    A ring of fewer than 3 pixels repeats its last.
    """
    starts = joined(part.outer, part.holes).astype(np.int64)
    stops = np.roll(starts, -1, 0)
    ahead = np.sign(stops - starts)
    side = np.stack([-ahead[:, 1], ahead[:, 0]], 1)  # the foreground is on the right hand
    side[_are_ways_back(starts, stops)] *= -1
    firsts = starts + np.minimum(ahead, 0) + np.minimum(side, 0)
    lasts = stops + np.minimum(-ahead, 0) + np.minimum(side, 0)
    ring = _without_straight_points(np.stack([firsts, lasts], 1).reshape(-1, 2))
    return np.concatenate([ring, np.repeat(ring[-1:], max(3 - len(ring), 0), 0)]).astype(np.int32)


def _are_ways_back(starts: _Points, stops: _Points) -> NDArray[np.bool_]:
    """Which edges are bridges walked back to the left: only the pixels below a bridge are sure to be foreground."""
    ends = np.sort(np.stack([starts[:, 0], stops[:, 0]], 1), 1)
    places = ends @ np.array([1 << 17, 1]) + (starts[:, 1] << 34)  # sides are below 2**16
    goes_right, goes_left = stops[:, 0] > starts[:, 0], stops[:, 0] < starts[:, 0]
    is_way_back: NDArray[np.bool_] = goes_left & np.isin(places, places[goes_right])
    return is_way_back


def _without_straight_points(ring: _Points) -> _Points:
    """The ring without points that repeat another or lie straight on the way; a tip, where it turns back, stays."""
    ring = ring[(ring != np.roll(ring, -1, 0)).any(1)] if (ring != ring[0]).any() else ring[:1]
    before, after = ring - np.roll(ring, 1, 0), np.roll(ring, -1, 0) - ring
    crossed = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    turns: _Points = ring[(crossed != 0) | ((before * after).sum(1) <= 0)]
    return turns
