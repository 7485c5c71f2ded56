"""Polygons for tests of rasterisers: minimal ones made by hand, and random ones."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from support.oracle import Part, Ring

Arrays = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]


class Seed(NamedTuple):
    """Parts, each an outer ring and its holes, in thousandths of an image of width x height pixels."""

    parts: list[Part]
    width: int
    height: int


def arrays(parts: list[Part]) -> Arrays:
    """Return vertices, ring stops, ring parts and ring holes in the format of the rasterisers."""
    rings = [
        (part, hole > 0, ring) for part, (outer, holes) in enumerate(parts) for hole, ring in enumerate([outer, *holes])
    ]
    vertices = np.array([vertex for _, _, ring in rings for vertex in ring], dtype=np.float64).reshape(-1, 2)
    stops = np.cumsum([len(ring) for _, _, ring in rings], dtype=np.int64)
    return (
        vertices,
        stops,
        np.array([p for p, _, _ in rings], np.int64),
        np.array([h for _, h, _ in rings], np.bool_),
    )


def moved(parts: list[Part], dx: float, dy: float) -> list[Part]:
    """Return `parts` shifted by (dx, dy) thousandths."""

    def shift(ring: Ring) -> Ring:
        return [(x + dx, y + dy) for x, y in ring]

    return [(shift(outer), [shift(hole) for hole in holes]) for outer, holes in parts]


def box(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float]]:
    """Return the ring of a box, clockwise on the screen."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


_FRAME = box(0, 0, 1000, 1000)
_INNER = box(300, 300, 700, 700)
_STAR = [(500, 0), (800, 1000), (0, 400), (1000, 400), (200, 1000)]
_COMB = [
    (0, 1000),
    *[(x, y) for i in range(10) for x, y in ((i * 100 + 10, 0), (i * 100 + 60, 900))],
    (1000, 1000),
]

SEEDS = {
    "whole image": Seed([(_FRAME, [])], 7, 5),
    "one pixel image": Seed([([(0, 0), (1000, 0), (0, 1000)], [])], 1, 1),
    "one column": Seed([(box(100, 250, 900, 750), [])], 1, 8),
    "one row": Seed([(box(250, 100, 750, 900), [])], 8, 1),
    "edges on centres": Seed([(box(50, 150, 850, 950), [])], 10, 10),
    "between centres": Seed([(box(51, 51, 149, 149), [])], 10, 10),
    "diagonal on centres, below": Seed([([(0, 0), (1000, 1000), (0, 1000)], [])], 10, 10),
    "diagonal on centres, above": Seed([([(0, 0), (1000, 0), (1000, 1000)], [])], 10, 10),
    "rising diagonal on centres": Seed([([(0, 1000), (1000, 0), (1000, 1000)], [])], 10, 10),
    "vertices on centres": Seed([([(250, 50), (450, 250), (250, 450), (50, 250)], [])], 10, 10),
    "no vertex": Seed([([], [])], 4, 4),
    "one vertex": Seed([([(375, 375)], [])], 4, 4),
    "two vertices": Seed([([(125, 125), (875, 875)], [])], 4, 4),
    "flat on a row of centres": Seed([([(0, 375), (500, 375), (1000, 375)], [])], 4, 4),
    "spike": Seed([([*_INNER, (300, 500), (-100, 500), (300, 500)], [])], 9, 9),
    "repeated vertices": Seed([([v for v in [*_STAR, _STAR[0]] for _ in range(3)], [])], 11, 9),
    "bow tie": Seed([([(0, 0), (1000, 1000), (1000, 0), (0, 1000)], [])], 10, 12),
    "star": Seed([(_STAR, [])], 20, 20),
    "there and back": Seed([([*_INNER, *_INNER[::-1]], [])], 10, 10),
    "wound twice, unwound once": Seed([([*_FRAME, *_FRAME, *_INNER[::-1]], [])], 10, 10),
    "comb": Seed([(_COMB, [])], 6, 40),
    "steps": Seed(
        [([(0, 0), (250, 0), (250, 250), (500, 250), (500, 500), (750, 500), (750, 1000), (0, 1000)], [])],
        8,
        8,
    ),
    "left of the image": Seed([(box(-900, 100, -100, 900), [])], 6, 6),
    "over all sides": Seed([([(500, -700), (1700, 500), (500, 1700), (-700, 500)], [])], 12, 12),
    "far away": Seed([([(-16000, -15999), (16000, 15998), (-15997, 16000)], [])], 12, 9),
    "half units": Seed([([(62.5, 187.5), (937.5, 62.5), (812.5, 937.5)], [])], 8, 8),
    "thirds": Seed([([(1000 / 3, 0), (2000 / 3, 1000 / 3), (1000 / 3, 1000), (0, 2000 / 3)], [])], 9, 9),
    "one ulp off": Seed([(box(math.nextafter(50, 0), math.nextafter(50, 99), 750, 750), [])], 10, 10),
    "needle": Seed([([(450 - 1e-12, 0), (450 + 1e-12, 0), (450, 1000)], [])], 10, 10),
    "hole": Seed([(_FRAME, [_INNER])], 10, 10),
    "hole over the rim": Seed([(_INNER, [box(500, 100, 900, 500)])], 10, 10),
    "hole as large as the ring": Seed([(_STAR, [_STAR[::-1]])], 15, 15),
    "overlapping holes": Seed([(_FRAME, [_INNER, box(500, 500, 900, 900)])], 10, 10),
    "island in a hole": Seed([(_FRAME, [_INNER]), (box(400, 400, 600, 600), [])], 20, 20),
    "part over another's hole": Seed([(_FRAME, [_INNER]), (box(350, 0, 450, 1000), [])], 20, 20),
    "parts side by side": Seed([(box(0, 0, 450, 1000), []), (box(450, 0, 1000, 1000), [])], 10, 10),
    "columns that join": Seed([(box(0, 500, 1000, 1000), []), (box(500, 0, 1000, 500), [])], 4, 4),
}


