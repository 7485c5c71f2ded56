"""What becomes counts in a kernel: a map in its box, or rings; on the CPU here, many together in `device`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels.cpu.rasterize import rasterize
from .kernels.cpu.resize import resize, resize_bits
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
