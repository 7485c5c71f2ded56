"""Read COCO's instances: polygons, run lengths and what real files hold in their place."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from maskmill._images.size import Size
from maskmill.errors import ArgumentError, expected

from ..._geometry.foreign_shapes import Rle, merge_rles
from ..options import ReadOptions
from ..parts.drawing import draw_as_coco
from ..parts.rows import ShapeRow, fill_row
from ..parts.run_lengths import read_run_lengths
from ..parts.values import Object, Points, flat_points, points
from .files import CocoFile, CocoImage, Entries, begin_row, image_size, load_coco, to_record, to_unread


def read_entries(path: Path, options: ReadOptions) -> Entries:
    """Yield one record per image of a COCO file, then what belongs to no image."""
    file = load_coco(path)
    for image in file.images.values():
        try:
            size = image_size(image, file, options)
        except ArgumentError as error:
            yield to_unread(image, error, file)
        else:
            yield to_record(image, _rows(image, size, file, options), size, file)
    yield from file.unread


def _rows(image: CocoImage, size: Size, file: CocoFile, options: ReadOptions) -> list[ShapeRow]:
    """Return one row per annotation of an image."""
    return [read_annotation(annotation, size, file, at, options) for at, annotation in image.annotations]


def read_annotation(annotation: Object, size: Size, file: CocoFile, at: str, options: ReadOptions) -> ShapeRow:
    """Return the row of an annotation, or of a result.

    Parameters
    ----------
    annotation : dict
        What the file says of it.
    size : tuple of int
        (width, height) of its image.
    file : CocoFile
        The file, for the names of categories.
    at : str
        Place of the annotation, for messages.
    options : ReadOptions
        How polygons are drawn.
    """
    row = begin_row(annotation, file.labels, at)
    segmentation = annotation.get("segmentation")
    at = f"segmentation in {at}"
    if not segmentation:
        row.status = "nothing"
        row.note("nothing", f"expected a segmentation, got none - at `{at}`")
        return row
    row.form = "rle" if _run_lengths_in(segmentation) else "ring"
    return fill_row(row, partial(_draw, segmentation, size, at, options))


def _draw(segmentation: Any, size: Size, at: str, options: ReadOptions, row: ShapeRow) -> Rle:
    """Return the mask of a segmentation."""
    if encoded := _run_lengths_in(segmentation):
        return merge_rles([read_run_lengths(row, rle, size, at) for rle in encoded], size)
    return draw_as_coco(row, _rings(row, segmentation, at), size, options, at)


def _run_lengths_in(segmentation: Any) -> list[Object]:
    """Return the run lengths: the value itself, or those of a list."""
    listed = segmentation if isinstance(segmentation, list) else [segmentation]
    return listed if all(isinstance(value, dict) for value in listed) else []


def _rings(row: ShapeRow, segmentation: Any, at: str) -> list[Points]:
    """Return the rings of polygons: flat lists, or lists of points; a single ring may stand for the list of rings."""
    if not isinstance(segmentation, list):
        raise expected("run lengths or a list of polygons", segmentation, at)
    if not isinstance(segmentation[0], list):
        row.note("shape_mended", f"expected a list of polygons, got the numbers of one - at `{at}`")
        segmentation = [segmentation]
    elif _are_points(segmentation):
        row.note("shape_mended", f"expected polygons as x, y, x, y, …, got pairs - at `{at}`")
        return [points(segmentation, at)]
    return [_ring(row, ring, f"[{i}] of {at}") for i, ring in enumerate(segmentation)]


def _are_points(values: list[Any]) -> bool:
    """Whether a list holds pairs of numbers, so that it is one ring."""
    return len(values) > 2 and all(
        isinstance(value, list) and len(value) == 2 and not isinstance(value[0], list) for value in values
    )


def _ring(row: ShapeRow, ring: Any, at: str) -> Points:
    """Return the vertices of one polygon."""
    if not isinstance(ring, list):
        raise expected("a polygon as a list of numbers", ring, at)
    if ring and isinstance(ring[0], list):
        row.note("shape_mended", f"expected a polygon as x, y, x, y, …, got pairs - at `{at}`")
        return points(ring, at)
    if len(ring) % 2:
        row.note("vertex_dropped", f"expected as many y as x, got {len(ring)} numbers: the last is dropped - at `{at}`")
    return flat_points(ring, at) if len(ring) > 1 else np.empty((0, 2))
