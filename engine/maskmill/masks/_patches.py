"""Masks as patches: the run lengths of a rectangle and its place in the image.

For formats that store masks as crops: patches are cut and placed without drawing a pixel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu import run_lengths
from .._kernels.cpu.run_geometry import cut_window
from ._storage import Columns


class Patch(NamedTuple):
    """A mask inside a rectangle of its image; outside the rectangle there is only background.

    >>> import numpy as np
    >>> Patch.of(20, 10, np.array([[True, False]])).counts
    array([0, 1, 1], dtype=int32)

    Attributes
    ----------
    y, x : int
        Row and column of its first pixel in the image.
    height, width : int
        Of the rectangle in pixels.
    counts : NDArray[np.int32]
        (R,): run lengths down its columns, background first, as COCO's.
    """

    y: int
    x: int
    height: int
    width: int
    counts: NDArray[np.int32]

    @classmethod
    def of(cls, y: int, x: int, pixels: NDArray[np.bool_] | NDArray[np.uint8]) -> Patch:
        """Return the patch of some pixels.

        Parameters
        ----------
        y, x : int
            Row and column of the first pixel in the image.
        pixels : bool or uint8 array
            (height, width), at least one pixel; every non-zero value is foreground.
        """
        height, width = pixels.shape
        return cls(y, x, height, width, run_lengths.encode(pixels))


def cut_patches(columns: Columns, extents: NDArray[np.int64], *, height: int) -> list[Patch]:
    """Return the patch of each mask.

    Parameters
    ----------
    columns : Columns
        The batch, N masks.
    extents : NDArray[np.int64]
        (N, 4): the rectangle of each patch, x0, y0, x1, y1 in pixels.
    height : int
        Of the image in pixels.
    """
    patches = []
    for i, (x0, y0, x1, y1) in enumerate(extents.tolist()):
        counts = columns.counts[columns.offsets[i] : columns.offsets[i + 1]]
        window = cut_window(counts, height=height, shape=(y1 - y0, x1 - x0), origin=(y0, x0))
        patches.append(Patch(y0, x0, y1 - y0, x1 - x0, window))
    return patches
