"""What becomes counts in a kernel: a map in its box, or rings; on the CPU here, many together in `device`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._image_size import Size
from .._kernels.cpu.rasterize.grid_edges import END, HOLE, PART, Rings
from .._kernels.cpu.rasterize.rasterize import rasterize
from .._kernels.cpu.resize.resize import Maps, resize, resize_bits, resize_bits_all

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
    """Return the counts of each mask: of maps given by bits, in one call."""
    of_bits = {i: work for i, work in enumerate(works) if isinstance(work, MapWork) and work.pixels.dtype != np.uint8}
    made = dict(zip(of_bits, resize_bits_all(maps_of(list(of_bits.values()))), strict=True)) if of_bits else {}
    return [made[i] if i in made else work.on_the_cpu() for i, work in enumerate(works)]


def maps_of(works: Sequence[MapWork]) -> Maps:
    """Return maps of one kind end to end."""
    pixels = [work.pixels.reshape(-1) for work in works]
    starts = np.cumsum([0, *map(len, pixels)], dtype=np.int64)[:-1]
    shapes = [(work.height, work.pixels.shape[work.pixels.dtype == np.uint8]) for work in works]
    numbers = [shapes, [work.box for work in works], [work.size for work in works], [work.threshold for work in works]]
    return Maps(np.concatenate(pixels), starts, *(np.array(column, np.int64) for column in numbers))


def rings_of(works: Sequence[RingWork]) -> Rings:
    """Return the rings of many masks, as `kernels.cpu.gridedges` takes them."""
    firsts = np.cumsum([0, *(len(work.vertices) for work in works)], dtype=np.int64)
    masks = np.cumsum([0, *(len(work.stops) for work in works)], dtype=np.int64)
    rings = np.zeros((int(masks[-1]), 4), np.int64)
    rings[:, END] = np.concatenate([work.stops for work in works]) + np.repeat(firsts[:-1], np.diff(masks))
    rings[:, PART] = np.concatenate([work.parts for work in works])
    rings[:, HOLE] = np.concatenate([work.holes for work in works])
    vertices = np.concatenate([work.vertices for work in works])
    return Rings(np.ascontiguousarray(vertices), rings, masks, np.array([work.size for work in works], np.int64))
