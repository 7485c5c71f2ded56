"""Outlines of the objects in a scene: rings around the origin, in units of half a cell."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from random import Random
from typing import Final

Outline = list[tuple[float, float]]
"""Points within -1..1 of either axis; y grows downwards."""


def _near_circle(random: Random, corners: int = 36) -> Outline:
    """Return a slightly wavy circle."""
    lobes, depth, phase = 2 + int(random.random() * 4), 0.08 * random.random(), 2 * pi * random.random()
    angles = [2 * pi * i / corners for i in range(corners)]
    return [(r * cos(t), r * sin(t)) for t, r in ((t, 0.9 + depth * sin(lobes * t + phase)) for t in angles)]


def _bowl(random: Random) -> Outline:
    """Return the lower half of an ellipse on a foot."""
    rim, foot = -0.35 - 0.2 * random.random(), 0.25 + 0.2 * random.random()
    left = [(-0.95 * cos(pi / 2 * i / 9), rim + (0.75 - rim) * sin(pi / 2 * i / 9)) for i in range(8)]
    half = [*left, (-foot, 0.75), (-foot, 0.9)]
    return half + [(-x, y) for x, y in reversed(half)]


def _cup(random: Random) -> Outline:
    """Return straight walls that narrow downwards, with a handle at one side."""
    base, ear = 0.35 + 0.15 * random.random(), 0.7 + 0.25 * random.random()
    walls = [(-0.6, -0.8), (-base, 0.85), (base, 0.85), (0.47, 0.45)]
    return [*walls, (ear, 0.3), (0.95, -0.05), (ear, -0.4), (0.57, -0.45), (0.6, -0.8)]


def _bottle(random: Random) -> Outline:
    """Return a neck above shoulders."""
    neck, body, shoulder = 0.12 + 0.08 * random.random(), 0.35 + 0.15 * random.random(), -0.3 + 0.2 * random.random()
    half = [(-neck, -0.95), (-neck, shoulder - 0.25), (-body, shoulder), (-body, 0.85), (-0.85 * body, 0.95)]
    return half + [(-x, y) for x, y in reversed(half)]


def _spoon(random: Random) -> Outline:
    """Return an oval on a handle."""
    bowl, handle = 0.3 + 0.1 * random.random(), 0.06 + 0.04 * random.random()
    oval = [(bowl * sin(t), -0.6 - 0.35 * cos(t)) for t in (pi * (i + 0.5) / 12 for i in range(11))]
    return [*oval, (handle, -0.2), (1.5 * handle, 0.9), (0, 0.95), (-1.5 * handle, 0.9), (-handle, -0.2)] + [
        (-x, y) for x, y in reversed(oval)
    ]


def _fork(random: Random) -> Outline:
    """Return tines on a handle."""
    tip, root, handle = -0.95, -0.5 + 0.15 * random.random(), 0.06 + 0.04 * random.random()
    tines = [(-0.3, tip), (-0.18, tip), (-0.16, root), (-0.07, root), (-0.06, tip)]
    right = [(-x, y) for x, y in reversed(tines)]
    handles = [(0.28, -0.2), (handle, 0), (1.4 * handle, 0.95), (-1.4 * handle, 0.95), (-handle, 0), (-0.28, -0.2)]
    return [*tines, *right, *handles]


def _knife(random: Random) -> Outline:
    """Return a blade with one straight side."""
    width = 0.22 + 0.1 * random.random()
    return [(-width, -0.6), (-0.08, -0.95), (0.08, 0.1), (0.1, 0.95), (-0.1, 0.95), (-0.12, 0.15), (-width, 0.05)]


def _pear(random: Random) -> Outline:
    """Return a shape round below and narrower above."""
    waist = 0.25 + 0.15 * random.random()
    angles = [2 * pi * i / 32 for i in range(32)]
    return [((0.85 - waist * (1 - sin(t))) * cos(t), 0.92 * sin(t)) for t in angles]


def _banana(random: Random) -> Outline:
    """Return a crescent."""
    bend = 0.35 + 0.25 * random.random()
    steps = [pi * i / 14 for i in range(15)]
    outer = [(-0.95 * cos(t), -0.5 + 1.3 * sin(t)) for t in steps]
    return outer + [(0.9 * cos(t), -0.5 + (1.3 - 2 * bend) * sin(t)) for t in steps[1:-1]]


def _cloth(random: Random) -> Outline:
    """Return four corners, none of them square."""
    corners = [(-0.8, -0.8), (-0.8, 0.8), (0.8, 0.8), (0.8, -0.8)]
    return [(x + 0.18 * (random.random() - 0.5), y + 0.18 * (random.random() - 0.5)) for x, y in corners]


OUTLINES: Final[dict[str, Callable[[Random], Outline]]] = {
    "cup": _cup,
    "plate": _near_circle,
    "spoon": _spoon,
    "fork": _fork,
    "knife": _knife,
    "bowl": _bowl,
    "bottle": _bottle,
    "apple": _near_circle,
    "orange": _near_circle,
    "pear": _pear,
    "banana": _banana,
    "napkin": _cloth,
    "tray": _cloth,
    "doughnut": _near_circle,
}
"""The outline of each word of the vocabulary."""

WITH_HOLE: Final = frozenset({"plate", "doughnut", "tray", "napkin", "apple", "orange"})
"""Objects whose centre is inside, so that a hole fits there."""
