"""How often frames are recognised: ``python -m benchmarks.coordinates`` prints the table.

It stands in ``docs/explanation/coordinates.md``.

Polygons are drawn from a seed, written in one frame beside a box in thousandths, and decoded without an option. A mask
is right if it is the one that the options of its frame give. This measures decisions, not time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import maskmill

SIZES: Final = ((640, 480), (1024, 768), (1280, 720), (1920, 1080), (4000, 3000), (800, 1200))
REPLIES: Final = 300
SILENT: Final = frozenset(("axes_swapped", "clipped"))
"""Codes that warn of nothing."""

Points = NDArray[np.float64]
Writer = Callable[[Points, tuple[int, int], Points], Points]


def outline(rng: np.random.Generator, size: tuple[int, int]) -> Points:
    """Return the corners (V, 2) of a random object, x and y in pixels."""
    corners = int(rng.integers(8, 24))
    angles, radii = np.sort(rng.uniform(0, 2 * np.pi, corners)), rng.uniform(0.6, 1, corners)
    extent = rng.uniform(0.05, 0.6, 2) * size
    centre = extent / 2 + rng.uniform(0, 1, 2) * (np.array(size) - extent)
    return centre + np.stack([np.cos(angles), np.sin(angles)], 1) * radii[:, None] * extent / 2


def in_thousandths(points: Points, size: tuple[int, int], box: Points) -> Points:
    return np.round(points * 1000 / size)


WRITERS: Final[dict[str, tuple[Writer, Any, float]]] = {
    "thousandths, the box exact": (in_thousandths, "thousandths", 0.0),
    "thousandths, the box off by 10 % of its sides": (in_thousandths, "thousandths", 0.1),
    "thousandths, the box off by 20 % of its sides": (in_thousandths, "thousandths", 0.2),
    "pixels of the image": (lambda points, size, box: np.round(points), "pixels", 0.0),
    "per cent of the image": (lambda points, size, box: np.round(points * 100 / size, 1), "percent", 0.0),
    "thousandths of the box": (
        lambda points, size, box: np.round((points - box[0]) * 1000 / (box[1] - box[0])),
        "box",
        0.0,
    ),
}
"""How a polygon is written, the option that says so, and by how much its box is off, as a share of its sides."""


def item(rng: np.random.Generator, size: tuple[int, int], writer: Writer, error: float) -> dict[str, Any]:
    """Return an item whose polygon is in some frame and whose box is in thousandths."""
    points = outline(rng, size)
    box = np.array([points.min(0), points.max(0)])
    written = np.round((box + rng.normal(0, error, (2, 2)) * (box[1] - box[0])) * 1000 / size)
    return {"box_2d": written[:, ::-1].reshape(-1).tolist(), "mask": writer(points, size, box).tolist()}


def overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Return the intersection over union of two masks."""
    return float((a & b).sum() / max((a | b).sum(), 1))


def tally(name: str, items: int) -> Counter[str]:
    """Count what becomes of the items of replies of that many items."""
    writer, frame, error = WRITERS[name]
    rng, counts = np.random.default_rng(5), Counter[str]()
    for number in range(REPLIES // items):
        size = SIZES[number % len(SIZES)]
        reply = [item(rng, size, writer, error) for _ in range(items)]
        got, want = maskmill.decode(reply, size), maskmill.decode(reply, size, frame=frame, axis="xy")
        for row in range(items):
            is_right = overlap(got[row].dense(), want[row].dense()) > 0.98
            is_silent = {p.code for p in got.problems if p.row == row} <= SILENT
            counts[f"{'right' if is_right else 'wrong'}, {'silent' if is_silent else 'noted'}"] += 1
    return counts


def main() -> None:
    """Print one line per way of writing, for replies of one item and of five."""
    columns = ("right, silent", "right, noted", "wrong, noted", "wrong, silent")
    print(f"{'polygon in':48}{'items':>6}" + "".join(f"{column:>15}" for column in columns))
    for name in WRITERS:
        for items in (1, 5):
            counts = tally(name, items)
            print(f"{name:48}{items:>6}" + "".join(f"{counts[column]:>15}" for column in columns))


if __name__ == "__main__":
    main()
