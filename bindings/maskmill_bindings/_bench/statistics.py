"""Figures out of repeats: the median with its quartiles, and means of ratios."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, log
from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """The median of repeats, and the quartiles around it."""

    low: float
    median: float
    high: float

    @property
    def share(self) -> float:
        """Half of what lies between the quartiles, as a share of the median."""
        return (self.high - self.low) / 2 / self.median


def spread(samples: Sequence[float]) -> Spread:
    """Of at least one sample.

    >>> spread([4.0, 1.0, 3.0, 2.0, 5.0])
    Spread(low=2.0, median=3.0, high=4.0)
    """
    return Spread(*(float(v) for v in np.percentile(samples, (25, 50, 75))))


def geometric_mean(values: Iterable[float]) -> float:
    """Of positive numbers.

    >>> geometric_mean([1, 100])
    10.0
    """
    logs = [log(value) for value in values]
    return round(exp(sum(logs) / len(logs)), 12)


def change(a: float, b: float) -> float:
    """How far two positive numbers lie apart, as a share of the smaller.

    >>> change(4, 5), change(5, 4)
    (0.25, 0.25)
    """
    return max(a, b) / min(a, b) - 1


def rounded(value: float, digits: int = 5) -> float:
    """A number in so many digits.

    >>> rounded(123456.789), rounded(0.000123456789)
    (123460.0, 0.00012346)
    """
    return float(f"{value:.{digits}g}")
