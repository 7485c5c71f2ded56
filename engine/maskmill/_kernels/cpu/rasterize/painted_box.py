"""Pixels painted row by row into a box of the image, to run lengths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import step
from ..run_geometry import cut_window
from ..run_lengths import Counts, encode


def place_box(pixels: NDArray[np.bool_], x: int, y: int, *, width: int, height: int) -> Counts:
    """Return the run lengths of an image that has the pixels of a box.

    >>> place_box(np.array([[True, True]]), 1, 0, width=3, height=2).tolist()
    [2, 1, 1, 1, 1]

    Parameters
    ----------
    pixels : NDArray[np.bool_]
        (h, w), the pixels of the box, which lies in the image.
    x, y : int
        The image's pixel at the upper left corner of the box.
    width, height : int
        The image in pixels.
    """
    return cut_window(encode(pixels), height=len(pixels), shape=(height, width), origin=(-y, -x))


@step
def paint_row(pixels: NDArray[np.bool_], row: int, first: int, last: int) -> None:
    """Paint the pixels of a row from the first to the last, as far as they are in the box.

    Parameters
    ----------
    pixels : NDArray[np.bool_]
        (h, w), the pixels of the box.
    row, first, last : int
        In the box.
    """
    if 0 <= row < pixels.shape[0]:
        for column in range(max(first, 0), min(last + 1, pixels.shape[1])):
            pixels[row, column] = True
