"""The arguments of a batch of replies that decoding and collecting share: texts, options, rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

AXIS_AUTO, AXIS_XY, AXIS_YX = range(3)
"""Values of `KernelOptions.axis`."""

AS_WRITTEN, SWAPPED, CLEARLY_SWAPPED, BOX_SWAPPED = range(4)
"""Values of `ReplyRows.swaps`: how a polygon's points were read, and whether its own box decided that; or that its box
was read as x, y, which its key says and nothing contradicts."""

WRITTEN, REJECTED, FULL = 1, 0, -1
"""Answers to the items of a reply: written; left to the full path; a buffer is full. Below `FULL`: minus the vertices
that the scratch for polygons must hold."""

_Integers = NDArray[np.int64]
_Reals = NDArray[np.float64]


class KernelOptions(NamedTuple):
    """The options of a decoder that kernels read.

    Attributes
    ----------
    threshold : int
        A pixel belongs to the mask where the resized probability map is greater, 0..255.
    axis : int
        `AXIS_AUTO`, `AXIS_XY` or `AXIS_YX`.
    max_vertices : int
        Maximum number of vertices of a polygon, below 2**63.
    max_crossings : int
        Maximum number of columns that the edges of a polygon cross, below 2**63.
    max_reply_crossings, max_reply_counts : int
        Maximum number of columns crossed, and of run lengths, of a whole reply, below 2**63.
    """

    threshold: int
    axis: int
    max_vertices: int
    max_crossings: int
    max_reply_crossings: int
    max_reply_counts: int


class ReplyTexts(NamedTuple):
    """Replies end to end.

    Attributes
    ----------
    data : NDArray[np.uint8]
        Their UTF-8 bytes.
    stops : NDArray[np.int64]
        (N,) one past the last byte of each reply.
    sizes : NDArray[np.int64]
        (N, 2) width and height of each image.
    """

    data: NDArray[np.uint8]
    stops: _Integers
    sizes: _Integers


class ReplyRows(NamedTuple):
    """The columns that every row has.

    Attributes
    ----------
    swaps : NDArray[np.int64]
        (R,) `AS_WRITTEN`, `SWAPPED`, `CLEARLY_SWAPPED` or `BOX_SWAPPED`.
    margins : NDArray[np.float64]
        (R,) scratch: how much better a polygon fits its box as x, y than as y, x.
    overlaps : NDArray[np.float64]
        (R, 2) scratch: see `steps.axes.overlaps`.
    boxes : NDArray[np.float64]
        (R, 4) x0, y0, x1, y1 in pixels.
    scores : NDArray[np.float32]
        (R,) NaN where the item has none.
    """

    swaps: _Integers
    margins: _Reals
    overlaps: _Reals
    boxes: _Reals
    scores: NDArray[np.float32]


def new_reply_rows(max_rows: int) -> ReplyRows:
    """Return buffers for that many rows."""
    numbers = np.empty(max_rows, np.int64), np.empty(max_rows), np.empty((max_rows, 2)), np.empty((max_rows, 4))
    return ReplyRows(*numbers, np.empty(max_rows, np.float32))
