"""Polygons to run lengths against exact arithmetic, against rasterio, and under changes that keep the mask."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio import Affine, features

from maskmill._kernels.cpu.rasterize.rasterize_polygons import rasterize_polygons
from maskmill._kernels.cpu.rasterize.ring_measures import columns_crossed
from maskmill._kernels.steps import crossing
from maskmill.limits import MAX_REACH
from support.oracle import Part, ring_mask
from support.seeds import COORDINATES, SEEDS, Seed, arrays, box, moved, random_parts
from support.tiers import cases

Ring = list[tuple[float, float]]
OFF_GRID: Part = ([(0.1, 0.1)], [])  # covers nothing, and rules out the integer grid
SHIFTS = [(0, 0), (0, 1), (-50, 37), (0.5, 0.25), (1 / 3, 0.1), (-499.99999999999, 62.5)]
SIZES = [(1, 1), (2, 1), (3, 2), (4, 4), (5, 25), (7, 11), (8, 8), (10, 10), (20, 10), (16, 7), (24, 24), (50, 3)]


def runs_of(parts: list[Part], width: int, height: int) -> NDArray[np.int32]:
    """Rasterise, and check what holds for counts of any mask."""
    counts = rasterize_polygons(*arrays(parts), width=width, height=height)
    assert counts.dtype == np.int32
    assert counts.sum(dtype=np.int64) == width * height
    assert (counts[1:] > 0).all(), "an empty run"
    assert counts[0] > 0 or len(counts) > 1
    return counts


def mask_of(parts: list[Part], width: int, height: int) -> NDArray[np.bool_]:
    counts = runs_of(parts, width, height)
    return np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(width, height).T


def check(parts: list[Part], width: int, height: int) -> None:
    np.testing.assert_array_equal(mask_of(parts, width, height), ring_mask(parts, width, height))


def grid_and_not(parts: list[Part]) -> list[list[Part]]:
    """Return `parts` twice: as they are, and so that no integer grid holds them."""
    return [parts, [*parts, OFF_GRID]]


# Seeds


@pytest.mark.parametrize("shift", SHIFTS, ids=str)
@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_seed(seed: Seed, shift: tuple[float, float]) -> None:
    for parts in grid_and_not(moved(seed.parts, *shift)):
        check(parts, seed.width, seed.height)
        check(parts, seed.width + 1, seed.height)
        check(parts, seed.width, seed.height + 3)


# Random rings


@pytest.mark.parametrize("kind", COORDINATES)
def test_random_rings(kind: str) -> None:
    rng = random.Random(kind)
    for _ in range(cases(500)):
        size = rng.choice(SIZES)
        parts = random_parts(rng, kind, *size)
        for same_parts in grid_and_not(parts):
            check(same_parts, *size)


def test_mixed_coordinates() -> None:
    rng = random.Random(7)
    for _ in range(cases(500)):
        width, height = rng.choice(SIZES)
        kinds = rng.choices(list(COORDINATES), k=8)
        ring = [(COORDINATES[kind](rng, width), COORDINATES[kind](rng, height)) for kind in kinds]
        check([(ring, [])], width, height)


# What must not change a mask, and what must


COORDINATE = st.one_of(
    st.integers(-200, 1200),
    st.sampled_from([50.0, 250.0, 450.0, 550.0, math.nextafter(450, 0), math.nextafter(550, 999)]),
    st.floats(-16000, 16000).map(lambda value: value if abs(value) >= 2**-300 else 0.0),
)
RINGS = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=9)
properties = settings(deadline=None, max_examples=cases(300))


@properties
@given(RINGS, st.integers(1, 12), st.integers(1, 12))
def test_any_ring(ring: Ring, width: int, height: int) -> None:
    check([(ring, [])], width, height)


@properties
@given(RINGS, st.integers(0, 8))
def test_a_ring_has_no_start_no_end_and_no_direction(ring: Ring, start: int) -> None:
    mask = mask_of([(ring, [])], 10, 10)
    turned = ring[start % len(ring) :] + ring[: start % len(ring)]
    for same in (turned, ring[::-1], [*ring, ring[0]], ring + ring):
        np.testing.assert_array_equal(mask_of([(same, [])], 10, 10), mask)


@properties
@given(RINGS, RINGS)
def test_parts_unite_and_holes_subtract(first: Ring, second: Ring) -> None:
    one, two = mask_of([(first, [])], 10, 10), mask_of([(second, [])], 10, 10)
    np.testing.assert_array_equal(mask_of([(first, []), (second, [])], 10, 10), one | two)
    np.testing.assert_array_equal(mask_of([(first, [second])], 10, 10), one & ~two)
    np.testing.assert_array_equal(mask_of([(first, [second]), (second, [first])], 10, 10), one ^ two)


MIDDLES = st.sampled_from([350.0, 450.0, 500.1, math.nextafter(450, 0), math.nextafter(550, 999), 62.5])


@properties
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), max_size=9), MIDDLES, MIDDLES)
def test_polygons_that_share_edges_leave_no_gap_and_do_not_overlap(
    rim: list[tuple[int, float]], x: float, y: float
) -> None:
    """Triangles from a point in a box to the points on its rim cover each of its pixels once."""
    frame = box(50, 50, 950, 950)
    sides = list(zip(frame, frame[1:] + frame[:1], strict=True))
    corners = []
    for side, t in sorted({*rim, *((side, 0.0) for side in range(4))}):
        (ax, ay), (bx, by) = sides[side]
        corners.append((ax + t * (bx - ax), ay + t * (by - ay)))
    triangles = [[(x, y), a, b] for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    covered = sum(mask_of([(triangle, [])], 10, 10).astype(int) for triangle in triangles)
    np.testing.assert_array_equal(covered, mask_of([(frame, [])], 10, 10).astype(int))


def test_a_loop_unwound_leaves_a_hole_and_a_loop_wound_twice_does_not() -> None:
    outer, inner = box(0, 0, 1000, 1000), box(300, 300, 700, 700)
    bridged = [*outer, outer[0], *inner, inner[0]]
    assert mask_of([(bridged, [])], 10, 10).sum() == 100
    bridged[5:] = bridged[:4:-1]
    assert mask_of([(bridged, [])], 10, 10).sum() == 84


# Another implementation


def _star_shaped(rng: random.Random, low: float, high: float) -> Ring:
    count = rng.randint(5, 24)
    angles = [(i + rng.random()) * 2 * math.pi / count for i in range(count)]
    radii = [rng.uniform(low, high) for _ in angles]
    return [(500 + r * math.cos(t), 500 + r * math.sin(t)) for r, t in zip(radii, angles, strict=True)]


def test_simple_polygons_as_rasterio_sees_them() -> None:
    rng = random.Random(3)
    for _ in range(cases(400)):
        width, height = rng.randint(1, 300), rng.randint(1, 200)
        rings = [_star_shaped(rng, 200, 700), *([_star_shaped(rng, 20, 60)] if rng.random() < 0.5 else [])]
        polygon = {"type": "Polygon", "coordinates": [[*ring, ring[0]] for ring in rings]}
        scale = Affine.scale(1000 / width, 1000 / height)
        expected = features.rasterize([polygon], out_shape=(height, width), transform=scale, dtype="uint8")
        np.testing.assert_array_equal(mask_of([(rings[0], rings[1:])], width, height), expected == 1)


# Hazards


def test_no_rings() -> None:
    assert rasterize_polygons(*arrays([]), width=6, height=5).tolist() == [30]


def test_a_part_without_an_outer_ring_is_empty() -> None:
    vertices, stops, _, _ = arrays([(box(0, 0, 1000, 1000), [])])
    assert rasterize_polygons(vertices, stops, np.array([0]), np.array([True]), width=4, height=4).tolist() == [16]


def test_part_numbers_need_not_be_dense() -> None:
    left, right = box(0, 0, 500, 1000), box(500, 0, 1000, 1000)
    vertices, stops, _, holes = arrays([(left, []), (right, [])])
    assert rasterize_polygons(vertices, stops, np.array([-3, 70]), holes, width=4, height=4).tolist() == [0, 16]


def test_full_columns_join_into_one_run() -> None:
    assert runs_of([(box(250, 0, 750, 1000), [])], 8, 6).tolist() == [12, 24, 12]
    assert runs_of([(box(0, 500, 500, 1000), []), (box(500, 0, 1000, 500), [])], 4, 4).tolist() == [
        *[2, 2, 2, 4, 2, 2, 2],
    ]


def test_any_array_that_holds_the_same_numbers() -> None:
    vertices, stops, parts, holes = arrays(SEEDS["island in a hole"].parts)
    expected = rasterize_polygons(vertices, stops, parts, holes, width=20, height=20)
    vertices.flags.writeable = stops.flags.writeable = False
    for like in (vertices, np.asfortranarray(vertices), vertices.astype(np.int16)):
        got = rasterize_polygons(like, stops.astype(np.int32), list(parts), holes.astype(np.uint8), width=20, height=20)
        np.testing.assert_array_equal(got, expected)


def test_the_arguments_are_unchanged() -> None:
    given_arrays = arrays(SEEDS["hole"].parts)
    before = [array.copy() for array in given_arrays]
    rasterize_polygons(*given_arrays, width=10, height=10)
    for array, copy in zip(given_arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_more_runs_than_the_first_buffer_holds() -> None:
    teeth = [(box(0, i * 20, 1000, i * 20 + 10), []) for i in range(50)]
    assert runs_of(teeth, 2, 100).tolist() == [0, *[1] * 200]
    check(SEEDS["comb"].parts, 6, 200)


def test_magnitudes_below_the_stated_bound_are_zero() -> None:
    """The centre of the one pixel is on the diagonal, and inside when the diagonal's start is any lower."""
    for start, pixels in ((2.0**-301, 0), (5e-324, 0), (2.0**-300, 1), (2.0**-60, 1)):
        above = [(0, start), (0, 0), (1000, 0), (1000, 1000)]
        assert mask_of([(above, [])], 1, 1).sum() == pixels
        left = [(start, 0), (1000, 0), (1000, 1000)]
        assert mask_of([(left, [])], 1, 1).sum() == 0


