"""Turn the shapes of other tools into COCO run lengths: pixels of a box, and polygons by either fill rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maskmill._kernels.cpu.run_geometry import cut_window
from maskmill._kernels.cpu.run_lengths import encode
from maskmill.errors import ArgumentError

if TYPE_CHECKING:
    pass

Rle = Mapping[str, Any]
Size = tuple[int, int]

_MAX_COORDINATE: Final = 1 << 20
"""Bound on the coordinates of vertices, in pixels, so that 32-bit integers hold them."""


def paste_box(pixels: NDArray[np.bool_], x: int, y: int, size: Size) -> Rle:
    """Return the mask of an image that has the pixels of a box.

    >>> paste_box(np.array([[True, False], [True, True]]), 1, 0, (3, 2))["counts"].tolist()
    [2, 2, 1, 1]

    Parameters
    ----------
    pixels : NDArray[np.bool_]
        (h, w), the pixels of the box.
    x, y : int
        The image's pixel at the upper left corner of the box.
    size : tuple[int, int]
        (width, height) of the image.

    Raises
    ------
    maskmill.errors.ArgumentError
        The box leaves the image.
    """
    (height, width), (image_width, image_height) = pixels.shape, size
    if not (0 <= x <= image_width - width and 0 <= y <= image_height - height):
        raise ArgumentError(f"a box inside {size}", f"{width}x{height} pixels from {(x, y)}", "mask")
    shape = image_height, image_width
    return {"size": [*shape], "counts": cut_window(encode(pixels), height=height, shape=shape, origin=(-y, -x))}


def to_ranges(pixels: NDArray[np.bool_], x: int, y: int, size: Size) -> NDArray[np.int64]:
    """Return the row-major runs of the pixels of a box in an image.

    >>> to_ranges(np.array([[True, False], [True, True]]), 1, 0, (3, 2)).tolist()
    [[1, 2], [4, 6]]

    Parameters
    ----------
    pixels : NDArray[np.bool_]
        (h, w), the pixels of the box.
    x, y : int
        The image's pixel at the upper left corner of the box.
    size : tuple[int, int]
        (width, height) of the image.

    Returns
    -------
    NDArray[np.int64]
        (N, 2): the first pixel of each run and the one after its last, as ``y * width + x``; ascending and apart.
    """
    changes = np.argwhere(np.diff(pixels, axis=1, prepend=False, append=False)) + np.array([y, x])
    places, counts = np.unique(changes @ np.array([size[0], 1]), return_counts=True)
    ranges: NDArray[np.int64] = places[counts == 1].reshape(-1, 2)  # a run that ends where the next begins joins it
    return ranges


def from_ranges(ranges: NDArray[np.int64], size: Size) -> Rle:
    """Return the mask of row-major runs (N, 2), ascending, which may touch, in an image of (width, height) `size`.

    >>> from_ranges(np.array([[1, 2], [4, 6]]), (3, 2))["counts"].tolist()
    [2, 2, 1, 1]
    """
    width, height = size
    if not len(ranges):
        return {"size": [height, width], "counts": [width * height]}
    top, bottom = int(ranges[0, 0]) // width, -(-int(ranges[-1, 1]) // width)
    lengths = np.diff(ranges.reshape(-1) - top * width, prepend=0, append=(bottom - top) * width)
    band = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(-1, width)
    return paste_box(band, 0, top, size)


def fill_outlined(rings: Iterable[ArrayLike], size: Size) -> Rle:
    """Return the mask of rings filled together with the pixels under their outlines, as `cv2.fillPoly` fills them.

    >>> fill_outlined([[[0, 0], [1, 0], [1, 1], [0, 1]]], (3, 2))["counts"].tolist()
    [0, 4, 2]

    Parameters
    ----------
    rings : iterable of array_like
        (V, 2) integers each: x, y of pixels. The mask is their union, clipped to the image.
    size : tuple[int, int]
        (width, height) of the image.

    Raises
    ------
    maskmill.errors.ArgumentError
        A vertex is far outside the image.
    """
    import cv2

    points = [np.asarray(ring) for ring in rings]
    vertices = np.concatenate(points)
    if not (np.abs(vertices) < _MAX_COORDINATE).all():  # also false for NaN
        raise ArgumentError(f"coordinates within {_MAX_COORDINATE} pixels", "one outside", "polygon")
    low = np.clip(vertices.min(0), 0, np.subtract(size, 1)).astype(np.int32)
    high = np.clip(vertices.max(0), low, np.subtract(size, 1)).astype(np.int32)
    pixels = np.zeros((high - low + 1)[::-1], np.uint8)
    for ring in points:
        cv2.fillPoly(pixels, [ring.astype(np.int32) - low], 1)
    return paste_box(pixels.astype(np.bool_), int(low[0]), int(low[1]), size)


def fill_enclosed(rings: Iterable[ArrayLike], size: Size) -> Rle:
    """Return the mask of the pixels whose centre lies in one of some rings (V, 2) of x, y.

    >>> fill_enclosed([[[0, 0], [1, 0], [1, 2], [0, 2]]], (3, 2))["counts"]
    b'024'

    Raises
    ------
    maskmill.errors.ArgumentError
        A ring has fewer than 3 vertices, or one far outside the image.
    """
    from maskmill import Masks

    rle: Rle = Masks.from_polygons([list(rings)], size).coco()[0]
    return rle


def merge_rles(rles: Sequence[Rle], size: Size) -> Rle:
    """Return the union of masks of one image."""
    from maskmill import Masks

    return rles[0] if len(rles) == 1 else Masks.from_coco(rles, size).union()
