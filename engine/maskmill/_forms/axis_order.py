"""The axis order of rings: documented as x, y; real replies also hold y, x. The box decides.

For each ring with a box, the bounding box of either reading is compared with it (intersection over union). Where the
two differ, the better one is taken; where they do not, the ring follows the clear ones of the same reply, and without
any of these the documented order.
"""

from __future__ import annotations

import numpy as np

from .._boxes import Box
from .._kernels.steps.axes import CLEAR, margin_of
from ..status import Note
from .results import Found, Part, Rings


def settle_axes(found: list[Found], boxes: list[Box | None], axis: str) -> None:
    """Bring the rings of one reply to x, y, in place.

    Parameters
    ----------
    found
        What each item of the reply holds; other forms than rings are passed over.
    boxes
        The box of each item, or None.
    axis
        ``"xy"`` or ``"yx"`` to decide for all, ``"auto"`` to let the boxes decide.
    """
    rows = [i for i, f in enumerate(found) if isinstance(f.payload, Rings) and not f.payload.named]
    margins = {i: _margin(found[i].payload, boxes[i]) for i in rows} if axis == "auto" else {}
    balance = sum(margin for margin in margins.values() if abs(margin) >= CLEAR)
    for i in rows:
        margin = margins.get(i, 0.0)
        leaning = margin if abs(margin) >= CLEAR else balance
        if axis == "yx" or leaning < 0:
            _swap(found[i], abs(margin) >= CLEAR)


def _margin(payload: object, box: Box | None) -> float:
    """How much better x, y fits the box than y, x does: from -1 to 1, 0 without a box."""
    if box is None or not isinstance(payload, Rings):
        return 0.0
    points = np.concatenate([part.outer for part in payload.parts])
    a0, b0 = points.min(axis=0).tolist()
    a1, b1 = points.max(axis=0).tolist()
    return margin_of((float(box.y0), float(box.x0), float(box.y1), float(box.x1)), (a0, b0, a1, b1))


def swapped(is_clear: bool) -> Note:
    """What is said of a ring that was read as y, x."""
    why = "its box says so" if is_clear else "as the rest of the reply, or as asked"
    return Note("axes_swapped", f"the ring's points were read as y, x: {why}")


def _swap(found: Found, is_clear: bool) -> None:
    assert isinstance(found.payload, Rings)
    turned = (Part(part.outer[:, ::-1], tuple(hole[:, ::-1] for hole in part.holes)) for part in found.payload.parts)
    found.payload = Rings(tuple(turned))
    found.notes.append(swapped(is_clear))
