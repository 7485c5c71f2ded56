"""Losses of a format, each told once."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import LossWarning

if TYPE_CHECKING:
    from maskmill import Masks


class Losses:
    """What one `write` cannot hold.

    >>> losses = Losses()
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     losses.tell("scores are left out")
    ...     losses.tell("scores are left out")
    >>> [str(warning.message) for warning in caught]
    ['scores are left out']
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, what: str) -> None:
        """Warn of a kind of loss, unless it has been told."""
        if what not in self._told:
            self._told.add(what)
            warnings.warn(what, LossWarning, stacklevel=3)

    def tell_scores(self, masks: Masks, target: str) -> None:
        """Warn if a mask with a pixel has a score, of a format without a place for scores."""
        if not np.isnan(masks.scores[masks.areas > 0]).all():
            self.tell(f"{target} has no place for scores, which are left out")

    def tell_cut(self, masks: Masks, instances: NDArray[np.integer[Any]]) -> None:
        """Warn if an instance map does not hold every pixel of its masks."""
        if np.count_nonzero(instances) < masks.areas.sum():
            self.tell("masks overlap and were cut: a pixel can be of one only, and the smaller mask has it")
