"""The result of decoding: a batch of masks (`Masks`), one row of it (`Mask`), and the types of what they return."""

from ._batch import Masks, _unpickled
from ._patches import Patch
from ._polygons import Polygon
from ._row import Mask
from ._types import CocoRle, MasksDict, RowDict

__all__ = ["CocoRle", "Mask", "Masks", "MasksDict", "Patch", "Polygon", "RowDict"]

for _public in (Mask, Masks, Patch, Polygon, _unpickled):  # pickles and tracebacks name this package, not its modules
    _public.__module__ = __name__
