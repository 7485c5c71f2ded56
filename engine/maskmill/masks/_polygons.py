"""Polygons of a mask, with holes, along the edges of its pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu.trace import trace_polygons


class Polygon(NamedTuple):
    """One connected part of a mask.

    >>> import maskmill
    >>> mask = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500], [0, 500]]}], size=(8, 8))[0]
    >>> mask.polygons()[0].outer.tolist()
    [[0, 0], [4, 0], [4, 4], [0, 4]]

    Attributes
    ----------
    outer : NDArray[np.int32]
        (V, 2): x, y of its corners in pixels, from 0 to the image's width and height, y down; the first vertex is not
        repeated at the end.
    holes : tuple of NDArray[np.int32]
        The ring of each hole, like `outer`.
    """

    outer: NDArray[np.int32]
    holes: tuple[NDArray[np.int32], ...]


def polygons_of(counts: NDArray[np.int32], size: tuple[int, int]) -> list[Polygon]:
    """Return the polygons of one mask, one per part of pixels that touch along an edge."""
    width, height = size
    return [Polygon(outer, tuple(holes)) for outer, holes in trace_polygons(counts, width=width, height=height)]
