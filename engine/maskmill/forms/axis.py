"""The axis order of rings: documented as x, y; real replies also hold y, x. The box decides.

For each ring with a box, the bounding box of either reading is compared with it (intersection over union). Where the
two differ, the better one is taken; where they do not, the ring follows the clear ones of the same reply, and without
any of these the documented order.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..geometry import Box
from ..status import Note
from .found import Found, Part, Rings

_CLEAR: Final = 0.05
"""Two readings whose overlaps with the box differ by less than this are not told apart."""


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
    balance = sum(margin for margin in margins.values() if abs(margin) >= _CLEAR)
    for i in rows:
        margin = margins.get(i, 0.0)
        leaning = margin if abs(margin) >= _CLEAR else balance
        if axis == "yx" or leaning < 0:
            _swap(found[i], i, margin)


def _margin(payload: object, box: Box | None) -> float:
    """How much better x, y fits the box than y, x does: from -1 to 1, 0 without a box."""
    if box is None or not isinstance(payload, Rings):
        return 0.0
    points = np.concatenate([part.outer for part in payload.parts])
    a0, b0 = points.min(axis=0)
    a1, b1 = points.max(axis=0)
    return _overlap(box, Box(b0, a0, b1, a1)) - _overlap(box, Box(a0, b0, a1, b1))


def _overlap(a: Box, b: Box) -> float:
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    common = max(height, 0.0) * max(width, 0.0)
    total = (a.y1 - a.y0) * (a.x1 - a.x0) + (b.y1 - b.y0) * (b.x1 - b.x0) - common
    return float(common / total) if total > 0 else 0.0


def _swap(found: Found, row: int, margin: float) -> None:
    assert isinstance(found.payload, Rings)
    swapped = (Part(part.outer[:, ::-1], tuple(hole[:, ::-1] for hole in part.holes)) for part in found.payload.parts)
    found.payload = Rings(tuple(swapped))
    why = "its box says so" if abs(margin) >= _CLEAR else "as the rest of the reply, or as asked"
    found.notes.append(Note("axes_swapped", f"the ring's points were read as y, x: {why}"))
