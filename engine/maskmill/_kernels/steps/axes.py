"""How well a ring fits a box under either reading of its points: x, y or y, x."""

from __future__ import annotations

from .._jit import shared

CLEAR = 0.05
"""Two readings whose overlaps with the box differ by less than this are not told apart."""

_Box = tuple[float, float, float, float]


@shared
def overlap(a: _Box, b: _Box) -> float:
    """Return the intersection over union of two boxes y0, x0, y1, x1; 0 where neither has an area."""
    height = min(a[2], b[2]) - max(a[0], b[0])
    width = min(a[3], b[3]) - max(a[1], b[1])
    common = max(height, 0.0) * max(width, 0.0)
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common
    return common / total if total > 0 else 0.0


@shared
def margin_of(box: _Box, extent: _Box) -> float:
    """Return how much better x, y fits the box than y, x does, from -1 to 1.

    `extent` is the least and the largest of the points' first and second numbers: a0, b0, a1, b1.
    """
    a0, b0, a1, b1 = extent
    return overlap(box, (b0, a0, b1, a1)) - overlap(box, (a0, b0, a1, b1))
