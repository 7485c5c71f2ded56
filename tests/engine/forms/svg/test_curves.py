"""Edges of flattened curves: within their bound of the curve, and never more than needed."""

from __future__ import annotations

import math

import numpy as np
import pytest

import maskmill
from maskmill._forms.shape import NotAPolygon
from maskmill._forms.svg import curves
from support.replies import item


def farthest(points: np.ndarray, line: np.ndarray) -> float:
    """Return the largest distance of points to a line of edges."""
    a, d = line[:-1], np.diff(line, axis=0)
    length = np.maximum((d**2).sum(axis=1), 1e-300)
    t = np.clip(((points[:, None] - a) * d).sum(axis=2) / length, 0, 1)
    return float(np.linalg.norm(a + t[..., None] * d - points[:, None], axis=2).min(axis=1).max())


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize("seed", range(20))
def test_a_bezier_curve(degree: int, seed: int) -> None:
    control = np.random.default_rng(seed).uniform(0, 1000, (degree + 1, 2))
    t = np.linspace(0, 1, 300)[:, None]
    exact = sum(math.comb(degree, i) * t**i * (1 - t) ** (degree - i) * control[i] for i in range(degree + 1))
    for tolerance in (0.02, 0.5):
        line = np.vstack([control[0], curves.bezier(control, tolerance, 10**5)])
        assert farthest(np.asarray(exact), line) <= tolerance
        assert line[-1].tolist() == control[-1].tolist()


def arc_points(start: np.ndarray, numbers: list[float]) -> np.ndarray:
    """Return points of an arc by the formulas of the SVG specification, F.6.5."""
    rx, ry, degrees, large, sweep, *end = numbers
    turn = math.radians(degrees)
    to_axes = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    x, y = to_axes @ (start - end) / 2
    scale = max(1.0, math.sqrt((x / rx) ** 2 + (y / ry) ** 2))
    rx, ry = rx * scale, ry * scale
    lost = (rx * y) ** 2 + (ry * x) ** 2
    factor = math.sqrt(max(0.0, (rx * ry) ** 2 / lost - 1)) * (1 if large != sweep else -1)
    centre = np.array([factor * rx * y / ry, -factor * ry * x / rx])
    first = math.atan2((y - centre[1]) / ry, (x - centre[0]) / rx)
    delta = math.atan2((-y - centre[1]) / ry, (-x - centre[0]) / rx) - first
    delta += 2 * math.pi if sweep and delta < 0 else -2 * math.pi if not sweep and delta > 0 else 0
    angles = first + delta * np.linspace(0, 1, 300)
    ellipse = np.stack([rx * np.cos(angles), ry * np.sin(angles)], axis=1) + centre
    return np.asarray(ellipse @ to_axes + (start + np.array(end)) / 2)


@pytest.mark.parametrize("flags", [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("seed", range(10))
def test_an_arc(flags: tuple[int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, end = rng.uniform(0, 1000, (2, 2))
    numbers = [*rng.uniform(5, 900, 2), rng.uniform(-200, 200), *flags, *end]
    line = np.vstack([start, curves.arc(start, numbers, 0.05, 10**5)])
    assert farthest(arc_points(start, numbers), line) <= 0.05
    assert line[-1].tolist() == end.tolist()


def test_an_arc_without_radii_or_length_is_a_line() -> None:
    assert curves.arc(np.array([0.0, 0]), [0, 5, 0, 0, 1, 9, 9], 0.1, 9).tolist() == [[9, 9]]
    assert curves.arc(np.array([9.0, 9]), [5, 5, 0, 1, 1, 9, 9], 0.1, 9).tolist() == [[9, 9]]


@pytest.mark.parametrize("size", [(64, 48), (1920, 1080), (4000, 3000)])
@pytest.mark.parametrize("frame", ["thousandths", "unit", "pixels"])
def test_the_bound_holds_in_pixels_of_any_image(size: tuple[int, int], frame: str) -> None:
    side = {"thousandths": 1000, "unit": 1, "pixels": max(size)}[frame]
    tolerance = curves.tolerance(np.array([side / 2, side]), size)
    assert tolerance * max(size) / side < 0.1
    far_out = curves.tolerance(np.array([16_000.0]), size)
    assert far_out * max(size) / 1000 < 0.1


def test_a_circle_has_the_pixels_of_a_circle() -> None:
    masks = maskmill.decode([item("M100 500a400 400 0 1 1 800 0a400 400 0 1 1-800 0z")], (1000, 1000))
    y, x = np.mgrid[:1000, :1000] + 0.5
    radius = np.hypot(x - 500, y - 500)
    dense = masks[0].dense()
    assert dense[radius < 399.9].all()
    assert not dense[radius > 400.1].any()


def test_too_many_vertices() -> None:
    with pytest.raises(NotAPolygon):
        curves.bezier(np.array([[0.0, 0], [0, 1e9], [1e9, 1e9]]), 1e-9, 1000)
    with pytest.raises(NotAPolygon):
        curves.arc(np.array([0.0, 0]), [1e9, 1e9, 0, 1, 1, 1e9, 0], 1e-9, 1000)
