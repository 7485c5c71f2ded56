"""Drawn shapes, each in its own box as models' maps are: what the stand-ins learn from and are asked about."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 256
_CANVAS = 512

Maps = NDArray[np.uint8]


def draw(n: int, seed: int) -> Maps:
    """Return n maps of 0 and 255, uint8 (n, 256, 256)."""
    rng = np.random.default_rng(seed)
    return np.stack([_one(rng) for _ in range(n)]) if n else np.empty((0, SIDE, SIDE), np.uint8)


def _one(rng: np.random.Generator) -> Maps:
    while True:
        canvas = np.zeros((_CANVAS, _CANVAS), np.uint8)
        for _ in range(rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1])):
            _KINDS[rng.integers(len(_KINDS))](canvas, rng)
        x, y, width, height = cv2.boundingRect(canvas)
        if min(width, height) > 24:
            pad = rng.integers(0, 9, 4) * (rng.random() < 0.5)
            part = canvas[max(y - pad[0], 0) : y + height + pad[1], max(x - pad[2], 0) : x + width + pad[3]]
            grown = cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
            return (grown > 127).astype(np.uint8) * 255


def _blob(canvas: Maps, rng: np.random.Generator) -> None:
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    radii = np.ones(120)
    for k in range(1, 7):
        radii += rng.normal(0, 0.35 / k) * np.cos(k * angles + rng.uniform(0, 7))
    _fill(canvas, rng, angles, np.clip(radii, 0.15, 3))


def _polygon(canvas: Maps, rng: np.random.Generator) -> None:
    n = rng.integers(3, 10)
    angles = np.sort(rng.uniform(0, 2 * np.pi, n))
    _fill(canvas, rng, angles, rng.uniform(0.4, 1, n))


def _ellipse(canvas: Maps, rng: np.random.Generator) -> None:
    axes = tuple(int(v) for v in rng.integers(20, 150, 2))
    thickness = -1 if rng.random() < 0.75 else int(rng.integers(8, 50))
    cv2.ellipse(canvas, _middle(rng), axes, float(rng.uniform(0, 180)), 0, 360, 255, thickness)


def _stroke(canvas: Maps, rng: np.random.Generator) -> None:
    points = np.cumsum(rng.normal(0, 55, (rng.integers(3, 8), 2)), axis=0) + 256
    cv2.polylines(canvas, [points.astype(np.int32)], False, 255, int(rng.integers(10, 60)))


def _figure(canvas: Maps, rng: np.random.Generator) -> None:
    """A head, a body, limbs."""
    x, y = _middle(rng)
    size = int(rng.integers(40, 90))
    cv2.circle(canvas, (x, y - int(1.6 * size)), size // 2, 255, -1)
    cv2.ellipse(canvas, (x, y), (size * 2 // 3, int(1.2 * size)), float(rng.normal(0, 8)), 0, 360, 255, -1)
    for side in (-1, 1, -1, 1):
        foot = (x + side * int(rng.integers(size // 3, 2 * size)), y + int(rng.integers(0, int(2.6 * size))))
        cv2.line(canvas, (x + side * size // 3, y), foot, 255, size // 3)


def _fill(canvas: Maps, rng: np.random.Generator, angles: NDArray[np.float64], radii: NDArray[np.float64]) -> None:
    turn, stretch = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 1, 2)
    points = np.stack([np.cos(angles + turn), np.sin(angles + turn)], 1) * radii[:, None] * stretch
    cv2.fillPoly(canvas, [(points * rng.uniform(60, 150) + _middle(rng)).astype(np.int32)], 255)


def _middle(rng: np.random.Generator) -> tuple[int, int]:
    x, y = rng.integers(150, 362, 2)
    return int(x), int(y)


_KINDS = (_blob, _blob, _polygon, _ellipse, _stroke, _figure)
