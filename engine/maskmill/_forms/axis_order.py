"""Decide the axis order of polygons: documented as x, y, but real replies also hold y, x.

For each polygon with a box, the bounding box of either reading is compared with the box (intersection over union). If
the two readings differ clearly, the better one is taken. If not, the polygon follows the clear ones of the same reply,
or, without any of these, the documented order.
"""

from __future__ import annotations

import numpy as np

from .._boxes import Box
from .._kernels.steps.axes import axis_margin, is_clear, is_swapped, vote
from ..status import Note
from .results import MaskValue, PolygonPart, Polygons


def decide_axes(masks: list[MaskValue], boxes: list[Box | None], axis: str) -> None:
    """Bring the polygons of one reply to x, y, in place.

    Parameters
    ----------
    masks : list of MaskValue
        The mask of each item; forms other than polygons are left alone.
    boxes : list of Box or None
        The box of each item.
    axis : {"auto", "xy", "yx"}
        ``"xy"`` or ``"yx"`` to decide for all, ``"auto"`` to let the boxes decide.
    """
    rows = [i for i, mask in enumerate(masks) if isinstance(mask.payload, Polygons) and not mask.payload.has_named_axes]
    margins = {i: _margin(masks[i].payload, boxes[i]) for i in rows} if axis == "auto" else {}
    balance = 0.0
    for margin in margins.values():  # as kernels add: `sum` of Python 3.12 rounds otherwise
        balance += vote(margin)
    for i in rows:
        margin = margins.get(i, 0.0)
        if is_swapped(axis == "yx", margin, balance):
            _swap(masks[i], is_clear(margin))


def _margin(payload: object, box: Box | None) -> float:
    """Return how much better x, y fits the box than y, x does: -1 to 1, 0 without a box."""
    if box is None or not isinstance(payload, Polygons):
        return 0.0
    points = np.concatenate([part.outer for part in payload.parts])
    a0, b0 = points.min(axis=0).tolist()
    a1, b1 = points.max(axis=0).tolist()
    return axis_margin((float(box.y0), float(box.x0), float(box.y1), float(box.x1)), (a0, b0, a1, b1))


def swapped_axes_note(is_clear: bool) -> Note:
    """Return the note of a polygon that was read as y, x."""
    why = "its box says so" if is_clear else "as the rest of the reply, or as asked"
    return Note("axes_swapped", f"the ring's points were read as y, x: {why}")


def _swap(mask: MaskValue, is_clear: bool) -> None:
    assert isinstance(mask.payload, Polygons)
    turned = (
        PolygonPart(part.outer[:, ::-1], tuple(hole[:, ::-1] for hole in part.holes)) for part in mask.payload.parts
    )
    mask.payload = Polygons(tuple(turned))
    mask.notes.append(swapped_axes_note(is_clear))
