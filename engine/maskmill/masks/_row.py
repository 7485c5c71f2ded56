"""One row of a batch, under singular names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..status import Problem, Status

if TYPE_CHECKING:
    from ._batch import Masks
    from ._polygons import Polygon
    from ._views import Crop


class Mask:
    """One row of a `Masks`.

    >>> import maskmill
    >>> mask = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "a"}]', size=(8, 8))[0]
    >>> mask.label, str(mask.status), mask.area
    ('a', 'ok', 6)
    """

    __slots__ = ("_row",)

    def __init__(self, row: Masks) -> None:
        self._row = row

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the image in pixels."""
        return self._row.size

    @property
    def label(self) -> str:
        """Empty where the item has none."""
        return str(self._row.labels[0])

    @property
    def status(self) -> Status:
        """What became of the item."""
        return Status(self._row.status[0])

    @property
    def form(self) -> str:
        """Form of the mask value: png, ring, rle, tokens, …, none."""
        return str(self._row.forms[0])

    @property
    def score(self) -> float:
        """NaN where the item has none."""
        return float(self._row.scores[0])

    @property
    def box(self) -> NDArray[np.float64]:
        """(4,) float64: x0, y0, x1, y1 in pixels, not clipped; NaN where there is none."""
        box: NDArray[np.float64] = self._row.boxes[0]
        return box

    @property
    def area(self) -> int:
        """Pixels in the mask."""
        return int(self._row.areas[0])

    @property
    def filled(self) -> bool:
        """There is no mask, and the box was filled instead."""
        return bool(self._row.filled[0])

    @property
    def item(self) -> dict[str, Any]:
        """The item as the model wrote it."""
        return self._row.items[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What went wrong with this row or was mended in it, and what concerns the whole reply."""
        return self._row.problems

    def dense(self) -> NDArray[np.bool_]:
        """(H, W) bool."""
        dense: NDArray[np.bool_] = self._row.dense()[0]
        return dense

    def crop(self) -> Crop:
        """(y, x, 2-D bool) of the smallest rectangle around the mask."""
        return self._row.crops()[0]

    def coco(self) -> dict[str, Any]:
        """COCO's compressed RLE: ``{"size": [H, W], "counts": bytes}``."""
        return self._row.coco()[0]

    def polygons(self) -> list[Polygon]:
        """Parts with holes along the pixels' edges."""
        return self._row.polygons()[0]

    def __repr__(self) -> str:
        """Label, status and area."""
        return f"<Mask: {self.label!r} {self.status}, {self.area} pixels>"
