"""Whether the vertices of a ring lie on one line."""

from __future__ import annotations

from .._jit import step


@step
def distance(x: float, y: float) -> float:
    """Return the distance of a vertex from the first one, along the axes."""
    return abs(x) + abs(y)


@step
def is_off_line(x: float, y: float, far_x: float, far_y: float) -> bool:
    """Tell whether a vertex is off the line from the first vertex to the farthest one.

    Parameters
    ----------
    x, y : float
        The vertex, relative to the first one.
    far_x, far_y : float
        The farthest one, likewise.
    """
    return x * far_y != y * far_x