@pytest.mark.parametrize("power", range(26))
def test_every_binary_grid(power: int) -> None:
    """Some of these grids fit in 64 bits and some do not; a tie is a tie on all of them."""
    step = 2.0**-power
    ring = [(50, 50), (950, 950), (50, 550)]
    for dx, dy in ((step, step), (step, 0), (0, step), (-step, step)):
        for width, height in ((10, 10), (100, 4), (4, 100)):
            check(moved([(ring, [])], dx, dy), width, height)


def test_the_largest_image_filled() -> None:
    assert runs_of([(box(-16000, -16000, 16000, 16000), [])], 65_535, 32_767).tolist() == [0, 65_535 * 32_767]


@pytest.mark.parametrize("size", [(65_535, 32_767), (32_767, 65_535)], ids=str)
def test_the_largest_coordinates_in_the_largest_image(size: tuple[int, int]) -> None:
    width, height = size
    rng = random.Random(width)
    slope = rng.randint(12_000, 15_900)
    ring = [(-16000, -slope), (16000, slope + 1), (16000, 16000), (-16000, 16000)]
    for parts in grid_and_not([(ring, [])]):
        ends = runs_of(parts, *size).cumsum(dtype=np.int64)
        for column in rng.sample(range(1, width), 50):
            row = int((0.5 + (slope + 0.5) / 16 * (column + 0.5) / width) * height / 1000)
            rows = range(max(row - 8, 0), min(row + 8, height))
            got = np.searchsorted(ends, column * height + np.array(rows), side="right") % 2 == 1
            expected = ring_mask(parts, *size, rows, range(column, column + 1))[:, 0]
            assert expected.any()
            assert not expected.all()
            np.testing.assert_array_equal(got, expected)


