"""What other tools draw, as COCO run lengths: pixels of a box, and polygons by either of two rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maskmill.errors import ArgumentError, excerpt, told

if TYPE_CHECKING:
    from maskmill import Masks

Rle = dict[str, Any]
Size = tuple[int, int]

_FARTHEST: Final = 1 << 20
"""Pixels outside which no vertex may lie, so that integers of 32 bits hold them."""


class Shape(NamedTuple):
    """One mask as a reader found it.

    Attributes
    ----------
    label
        Its class.
    rle
        COCO's mapping with ``counts``; their size is the image's.
    score
        NaN where there is none.
    """

    label: str
    rle: Rle
    score: float = float("nan")


def masks_of(shapes: Sequence[Shape], size: Size) -> Masks:
    """The shapes of one image, a row each.

    Raises
    ------
    maskmill.errors.ArgumentError
        The size or a shape cannot be.
    """
    from maskmill import Masks

    labels, scores = [shape.label for shape in shapes], [shape.score for shape in shapes]
    return Masks.from_coco([shape.rle for shape in shapes], size, labels=labels, scores=scores)


def pasted(pixels: NDArray[np.bool_], x: int, y: int, size: Size) -> Rle:
    """Pixels (h, w) of a box inside an image, whose upper left corner is the image's pixel x, y.

    >>> pasted(np.array([[True, False], [True, True]]), 1, 0, (3, 2))["counts"]
    b'221O'

    Raises
    ------
    maskmill.errors.ArgumentError
        The box leaves the image.
    """
    from maskmill import Masks
    from maskmill.masks._patches import Patch

    (height, width), (image_width, image_height) = pixels.shape, size
    if not (0 <= x <= image_width - width and 0 <= y <= image_height - height):
        raise told(f"a box inside {size}", f"{width}x{height} pixels from {(x, y)}", "mask")
    rle: Rle = Masks.from_patches([Patch.of(y, x, pixels)], size).coco()[0]
    return rle


def ranges_of(pixels: NDArray[np.bool_], x: int, y: int, size: Size) -> NDArray[np.int64]:
    """Row-major runs (N, 2) of the pixels of such a box: the first pixel of each, and the one after its last.

    >>> ranges_of(np.array([[True, False], [True, True]]), 1, 0, (3, 2)).tolist()
    [[1, 2], [4, 6]]
    """
    changes = np.argwhere(np.diff(pixels, axis=1, prepend=False, append=False)) + np.array([y, x])
    places, times = np.unique(changes @ np.array([size[0], 1]), return_counts=True)
    ranges: NDArray[np.int64] = places[times == 1].reshape(-1, 2)  # a run that ends where the next begins is one
    return ranges


def from_ranges(ranges: NDArray[np.int64], size: Size) -> Rle:
    """The mask of row-major runs (N, 2), ascending, which may touch.

    >>> from_ranges(np.array([[1, 2], [4, 6]]), (3, 2))["counts"]
    b'221O'
    """
    width, height = size
    if not len(ranges):
        return {"size": [height, width], "counts": [width * height]}
    top, bottom = int(ranges[0, 0]) // width, -(-int(ranges[-1, 1]) // width)
    lengths = np.diff(ranges.reshape(-1) - top * width, prepend=0, append=(bottom - top) * width)
    band = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(-1, width)
    return pasted(band, 0, top, size)


def outlined(rings: Iterable[ArrayLike], size: Size) -> Rle:
    """Rings of pixels, filled together with the pixels under their outlines, as `cv2.fillPoly` does it; they unite.

    >>> outlined([[[0, 0], [1, 0], [1, 1], [0, 1]]], (3, 2))["counts"]
    b'042'

    Parameters
    ----------
    rings
        (V, 2) integers each: x, y of pixels; what lies outside the image is cut off.
    size
        (width, height) of the image.

    Raises
    ------
    maskmill.errors.ArgumentError
        A vertex is far outside the image.
    """
    import cv2

    points = [np.asarray(ring) for ring in rings]
    reach = np.concatenate(points)
    if not (np.abs(reach) < _FARTHEST).all():  # also false for what is not a number
        raise told(f"coordinates within {_FARTHEST} pixels", "one outside", "polygon")
    low = np.clip(reach.min(0), 0, np.subtract(size, 1)).astype(np.int32)
    high = np.clip(reach.max(0), low, np.subtract(size, 1)).astype(np.int32)
    pixels = np.zeros((high - low + 1)[::-1], np.uint8)
    for ring in points:
        cv2.fillPoly(pixels, [ring.astype(np.int32) - low], 1)
    return pasted(pixels.astype(np.bool_), int(low[0]), int(low[1]), size)


def enclosed(ring: ArrayLike, size: Size) -> Rle:
    """The pixels whose centre lies in a ring (V, 2) of x, y along the edges of pixels.

    >>> enclosed([[0, 0], [1, 0], [1, 2], [0, 2]], (3, 2))["counts"]
    b'024'

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no ring of at least 3 vertices near the image.
    """
    from maskmill import Masks

    rle: Rle = Masks.from_polygons([[ring]], size).coco()[0]
    return rle


def united(rles: Sequence[Rle], size: Size) -> Rle:
    """One mask of all pixels of some."""
    from maskmill import Masks

    return rles[0] if len(rles) == 1 else Masks.from_coco(rles, size).union()


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Whatever another program's file holds instead of the expected is told with its place.

    >>> with reading("a.json"):
    ...     {}["shapes"]
    Traceback (most recent call last):
        ...
    maskmill.errors.ArgumentError: expected an annotation as its format has it, got KeyError: "'shapes'" - at `a.json`
    """
    try:
        yield
    except ArgumentError as error:
        raise ArgumentError(f"{error}, in {where}") from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        found = f"{type(error).__name__}: {excerpt(str(error))}"
        raise told("an annotation as its format has it", found, where) from None
