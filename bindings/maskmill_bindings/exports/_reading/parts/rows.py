"""The rows of one image as they are read: a mask, or the status and the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from maskmill._images.size import Size
from maskmill.errors import ArgumentError, excerpt
from maskmill.status import FormName, Note, Problem, Status, StatusName

from ..._geometry.foreign_shapes import Rle

if TYPE_CHECKING:
    from maskmill import Masks

Corners = tuple[float, float, float, float]

_NO_BOX: Final = (math.nan,) * 4


class ShapeError(ArgumentError):
    """One shape gives no mask; `status` is that of its row."""

    status: Status = Status.GARBAGE


def shape_error(status: StatusName | Status, wanted: str, got: object, at: str) -> ShapeError:
    """Return the error for a shape that becomes a row with a status.

    Parameters
    ----------
    status : str
        The status.
    wanted : str
        What was expected.
    got : object
        A text as it stands, or a value that is shown as `excerpt` shows it.
    at : str
        Place of the shape.
    """
    error = ShapeError(wanted, got if isinstance(got, str) else excerpt(got), at)
    error.status = Status(status)
    return error


@dataclass(slots=True)
class ShapeRow:
    """One row of an image.

    Attributes
    ----------
    label : str
        Name of its class.
    rle : dict or None
        COCO's mapping with ``counts``, of the image's size; None where there is no mask.
    form : str
        What the file holds: ``ring`` for shapes, ``rle``, ``png``, ``pixels`` or ``none``.
    score : float
        NaN where there is none.
    box : tuple of float
        Corners x0, y0, x1, y1 in pixels; NaN where there is none.
    filled : bool
        Whether the mask is the filled box.
    status : str
        Why there is no mask; empty where there is one, whose pixels decide between ``ok`` and ``empty``.
    notes : list of Note
        The reason, or what was repaired.
    """

    label: str = ""
    rle: Rle | None = None
    form: FormName = "none"
    score: float = math.nan
    box: Corners = _NO_BOX
    filled: bool = False
    status: str = ""
    notes: list[Note] = field(default_factory=list)

    def note(self, code: str, message: str) -> None:
        """Add what was repaired."""
        self.notes.append(Note(code, message))


def fill_row(row: ShapeRow, draw: Callable[[ShapeRow], Rle]) -> ShapeRow:
    """Draw the mask of a row; a shape that cannot be drawn becomes its status and its reason.

    >>> def draw(row):
    ...     raise shape_error("degenerate", "at least 3 points", "2", "points")
    >>> row = fill_row(ShapeRow("cat", form="ring"), draw)
    >>> row.status, row.notes[-1].message
    ('degenerate', 'expected at least 3 points, got 2 - at `points`')
    """
    try:
        row.rle = draw(row)
    except ArgumentError as error:
        row.status = str(error.status) if isinstance(error, ShapeError) else "garbage"
        row.notes = [Note(row.status, str(error))]
    return row


def rows_to_masks(rows: Sequence[ShapeRow], size: Size) -> Masks:
    """Return the rows of one image of (width, height) `size` as `Masks`."""
    from maskmill import Masks

    nothing: Rle = {"counts": [size[0] * size[1]]}
    return Masks.from_coco(
        [nothing if row.rle is None else row.rle for row in rows],
        size,
        labels=[row.label for row in rows],
        scores=[row.score for row in rows],
        boxes=np.array([row.box for row in rows], np.float64).reshape(-1, 4),
        status=[row.status or None for row in rows],
        forms=[row.form for row in rows],
        filled=[row.filled for row in rows],
        problems=[Problem(i, *note) for i, row in enumerate(rows) for note in row.notes],
    )


def read_score(value: Any, row: ShapeRow) -> None:
    """Set the score of a row from a value of the file, which may be missing."""
    if value is None:
        return
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 3e38:
        row.score = float(value)
    else:
        row.note("bad_score", f"expected a number as score, got {excerpt(value)}")


def note_clipped(row: ShapeRow, rings: Iterable[Any], size: Size) -> None:
    """Note that a mask leaves the image, if a vertex does.

    Parameters
    ----------
    row : ShapeRow
        Row that gets the note.
    rings : iterable of NDArray[np.float64]
        (V, 2) x, y in pixels each.
    size : tuple of int
        (width, height) of the image.
    """
    for ring in rings:
        if len(ring) and (ring.min() < 0 or (ring > size).any()):
            low, high = (f"{x:g}, {y:g}" for x, y in (ring.min(0), ring.max(0)))
            row.note("clipped", f"the shape from {low} to {high} leaves the image of {size[0]}x{size[1]}")
            return
