"""What repeats, or stands within an item: echoes of a key, fields that come twice, and the parts of an item."""

from __future__ import annotations

from ..keys import IS_FIELD, IS_LABEL, fold, rank
from .cursor import Cursor, OpenBracket, Recovered
from .grammar import NAKED_KEY


def is_key_next(cursor: Cursor) -> bool:
    """Skip echoes of the key in the place of its value; tell whether the key of another field stands there instead."""
    key = cursor.stack[-1].key
    while echo := NAKED_KEY.match(cursor.text, cursor.at):
        if fold(echo[1]) != fold(key) and (rank(echo[1]) != rank(key) or not rank(key)):
            return rank(echo[1]) > 0
        cursor.note_repair()
        cursor.at = echo.end()
        cursor.skip(separators=False)
    return False


def is_rest_of_last(stack: list[OpenBracket], value: Recovered) -> bool:
    """Add an object that begins with a field of the last one, equal to it, to that one: the field came twice.

    Parameters
    ----------
    stack : list of OpenBracket
        The brackets around the object.
    value : Recovered
        The object, complete.
    """
    last = stack[-1].last_object() if value.is_split and stack else None
    if not isinstance(last, Recovered) or any(rank(key) == IS_LABEL for key in last):
        return False
    common = [key for key in value if key in last]
    if not any(rank(key) >= IS_FIELD for key in common) or any(value[key] != last[key] for key in common):
        return False
    last.update(value)
    last.open_keys |= value.open_keys
    last.is_cut = last.is_cut or value.is_cut
    return True


def holds_parts(stack: list[OpenBracket], place: int) -> bool:
    """Tell whether the text is inside a value of an open item that holds objects and no field: its parts.

    Parameters
    ----------
    stack : list of OpenBracket
        The open brackets.
    place : int
        The place of the item among them.
    """
    bracket, inner = stack[place], stack[place + 1 :]
    if rank(bracket.key) > 0 or bracket.key in bracket.value:
        return False
    opened = inner[0] if inner else None
    return opened is None or isinstance(opened.value, Recovered) or all(isinstance(v, dict) for v in opened.value)
