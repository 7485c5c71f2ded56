"""Give problems the facts that their advice depends on, and gather equal advice."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, Final

from .._advice import ADVISED, Facts
from .._images.size import Size
from .._kernels.steps.boxes import pixel_corners
from ..status import Problem, ReplyStatus, Status
from ._storage import Columns

_GEMINI: Final = re.compile(r"seg_\d")
_PALIGEMMA: Final = re.compile(r"seg\d{3}")
"""Mask tokens, whatever their angle brackets became."""

_ABSENT: Final = frozenset(map(str, (*Status, *ReplyStatus)))
"""Codes of what is missing; the other ones are repairs."""

_MAX_ROWS: Final = 12
"""Numbers of rows that a line names."""


def inform_problems(problems: Iterable[Problem], columns: Columns, size: Size, model: str) -> tuple[Problem, ...]:
    """Return problems that know their row's box and form, and the model.

    Parameters
    ----------
    problems : iterable of Problem
        Of rows and of the whole reply.
    columns : Columns
        The rows.
    size : tuple of int
        (width, height) of the image.
    model : str
        Name of the model; empty: not known.
    """
    return tuple([p._knowing(_facts_of(p.row, columns, size, model)) if p.code in ADVISED else p for p in problems])


def _facts_of(row: int | None, columns: Columns, size: Size, model: str) -> Facts:
    """Return the facts about a row or the reply."""
    if row is None:
        return Facts(False, model)
    has_box = not columns.filled[row] and is_fillable(columns.boxes[row].tolist(), size)
    form = columns.forms[row]
    return Facts(has_box, model, _name_tokens(columns.items[row]) if form == "tokens" else form)


def is_fillable(corners: list[float], size: Size) -> bool:
    """Tell whether a box x0, y0, x1, y1 in pixels, NaN for none, has a pixel in the image.

    >>> is_fillable([-5.0, 0.0, 1.0, 1.0], (8, 8)), is_fillable([9.0, 0.0, 12.0, 1.0], (8, 8))
    (True, False)
    """
    if not all(map(math.isfinite, corners)):
        return False
    x0, y0, x1, y1 = pixel_corners((corners[0], corners[1], corners[2], corners[3]))
    return max(x0, 0) < min(x1, size[0]) and max(y0, 0) < min(y1, size[1])


def _name_tokens(item: dict[str, Any]) -> str:
    """Return ``tokens`` for Gemini's mask tokens, ``paligemma`` for PaliGemma's, ``foreign`` for those of others."""
    texts = [value for value in item.values() if isinstance(value, str)]
    if any(map(_GEMINI.search, texts)):
        return "tokens"
    if any(map(_PALIGEMMA.search, texts)):
        return "paligemma"
    return "foreign" if any("<|" in text for text in texts) else "tokens"


def advice_lines(problems: Iterable[Problem]) -> list[str]:
    """Return each advice once, with its code and its rows: first what is missing, then what is to be decided.

    >>> advice_lines([Problem(0, "empty", ""), Problem(2, "empty", ""), Problem(2, "junk_cut", "")])[0][:20]
    'empty (rows 0, 2): T'
    """
    rows: dict[tuple[str, str], dict[int | None, None]] = {}
    for problem in sorted(problems, key=lambda each: each.code not in _ABSENT):
        if advice := problem.advice:
            rows.setdefault((problem.code, advice), {})[problem.row] = None
    return [f"{code}{_name_rows(list(numbers))}: {advice}" for (code, advice), numbers in rows.items()]


def _name_rows(rows: list[int | None]) -> str:
    """Return the numbers of rows in brackets, shortened; nothing for the reply as a whole."""
    if rows[0] is None:
        return ""
    more = f" and {len(rows) - _MAX_ROWS} more" if len(rows) > _MAX_ROWS else ""
    return f" ({'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, rows[:_MAX_ROWS]))}{more})"
