"""Fill polygons as pycocotools fills them, which is how COCO and CVAT make masks of them."""

from __future__ import annotations

from collections.abc import Iterable

from numpy.typing import ArrayLike

from .foreign_shapes import Rle, Size


def fill_polygons(rings: Iterable[ArrayLike], size: Size) -> Rle:
    """Return the mask of the rings of one object, united, as pycocotools fills them.

    >>> fill_polygons([[[0, 0], [2, 0], [2, 2], [0, 2]], [[2, 0], [3, 0], [3, 1], [2, 1]]], (3, 2))["counts"]
    b'051'

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
    from maskmill import Masks

    parts = [(ring, ()) for ring in rings]  # pairs, so that no ring is taken for a ring and its holes
    rle: Rle = Masks.from_polygons([parts], size, rule="native").coco()[0]
    return rle
