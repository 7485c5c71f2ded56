"""A sheet of the first images with their masks, to see at a glance what came back."""

from __future__ import annotations

from itertools import islice
from math import ceil, sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill._image_size import Size
from maskmill.errors import MaskmillError

from .._images.pixels import read_rgb
from .._images.shrink import target
from ..exports.png import write_image
from ._tasks import Errands

PREVIEW: Final = "preview.png"
_MOST: Final = 12
_SIDE: Final = 480
_GAP: Final = 8
_PAPER: Final = 245


def write_preview(folder: Path, errands: Errands) -> Path | None:
    """Write ``preview.png``: up to twelve images with a reply, each with its masks over it; None if there is none."""
    tiles = list(islice(_tiles(errands), _MOST))
    if not tiles:
        (folder / PREVIEW).unlink(missing_ok=True)
        return None
    return write_image(_sheet(tiles), folder / PREVIEW)


def _tiles(errands: Errands) -> Any:
    """The overlays, one by one; an image that OpenCV does not read is passed over."""
    for item in errands.catalogue:
        best = errands.trail(item).best if item.size is not None else None
        if best is None:
            continue
        try:
            pixels = read_rgb(item.path, item.key)
        except MaskmillError:
            continue
        small = _resized(pixels, target((pixels.shape[1], pixels.shape[0]), _SIDE))
        yield errands.decode(best.said.text, (small.shape[1], small.shape[0])).overlay(small)


def _resized(pixels: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    import cv2

    resized: Any = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def _sheet(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The tiles in rows, each in the middle of a field as large as the largest."""
    columns = ceil(sqrt(len(tiles)))
    rows = ceil(len(tiles) / columns)
    high, wide = max(tile.shape[0] for tile in tiles), max(tile.shape[1] for tile in tiles)
    shape = (rows * (high + _GAP) + _GAP, columns * (wide + _GAP) + _GAP, 3)
    sheet = np.full(shape, _PAPER, np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        top = _GAP + row * (high + _GAP) + (high - tile.shape[0]) // 2
        left = _GAP + column * (wide + _GAP) + (wide - tile.shape[1]) // 2
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet
