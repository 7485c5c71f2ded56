"""Kernel jobs: a probability map to resize into its box, or polygons to rasterise; `scheduler` runs them on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._images.size import Size
from .._kernels.cpu.rasterize.grid_edges import END, HOLE, PART, RingBatch
from .._kernels.cpu.rasterize.rasterize_polygons import rasterize_polygons
from .._kernels.cpu.resize.resize_map import MapBatch, resize_binary_map, resize_binary_maps, resize_map

Counts = NDArray[np.int32]


class MapJob(NamedTuple):
    """A probability map to resize into its box and to threshold.

    Attributes
    ----------
    pixels : NDArray
        uint8 (h, w); or, for a map of 0 and 255, the bits of its columns: uint32 (w, (h + 31) // 32).
    height : int
        Height of the map in pixels.
    box : tuple[int, int, int, int]
        x0, y0, x1, y1 in pixels of the image, not empty; it may leave the image.
    size : tuple[int, int]
        (width, height) of the image.
    threshold : int
        0..255.
    """

    pixels: NDArray[Any]
    height: int
    box: tuple[int, int, int, int]
    size: Size
    threshold: int

    def run(self) -> Counts:
        """Return the run lengths of the mask, computed on the CPU."""
        width, height = self.size
        if self.pixels.dtype == np.uint8:
            return resize_map(self.pixels, self.box, width=width, height=height, threshold=self.threshold)
        return resize_binary_map(
            self.pixels, self.box, map_height=self.height, width=width, height=height, threshold=self.threshold
        )


class PolygonJob(NamedTuple):
    """Polygons to rasterise, together one mask.

    Attributes
    ----------
    vertices : NDArray[np.float64]
        (V, 2) x, y of all rings end to end, in thousandths of the image.
    stops : NDArray[np.int64]
        (R,) one past the last vertex of each ring.
    parts : NDArray[np.int64]
        (R,) the number of the ring's polygon.
    holes : NDArray[np.bool_]
        (R,) whether the ring is a hole.
    size : tuple[int, int]
        (width, height) of the image.
    """

    vertices: NDArray[np.float64]
    stops: NDArray[np.int64]
    parts: NDArray[np.int64]
    holes: NDArray[np.bool_]
    size: Size

    def run(self) -> Counts:
        """Return the run lengths of the mask, computed on the CPU."""
        width, height = self.size
        return rasterize_polygons(self.vertices, self.stops, self.parts, self.holes, width=width, height=height)


KernelJob = MapJob | PolygonJob


def run_on_cpu(jobs: Sequence[KernelJob]) -> list[Counts]:
    """Return the run lengths of each mask; maps given by bits are resized in one call."""
    bit_maps = {i: job for i, job in enumerate(jobs) if isinstance(job, MapJob) and job.pixels.dtype != np.uint8}
    masks = resize_binary_maps(concatenate_maps(list(bit_maps.values()))) if bit_maps else []
    counts = dict(zip(bit_maps, masks, strict=True))
    return [counts[i] if i in counts else job.run() for i, job in enumerate(jobs)]


def concatenate_maps(jobs: Sequence[MapJob]) -> MapBatch:
    """Return maps of one dtype end to end."""
    pixels = [job.pixels.reshape(-1) for job in jobs]
    starts = np.cumsum([0, *map(len, pixels)], dtype=np.int64)[:-1]
    shapes = [(job.height, job.pixels.shape[job.pixels.dtype == np.uint8]) for job in jobs]
    numbers = [shapes, [job.box for job in jobs], [job.size for job in jobs], [job.threshold for job in jobs]]
    return MapBatch(np.concatenate(pixels), starts, *(np.array(column, np.int64) for column in numbers))


def concatenate_polygons(jobs: Sequence[PolygonJob]) -> RingBatch:
    """Return the polygons of many masks end to end."""
    firsts = np.cumsum([0, *(len(job.vertices) for job in jobs)], dtype=np.int64)
    masks = np.cumsum([0, *(len(job.stops) for job in jobs)], dtype=np.int64)
    rings = np.zeros((int(masks[-1]), 4), np.int64)
    rings[:, END] = np.concatenate([job.stops for job in jobs]) + np.repeat(firsts[:-1], np.diff(masks))
    rings[:, PART] = np.concatenate([job.parts for job in jobs])
    rings[:, HOLE] = np.concatenate([job.holes for job in jobs])
    vertices = np.concatenate([job.vertices for job in jobs])
    return RingBatch(np.ascontiguousarray(vertices), rings, masks, np.array([job.size for job in jobs], np.int64))
