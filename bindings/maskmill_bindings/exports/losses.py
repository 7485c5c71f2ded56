"""What a format cannot hold, said once for each kind."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from . import LossWarning

if TYPE_CHECKING:
    from maskmill import Masks


class Losses:
    """Warns of each kind of loss once.

    >>> losses = Losses("YOLO")
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     losses.tell("a mask's score")
    ...     losses.tell("a mask's score")
    >>> [str(warning.message) for warning in told]
    ["YOLO cannot hold a mask's score"]
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._told: set[str] = set()

    def tell(self, what: str) -> None:
        """Warn that the format cannot hold `what`, where that was not said before."""
        if what not in self._told:
            self._told.add(what)
            warnings.warn(LossWarning(f"{self._target} cannot hold {what}"), stacklevel=4)

    def seen(self, masks: Masks, scores: bool = False) -> Masks:
        """The rows with a pixel; warns of the others, and of scores where the format does not hold `scores`."""
        has_pixel = masks.areas > 0
        if not has_pixel.all():
            self.tell("a row without a mask; it is left out")
        if not scores and not np.isnan(masks.scores[has_pixel]).all():
            self.tell("a mask's score")
        return masks[has_pixel]
