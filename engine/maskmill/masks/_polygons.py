"""Polygons of a mask: parts with holes, along the edges of its pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu.trace import trace


class Polygon(NamedTuple):
    """One connected part of a mask.

    Attributes
    ----------
    outer
        (V, 2) int32: x, y of the corners in pixels, from 0 to the image's width and height, y down; the first vertex is
        not repeated at the end.
    holes
        The rings of its holes, each like `outer`.
    """

    outer: NDArray[np.int32]
    holes: tuple[NDArray[np.int32], ...]


def polygons_of(counts: NDArray[np.int32], size: tuple[int, int]) -> list[Polygon]:
    """Trace one mask: a polygon for each part of pixels that touch along an edge."""
    return [Polygon(outer, tuple(holes)) for outer, holes in trace(counts, *size)]
