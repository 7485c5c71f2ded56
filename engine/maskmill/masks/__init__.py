"""The result: a batch of masks (`Masks`), one row of it (`Mask`), and what rows hold (`Polygon`, `Patch`)."""

from ._batch import Masks
from ._patches import Patch
from ._polygons import Polygon
from ._row import Mask

__all__ = ["Mask", "Masks", "Patch", "Polygon"]
