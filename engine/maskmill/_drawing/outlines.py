"""Outlines of masks and boxes on one picture, each of them seen where several run along one another.

The dark grounds of all outlines come first, so that none swallows another's line. A line that would cover others is
drawn in pieces there, and the others show between them: two masks with one border have a border of two colours. Work
is done on the crop of one outline at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .lettering import Canvas, Colour

Points = NDArray[Any]
"""(N, 1, 2) int32 x, y: a closed run of points, as OpenCV takes it."""

DARK: Final = (16, 16, 16)
"""Of what a line or a tag stands upon."""


class Outline(NamedTuple):
    """What is drawn around a row: a dark ground, and what is coloured of it.

    Attributes
    ----------
    ground, line
        Closed runs of points.
    smooth
        Whether edges are blended.
    """

    ground: Sequence[Points]
    line: Sequence[Points]
    smooth: bool


def around_mask(crop: NDArray[np.bool_], at: tuple[int, int]) -> Outline:
    """The border of a mask and of its holes; `at` is where its crop begins."""
    import cv2

    contours, _ = cv2.findContours(crop.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=at)
    return Outline(contours, contours, True)


def around_box(box: tuple[int, int, int, int], width: int) -> Outline:
    """Dashes along a box x0, y0, x1, y1 of whole pixels, ends exclusive, in lines of `width` pixels."""
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
    canvas
        (H, W, 3) uint8, drawn upon.
    outlines
        Each with its colour.
    width
        Pixels of a coloured line.
    casing
        How far the dark line below it looks out on both sides together.
    """
    import cv2

    drawn = list(outlines)
    for outline, _ in drawn:
        kind = cv2.LINE_AA if outline.smooth else cv2.LINE_8
        cv2.polylines(canvas, outline.ground, True, DARK, width + casing, kind)
    depth = np.zeros(canvas.shape[:2], np.uint16)
    for outline, colour in drawn:
        _draw_line(canvas, depth, outline, colour, width)


def _draw_line(canvas: Canvas, depth: NDArray[np.uint16], outline: Outline, colour: Colour, width: int) -> None:
    """Draw one line, in pieces where `depth` counts lines already: the more there are, the fewer."""
    corner, cover = _cover(outline, width, depth.shape[::-1])
    rows, columns = np.nonzero(cover)
    y, x = rows + corner[1], columns + corner[0]
    below = depth[y, x]
    shown = (x // (4 * width) + y // (4 * width)) % (below + 1) == below
    share = (cover[rows, columns] * shown)[:, None] / 255
    canvas[y, x] = np.rint(canvas[y, x] * (1 - share) + np.array(colour) * share)
    depth[y, x] += cover[rows, columns] > 127


def _cover(outline: Outline, width: int, size: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """The upper left corner of what a line may reach in an image of `size`, and how much it covers of each pixel."""
    import cv2

    points = np.concatenate(outline.line)[:, 0]
    low = np.clip(points.min(axis=0) - width, 0, size)
    across, down = np.clip(points.max(axis=0) + width + 1, low, size) - low
    cover = np.zeros((down, across), np.uint8)
    kind = cv2.LINE_AA if outline.smooth else cv2.LINE_8
    cv2.polylines(cover, [run - low.astype(np.int32) for run in outline.line], True, 255, width, kind)
    return low.astype(np.int64), cover
