"""Turn rings into pixels: by the rule of the format's own tool, or by ours."""

from __future__ import annotations

from collections.abc import Sequence

from maskmill._images.size import Size

from ..._geometry.coco_shapes import fill_polygons
from ..._geometry.foreign_shapes import Rle, fill_enclosed
from ..options import ReadOptions
from .rows import ShapeRow, note_clipped, shape_error
from .values import Points


def draw_as_coco(row: ShapeRow, rings: Sequence[Points], size: Size, options: ReadOptions, at: str) -> Rle:
    """Return the union of rings (V, 2), drawn as pycocotools draws them or by pixel centres.

    Rings of fewer than 3 points are left out; where no ring is left, the row is ``degenerate``.

    Parameters
    ----------
    row : ShapeRow
        Row that gets the notes.
    rings : sequence of NDArray[np.float64]
        (V, 2) x, y in pixels each.
    size : tuple of int
        (width, height) of the image.
    options : ReadOptions
        The rule.
    at : str
        Place of the shape, for messages.
    """
    drawn = keep_areas(row, rings, at)
    note_clipped(row, drawn, size)
    return fill_polygons(drawn, size) if options.is_native else fill_enclosed(drawn, size)


def keep_areas(row: ShapeRow, rings: Sequence[Points], at: str) -> list[Points]:
    """Return the rings of at least 3 points, and note the others.

    Parameters
    ----------
    row : ShapeRow
        Row that gets the note.
    rings : sequence of NDArray[np.float64]
        (V, 2) each.
    at : str
        Place of the shape, for messages.

    Raises
    ------
    ShapeError
        None is left.
    """
    kept = [ring for ring in rings if len(ring) > 2]
    if not kept:
        raise shape_error("degenerate", "at least 3 points", str(max(map(len, rings), default=0)), at)
    if len(kept) < len(rings):
        row.note(
            "part_dropped", f"expected at least 3 points per part, got fewer in {len(rings) - len(kept)} - at `{at}`"
        )
    return kept
