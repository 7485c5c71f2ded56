"""Conditions on rows: ``area >= 100, label = cat | dog, status != ok``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from maskmill.errors import expected, told

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
    column
        Of the table.
    sign
        ``=``, ``!=``, and for numbers ``<``, ``<=``, ``>``, ``>=``.
    values
        One, or for ``=`` and ``!=`` several; a missing score meets no condition but ``!=``.
    """

    column: str
    sign: str
    values: tuple[Any, ...]


def parse(text: str) -> tuple[Filter, ...]:
    """Read conditions separated by commas; all of them must hold. Values of a list are separated by ``|``.

    >>> parse("label = cat | dog, score > 0.5")
    (Filter(column='label', sign='=', values=('cat', 'dog')), Filter(column='score', sign='>', values=(0.5,)))

    A comma within a value is written as a backslash and a comma.

    Raises
    ------
    maskmill.errors.ArgumentError
        A condition has another shape, or names no column.
    """
    pieces = re.split(r"(?<!\\),", text) if text.strip() else []
    return tuple(_read(piece.replace("\\,", ",")) for piece in pieces)


def _read(piece: str) -> Filter:
    found = _CONDITION.fullmatch(piece)
    if found is None or found[1] not in (*_TEXTS, *_NUMBERS):
        columns = ", ".join((*_TEXTS, *_NUMBERS))
        raise expected(f"COLUMN SIGN VALUE, the column one of {columns}", piece, "filter")
    column, sign, words = found[1], found[2], [word.strip() for word in found[3].split("|")]
    if sign in _FUNCTIONS and (column in _TEXTS or len(words) > 1):
        raise told("= or != for texts and lists", f"{column} {sign}", "filter")
    return Filter(column, sign, tuple(words if column in _TEXTS else map(_number, words)))


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise expected("a number", word, "filter") from None


def select(batch: pa.RecordBatch, conditions: tuple[Filter, ...]) -> pa.Array | None:
    """Which rows meet all conditions, bool (N,); None where there are no conditions."""
    import pyarrow.compute as pc

    chosen = None
    for condition in conditions:
        met = pc.fill_null(_met(batch.column(condition.column), condition), condition.sign == "!=")
        chosen = met if chosen is None else pc.and_(chosen, met)
    return chosen


def _met(column: pa.Array, condition: Filter) -> pa.Array:
    import pyarrow.compute as pc

    if condition.sign in _FUNCTIONS:
        return pc.call_function(_FUNCTIONS[condition.sign], [column, _as(column, condition.values)[0]])
    values = _as(column, condition.values)
    among = pc.is_in(column.cast(values.type), values)
    return pc.invert(among) if condition.sign == "!=" else among


def _as(column: pa.Array, values: tuple[Any, ...]) -> pa.Array:
    """Values as what the column holds: 0.9 is the nearest float32, and a fraction is among no integers."""
    import pyarrow as pa

    kind = column.type
    return pa.array(values, kind if pa.types.is_string(kind) or pa.types.is_floating(kind) else pa.float64())
