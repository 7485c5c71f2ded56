"""The result of decoding: a batch of masks (`Masks`), one row of it (`Mask`), its `Polygon` and `Patch`."""

from ._batch import Masks, _unpickled
from ._patches import Patch
from ._polygons import Polygon
from ._row import Mask

__all__ = ["Mask", "Masks", "Patch", "Polygon"]

for _public in (Mask, Masks, Patch, Polygon, _unpickled):  # pickles and tracebacks name this package, not its modules
    _public.__module__ = __name__
