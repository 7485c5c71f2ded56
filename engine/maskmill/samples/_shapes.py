"""Objects of the built-in scene: polygons in whole thousandths of the image, and their exact pixels.

The pixels come from a scan of the rings in integer arithmetic that shares no code with the kernels, so decoded masks
can be compared with them. The rule: non-zero winding, pixel centres, top and left edges inside, bottom and right edges
outside.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

SIZE: Final = (960, 640)
"""(width, height) of the scene in pixels."""

Point = tuple[int, int]
Ring = tuple[Point, ...]
Frame = tuple[int, int, int, int]
"""y0, x0, y1, x1 in thousandths of the image."""

Mask = NDArray[np.bool_]

_IMAGE: Final[Frame] = (0, 0, 1000, 1000)


class ScenePart(NamedTuple):
    """An outer ring and its holes, x and y in thousandths of the image."""

    outer: Ring
    holes: tuple[Ring, ...] = ()


class Shape(NamedTuple):
    """One object of the scene."""

    label: str
    parts: tuple[ScenePart, ...]

    @property
    def box(self) -> Frame:
        """Smallest box around the outer rings, as y0, x0, y1, x1 in thousandths."""
        xs, ys = zip(*(point for part in self.parts for point in part.outer), strict=True)
        return min(ys), min(xs), max(ys), max(xs)

    @property
    def is_one_ring(self) -> bool:
        """Whether it is one part without holes, so that a single ring can describe it."""
        return len(self.parts) == 1 and not self.parts[0].holes

    def pixels(self, size: tuple[int, int] = SIZE, frame: Frame = _IMAGE) -> Mask:
        """Return which pixel centres are inside the shape.

        Parameters
        ----------
        size : tuple of int
            (width, height) of the result in pixels.
        frame : tuple of int
            The part of the image that the result covers: y0, x0, y1, x1 in thousandths.

        Returns
        -------
        NDArray[np.bool_]
            (height, width).
        """
        pixels = np.zeros(size[::-1], bool)
        for part in self.parts:
            pixels |= _inside(part.outer, size, frame) & ~_union(part.holes, size, frame)
        return pixels


def _union(rings: tuple[Ring, ...], size: tuple[int, int], frame: Frame) -> Mask:
    pixels = np.zeros(size[::-1], bool)
    for ring in rings:
        pixels |= _inside(ring, size, frame)
    return pixels


def _inside(ring: Ring, size: tuple[int, int], frame: Frame) -> Mask:
    """Return where the winding number is not 0: each edge adds 1 or -1 at one pixel per row, summed along the rows."""
    (width, height), (y0, x0, y1, x1) = size, frame
    winding = np.zeros((height, width + 1), np.int16)
    centres = 2 * height * y0 + np.arange(1, 2 * height, 2) * (y1 - y0)
    points = np.array(ring, np.int64) * (2 * width, 2 * height)
    for a, b in zip(points, np.roll(points, -1, axis=0), strict=True):
        (ax, ay), (bx, by) = (a, b) if a[1] < b[1] else (b, a)
        rows = np.flatnonzero((ay <= centres) & (centres < by))
        past = ax * (by - ay) + (bx - ax) * (centres[rows] - ay) - (2 * width * x0 + x1 - x0) * (by - ay)
        step = 2 * (x1 - x0) * (by - ay)
        columns = past // step + 1 if bx > ax else -(-past // step)
        winding[rows, np.clip(columns, 0, width)] += 1 if a[1] < b[1] else -1
    pixels: Mask = np.cumsum(winding[:, :width], axis=1, dtype=np.int16) != 0
    return pixels


# The scene.


def thousandths(*pixels: tuple[float, float]) -> Ring:
    """Return the ring through points in pixels, in thousandths of the scene."""
    width, height = SIZE
    return tuple((round(x * 1000 / width), round(y * 1000 / height)) for x, y in pixels)


def circle(x: float, y: float, radius: float, corners: int = 48) -> Ring:
    """Return a circle as a ring.

    Parameters
    ----------
    x, y : float
        Centre in pixels.
    radius : float
        In pixels.
    corners : int
        Vertices of the ring.
    """
    angles = (2 * pi * i / corners for i in range(corners))
    return thousandths(*((x + radius * cos(t), y + radius * sin(t)) for t in angles))


def _star(x: float, y: float, radius: float, inner: float) -> Ring:
    spokes = ((radius if i % 2 == 0 else inner, pi * (i / 5 - 0.5)) for i in range(10))
    return thousandths(*((x + r * cos(t), y + r * sin(t)) for r, t in spokes))


def _rotated(x: float, y: float, angle: float, points: list[tuple[float, float]]) -> Ring:
    c, s = cos(angle), sin(angle)
    return thousandths(*((x + u * c - v * s, y + u * s + v * c) for u, v in points))


def _leaf(x: float, y: float, length: float, breadth: float, angle: float) -> Ring:
    steps = [i / 16 for i in range(16)]
    upper = [(length * (t - 0.5), -breadth * sin(pi * t) ** 0.8) for t in steps]
    return _rotated(x, y, angle, upper + [(-u, -v) for u, v in upper])


def _square(x: float, y: float, side: float, angle: float) -> Ring:
    """Return a rotated square with round corners."""
    reach, radius = 0.36 * side, 0.14 * side
    corners = [(pi / 2 * quarter + pi / 12 * i) for quarter in range(4) for i in range(7)]
    signs = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    points = [
        (signs[i // 7][0] * reach + radius * cos(t), signs[i // 7][1] * reach + radius * sin(t))
        for i, t in enumerate(corners)
    ]
    return _rotated(x, y, angle, points)


def _fish(x: float, y: float, length: float) -> Ring:
    half = length / 2
    back = [(-half * cos(pi * i / 14), -0.42 * half * sin(pi * i / 14)) for i in range(12)]
    tail = [(half, -0.36 * half), (0.86 * half, 0.0), (half, 0.36 * half)]
    belly = [(u, -v) for u, v in reversed(back[1:])]
    return _rotated(x, y, -0.12, [*back, *tail, *belly])


SHAPES: Final = (
    Shape("orange", (ScenePart(circle(165, 175, 108)),)),
    Shape("star", (ScenePart(_star(470, 185, 135, 60)),)),
    Shape("leaf", (ScenePart(_leaf(785, 170, 270, 62, -0.5)),)),
    Shape("doughnut", (ScenePart(circle(205, 455, 135), (circle(205, 455, 46),)),)),
    Shape("dice", (ScenePart(_square(455, 430, 112, 0.35)), ScenePart(_square(575, 530, 112, -0.25)))),
    Shape("fish", (ScenePart(_fish(790, 460, 270)),)),
)
"""All objects of the scene, in the order of the replies."""
