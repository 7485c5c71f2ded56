"""The budget of one reply: what its masks may cost together, however small each of them is as text.

A few kilobytes can hold a map of a million pixels, a thousand items can refer to it, and each may cost a million run
lengths. So work is refused before it is done where its cost is known (pixels of maps that are read, columns that edges
cross), and run lengths are counted as they come. Once a mask has passed the rest of a limit, later ones are estimated
first.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .._device.kernel_jobs import Counts, MapJob
from .._forms import NoMask
from ..limits import Limits
from ..status import Status

_FAR_PAST: Final = 8
"""How many times the limit a mask must be estimated at to be refused before any mask has passed the limit."""


class Budget:
    """The rest of the limits of one reply.

    >>> budget = Budget(Limits(max_reply_counts=5))
    >>> budget.spend_counts(np.array([1, 2, 3], np.int32)), budget.spend_counts(np.array([1, 2, 3], np.int32)).status
    (None, <Status.TOO_LARGE: 'too_large'>)
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._counts = limits.max_reply_counts
        self._crossings = limits.max_reply_crossings
        self._map_pixels = limits.max_reply_map_pixels
        self._is_short = False
        self._changes: dict[int, tuple[NDArray[np.uint8], int]] = {}

    def spend_map(self, job: MapJob) -> NoMask | None:
        """Take the cost of a map to resize; return the reason where too little is left for it."""
        if reason := self.refuse_counts(self._estimate(job)):
            return reason
        self._map_pixels -= job.pixels.size
        if self._map_pixels < 0:
            return _refusal("pixels of maps", self._limits.max_reply_map_pixels, "max_reply_map_pixels")
        return None

    def spend_crossings(self, crossings: int) -> NoMask | None:
        """Take the columns that the edges of one mask cross; return the reason where too few are left."""
        self._crossings -= crossings
        if self._crossings < 0:
            return _refusal("columns crossed", self._limits.max_reply_crossings, "max_reply_crossings")
        return self.refuse_counts(crossings)

    def spend_counts(self, counts: Counts) -> NoMask | None:
        """Take the run lengths of a mask; return the reason where too few are left, and leave them."""
        if len(counts) <= self._counts:
            self._counts -= len(counts)
            return None
        self._is_short = True
        return self._too_many_counts()

    def refuse_counts(self, estimate: int) -> NoMask | None:
        """Return the reason why a mask of about so many run lengths is not made; None if it may be."""
        bound = self._counts if self._is_short else _FAR_PAST * self._limits.max_reply_counts
        return self._too_many_counts() if estimate > bound else None

    def _too_many_counts(self) -> NoMask:
        return _refusal("run lengths", self._limits.max_reply_counts, "max_reply_counts")

    def _estimate(self, job: MapJob) -> int:
        """Estimate the run lengths of a resized map: its changes from row to row, as many columns wider it becomes."""
        x0, y0, x1, y1 = job.box
        width = min(x1, job.size[0]) - max(x0, 0)
        height = min(y1, job.size[1]) - max(y0, 0)
        bound = max(width, 0) * min(max(height, 0), job.height)
        if bound <= self._counts or job.pixels.dtype != np.uint8:
            return bound
        map_width = int(job.pixels.shape[1])
        return min(bound, self._changes_of(job) * width // map_width)

    def _changes_of(self, job: MapJob) -> int:
        """Return how often a map crosses the threshold from row to row; counted once per map."""
        kept = self._changes.get(id(job.pixels))
        if kept is None:
            above = job.pixels > job.threshold
            kept = job.pixels, int(np.count_nonzero(above[1:] != above[:-1]))
            self._changes[id(job.pixels)] = kept
        return kept[1]


def _refusal(what: str, limit: int, name: str) -> NoMask:
    return NoMask(Status.TOO_LARGE, f"expected at most {limit} {what} in all masks of a reply ({name}), got more")
