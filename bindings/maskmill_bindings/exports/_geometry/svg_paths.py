"""Write rings as SVG path data."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def to_path_data(rings: Iterable[NDArray[np.int32]]) -> str:
    """Return path data of rings (V, 2) of x, y.

    >>> to_path_data([np.array([[0, 1], [2, 1], [2, 3], [0, 3]])])
    'M0 1H2V3H0Z'
    """
    return "".join(_ring_to_text(ring.tolist()) for ring in rings)


def _ring_to_text(points: list[list[int]]) -> str:
    """Return the path data of one ring."""
    (x, y), *_ = points
    steps = (
        f"V{b[1]}" if a[0] == b[0] else f"H{b[0]}" if a[1] == b[1] else f"L{b[0]} {b[1]}" for a, b in pairwise(points)
    )
    return f"M{x} {y}{''.join(steps)}Z"
