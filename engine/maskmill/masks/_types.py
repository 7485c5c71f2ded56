"""Types of what goes into a `Masks` and comes out of it, for type checkers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from numpy.typing import ArrayLike

from ..status import FormName, ReplyStatus, ReplyStatusName, Status, StatusName

Order = Literal["area", "score", "reply"]
"""Which mask is on top where masks overlap: the smaller, the one with the higher score, the later one."""

FillRule = Literal["exact", "native"]
"""Which pixels a polygon in pixels holds: those whose centre is inside, or those that pycocotools fills."""

Place = Literal["cpu", "cuda"]
"""Where a view is computed and left."""

StatusLike = Status | StatusName
ReplyStatusLike = ReplyStatus | ReplyStatusName

Statuses = Sequence[StatusLike | str | None] | StatusLike | None
"""One status per row; a single one is that of the only row; None for the default."""

Forms = Sequence[FormName | str | None] | FormName | None
"""One form per row, likewise."""

Texts = Sequence[str | None] | str | None
"""One text per row; a single text is that of the only row; None, also for one row, stands for the default."""

Numbers = ArrayLike | None
"""Numbers per row; None for the default."""


class CocoRle(TypedDict):
    """COCO's compressed run lengths, as pycocotools encodes them.

    Attributes
    ----------
    size : list of int
        [height, width] of the image.
    counts : bytes
        The run lengths as a COCO string.
    """

    size: list[int]
    counts: bytes


class JsonRle(TypedDict):
    """The same as values of JSON: `counts` is a text."""

    size: list[int]
    counts: str


class RowDict(TypedDict):
    """One row, as `Masks.to_dict` writes it; None for a number that the item does not have."""

    label: str
    status: str
    form: str
    score: float | None
    box: list[float] | None
    area: int
    filled: bool
    rle: JsonRle
    item: dict[str, Any]


class ProblemDict(TypedDict):
    """One problem, as `Masks.to_dict` writes it; `row` is None where it concerns the whole reply."""

    row: int | None
    code: str
    message: str
    excerpt: str


class MasksDict(TypedDict):
    """A batch, as `Masks.to_dict` writes it and `Masks.from_dict` reads it: only values of JSON."""

    version: int
    size: list[int]
    reply_status: str
    rows: list[RowDict]
    problems: list[ProblemDict]
