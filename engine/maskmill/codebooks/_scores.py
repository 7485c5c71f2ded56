"""The quality of a fitted codebook on held-out pairs."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

PERCENTILES: Final = 5, 25, 50, 75, 95
"""Percentiles that a `Spread` holds beside the mean."""


class Spread(NamedTuple):
    """Mean and percentiles of intersections over union."""

    mean: float
    p5: float
    p25: float
    median: float
    p75: float
    p95: float

    @classmethod
    def of(cls, values: ArrayLike, weights: ArrayLike | None = None) -> Spread:
        """Return the weighted mean and percentiles of values.

        >>> Spread.of([0.5, 1.0]).mean
        0.75
        """
        ious = np.asarray(values, np.float64)
        shares = np.ones(len(ious)) if weights is None else np.asarray(weights, np.float64)
        order = np.argsort(ious, kind="stable")
        middle = np.cumsum(shares[order]) - shares[order] / 2
        percentiles = np.interp(np.array(PERCENTILES) / 100 * shares.sum(), middle, ious[order])
        return cls(float(np.average(ious, weights=shares)), *(float(v) for v in percentiles))


class Scores(NamedTuple):
    """Held-out quality of a codebook, of the mean patch of each token cut at half, and of a filled box."""

    fitted: Spread
    patches: Spread
    box: Spread

    def array(self) -> NDArray[np.float64]:
        """Return the numbers as an array (3, 6)."""
        return np.array(self)

    @classmethod
    def from_array(cls, numbers: NDArray[np.float64]) -> Scores:
        """Return the scores in the result of `array`."""
        return cls(*(Spread(*(float(v) for v in row)) for row in numbers))

    @property
    def beats_box(self) -> bool:
        """Whether the codebook is better than a filled box, by mean and median."""
        return self.fitted.mean > self.box.mean and self.fitted.median > self.box.median
