"""Warn once for each kind of information that a format cannot store."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from maskmill import Masks


class LossWarning(UserWarning):
    """A format cannot hold something, which was left out or changed; issued once per kind of loss and `write`."""


LossWarning.__module__ = "maskmill_bindings.exports"  # its public place, which warning filters name


class LossWarner:
    """Issues the `LossWarning`s of one `write` or `read`, each text once.

    >>> losses = LossWarner()
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     losses.warn("scores are left out")
    ...     losses.warn("scores are left out")
    >>> [str(warning.message) for warning in caught]
    ['scores are left out']
    """

    def __init__(self) -> None:
        self._issued: set[str] = set()

    def warn(self, text: str) -> None:
        """Warn of a kind of loss, unless it was warned of before."""
        if text not in self._issued:
            self._issued.add(text)
            warnings.warn(text, LossWarning, stacklevel=3)

    def warn_of_scores(self, masks: Masks, target: str) -> None:
        """Warn if a mask with a pixel has a score, for a format that holds none."""
        import numpy as np

        if not np.isnan(masks.scores[masks.areas > 0]).all():
            self.warn(f"{target} has no place for scores, which are left out")

    def warn_of_overlaps(self, masks: Masks, instances: NDArray[Any]) -> None:
        """Warn if an instance map, (H, W) of integers, does not hold every pixel of its masks."""
        import numpy as np

        if np.count_nonzero(instances) < masks.areas.sum():
            self.warn("masks overlap and were cut: a pixel can be of one only, and the smaller mask has it")
