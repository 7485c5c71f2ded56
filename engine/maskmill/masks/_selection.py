"""Select rows: numbers from the keys of `Masks.__getitem__`, and the problems of some rows."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import expected
from ..status import FORMS, Problem, Status
from ._storage import Columns

_REPLY: Final = -1
"""Sort key of problems that concern the whole reply."""


def row_number(key: int, rows: int) -> int:
    """Return the row that an integer means in a batch of so many rows; negative ones count from the end."""
    if not -rows <= key < rows:
        raise IndexError(f"expected a row below {rows}, got {key} - at `masks[…]`")
    return key % rows


def selected_rows(key: Any, rows: int) -> list[int]:
    """Return the rows that a slice, integers or booleans select from a batch of so many rows.

    >>> selected_rows(slice(1, None), 3), selected_rows([-1, 0], 3), selected_rows([True, False, True], 3)
    ([1, 2], [2, 0], [0, 2])
    """
    if isinstance(key, slice):
        return list(range(rows))[key]
    try:
        array = np.asarray(key)
    except ValueError:  # nested sequences of different lengths
        array = np.empty(0, object)
    if array.dtype == bool and array.shape == (rows,):
        return [int(i) for i in np.flatnonzero(array)]
    is_empty = not array.size and array.dtype == float  # NumPy's type of []
    if array.ndim == 1 and (is_empty or np.issubdtype(array.dtype, np.integer)):
        return [row_number(int(i), rows) for i in array]
    raise expected(f"a number, a slice, numbers, or {rows} booleans", key, "masks[…]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The conditions of `Masks.select`; None for none."""

    status: str | Iterable[str] | None
    labels: str | Iterable[str] | None
    forms: str | Iterable[str] | None
    min_score: float | None
    min_area: int | None


def rows_that_meet(conditions: Conditions, columns: Columns, areas: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (N,) bool: which rows meet all conditions.

    Parameters
    ----------
    conditions : Conditions
        As `Masks.select` takes them.
    columns : Columns
        The columns of N rows.
    areas : NDArray[np.int64]
        (N,): pixels of each mask.
    """
    meets = np.ones(len(areas), np.bool_)
    for wanted, values, known, at in (
        (conditions.status, columns.status, tuple(map(str, Status)), "status"),
        (conditions.forms, columns.forms, FORMS, "forms"),
        (conditions.labels, columns.labels, None, "labels"),
    ):
        if wanted is not None:
            names = _names(wanted, known, at)
            meets &= np.array([value in names for value in values], np.bool_)
    for least, numbers, at in (
        (conditions.min_score, columns.scores, "min_score"),
        (conditions.min_area, areas, "min_area"),
    ):
        if least is not None:
            meets &= numbers >= _bound(least, at)
    return meets


def _names(wanted: Any, known: tuple[str, ...] | None, at: str) -> set[str]:
    """Return the names that a condition lists; a text is one name."""
    listed = [wanted] if isinstance(wanted, str) or not hasattr(wanted, "__iter__") else list(wanted)
    for name in listed:
        if not isinstance(name, str) or (known is not None and name not in known):
            raise expected("a text" if known is None else f"one of {', '.join(map(repr, known))}", name, at)
    return set(listed)


def _bound(least: Any, at: str) -> float:
    is_number = isinstance(least, (int, float, np.integer, np.floating)) and not isinstance(least, bool)
    if not is_number or not abs(least) <= sys.float_info.max:  # also not for NaN
        raise expected("a finite number", least, at)
    return float(least)


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems in order of their rows, those of the whole reply first."""
    return tuple(sorted(problems, key=_row_of))


def select_problems(problems: tuple[Problem, ...], rows: list[int]) -> tuple[Problem, ...]:
    """Return the problems of the whole reply and of some rows, renumbered by their index in `rows`.

    `problems` are sorted, so selecting every row one by one costs little more than the number of problems.
    """
    selected = (p._replace(row=new) for new, old in enumerate(rows) for p in _problems_of(problems, old))
    return (*_problems_of(problems, _REPLY), *selected)


def _problems_of(problems: tuple[Problem, ...], row: int) -> tuple[Problem, ...]:
    start = bisect_left(problems, row, key=_row_of)
    return problems[start : bisect_right(problems, row, lo=start, key=_row_of)]


def _row_of(problem: Problem) -> int:
    return _REPLY if problem.row is None else problem.row
