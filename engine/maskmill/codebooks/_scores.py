"""How well a fitted codebook does on pairs that it did not learn from."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

SHARES: Final = 5, 25, 50, 75, 95
"""Per cent of the held-out pairs that are no better."""


class Spread(NamedTuple):
    """Mean and percentiles of the intersection over union."""

    mean: float
    p5: float
    p25: float
    median: float
    p75: float
    p95: float

    @classmethod
    def of(cls, values: ArrayLike, weights: ArrayLike | None = None) -> Spread:
        """Measure values of pairs, which count by weight.

        >>> Spread.of([0.5, 1.0]).mean
        0.75
        """
        found = np.asarray(values, np.float64)
        loads = np.ones(len(found)) if weights is None else np.asarray(weights, np.float64)
        order = np.argsort(found, kind="stable")
        middle = np.cumsum(loads[order]) - loads[order] / 2
        percentiles = np.interp(np.array(SHARES) / 100 * loads.sum(), middle, found[order])
        return cls(float(np.average(found, weights=loads)), *(float(v) for v in percentiles))


class Scores(NamedTuple):
    """Held-out pairs: this codebook, the mean patch of each token cut at half, and a filled box."""

    fitted: Spread
    patches: Spread
    box: Spread

    def array(self) -> NDArray[np.float64]:
        """Return the numbers, (3, 6)."""
        return np.array(self)

    @classmethod
    def from_array(cls, numbers: NDArray[np.float64]) -> Scores:
        """Build scores of what `array` gave."""
        return cls(*(Spread(*(float(v) for v in row)) for row in numbers))

    @property
    def beats_box(self) -> bool:
        """Whether it does better than a filled box, by mean and median."""
        return self.fitted.mean > self.box.mean and self.fitted.median > self.box.median
