"""Recover JSON from text that no JSON parser takes: every complete value before, between and after the damage.

One pass from left to right with an explicit stack, so neither nesting nor length can exhaust anything; the time is
linear in the text. Undamaged objects are read by the standard library's parser until it has failed a few times (its
errors count lines from the start of the text, so each failure costs the length of the text). No value is invented:
missing values stay missing, and values that break off are marked as open. The classes of damage:

- prose and fences around the JSON, several arrays, JSON Lines: scanning starts at a bracket that could open JSON;
- missing, doubled and trailing commas, comments, single quotes, unquoted keys, Python's and JavaScript's literals, raw
  control characters: read for what they mean;
- parentheses for brackets, as in Python's tuples: read as brackets;
- a quote that is missing, stray or unescaped: see `strings`;
- an array or object that is not closed before the next key or item: closed there;
- a closing bracket of the wrong kind, one too many, or brackets before the numbers of a value: see `brackets`;
- a number that cannot be read, or that stands where none belongs: it stays as text in its array, which then is no mask;
- a key that is repeated in the place of its value, or a field that comes twice with the same value: read once;
- points of a ring among which a bracket is missing: see `points`;
- a key of an item for the second time, or beside the list of items: the border between two items was lost and is
  restored;
- text that breaks off: every value still open is marked, here and in the objects around it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..keys import IS_BOX, IS_FIELD, has_box, rank
from .borders import begins_item, is_dropped, is_in_mask, key_in_array
from .brackets import (
    closes_item_early,
    closes_nothing,
    is_matching,
    is_object_cut_short,
    is_stray_brace,
    skip_brackets_before_numbers,
    skip_nested,
    spoil_interrupted_array,
    spoil_uneven_array,
)
from .cursor import Cursor, OpenBracket, Recovered, TooDeep
from .echoes import holds_parts, is_key_next, is_rest_of_last
from .grammar import BYTES, KEY, KEY_UNCLOSED, KEY_WITHOUT_COLON, NO_NUMBER, START, TUPLE
from .intact_objects import IntactObjects
from .points import read_points
from .scalars import read_numbers, read_quoted, read_scalar, read_unquoted, skip_non_value
from .strings import is_closing_quote, unescape


class Recovery(NamedTuple):
    """The values recovered from a text.

    Attributes
    ----------
    values : list
        The outermost values, in text order.
    is_cut : bool
        The text ends inside a value.
    is_repaired : bool
        Something was repaired.
    has_lost_text : bool
        Letters or digits were skipped as junk.
    """

    values: list[Any]
    is_cut: bool
    is_repaired: bool
    has_lost_text: bool


def recover(text: str, max_depth: int) -> Recovery:
    """Recover all values of a text; `max_depth` bounds the brackets open at a time.

    >>> recovery = recover('Sure! [{"label": "cat", "box_2d": [1, 2, 3, 4]}, {"label": "d', max_depth=64)
    >>> recovery.values, recovery.is_cut
    ([[{'label': 'cat', 'box_2d': [1, 2, 3, 4]}, {'label': 'd'}]], True)
    """
    if START.search(text) is None:
        return Recovery([], False, False, False)
    cursor = Cursor(text, max_depth)
    is_cut = _Scanner(cursor).run()
    return Recovery(cursor.values, is_cut, cursor.is_repaired, cursor.has_lost_text)


class _Scanner:
    """The grammar: moves a cursor from bracket to bracket, one entry per step."""

    __slots__ = ("_cursor", "_intact", "_is_cut", "_stack")

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._stack = cursor.stack
        self._intact = IntactObjects()
        self._is_cut = False

    def run(self) -> bool:
        """Scan to the end of the text; return whether it ends inside a value."""
        cursor = self._cursor
        while True:
            if not self._stack:
                start = START.search(cursor.text, cursor.at)
                if start is None:
                    return self._is_cut
                cursor.at = start.start()
                self._open_bracket()
            elif isinstance(self._stack[-1].value, Recovered):
                self._step_in_object(self._stack[-1])
            else:
                self._step_in_array(self._stack[-1])

    # A step reads one entry or one closing bracket, or skips one piece of junk.

    def _step_in_object(self, bracket: OpenBracket) -> None:
        cursor = self._cursor
        commas = cursor.skip()
        text, at = cursor.text, cursor.at
        if cursor.char in ("", "`"):
            self._end_of_text()
        elif cursor.char in "}])":
            self._closing_bracket(commas)
        elif key := KEY.match(text, at):
            if commas != bracket.has_entries or key[1] is None:
                cursor.note_repair()
            self._enter_key(bracket, unescape(key[1] or key[2] or key[3] or ""), key.end())
        elif key := KEY_UNCLOSED.match(text, at):
            cursor.note_repair()
            self._enter_key(bracket, key[1], key.end())
        elif (key := KEY_WITHOUT_COLON.match(text, at)) and rank(key[1] or key[2]):
            cursor.note_repair()
            self._enter_key(bracket, key[1] or key[2], key.end())
        elif cursor.char == "{" and bracket.value and not is_stray_brace(cursor, bracket):
            spoil_interrupted_array(cursor, bracket)
            cursor.note_repair()
            self._close()
        else:
            spoil_interrupted_array(cursor, bracket)
            cursor.skip_junk()

    def _step_in_array(self, bracket: OpenBracket) -> None:
        cursor = self._cursor
        commas = cursor.skip()
        if cursor.char in ("", "`"):
            self._end_of_text()
        elif cursor.char in "}])":
            self._closing_bracket(commas)
        elif cursor.char in "[-0123456789(" and read_numbers(cursor):
            cursor.require(commas == bracket.has_entries)
        elif cursor.char == "{" and is_stray_brace(cursor, bracket):
            cursor.skip_junk()
        elif key := key_in_array(cursor):
            cursor.note_repair()
            self._leave_array(bracket, key)
        elif cursor.char in "\"'" and bracket.has_entries and not commas and is_closing_quote(cursor.text, cursor.at):
            cursor.skip_junk()
        else:
            cursor.require(commas == bracket.has_entries)
            self._read_value(in_object=False)

    def _leave_array(self, bracket: OpenBracket, key: str) -> None:
        """Close an array in which a key stands, or open the object whose bracket is missing."""
        is_entry = bracket.rank == IS_BOX or key in (bracket.last_object() or {})
        if not is_entry and any(isinstance(around.value, Recovered) for around in self._stack):
            self._close()
        else:
            self._stack.append(OpenBracket(Recovered()))
            self._cursor.note_repair()

    def _enter_key(self, bracket: OpenBracket, key: str, stop: int) -> None:
        """Read the value of `key`, whose colon ends at `stop`; the key may begin the next item."""
        cursor = self._cursor
        key_rank = rank(key)
        if begins_item(bracket, key, key_rank):
            cursor.note_repair()
            self._close()
            bracket = OpenBracket(Recovered(is_split=True))
            self._stack.append(bracket)
            cursor.note_repair()
        if key in ("x", "y"):
            spoil_interrupted_array(cursor, bracket)
        if key_rank == IS_BOX and len(self._stack) > 1:
            self._stack.pop()
            self._leave_item()
            self._stack.append(bracket)
        bracket.key = key
        bracket.rank = max(bracket.rank, key_rank)
        cursor.at = stop
        self._read_value(in_object=True)

    def _read_value(self, in_object: bool) -> None:
        cursor = self._cursor
        if in_object:
            cursor.skip(separators=False)
            if is_key_next(cursor):
                cursor.note_repair()
                return
            skip_brackets_before_numbers(cursor)
            if read_points(cursor):
                return
        if cursor.char == "" or cursor.char in ",}]":
            cursor.note_repair()  # a key without a value
        elif self._opens_value(in_object):
            self._open_bracket()
        elif cursor.char in "\"'":
            read_quoted(cursor, in_object)
        elif BYTES.match(cursor.text, cursor.at):
            cursor.note_repair()
            cursor.at += 1
            read_quoted(cursor, in_object)
        elif not read_scalar(cursor):
            if in_object:
                read_unquoted(cursor)
            else:
                skip_non_value(cursor)

    def _opens_value(self, in_object: bool) -> bool:
        """Tell whether a bracket opens a value here; in an array, a brace before numbers does not."""
        cursor = self._cursor
        if cursor.char == "{":
            return in_object or NO_NUMBER.match(cursor.text, cursor.at) is None
        return cursor.char == "[" or (cursor.char == "(" and TUPLE.match(cursor.text, cursor.at) is not None)

    # Brackets.

    def _open_bracket(self) -> None:
        cursor = self._cursor
        char = cursor.text[cursor.at]
        if char == "{" and self._read_intact_object():
            return
        if len(self._stack) >= cursor.max_depth:
            cursor.put(TooDeep())
            skip_nested(cursor)
            return
        if char == "(":
            cursor.note_repair()
        self._stack.append(OpenBracket(Recovered() if char == "{" else [], is_round=char == "("))
        cursor.at += 1

    def _read_intact_object(self) -> bool:
        """Read an undamaged object; return False if it is damaged."""
        cursor = self._cursor
        intact = self._intact.read(cursor.text, cursor.at)
        if intact is None or is_object_cut_short(cursor, intact.stop - 1, intact.value):
            return False
        cursor.require(intact.is_json)
        if has_box(intact.value):
            self._leave_item()
            self._put_item(intact.value)
        else:
            cursor.put(intact.value)
        cursor.at = intact.stop
        return True

    def _put_item(self, value: dict[str, Any], is_complete: bool = True) -> None:
        self._cursor.put(value, is_complete)
        if self._stack and not isinstance(self._stack[-1].value, Recovered):
            self._stack[-1].rank = IS_BOX

    def _leave_item(self) -> None:
        """Close an item that is open where the next one begins: a bracket within it was lost."""
        for i, bracket in enumerate(self._stack):
            if isinstance(bracket.value, Recovered) and bracket.rank == IS_BOX and not holds_parts(self._stack, i):
                self._cursor.note_repair()
                while len(self._stack) > i:
                    self._close()
                return

    def _close(self, is_complete: bool = True) -> None:
        """Close the innermost bracket and store its value, unless it is a stray bracket or a repeated label."""
        bracket = self._stack.pop()
        value = bracket.value
        if not isinstance(value, Recovered):
            if len(value) > 1 and is_in_mask(self._stack):
                spoil_uneven_array(value)
            self._cursor.put(value, is_complete)
        elif is_rest_of_last(self._stack, value):
            return
        elif value and bracket.rank == IS_BOX:
            self._put_item(value, is_complete)
        elif (value and bracket.rank == IS_FIELD) or not is_dropped(self._stack, value, is_complete):
            self._cursor.put(value, is_complete)

    def _closing_bracket(self, commas: int) -> None:
        cursor, bracket = self._cursor, self._stack[-1]
        is_object = isinstance(bracket.value, Recovered)
        if closes_nothing(cursor, bracket):
            cursor.skip_junk()
        elif closes_item_early(cursor):
            cursor.skip_junk()
            if not is_object:
                self._close()
        elif is_matching(cursor, bracket):
            cursor.require(commas == 0 and (cursor.char == "]" or is_object))
            cursor.at += 1
            self._close()
        elif any(isinstance(around.value, Recovered) != is_object for around in self._stack):
            cursor.note_repair()
            self._close()
        else:
            cursor.skip_junk()

    def _end_of_text(self) -> None:
        """Close every open bracket at the end of the text or at a fence; complete items before a fence are no cut."""
        cursor = self._cursor
        if cursor.char and not cursor.text.startswith("```", cursor.at):  # a stray back-tick
            cursor.skip_junk()
            return
        in_item = any(isinstance(bracket.value, Recovered) for bracket in self._stack)
        self._is_cut = self._is_cut or not cursor.char or in_item
        cursor.is_repaired = True
        while self._stack:
            value = self._stack[-1].value
            if isinstance(value, Recovered):
                value.is_cut = value.is_repaired = True
            self._close(is_complete=False)
