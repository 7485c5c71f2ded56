"""From a placed mask value to its run lengths, to the kernel job that gives them, or to the reason why neither."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .._boxes import Box
from .._device.kernel_jobs import Counts, KernelJob, MapJob, PolygonJob
from .._forms import NoMask, Polygons, ProbabilityMap, RunLengths
from .._forms.polygon import beyond_limit
from .._frames.orders import CLEAR_AGREEMENT
from .._images.size import Size
from .._kernels.cpu.png.binary_png import has_size_of_image
from .._kernels.cpu.rasterize.rasterize_polygons import rasterize_pixel_polygons
from .._kernels.cpu.rasterize.ring_measures import columns_crossed
from .._kernels.cpu.run_geometry import scale
from .._kernels.cpu.run_lengths import to_canonical
from .._kernels.steps.axes import overlap
from .._kernels.steps.boxes import pixel_corners
from ..errors import excerpt
from ..status import Note, Status
from .context import Context
from .placement import in_thousandths
from .rle_readings import fits, is_striped
from .row import Row

_WHOLE_IMAGE: Final = Note("other_frame", "the map was read as one of the whole image: it has its size, and fits so")


def mask_of(row: Row, context: Context) -> KernelJob | Counts | NoMask:
    """Return the run lengths of a row's mask, the kernel job that gives them, or the reason why there are none."""
    payload = row.mask_value.payload
    if isinstance(payload, ProbabilityMap):
        return _from_map(row, payload, context)
    if isinstance(payload, Polygons):
        return _from_polygons(row, payload, context)
    if isinstance(payload, RunLengths):
        result = _from_run_lengths(row, payload, context)
        return result if isinstance(result, NoMask) else unless_empty(result)
    assert isinstance(payload, NoMask)  # tokens have been decoded
    return payload


def unless_empty(counts: Counts) -> Counts | NoMask:
    """Return the run lengths, or the reason why there are none if no pixel is set."""
    if len(counts) == 1:
        return NoMask(Status.EMPTY, "the mask was read well and has no pixel in this image")
    return counts


def _from_map(row: Row, payload: ProbabilityMap, context: Context) -> KernelJob | NoMask:
    options = context.options
    if _is_of_whole_image(row, payload.pixels, context):
        row.notes.append(_WHOLE_IMAGE)
        return _map_job(payload, (0, 0, *context.size), context)
    if row.box is None:
        box_text = "none" if row.item.box is None else excerpt(row.item.box)
        return NoMask(Status.NO_BOX, f"expected a box for the map, got {box_text}")
    if row.box.reach() > options.limits.max_coordinate:
        message = f"expected a box within {options.limits.max_coordinate} (max_coordinate), got {excerpt(row.item.box)}"
        return NoMask(Status.TOO_LARGE, message)
    x0, y0, x1, y1 = corners = pixel_corners(row.corners)
    if x0 == x1 or y0 == y1:
        return NoMask(Status.DEGENERATE, f"expected a box with pixels in it, got {x1 - x0}x{y1 - y0} of this image")
    if x0 < 0 or y0 < 0 or x1 > context.size[0] or y1 > context.size[1]:
        row.notes.append(_clipped("box", corners, context.size))
    return _map_job(payload, corners, context)


def _map_job(payload: ProbabilityMap, corners: tuple[int, int, int, int], context: Context) -> KernelJob | NoMask:
    job = MapJob(payload.pixels, len(payload.pixels), corners, context.size, context.options.threshold)
    return context.budget.spend_map(job) or job


def _is_of_whole_image(row: Row, pixels: NDArray[np.uint8], context: Context) -> bool:
    """Tell whether a map covers the whole image: it has its size, and its object spans its box, or it has no box.

    Other models and tools write such maps. Those of Gemini have 256x256 pixels, and are never taken for one.
    """
    if not has_size_of_image(pixels.shape[1], pixels.shape[0], *context.size):
        return False
    if row.box is None:
        return row.item.box is None
    inside = pixels > context.options.threshold
    ys, xs = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not len(ys):
        return False
    x0, y0, x1, y1 = row.corners
    extent = (float(ys[0]), float(xs[0]), float(ys[-1] + 1), float(xs[-1] + 1))
    return overlap((y0, x0, y1, x1), extent) >= CLEAR_AGREEMENT


def _from_polygons(row: Row, payload: Polygons, context: Context) -> KernelJob | Counts | NoMask:
    size, limits = context.size, context.options.limits
    rings = [
        (ring, p, h > 0) for p, part in enumerate(payload.parts) for h, ring in enumerate((part.outer, *part.holes))
    ]
    placed = np.concatenate([ring for ring, _, _ in rings])
    vertices = in_thousandths(placed, payload.far)
    if reason := beyond_limit(vertices, limits):
        return reason
    stops = np.cumsum([len(ring) for ring, _, _ in rings], dtype=np.int64)
    crossings = sum(columns_crossed(vertices[start:stop], size[0]) for start, stop in pairwise((0, *stops)))
    if crossings > limits.max_crossings:
        message = f"expected edges that cross at most {limits.max_crossings} columns (max_crossings), got {crossings}"
        return NoMask(Status.TOO_LARGE, message)
    if reason := context.budget.spend_crossings(crossings):
        return reason
    if vertices.min() < 0 or vertices.max() > 1000:
        x0, y0 = vertices.min(axis=0)
        x1, y1 = vertices.max(axis=0)
        row.notes.append(_clipped("ring", Box(y0, x0, y1, x1).in_pixels(size), size))
    parts = [part for _, part, _ in rings]
    holes = [is_hole for _, _, is_hole in rings]
    if payload.far == (1000, 1000):
        return PolygonJob(vertices, stops, np.array(parts, np.int64), np.array(holes, np.bool_), size)
    pixels = placed if payload.far == size else placed * (size[0] / payload.far[0], size[1] / payload.far[1])
    pixel_rings = np.split(np.asarray(pixels, np.float64), stops[:-1])
    counts = rasterize_pixel_polygons(pixel_rings, parts, holes, width=size[0], height=size[1])
    return unless_empty(counts)


def _agrees_with_box(row: Row) -> bool:
    return row.box is not None and all(note.code != "box_disagrees" for note in row.notes)


def _from_run_lengths(row: Row, payload: RunLengths, context: Context) -> Counts | NoMask:
    width, height = size = context.size
    counts = to_canonical(payload.counts)
    if not _agrees_with_box(row) and is_striped(counts, payload.shape):
        row.notes.append(
            Note(
                "rle_doubtful",
                "read row by row it would be far smoother: as if rows were written, not columns",
            )
        )
    if payload.shape == (height, width):
        return counts
    source_height, source_width = payload.shape
    sizes = f"an RLE of {source_width}x{source_height} for an image of {width}x{height}"
    if not fits(payload.shape, size):
        return NoMask(Status.GARBAGE, f"expected the image's size or its aspect, got {sizes}")
    if reason := context.budget.refuse_counts(len(counts) * width // source_width):
        return reason
    row.notes.append(Note("rle_scaled", f"scaled {sizes}"))
    return scale(counts, source_shape=payload.shape, target_shape=(height, width))


def _clipped(shape: str, corners: tuple[float, ...], size: Size) -> Note:
    place = ", ".join(f"{v:g}" for v in corners)
    return Note("clipped", f"the {shape} ({place}) leaves the image of {size[0]}x{size[1]} and was clipped to it")
