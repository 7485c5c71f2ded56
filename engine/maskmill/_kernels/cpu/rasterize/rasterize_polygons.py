"""Polygons to run-length counts: the Python face of the sweep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...steps import crossing
from ..run_geometry import cut_window
from ..run_lengths import to_canonical
from .sweep import END, HOLE, PART, rasterize_into


def rasterize_polygons(
    vertices: NDArray[np.float64],
    ring_stops: NDArray[np.int64],
    ring_parts: NDArray[np.int64],
    ring_holes: NDArray[np.bool_],
    *,
    width: int,
    height: int,
) -> NDArray[np.int32]:
    """Return the pixels whose centre is in the polygons, as COCO's run lengths.

    >>> square = np.array([[0, 0], [500, 0], [500, 500], [0, 500]])
    >>> rings = np.array([4]), np.array([0]), np.array([False])
    >>> rasterize_polygons(square, *rings, width=4, height=4).tolist()
    [0, 2, 2, 2, 10]

    A centre is in a ring when the ring's winding number around it is not 0; one on an edge is in at the top
    and the left, out at the bottom and the right. A part is its outer ring without its holes; parts unite.

    Parameters
    ----------
    vertices : NDArray[np.float64]
        (V, 2) x and y in thousandths of the image, finite, their magnitude times the longer side below 2**30,
        those below 2**-300 read as 0. A ring closes itself, and may repeat its first vertex at its end.
    ring_stops : NDArray[np.int64]
        (R,) one past the last vertex of each ring, ascending.
    ring_parts : NDArray[np.int64]
        (R,) the part of each ring, ascending.
    ring_holes : NDArray[np.bool_]
        (R,) true for a hole, false for the one outer ring of a part.
    width, height : int
        The image in pixels, each 1..65535, their product below 2**31. None of these bounds is checked here.

    Returns
    -------
    NDArray[np.int32]
        Run lengths in column-major order, background first; their sum is width * height.
    """
    points = np.array(vertices, dtype=np.float64, order="C").reshape(-1, 2)
    rings = np.zeros((len(ring_stops), 6), dtype=np.int64)
    rings[:, END], rings[:, HOLE], rings[:, PART] = ring_stops, ring_holes, ring_parts
    edges = np.empty((len(points), 7))
    lists = np.empty((6, len(points)), dtype=np.int64)
    digits, terms = np.empty(256, dtype=np.int64), np.empty(crossing.TERMS)
    counts = np.empty(2 * width + 1, dtype=np.int32)  # enough for a convex ring
    needed = rasterize_into(points, rings, (width, height), edges, lists, digits, terms, counts)
    if needed > len(counts):
        counts = np.empty(needed, dtype=np.int32)
        rasterize_into(points, rings, (width, height), edges, lists, digits, terms, counts)
    return counts[:needed].copy()


def rasterize_pixel_polygons(
    rings: list[NDArray[np.float64]], parts: list[int], holes: list[bool], *, width: int, height: int
) -> NDArray[np.int32]:
    """Return the pixels whose centre is in polygons of x, y in pixels, as run lengths; see `rasterize_polygons`.

    >>> square = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])
    >>> rasterize_pixel_polygons([square], [0], [False], width=4, height=4).tolist()
    [0, 2, 2, 2, 10]

    Thousandths of a canvas of 1000 * 2**n pixels are pixels over 2**n, which rounding cannot change; the image is the
    upper left window of the canvas that holds it. A canvas of 2**31 pixels or more is drawn in strips of columns, to
    which vertices between pixels are moved with an error of 1e-11 pixels.

    Parameters
    ----------
    rings : list[NDArray[np.float64]]
        (V, 2) vertices of each ring, at least 3.
    parts : list[int]
        The part of each ring, ascending.
    holes : list[bool]
        True for a hole, false for the one outer ring of a part.
    width, height : int
        The image in pixels.
    """
    wide, tall = _canvas(width), _canvas(height)
    while wide * tall >= 1 << 31:
        wide //= 2
    vertices = np.concatenate(rings)
    stops = np.cumsum([len(ring) for ring in rings], dtype=np.int64)
    tables = stops, np.array(parts, np.int64), np.array(holes, np.bool_)
    strips = []
    for left in range(0, width, wide):
        placed = (vertices - (left, 0)) * (1000 / wide, 1000 / tall)
        counts = rasterize_polygons(placed, *tables, width=wide, height=tall)
        strips.append(cut_window(counts, height=tall, shape=(height, min(wide, width - left))))
    return strips[0] if len(strips) == 1 else _join(strips)


def _join(strips: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return the run lengths of strips of columns, one beside the other."""
    runs = [strip if len(strip) % 2 == 0 else np.append(strip, 0) for strip in strips]  # each begins with background
    return to_canonical(np.concatenate(runs).astype(np.int64))


def _canvas(side: int) -> int:
    """Return the smallest 1000 * 2**n that is at least `side`."""
    canvas = 1000
    while canvas < side:
        canvas *= 2
    return canvas
