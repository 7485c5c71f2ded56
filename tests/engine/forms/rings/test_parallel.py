"""Two lists: all first and all second numbers of points, or pieces of rings."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

import maskmill
from maskmill._forms.rings.parallel import are_parallel
from support.replies import assert_sound, codes, item

BOX = [100, 200, 500, 600]


def decoded(value: list[list[float]]) -> maskmill.Masks:
    masks = maskmill.decode([item(value, box=BOX)], (1000, 800))
    assert_sound(masks)
    return masks


PARALLEL: list[list[list[float]]] = [
    [[200, 600, 600, 200], [100, 100, 500, 500]],
    [[200, 600, 600, 200, 200], [100, 100, 500, 500, 100]],
    [[200, 400, 600, 600, 400, 200], [100, 100, 100, 500, 500, 500]],
    [[200, 400, 600, 600, 600, 400, 200, 200], [100, 100, 100, 300, 500, 500, 500, 300]],
]


@pytest.mark.parametrize("value", PARALLEL)
def test_lists_in_parallel(value: list[list[float]]) -> None:
    masks = decoded(value)
    assert masks.areas.tolist() == [400 * 320]
    assert "lists_parallel" in codes(masks, 0)


@pytest.mark.parametrize(
    "value",
    [
        [[200, 100, 600, 100], [600, 500, 200, 500]],
        [[200, 100, 400, 100, 600, 100], [600, 500, 400, 500, 200, 500]],
    ],
)
def test_pieces_of_one_ring(value: list[list[float]]) -> None:
    masks = decoded(value)
    assert masks.areas.tolist() == [400 * 320]
    assert "chunks_joined" in codes(masks, 0)


def test_two_rings_of_as_many_points() -> None:
    masks = decoded([[200, 100, 300, 100, 300, 500, 200, 500], [500, 100, 600, 100, 600, 500, 500, 500]])
    assert masks.areas.tolist() == [100 * 320 * 2]
    assert "chunks_apart" in codes(masks, 0)


def star(draw: random.Random, count: int, centre: tuple[float, float], radius: float) -> np.ndarray:
    angles = sorted(draw.uniform(0, 2 * math.pi) for _ in range(count))
    reach = [radius * draw.uniform(0.7, 1) for _ in angles]
    points = [(centre[0] + r * math.cos(a), centre[1] + r * math.sin(a)) for a, r in zip(angles, reach, strict=True)]
    return np.round(points).astype(int)


@pytest.mark.parametrize("count", [4, 6, 8, 20, 100])
@pytest.mark.parametrize("seed", range(20))
def test_two_rings_apart_are_never_taken_for_parallel_lists(count: int, seed: int) -> None:
    draw = random.Random(seed)
    left, right = (star(draw, count, (x, draw.uniform(200, 800)), draw.uniform(50, 150)) for x in (200, 600))
    assert not are_parallel([left.ravel().tolist(), right.ravel().tolist()])


@pytest.mark.parametrize("count", [20, 40, 100])
@pytest.mark.parametrize("seed", range(20))
def test_long_parallel_lists_are_found(count: int, seed: int) -> None:
    draw = random.Random(seed)
    assert are_parallel(star(draw, count, (500, 500), 300).T.tolist())


@pytest.mark.parametrize(
    "value", [[[1, 2], [3, 4]], [[1, 2, 3, 4]], [[1, 2, 3], [1, 2]], [["1", 2, 3], [1, 2, 3]], [1, 2]]
)
def test_what_is_never_parallel(value: list) -> None:
    assert not are_parallel(value)


@pytest.mark.parametrize("large", [1e308, 10**400, float("inf"), float("nan")])
def test_numbers_past_all_bounds_are_not_parallel(large: float) -> None:
    assert not are_parallel([[large, 1, 2, 3], [1, 2, 3, -large]])
