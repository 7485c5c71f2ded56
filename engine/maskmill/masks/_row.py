"""One row of a batch, under singular names."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..status import Problem, Status
from ._patches import Patch
from ._polygons import Polygon
from ._types import CocoRle

Crop = tuple[int, int, NDArray[np.bool_]]
"""(y, x, pixels): row and column of a crop's first pixel in the image, and its pixels."""


class _OneRow(Protocol):
    """The parts of `Masks` that `Mask` reads; this module does not import it."""

    @property
    def size(self) -> tuple[int, int]: ...
    @property
    def labels(self) -> NDArray[np.object_]: ...
    @property
    def status(self) -> NDArray[np.str_]: ...
    @property
    def forms(self) -> NDArray[np.str_]: ...
    @property
    def scores(self) -> NDArray[np.float32]: ...
    @property
    def boxes(self) -> NDArray[np.float64]: ...
    @property
    def areas(self) -> NDArray[np.int64]: ...
    @property
    def extents(self) -> NDArray[np.int64]: ...
    @property
    def filled(self) -> NDArray[np.bool_]: ...
    @property
    def items(self) -> tuple[dict[str, Any], ...]: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...
    def dense(self) -> NDArray[np.bool_]: ...
    def crops(self) -> list[Crop]: ...
    def coco(self) -> list[CocoRle]: ...
    def polygons(self) -> list[list[Polygon]]: ...
    def patches(self) -> list[Patch]: ...


class Mask:
    """One row of a `Masks`.

    >>> import maskmill
    >>> mask = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "a"}]', size=(8, 8))[0]
    >>> mask.label, str(mask.status), mask.area
    ('a', 'ok', 6)

    Immutable; equal to a row with equal columns, pixels and problems. Returned by indexing a `Masks` with a number, and
    by iterating over one.
    """

    __slots__ = ("_row",)

    def __init__(self, row: _OneRow) -> None:
        self._row = row

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the image in pixels."""
        return self._row.size

    @property
    def label(self) -> str:
        """Empty if the item has none."""
        return str(self._row.labels[0])

    @property
    def status(self) -> Status:
        """Whether the item has a mask, or why not."""
        return Status(self._row.status[0])

    @property
    def form(self) -> str:
        """Form of the mask value, such as png, ring, rle or tokens; none without a value."""
        return str(self._row.forms[0])

    @property
    def score(self) -> float:
        """NaN if the item has none."""
        return float(self._row.scores[0])

    @property
    def box(self) -> NDArray[np.float64]:
        """(4,) float64: x0, y0, x1, y1 in pixels, not clipped; NaN if there is none."""
        box: NDArray[np.float64] = self._row.boxes[0]
        return box

    @property
    def extent(self) -> NDArray[np.int64]:
        """(4,) int64: x0, y0, x1, y1 in pixels of the smallest rectangle around the mask; zeros for an empty one."""
        extent: NDArray[np.int64] = self._row.extents[0]
        return extent

    @property
    def area(self) -> int:
        """Number of pixels in the mask."""
        return int(self._row.areas[0])

    @property
    def filled(self) -> bool:
        """Whether there is no mask and the box was filled instead."""
        return bool(self._row.filled[0])

    @property
    def item(self) -> dict[str, Any]:
        """The item as the model wrote it."""
        return self._row.items[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Errors and repairs in this row, and those that concern the whole reply, each with its `advice`."""
        return self._row.problems

    def dense(self) -> NDArray[np.bool_]:
        """Return the pixels of the mask, bool (H, W)."""
        dense: NDArray[np.bool_] = self._row.dense()[0]
        return dense

    def crop(self) -> Crop:
        """Return (y, x, pixels) of the smallest rectangle around the mask."""
        return self._row.crops()[0]

    def coco(self) -> CocoRle:
        """Return COCO's compressed RLE: ``{"size": [H, W], "counts": bytes}``."""
        return self._row.coco()[0]

    def polygons(self) -> list[Polygon]:
        """Return the mask as polygons with holes along the edges of its pixels."""
        return self._row.polygons()[0]

    def patch(self) -> Patch:
        """Return the run lengths of the smallest rectangle around the mask, and its place in the image."""
        return self._row.patches()[0]

    def __eq__(self, other: object) -> bool:
        """Tell whether image size, columns, pixels and problems are equal; the number of the row does not count."""
        return self._row == other._row if isinstance(other, Mask) else NotImplemented

    def __hash__(self) -> int:
        """Return a hash of the size, the label and the pixels."""
        return hash(self._row)

    def __repr__(self) -> str:
        """Return label, status and area in angle brackets, and what to do where there is no mask."""
        advice = dict.fromkeys(problem.advice for problem in self.problems if problem.row is not None)
        return "\n".join([f"<Mask: {self.label!r} {self.status}, {self.area} pixels", *filter(None, advice)]) + ">"
