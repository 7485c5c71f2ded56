"""What becomes counts in a kernel: a map in its box, or rings; on the CPU here, many together in `device`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels.cpu.rasterize import rasterize
from .kernels.cpu.resize import BitMaps, resize, resize_bits, resize_bits_all
from .sizes import Size

Counts = NDArray[np.int32]


class MapWork(NamedTuple):
    """A map to be resized to its box.

    Attributes
    ----------
    pixels
        uint8 (h, w); or, of a map of 0 and 255, the bits of its columns: uint32 (w, (h + 31) // 32).
    height
        Rows of the map.
    box
        x0, y0, x1, y1 in pixels of the image, not empty; it may leave the image.
    size, threshold
        Those of the image, and of the caller.
    """

    pixels: NDArray[Any]
    height: int
    box: tuple[int, int, int, int]
    size: Size
    threshold: int

    def on_the_cpu(self) -> Counts:
        """Return the counts of the mask."""
        if self.pixels.dtype == np.uint8:
            return resize(self.pixels, self.box, *self.size, self.threshold)
        return resize_bits(self.pixels, self.height, self.box, *self.size, self.threshold)


class RingWork(NamedTuple):
    """Rings to be filled, as `kernels.cpu.rasterize` takes them."""

    vertices: NDArray[np.float64]
    stops: NDArray[np.int64]
    parts: NDArray[np.int64]
    holes: NDArray[np.bool_]
    size: Size

    def on_the_cpu(self) -> Counts:
        """Return the counts of the mask."""
        return rasterize(self.vertices, self.stops, self.parts, self.holes, *self.size)


Work = MapWork | RingWork


def on_the_cpu(works: Sequence[Work]) -> list[Counts]:
    """Return the counts of each mask: of maps given by bits, at one threshold, in one call."""
    of_bits = [i for i, work in enumerate(works) if isinstance(work, MapWork) and work.pixels.dtype != np.uint8]
    made = dict(zip(of_bits, resize_bits_all(_packed([works[i] for i in of_bits])), strict=True)) if of_bits else {}
    return [made[i] if i in made else work.on_the_cpu() for i, work in enumerate(works)]


def _packed(works: Sequence[Any]) -> BitMaps:
    lengths = np.cumsum([0, *(work.pixels.size for work in works)], dtype=np.int64)
    words = np.concatenate([work.pixels.reshape(-1) for work in works])
    shapes = np.array([(work.height, len(work.pixels)) for work in works], np.int64)
    boxes = np.array([work.box for work in works], np.int64)
    sizes = np.array([work.size for work in works], np.int64)
    return BitMaps(words, lengths[:-1], shapes, boxes, sizes, works[0].threshold)
