"""The preview: a sheet of the first images with their masks drawn over them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import ceil, sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill._images.pixels import read_rgb
from maskmill._images.size import Size
from maskmill.errors import MaskmillError

from ..._images.png_files import write_image
from ..._images.shrink import fit_size
from .._tasks import TaskPlanner

PREVIEW: Final = "preview.png"
_MAX_TILES: Final = 12
_MAX_SIDE: Final = 480
_GAP: Final = 8
_BACKGROUND: Final = 245


def write_preview(folder: Path, tasks: TaskPlanner) -> Path | None:
    """Write ``preview.png`` with up to twelve images that have a reply; return None, and write nothing, for none."""
    tiles = list(islice(_tiles(tasks), _MAX_TILES))
    if not tiles:
        (folder / PREVIEW).unlink(missing_ok=True)
        return None
    return write_image(_sheet(tiles), folder / PREVIEW)


def _tiles(tasks: TaskPlanner) -> Iterator[NDArray[np.uint8]]:
    """Yield images with their masks drawn over them; images that OpenCV cannot read are skipped."""
    for image in tasks.catalogue:
        best = tasks.history(image).best if image.size is not None else None
        if best is None:
            continue
        try:
            pixels = read_rgb(image.path, image.key)
        except MaskmillError:
            continue
        small = _resize(pixels, fit_size((pixels.shape[1], pixels.shape[0]), _MAX_SIDE))
        yield tasks.decode(best.output.text, (small.shape[1], small.shape[0])).overlay(small)


def _resize(pixels: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    import cv2

    resized: Any = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.uint8)


def _sheet(tiles: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Lay tiles out in rows, each in the middle of a field as large as the largest tile."""
    columns = ceil(sqrt(len(tiles)))
    rows = ceil(len(tiles) / columns)
    height, width = max(tile.shape[0] for tile in tiles), max(tile.shape[1] for tile in tiles)
    shape = (rows * (height + _GAP) + _GAP, columns * (width + _GAP) + _GAP, 3)
    sheet = np.full(shape, _BACKGROUND, np.uint8)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        top = _GAP + row * (height + _GAP) + (height - tile.shape[0]) // 2
        left = _GAP + column * (width + _GAP) + (width - tile.shape[1]) // 2
        sheet[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return sheet
