"""Fill rules: parts and holes fill what the winding number fills, or there is a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import maskmill
from maskmill._forms.shape import NotAPolygon
from maskmill._forms.svg import subpaths
from support.replies import item

OUTER, HOLE, ISLAND = "M100 100H900V900H100Z", "M300 300V700H700V300Z", "M400 400H600V600H400Z"


def winding(ring: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the winding number of a ring around points."""
    x, y = points[:, 0, None], points[:, 1, None]
    (x0, y0), (x1, y1) = ring.T, np.roll(ring, -1, axis=0).T
    up, down = (y0 <= y) & (y1 > y), (y0 > y) & (y1 <= y)
    crossing = x0 + (y - y0) * (x1 - x0) / np.where(y1 == y0, 1, y1 - y0)
    return np.asarray((up & (x < crossing)).sum(1) - (down & (x < crossing)).sum(1))


def filled(parts: tuple[Any, ...], points: np.ndarray) -> np.ndarray:
    inside = np.zeros(len(points), bool)
    for part in parts:
        own = winding(part.outer, points) != 0
        for hole in part.holes:
            own &= winding(hole, points) == 0
        inside |= own
    return inside


@pytest.mark.parametrize("rule", ["nonzero", "evenodd"])
@pytest.mark.parametrize("seed", range(150))
def test_random_rings(seed: int, rule: Any) -> None:
    rng = np.random.default_rng(seed)
    rings = []
    for _ in range(rng.integers(1, 6)):
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 7)))
        middle, reach = (50, rng.uniform(2, 50)) if seed % 2 else (rng.uniform(0, 100, 2), rng.uniform(2, 30))
        ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach + middle
        rings.append(ring[:: rng.choice([1, -1])])
    points = rng.uniform(-20, 120, (300, 2))
    try:
        parts = subpaths.to_parts(rings, rule)
    except NotAPolygon:
        return
    numbers = [winding(ring, points) for ring in rings]
    want = np.sum(numbers, axis=0) != 0 if rule == "nonzero" else np.sum(np.abs(numbers), axis=0) % 2 == 1
    np.testing.assert_array_equal(filled(parts, points), want)


@pytest.mark.parametrize(
    ("path", "area"),
    [
        (OUTER, 64),
        (OUTER + HOLE, 48),
        (HOLE + OUTER, 48),
        (OUTER + HOLE + ISLAND, 52),
        (OUTER + ISLAND, 64),
        (OUTER + OUTER, 64),
        (OUTER + "M900 0h100v100h-100z", 65),
        (OUTER + "M800 0h200v200h-200z", 67),
        (OUTER + "M0 0", 64),
        (OUTER + "M0 0L5 5Z", 64),
    ],
)
def test_holes_of_a_path(path: str, area: int) -> None:
    masks = maskmill.decode([item(path, box=[100, 100, 900, 900])], (10, 10))
    assert masks.areas.tolist() == [area]


def test_the_rule_of_an_element() -> None:
    for where in ('fill-rule="evenodd"', 'style="fill: red; fill-rule: evenodd"'):
        text = f'<path {where} d="{OUTER}{ISLAND}"/>'
        assert maskmill.decode([item(text)], (10, 10)).areas.tolist() == [60]
    text = f'<svg><g fill-rule="evenodd"><path d="{OUTER}{ISLAND}"/></g></svg>'
    assert maskmill.decode([item(text)], (10, 10)).areas.tolist() == [60]


def test_subpaths_that_cross_the_other_way_have_a_reason() -> None:
    across = "M0 400V600H1000V400Z"
    masks = maskmill.decode([item(OUTER + across)], (10, 10))
    assert masks.status.tolist() == ["garbage"]
    assert "cross" in masks.problems[-1].message
    same_way = maskmill.decode([item(OUTER + "M0 400H1000V600H0Z")], (10, 10))
    assert same_way.areas.tolist() == [68]
    assert (
        maskmill.decode([item('<path fill-rule="evenodd" d="M0 0L900 900V0L0 900Z"/>')], (10, 10)).status[0]
        == "garbage"
    )


def test_too_many_subpaths_to_compare() -> None:
    path = "".join(f"M{i} {i}h9v9h-9z" for i in range(600))
    assert "512" in maskmill.decode([item(path)], (99, 99)).problems[-1].message
    apart = "".join(f"M{i % 30 * 20} {i // 30 * 20}h9v9h-9z" for i in range(512))
    assert maskmill.decode([item(apart)], (99, 99)).status.tolist() == ["ok"]
