"""Flatten curves to edges that stay within a bound of them.

The bound. A path lies in a frame whose far side is not known here: the image's pixels, thousandths, the unit square of
a box. Whatever it is, a path in its frame reaches no further than the far side. So one unit is at most S / M pixels,
where S is the longer side of the image and M the largest coordinate, and edges within M / (25 S) units of the curve are
within 0.04 pixels of it; within 0.08 where a path leaves its frame to twice its side. In thousandths and pixels this
holds however far it leaves, since M counts as 2000 at most. The number of edges follows from the second derivative of a
curve (chord error at most a²/8 of it for a step a) and from the sagitta of an arc.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..results import Points
from ..shape import too_many_vertices

TOLERANCE: Final = 0.04
"""Distance in pixels of the image from a curve to its edges, at most, for a path within its frame."""

_FARTHEST: Final = 2000.0
_LONGEST_SIDE: Final = 65_535


def tolerance(coordinates: Points, size: tuple[int, int] | None) -> float:
    """Return the distance from curve to edges that is allowed, in the unit of the coordinates.

    >>> tolerance(np.array([0.0, 500.0]), (1000, 800))
    0.02
    """
    reach = min(float(np.abs(coordinates).max(initial=0)), _FARTHEST)
    return reach * TOLERANCE / max(size or (_LONGEST_SIDE,)) or 1.0


def bezier(control: Points, tolerance: float, most: int) -> Points:
    """Return vertices of a curve with three or four control points, without its start.

    >>> bezier(np.array([[0.0, 0], [5, 10], [10, 0]]), 2.0, 99).tolist()
    [[5.0, 5.0], [10.0, 0.0]]

    Parameters
    ----------
    control : NDArray[np.float64]
        The control points, (3, 2) or (4, 2).
    tolerance : float
        The largest distance from the curve to its edges.
    most : int
        The most vertices.

    Raises
    ------
    NotAPolygon
        It would take more vertices.
    """
    degree = len(control) - 1
    bends = np.hypot(*(control[:-2] - 2 * control[1:-1] + control[2:]).T)
    steps = _steps(math.sqrt(degree * (degree - 1) * float(bends.max()) / (8 * tolerance)), most)
    t = (np.arange(1, steps + 1) / steps)[:, None]
    weights = [math.comb(degree, i) * t**i * (1 - t) ** (degree - i) for i in range(degree + 1)]
    points = np.sum([weight * point for weight, point in zip(weights, control, strict=True)], axis=0)
    points[-1] = control[-1]
    return np.asarray(points)


def _steps(steps: float, most: int) -> int:
    if steps > most:
        raise too_many_vertices(most, int(min(steps, 1e12)))
    return max(1, math.ceil(steps))


def arc(start: Points, numbers: list[float], tolerance: float, most: int) -> Points:
    """Return vertices of an elliptic arc without its start.

    >>> arc(np.array([0.0, 0]), [1, 1, 0, 0, 1, 2, 0], 0.4, 99).round(3).tolist()
    [[1.0, -1.0], [2.0, 0.0]]

    Parameters
    ----------
    start : NDArray[np.float64]
        Where it starts.
    numbers : list of float
        As path data gives them: two radii, rotation in degrees, flags of the larger arc and of its direction, the end.
    tolerance : float
        The largest distance from the arc to its edges.
    most : int
        The most vertices.

    Raises
    ------
    NotAPolygon
        It would take more vertices.
    """
    end = np.array(numbers[5:], np.float64)
    radii = np.abs(np.array(numbers[:2], np.float64))
    half = _rotation(-numbers[2]) @ (start - end) / 2
    if not radii.all() or not half.any():
        return end.reshape(1, 2)
    ratio = float(np.hypot(*(half / radii)))
    radii = radii * max(1.0, ratio)  # radii that cannot reach the end are enlarged
    unit = half / radii
    sign = -1 if bool(numbers[3]) == bool(numbers[4]) else 1
    length = float(unit @ unit)
    offset = sign * math.sqrt(max(0.0, 1 / length - 1)) * np.array([unit[1], -unit[0]])
    first, last = unit - offset, -unit - offset
    begin = math.atan2(first[1], first[0])
    turn = math.atan2(last[1], last[0]) - begin
    turn += 2 * math.pi * ((turn < 0) if numbers[4] else -(turn > 0))
    steps = _steps(abs(turn) * math.sqrt(float(radii.max()) / (8 * tolerance)), most)
    angles = begin + turn * np.arange(1, steps + 1) / steps
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1) + offset
    points = (circle * radii) @ _rotation(numbers[2]).T + (start + end) / 2
    points[-1] = end
    return np.asarray(points)


def _rotation(degrees: float) -> Points:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[cosine, -sine], [sine, cosine]])
