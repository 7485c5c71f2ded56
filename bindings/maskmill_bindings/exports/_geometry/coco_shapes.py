"""Fill polygons as pycocotools fills them, which is how COCO and CVAT make masks of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from maskmill._kernels.cpu.rasterize.fifths import fill_fifths
from maskmill.errors import ArgumentError

from .foreign_shapes import Rle, Size

_MAX_COORDINATE: Final = 1 << 16
"""Bound on coordinates, in pixels, as for `maskmill.Masks.from_polygons`."""


def fill_polygons(rings: Iterable[ArrayLike], size: Size) -> Rle:
    """Return the mask of the rings of one object, united, as pycocotools fills them.

    >>> fill_polygons([[[0, 0], [2, 0], [2, 2], [0, 2]], [[2, 0], [3, 0], [3, 1], [2, 1]]], (3, 2))["counts"].tolist()
    [0, 5, 1]

    Parameters
    ----------
    rings : iterable of array_like
        (V, 2) x, y in pixels each, V at least 3.
    size : tuple[int, int]
        (width, height) of the image.

    Raises
    ------
    maskmill.errors.ArgumentError
        A ring has fewer than 3 vertices, or a coordinate is not finite or far outside the image.
    """
    points = [np.asarray(ring, np.float64) for ring in rings]
    for ring in points:
        if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3:
            raise ArgumentError("a ring (V, 2) of x, y, V at least 3", f"an array of {ring.shape}", "polygon")
        if not max(ring.max(), -ring.min()) <= _MAX_COORDINATE:  # also for NaN
            raise ArgumentError(f"coordinates within {_MAX_COORDINATE} pixels", f"{np.abs(ring).max():g}", "polygon")
    counts = fill_fifths(points, [*range(len(points))], [False] * len(points), width=size[0], height=size[1])
    return {"size": [size[1], size[0]], "counts": counts}
