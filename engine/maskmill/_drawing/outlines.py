"""Draw outlines of masks and boxes so that each is visible where several share a border.

The dark casings of all outlines are drawn first, so that none covers another's line. Where a line would cover others,
it is drawn in dashes, and the others show between them: two masks with one border have a border of two colours. Only
the crop of one outline is processed at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .label_font import Canvas, Colour

Points = NDArray[Any]
"""(N, 1, 2) int32 x, y: a closed line in OpenCV's format."""

DARK: Final = (16, 16, 16)
"""Colour of casings and of the rims of tags."""


class Outline(NamedTuple):
    """Lines around one row: a dark casing and a coloured line on it.

    Attributes
    ----------
    casing, line : sequence of Points
        Closed lines.
    is_smooth : bool
        Whether edges are antialiased.
    """

    casing: Sequence[Points]
    line: Sequence[Points]
    is_smooth: bool


def outline_of_mask(crop: NDArray[np.bool_], at: tuple[int, int]) -> Outline:
    """Return the border of a mask and its holes; `at` is (x, y) of its crop in the image."""
    import cv2

    contours, _ = cv2.findContours(crop.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=at)
    return Outline(contours, contours, True)


def outline_of_box(box: tuple[int, int, int, int], width: int) -> Outline:
    """Return dashes along a box x0, y0, x1, y1 in whole pixels, ends exclusive, for lines of `width` pixels."""
    x0, y0, x1, y1 = box[0], box[1], box[2] - 1, box[3] - 1
    dash, step = 6 * width + 1, 10 * width + 2
    across = [((x, y), (min(x + dash, x1), y)) for x in range(x0, x1 + 1, step) for y in (y0, y1)]
    down = [((x, y), (x, min(y + dash, y1))) for y in range(y0, y1 + 1, step) for x in (x0, x1)]
    return Outline([_points((x0, y0), (x1, y0), (x1, y1), (x0, y1))], [_points(*ends) for ends in across + down], False)


def _points(*points: tuple[int, int]) -> Points:
    return np.array(points, np.int32).reshape(-1, 1, 2)


def draw_outlines(canvas: Canvas, outlines: Iterable[tuple[Outline, Colour]], width: int, casing: int) -> None:
    """Draw outlines from bottom to top.

    Parameters
    ----------
    canvas : NDArray[np.uint8]
        (H, W, 3); drawn upon.
    outlines : iterable of (Outline, Colour)
        Each with its colour.
    width : int
        Of the coloured line in pixels.
    casing : int
        How much wider the dark casing is, in pixels.
    """
    import cv2

    drawn = list(outlines)
    for outline, _ in drawn:
        kind = cv2.LINE_AA if outline.is_smooth else cv2.LINE_8
        cv2.polylines(canvas, outline.casing, True, DARK, width + casing, kind)
    depth = np.zeros(canvas.shape[:2], np.uint16)
    for outline, colour in drawn:
        _draw_line(canvas, depth, outline, colour, width)


def _draw_line(canvas: Canvas, depth: NDArray[np.uint16], outline: Outline, colour: Colour, width: int) -> None:
    """Draw one line, dashed where `depth` counts earlier lines: the more lines, the fewer dashes."""
    corner, cover = _coverage(outline, width, depth.shape[::-1])
    rows, columns = np.nonzero(cover)
    y, x = rows + corner[1], columns + corner[0]
    below = depth[y, x]
    shown = (x // (4 * width) + y // (4 * width)) % (below + 1) == below
    share = (cover[rows, columns] * shown)[:, None] / 255
    canvas[y, x] = np.rint(canvas[y, x] * (1 - share) + np.array(colour) * share)
    depth[y, x] += cover[rows, columns] > 127


def _coverage(outline: Outline, width: int, size: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return (x, y) of the crop that a line may reach in an image of `size`, and its coverage of each pixel there."""
    import cv2

    points = np.concatenate(outline.line)[:, 0]
    low = np.clip(points.min(axis=0) - width, 0, size)
    across, down = np.clip(points.max(axis=0) + width + 1, low, size) - low
    cover = np.zeros((down, across), np.uint8)
    kind = cv2.LINE_AA if outline.is_smooth else cv2.LINE_8
    cv2.polylines(cover, [run - low.astype(np.int32) for run in outline.line], True, 255, width, kind)
    return low.astype(np.int64), cover
