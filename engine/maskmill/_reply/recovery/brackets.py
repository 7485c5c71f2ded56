"""Decide what a closing bracket closes: one of the wrong kind, one too many, or one that comes too early.

A lost number or point would leave a mask of other pixels. So where more numbers, or more objects like those before,
follow a bracket, it closes no more than they allow. Where they stand outside every array, the array before them gets a
text in two lists as its last entry, which is no vertex that one could drop, and so makes it no mask.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ..keys import IS_BOX, has_box, point_coordinates, rank
from .cursor import Cursor, OpenBracket, Recovered
from .grammar import (
    BRACE_BEFORE_NUMBERS,
    BRACKETS_BEFORE_NUMBERS,
    KEY,
    MORE_NUMBERS,
    MORE_OBJECTS,
    NESTED,
    STRAY_BRACE,
    WRONG_CLOSER,
    WRONG_CLOSERS,
)

_STARTS_NUMBERS: Final = "[(+-.0123456789"
_NUMBER: Final = re.compile(r"[-+]?[\d.]{1,30}(?:[eE][-+]?\d{1,3})?")


def closes_nothing(cursor: Cursor, bracket: OpenBracket) -> bool:
    """Tell whether the closing bracket is one too many: more entries follow it, or no tuple is open."""
    if isinstance(bracket.value, Recovered):
        return cursor.char == ")" or (cursor.char == "]" and _more_follow(cursor, bracket))
    last = bracket.last_object()
    if last is None:
        return False
    return (cursor.char == "}" and _objects_follow(cursor, last)) or (cursor.char == ")" and not bracket.is_round)


def closes_item_early(cursor: Cursor) -> bool:
    """Tell whether the closing bracket would close an item although a key of that item follows."""
    in_object = isinstance(cursor.stack[-1].value, Recovered)
    closers = WRONG_CLOSERS if in_object and cursor.char == "]" else WRONG_CLOSER
    if not (in_object or cursor.char == "}") or closers.match(cursor.text, cursor.at) is None:
        return False
    objects = [i for i, bracket in enumerate(cursor.stack) if isinstance(bracket.value, Recovered)]
    if not objects or (objects[-1] > 0 and objects[-1] - 1 in objects):
        return False
    return _key_follows(cursor, cursor.at, cursor.stack[objects[-1]].value, closers)


def is_matching(cursor: Cursor, bracket: OpenBracket) -> bool:
    """Tell whether the closing bracket is of the right kind, or a brace between the numbers of an array."""
    is_object = isinstance(bracket.value, Recovered)
    if (cursor.char == "}") == is_object:
        return True
    return not is_object and bracket.last_object() is None and _numbers_follow(cursor)


def is_object_cut_short(cursor: Cursor, closer: int, value: dict[str, Any]) -> bool:
    """Tell whether a further key of an object follows its closing brace, at a place where no key can stand.

    Parameters
    ----------
    cursor : Cursor
        Before the object, whose brackets are not on the stack.
    closer : int
        Index of the closing brace.
    value : dict
        The object read so far.
    """
    in_object = bool(cursor.stack) and isinstance(cursor.stack[-1].value, Recovered)
    is_point = point_coordinates(value) is not None and not any(map(rank, value))
    return not (in_object or is_point) and _key_follows(cursor, closer, value)


def is_stray_brace(cursor: Cursor, bracket: OpenBracket) -> bool:
    """Tell whether the brace at the cursor opens nothing: no object begins so, or none is due among numbers."""
    if isinstance(bracket.value, Recovered):
        return any(stray.match(cursor.text, cursor.at) for stray in (STRAY_BRACE, BRACE_BEFORE_NUMBERS))
    is_among_numbers = bool(bracket.value) and isinstance(bracket.value[-1], (int, float, list))
    return is_among_numbers and STRAY_BRACE.match(cursor.text, cursor.at) is not None


def skip_brackets_before_numbers(cursor: Cursor) -> None:
    """Skip a brace, or closing brackets, between a key and the numbers that are its value."""
    strays = BRACKETS_BEFORE_NUMBERS.match(cursor.text, cursor.at)
    if strays:
        cursor.note_repair()
        cursor.at = strays.end()
        cursor.skip(separators=False)


def skip_nested(cursor: Cursor) -> None:
    """Skip a value nested too deeply without building it; only its brackets are counted."""
    depth = 0
    for token in NESTED.finditer(cursor.text, cursor.at):
        if token[0] in "[({":
            depth += 1
        elif token[0] in "])}":
            depth -= 1
        if depth == 0:
            cursor.at = token.end()
            return
    cursor.at = len(cursor.text)


def spoil_interrupted_array(cursor: Cursor, bracket: OpenBracket) -> None:
    """Turn the last value of an object into no mask if more of its numbers or points stand where a key belongs."""
    assert isinstance(bracket.value, Recovered)
    before = bracket.value.get(bracket.key)
    if type(before) is list:
        if _goes_on(cursor, bracket, before):
            before.append([[f"{cursor.char}…"]])
    elif type(before) in (int, float, str) and cursor.char in _STARTS_NUMBERS and _NUMBER.fullmatch(str(before)):
        bracket.value[bracket.key] = f"{before} {cursor.char}…"


def spoil_uneven_array(entries: list[Any]) -> None:
    """Turn an array whose entries cannot all be what the model meant into no mask.

    Numbers beside points, points of two and of another count of numbers, and objects that lack x or y show that a sign
    between them was lost, so that no single one is the bad one.
    """
    kinds = set(map(type, entries))
    numbers, objects, has_lists = kinds & {int, float}, kinds & {dict, Recovered}, list in kinds
    is_mixed = (numbers and (has_lists or objects)) or (has_lists and (objects or str in kinds))
    if is_mixed or _are_uneven(entries, kinds):
        entries.append([["…"]])


def _are_uneven(entries: list[Any], kinds: set[type]) -> bool:
    if kinds == {list}:
        lengths = set(map(len, entries))
        return 2 in lengths and any(length % 2 for length in lengths)
    if kinds and kinds <= {dict, Recovered}:
        points = [len(entry.keys() & {"x", "y"}) for entry in entries]
        return max(points) > 0 and min(points) < 2
    return False


def _goes_on(cursor: Cursor, bracket: OpenBracket, entries: list[Any]) -> bool:
    """Tell whether the text at the cursor could be a further entry of an array that is already closed."""
    if cursor.char in _STARTS_NUMBERS:
        return rank(bracket.key) != IS_BOX
    return bool(entries) and isinstance(entries[-1], dict) and _is_like(cursor, cursor.at, entries[-1])


def _is_like(cursor: Cursor, at: int, last: dict[str, Any]) -> bool:
    """Tell whether a point, or an object that shares a key with the last one, begins at `at` and is no item."""
    key = KEY.match(cursor.text, at + cursor.text.startswith("{", at))
    if key is None or has_box(last):
        return False
    name = key[1] or key[2] or key[3]
    return name in last and (name in ("x", "y") or cursor.text.startswith("{", at))


def _more_follow(cursor: Cursor, bracket: OpenBracket) -> bool:
    """Tell whether numbers that continue the last value of an object follow, or objects like this one."""
    assert isinstance(bracket.value, Recovered)
    in_numbers = isinstance(bracket.value.get(bracket.key), list) and _numbers_follow(cursor)
    return in_numbers or _objects_follow(cursor, bracket.value)


def _objects_follow(cursor: Cursor, last: dict[str, Any]) -> bool:
    more = MORE_OBJECTS.match(cursor.text, cursor.at)
    return more is not None and _is_like(cursor, more.end(), last)


def _numbers_follow(cursor: Cursor) -> bool:
    return MORE_NUMBERS.match(cursor.text, cursor.at) is not None


def _key_follows(
    cursor: Cursor, closer: int, value: dict[str, Any] | list[Any], closers: re.Pattern[str] = WRONG_CLOSER
) -> bool:
    match = closers.match(cursor.text, closer)
    return match is not None and rank(match[1] or match[2]) > 0 and (match[1] or match[2]) not in value