def test_reach_is_that_of_limits() -> None:
    assert crossing.REACH == MAX_REACH


# Hostile input


@pytest.mark.parametrize(
    ("ring", "columns"),
    [
        ([(0, 0)], 0),
        ([(300, 0), (300, 900)], 0),
        ([(0, 0), (1000, 0)], 200),
        ([(0, 0), (1000, 0), (0, 500), (1000, 500)], 400),
        ([(-9000, 0), (9000, 0), (9000, 500)], 200),
        ([(2000, 0), (3000, 0), (2000, 900)], 0),
        ([(0.25, 0), (0.5, 0)], 1),
    ],
)
def test_columns_crossed_inside_the_image_with_the_edge_that_closes(ring: Ring, columns: int) -> None:
    assert columns_crossed(np.array(ring, np.float64), 100) == columns


def test_hostile_zigzag_over_all_columns() -> None:
    """Every edge spans every column, and the order differs in each, so all edges are sorted again every time."""
    rng = random.Random(1)
    ring = [(1000.0 * (i % 2), rng.uniform(-100, 1100)) for i in range(cases(65_536))]
    check([(ring, [])], 3, 8)
    np.testing.assert_array_equal(runs_of([(ring, [])], 40, 150), runs_of([(ring[::-1], [])], 40, 150))


def test_hostile_fan_from_one_point() -> None:
    ring = [v for i in range(cases(20_000)) for v in ((-1, 450), (1000, i / 20))]
    check([(ring, [])], 3, 10)


def test_hostile_stack_of_flat_edges_on_centres() -> None:
    ring = [(1000.1 * (i % 2), 450) for i in range(cases(5_000))]
    check([([*ring, (500, 1000)], [])], 10, 10)


def test_hostile_number_of_rings() -> None:
    """As many parts as vertices allow, most of them over one another."""
    rng = random.Random(2)
    rings = [[(rng.randint(0, 1000), rng.randint(0, 1000)) for _ in range(3)] for _ in range(cases(3_000))]
    expected = ring_mask([(ring, []) for ring in rings], 4, 4)
    np.testing.assert_array_equal(mask_of([(ring, []) for ring in rings], 4, 4), expected)
    holes = [(box(0, 0, 1000, 1000), rings)]
    np.testing.assert_array_equal(mask_of(holes, 4, 4), ~expected)
