"""Noisy pairs: tokens in the text of one reply, a ring of the same object in the reply of another model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from maskmill._boxes import Box
from maskmill._forms import Rings
from maskmill._kernels.cpu.composite import dense
from maskmill._kernels.cpu.rasterize.rasterize import rasterize

from .outcomes import RING_WEIGHT, Outcome, Pair
from .reply_items import SIDE, Entry

AGREEMENT: Final = 0.85
"""Intersection over union from which on two boxes are one object's."""


def pair_with_rings(entries: Sequence[Entry], outcomes: Sequence[Outcome], others: Sequence[Entry]) -> list[Outcome]:
    """The outcomes, those of tokens in the text settled by the items that another model gave of the same image.

    A ring belongs to the tokens of the same label whose box it fits best; each ring to one item. Both its box and the
    ring itself have to agree.
    """
    leaked = {i: entries[i] for i, outcome in enumerate(outcomes) if outcome == "leaked"}
    settled = {i: _reason(entry, others) for i, entry in leaked.items()}
    paired, taken = set[int](), set[int]()
    for _, i, j in sorted(_fits(leaked, others)):
        if i not in paired and j not in taken:
            settled[i] = _pair(entries[i], others[j])
            paired.add(i)
            taken.add(j)
    return [settled.get(i, outcome) for i, outcome in enumerate(outcomes)]


def _reason(entry: Entry, others: Sequence[Entry]) -> Outcome:
    """Why an item is left without a ring, if it is."""
    if entry.box is None:
        return "no_box"
    named = [other for other in others if other.name == entry.name]
    if not named:
        return "no_such_label"
    return "boxes_differ" if any(other.rings is not None for other in named) else "no_ring"


def _fits(leaked: Mapping[int, Entry], others: Sequence[Entry]) -> Iterator[tuple[float, int, int]]:
    """How far boxes are from agreeing, of what has one label and agrees at all."""
    for i, entry in leaked.items():
        for j, other in enumerate(others):
            if entry.name == other.name and entry.box is not None and other.rings is not None:
                fit = min(_overlap(entry.box, other.box or entry.box), _overlap(entry.box, _around(other.rings)))
                if fit >= AGREEMENT:
                    yield 1 - fit, i, j


def _pair(entry: Entry, other: Entry) -> Outcome:
    assert entry.run is not None
    assert entry.box is not None
    assert other.rings is not None
    pixels = map_in_box(other.rings, entry.box)
    return Pair(entry, entry.run, pixels, RING_WEIGHT, "ring") if pixels.any() else "empty_ring"


def map_in_box(rings: Rings, box: Box) -> NDArray[np.uint8]:
    """(256, 256) uint8: the pixels of a box, cut into as many, whose centre is in rings that keep close to the box.

    The box is the frame: its corners become those of an image of 256×256 pixels, which the engine fills.
    """
    flat = [(ring, p, h > 0) for p, part in enumerate(rings.parts) for h, ring in enumerate((part.outer, *part.holes))]
    corner, extent = np.array([box.x0, box.y0], np.float64), np.array([box.x1 - box.x0, box.y1 - box.y0], np.float64)
    vertices = np.concatenate([ring for ring, _, _ in flat])
    stops = np.cumsum([len(ring) for ring, _, _ in flat], dtype=np.int64)
    parts, holes = np.array([p for _, p, _ in flat], np.int64), np.array([hole for _, _, hole in flat], np.bool_)
    counts = rasterize((vertices - corner) * 1000 / extent, stops, parts, holes, SIDE, SIDE)
    inside = dense(counts, np.array([0, len(counts)], np.int64), SIDE, SIDE)[0]
    return np.where(inside, np.uint8(255), np.uint8(0))


def _around(rings: Rings) -> Box:
    points = np.concatenate([part.outer for part in rings.parts])
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return Box(y0, x0, y1, x1)


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union; 0 where one has no area."""
    height, width = min(a.y1, b.y1) - max(a.y0, b.y0), min(a.x1, b.x1) - max(a.x0, b.x0)
    if height <= 0 or width <= 0:
        return 0.0
    both = height * width
    return both / (_area(a) + _area(b) - both)


def _area(box: Box) -> float:
    return (box.y1 - box.y0) * (box.x1 - box.x0)
