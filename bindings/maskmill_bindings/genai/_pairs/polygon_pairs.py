"""Noisy pairs: tokens from the text of one reply, a polygon of the same object from the reply of another model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maskmill._boxes import Box
from maskmill._forms import Polygons
from maskmill._kernels.cpu.composite import dense
from maskmill._kernels.cpu.rasterize.rasterize_polygons import rasterize_polygons

from .pair_outcomes import RING_WEIGHT, Pair, PairOutcome
from .reply_items import SIDE, PairItem

AGREEMENT: Final = 0.85
"""Intersection over union from which on two boxes count as those of one object."""


def pair_with_polygons(
    items: Sequence[PairItem], outcomes: Sequence[PairOutcome], others: Sequence[PairItem]
) -> list[PairOutcome]:
    """Pair leaked tokens with the polygons that another model drew; return one outcome per item.

    A polygon belongs to the tokens of the same label whose box it fits best, and to one item at most. Both the box that
    comes with it and its own bounds have to agree with the item's box.

    Parameters
    ----------
    items : sequence of PairItem
        Items of the reply with the tokens.
    outcomes : sequence of PairOutcome
        Their outcomes so far; only those of ``leaked`` tokens change.
    others : sequence of PairItem
        Items of the other model's reply.
    """
    leaked = {i: items[i] for i, outcome in enumerate(outcomes) if outcome == "leaked"}
    updated = {i: _mismatch_reason(item, others) for i, item in leaked.items()}
    paired, used = set[int](), set[int]()
    for _, i, j in sorted(_matches(leaked, others)):
        if i not in paired and j not in used:
            updated[i] = _pair(items[i], others[j])
            paired.add(i)
            used.add(j)
    return [updated.get(i, outcome) for i, outcome in enumerate(outcomes)]


def _mismatch_reason(item: PairItem, others: Sequence[PairItem]) -> PairOutcome:
    """Return the reason why an item has no polygon, for the case that it has none."""
    if item.box is None:
        return "no_box"
    same_label = [other for other in others if other.name == item.name]
    if not same_label:
        return "no_such_label"
    return "boxes_differ" if any(other.polygon is not None for other in same_label) else "no_ring"


def _matches(leaked: Mapping[int, PairItem], others: Sequence[PairItem]) -> Iterator[tuple[float, int, int]]:
    """Yield (disagreement of the boxes, item, polygon) for every item and polygon of one label that agree."""
    for i, item in leaked.items():
        for j, other in enumerate(others):
            if item.name == other.name and item.box is not None and other.polygon is not None:
                overlap = min(_overlap(item.box, other.box or item.box), _overlap(item.box, _bounds(other.polygon)))
                if overlap >= AGREEMENT:
                    yield 1 - overlap, i, j


def _pair(item: PairItem, other: PairItem) -> PairOutcome:
    assert item.tokens is not None
    assert item.box is not None
    assert other.polygon is not None
    pixels = rasterize_in_box(other.polygon, item.box)
    return Pair(item, item.tokens, pixels, RING_WEIGHT, "ring") if pixels.any() else "empty_ring"


def rasterize_in_box(polygon: Polygons, box: Box) -> NDArray[np.uint8]:
    """Return a (256, 256) uint8 map of a box: 255 where the pixel's centre is in the polygon, else 0.

    The box is the frame: its corners become those of an image of 256×256 pixels, which the kernel fills.
    """
    rings = [
        (ring, p, h > 0) for p, part in enumerate(polygon.parts) for h, ring in enumerate((part.outer, *part.holes))
    ]
    corner, extent = np.array([box.x0, box.y0], np.float64), np.array([box.x1 - box.x0, box.y1 - box.y0], np.float64)
    vertices = np.concatenate([ring for ring, _, _ in rings])
    stops = np.cumsum([len(ring) for ring, _, _ in rings], dtype=np.int64)
    parts, holes = np.array([p for _, p, _ in rings], np.int64), np.array([hole for _, _, hole in rings], np.bool_)
    counts = rasterize_polygons((vertices - corner) * 1000 / extent, stops, parts, holes, width=SIDE, height=SIDE)
    inside = dense(counts, np.array([0, len(counts)], np.int64), height=SIDE, width=SIDE)[0]
    return np.where(inside, np.uint8(255), np.uint8(0))


def _bounds(polygon: Polygons) -> Box:
    points = np.concatenate([part.outer for part in polygon.parts])
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Box(y0, x0, y1, x1)


def _overlap(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes; 0 where one has no area."""
    height, width = min(a.y1, b.y1) - max(a.y0, b.y0), min(a.x1, b.x1) - max(a.x0, b.x0)
    if height <= 0 or width <= 0:
        return 0.0
    both = height * width
    return both / (_area(a) + _area(b) - both)


def _area(box: Box) -> float:
    return (box.y1 - box.y0) * (box.x1 - box.x0)
