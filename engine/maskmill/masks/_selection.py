"""Select rows: numbers from the keys of `Masks.__getitem__`, and the problems of some rows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from ..errors import excerpt, expected
from ..status import Problem

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
    raise expected(f"a number, a slice, numbers, or {rows} booleans", excerpt(key), "masks[…]")


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
