"""Masks as patches: the runs of a rectangle, and where it lies in the image.

What keeps its masks as crops takes and gives these; no pixel is drawn on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu import run_lengths

if TYPE_CHECKING:
    from ._batch import Masks


class Patch(NamedTuple):
    """A mask within a rectangle of its image, background around it.

    >>> Patch.of(20, 10, np.array([[True, False]])).counts
    array([0, 1, 1], dtype=int32)

    Attributes
    ----------
    y, x
        Row and column of its first pixel in the image.
    height, width
        Of the rectangle.
    counts
        (R,) int32: run lengths down its columns, background first, as COCO's.
    """

    y: int
    x: int
    height: int
    width: int
    counts: NDArray[np.int32]

    @classmethod
    def of(cls, y: int, x: int, pixels: NDArray[np.bool_] | NDArray[np.uint8]) -> Patch:
        """The patch of some pixels (height, width), at least one; every value but 0 is foreground."""
        height, width = pixels.shape
        return cls(y, x, height, width, run_lengths.encode(pixels))


def cut(masks: Masks) -> list[Patch]:
    """Each mask as the patch of its `extents`; 0 x 0 for an empty one.

    >>> import maskmill
    >>> [patch] = cut(maskmill.decode([{"mask": [[250, 500], [750, 500], [750, 1000], [250, 1000]]}], size=(8, 8)))
    >>> patch
    Patch(y=4, x=2, height=4, width=4, counts=array([ 0, 16], dtype=int32))
    """
    columns, tall = masks._columns, masks.size[1]
    cuts = []
    for i, (x0, y0, x1, y1) in enumerate(masks.extents.tolist()):
        counts = columns.counts[columns.offsets[i] : columns.offsets[i + 1]]
        shape = (y1 - y0, x1 - x0)
        cuts.append(Patch(y0, x0, *shape, run_lengths.window(counts, tall, shape, (y0, x0))))
    return cuts
