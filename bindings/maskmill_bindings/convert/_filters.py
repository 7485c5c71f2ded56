"""Conditions that select rows: ``area >= 100, label = cat | dog, status != ok``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from maskmill.errors import ArgumentError, expected

if TYPE_CHECKING:
    import pyarrow as pa

_CONDITION: Final = re.compile(r"\s*(\w+)\s*(>=|<=|!=|=|>|<)\s*(.+?)\s*", re.DOTALL)
_TEXTS: Final = ("label", "status", "form", "key", "image", "model")
_NUMBERS: Final = ("area", "score", "index")
_FUNCTIONS: Final = {">": "greater", ">=": "greater_equal", "<": "less", "<=": "less_equal"}


class Filter(NamedTuple):
    """One condition.

    Attributes
    ----------
    column : str
        Column of the table.
    sign : str
        ``=``, ``!=``, and for numbers ``<``, ``<=``, ``>``, ``>=``.
    values : tuple
        One value, or for ``=`` and ``!=`` several. A missing score meets only ``!=``.
    """

    column: str
    sign: str
    values: tuple[Any, ...]


def parse_filter(text: str) -> tuple[Filter, ...]:
    """Parse conditions separated by commas, all of which must hold; ``|`` separates the values of a list.

    >>> parse_filter("label = cat | dog, score > 0.5")
    (Filter(column='label', sign='=', values=('cat', 'dog')), Filter(column='score', sign='>', values=(0.5,)))

    A comma within a value is written as a backslash and a comma.

    Raises
    ------
    maskmill.errors.ArgumentError
        A condition has another form, or names no column.
    """
    conditions = re.split(r"(?<!\\),", text) if text.strip() else []
    return tuple(_parse_condition(condition.replace("\\,", ",")) for condition in conditions)


def _parse_condition(text: str) -> Filter:
    match = _CONDITION.fullmatch(text)
    if match is None or match[1] not in (*_TEXTS, *_NUMBERS):
        columns = ", ".join((*_TEXTS, *_NUMBERS))
        raise expected(f"COLUMN SIGN VALUE, the column one of {columns}", text, "filter")
    column, sign, words = match[1], match[2], [word.strip() for word in match[3].split("|")]
    if sign in _FUNCTIONS and (column in _TEXTS or len(words) > 1):
        raise ArgumentError("= or != for texts and lists", f"{column} {sign}", "filter")
    return Filter(column, sign, tuple(words if column in _TEXTS else map(_parse_number, words)))


def _parse_number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise expected("a number", word, "filter") from None


def select_rows(batch: pa.RecordBatch, conditions: tuple[Filter, ...]) -> pa.Array | None:
    """Return bool (N,), which rows meet all conditions; None where there are no conditions."""
    import pyarrow.compute as pc

    chosen = None
    for condition in conditions:
        is_met = pc.fill_null(_meets(batch.column(condition.column), condition), condition.sign == "!=")
        chosen = is_met if chosen is None else pc.and_(chosen, is_met)
    return chosen


def _meets(column: pa.Array, condition: Filter) -> pa.Array:
    """Return which values of a column meet a condition; null where a value is null."""
    import pyarrow.compute as pc

    if condition.sign in _FUNCTIONS:
        return pc.call_function(_FUNCTIONS[condition.sign], [column, _to_array(column, condition.values)[0]])
    values = _to_array(column, condition.values)
    is_listed = pc.is_in(column.cast(values.type), values)
    return pc.invert(is_listed) if condition.sign == "!=" else is_listed


def _to_array(column: pa.Array, values: tuple[Any, ...]) -> pa.Array:
    """Return values in the column's type, so that 0.9 equals the nearest float32; float64 for an integer column."""
    import pyarrow as pa

    kind = column.type
    return pa.array(values, kind if pa.types.is_string(kind) or pa.types.is_floating(kind) else pa.float64())