def _tie(rng: random.Random, side: int) -> float:
    centre = (rng.randrange(side) + 0.5) * 1000 / side
    return rng.choice([centre, math.nextafter(centre, -1), math.nextafter(centre, 9999)])


COORDINATES: dict[str, Callable[[random.Random, int], float]] = {
    "integers": lambda rng, side: rng.randint(-200, 1200),
    "few integers": lambda rng, side: rng.choice([0, 50, 250, 450, 500, 750, 950, 1000]),
    "far integers": lambda rng, side: rng.randint(-16000, 16000),
    "halves": lambda rng, side: rng.randint(-400, 2400) / 2,
    "binary fractions": lambda rng, side: rng.randint(0, 1000 << 12) / 2 ** rng.randint(0, 12),
    "floats": lambda rng, side: rng.uniform(-100, 1100),
    "decimals": lambda rng, side: rng.choice([0.1, 0.2, 0.3, 500.1, 500, 1000 / 3, 333, 250, 62.5]),
    "ties": _tie,
    "crowded": lambda rng, side: 450 + rng.choice([0, 1e-13, 1e-10, 1e-6]) * rng.randint(-3, 3),
    "all magnitudes": lambda rng, side: rng.choice([-1, 1]) * 16000 * 2 ** -rng.uniform(0, 60),
}


def _ring(rng: random.Random, kind: str, width: int, height: int) -> Ring:
    draw, count = COORDINATES[kind], rng.choice([1, 2, 3, 3, 4, 5, 8, 12])
    return [(draw(rng, width), draw(rng, height)) for _ in range(count)]


def random_parts(rng: random.Random, kind: str, width: int, height: int) -> list[Part]:
    """Return one to three parts with up to two holes each, with coordinates of one kind of `COORDINATES`."""
    shape = rng.choice([[0], [0], [0], [1], [2], [0, 0], [1, 0], [0, 2, 1]])  # the holes of each part
    return [
        (_ring(rng, kind, width, height), [_ring(rng, kind, width, height) for _ in range(holes)]) for holes in shape
    ]
