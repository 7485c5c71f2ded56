"""Statistics of repeated measurements: median and quartiles, geometric means, differences, rounding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log
from typing import NamedTuple

import numpy as np


class Quartiles(NamedTuple):
    """The median of repeated measurements, and the quartiles around it."""

    low: float
    median: float
    high: float

    @property
    def relative_deviation(self) -> float:
        """Half the distance between the quartiles, as a share of the median."""
        return (self.high - self.low) / 2 / self.median


def compute_quartiles(samples: Sequence[float]) -> Quartiles:
    """Return the quartiles of at least one sample.

    >>> compute_quartiles([4.0, 1.0, 3.0, 2.0, 5.0])
    Quartiles(low=2.0, median=3.0, high=4.0)
    """
    return Quartiles(*(float(v) for v in np.percentile(samples, (25, 50, 75))))


def geometric_mean(values: Iterable[float]) -> float:
    """Return the geometric mean of positive numbers.

    >>> geometric_mean([1, 100])
    10.0
    """
    logs = [log(value) for value in values]
    return round(exp(sum(logs) / len(logs)), 12)


def relative_difference(a: float, b: float) -> float:
    """Return the distance between two positive numbers as a share of the smaller one.

    >>> relative_difference(4, 5), relative_difference(5, 4)
    (0.25, 0.25)
    """
    return max(a, b) / min(a, b) - 1


def round_significant(value: float, digits: int = 5) -> float:
    """Return a number rounded to some significant digits.

    >>> round_significant(123456.789), round_significant(0.000123456789)
    (123460.0, 0.00012346)
    """
    return float(f"{value:.{digits}g}")
