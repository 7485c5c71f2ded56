"""The ways to read an RLE: as it stands, row by row, and with the two numbers of its size swapped."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np

from .._forms import RunLengths
from .._frames import Extent, RleReading
from .._images.size import Size
from .._kernels.cpu.run_geometry import from_row_major, row_major_changes
from .._kernels.cpu.run_lengths import boxes, to_canonical

ASPECT_TOLERANCE: Final = 0.01
"""How far the aspect of an RLE may lie from that of the image for it to be scaled, as a share."""

_MIN_STRIPED: Final = 16
"""Pixels of a mask below which stripes mean nothing."""

_SMOOTHER: Final = 1.5
"""How many times as many changes a mask must have by columns as by rows."""

_MAX_PIXELS: Final = 2**26
"""Pixels of an RLE up to which it is read row by row to see whether it fits its box so."""


class RleReadings:
    """The ways to read one RLE of an image of `size` = (width, height).

    >>> readings = RleReadings(RunLengths((10, 20), np.array([45, 5, 150])), (20, 10))
    >>> readings.plain.extent, [reading.name for reading in readings.others()]
    ((500.0, 200.0, 1000.0, 250.0), ['rows'])
    """

    def __init__(self, payload: RunLengths, size: Size) -> None:
        self._size = size
        self._plain = payload

    @cached_property
    def plain(self) -> RleReading | None:
        """The RLE as it stands; None where its size is not that of the image."""
        return RleReading("", _extent(self._plain)) if fits(self._plain.shape, self._size) else None

    def others(self) -> list[RleReading]:
        """Return the other ways that fit the image."""
        return [RleReading(name, _extent(payload)) for name, payload in self._others.items()]

    def payload(self, name: str) -> RunLengths:
        """Return the run lengths of one of the other ways."""
        return self._others[name]

    def is_striped(self) -> bool:
        """Tell whether the RLE as it stands looks written row by row; see `is_striped`."""
        return is_striped(to_canonical(self._plain.counts), self._plain.shape)

    @cached_property
    def _others(self) -> dict[str, RunLengths]:
        height, width = self._plain.shape
        counts = to_canonical(self._plain.counts)
        other: dict[str, RunLengths] = {}
        if height * width > _MAX_PIXELS or len(counts) < 2:
            return other
        if fits((height, width), self._size):
            other["rows"] = _by_rows(counts, (height, width))
        if height != width and fits((width, height), self._size):
            other["swapped"] = RunLengths((width, height), counts.astype(np.int64))
            other["swapped_rows"] = _by_rows(counts, (width, height))
        return other


def fits(shape: tuple[int, int], size: Size) -> bool:
    """Tell whether an RLE of (height, width) has the size, or the aspect, of an image of (width, height)."""
    height, width = shape
    return abs(width * size[1] - height * size[0]) <= ASPECT_TOLERANCE * height * size[0]


def is_striped(counts: np.ndarray, shape: tuple[int, int]) -> bool:
    """Tell whether a mask is far smoother if its run lengths are read row by row: as if they had been written so.

    >>> is_striped(np.array([45, 5, 15, 5, 15, 5, 15, 5, 90], np.int32), (10, 20))
    True

    The changes along the lines are the run lengths in either reading; those across the lines tell.
    """
    height, width = shape
    if int(counts[1::2].sum()) < _MIN_STRIPED:
        return False
    across_rows = row_major_changes(counts, width=width, height=height)
    return _SMOOTHER * across_rows < row_major_changes(counts, width=height, height=width)


def _by_rows(counts: np.ndarray, shape: tuple[int, int]) -> RunLengths:
    height, width = shape
    return RunLengths(shape, from_row_major(counts, width=width, height=height).astype(np.int64))


def _extent(payload: RunLengths) -> Extent:
    """Return y0, x0, y1, x1 of the pixels in thousandths of the image."""
    height, width = payload.shape
    counts = to_canonical(payload.counts)
    x0, y0, x1, y1 = boxes(counts, np.array([0, len(counts)]), height=height)[0].tolist()
    y, x = 1000 / height, 1000 / width
    return y0 * y, x0 * x, y1 * y, x1 * x
