"""What tests of other models' replies share: the extents of masks, and the messages of rows."""

from __future__ import annotations

from maskmill import Masks


def extents(masks: Masks) -> list[list[int] | None]:
    """Return x0, y0, x1, y1 of each mask's pixels; None for an empty one."""
    found: list[list[int] | None] = []
    for mask in masks:
        y, x = mask.dense().nonzero()
        found.append([int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1] if len(x) else None)
    return found


def messages(masks: Masks) -> list[str]:
    """Return the message of each row that has no mask."""
    return [
        problem.message
        for row, status in enumerate(masks.status.tolist())
        for problem in masks.problems
        if problem.row == row and problem.code == status
    ]


def other_codes(masks: Masks) -> set[str]:
    """Return the codes of problems but that of mended JSON."""
    return {problem.code for problem in masks.problems} - {"json_mended"}
