"""Strings, numbers and words in broken JSON, read at the cursor and stored in the bracket open there."""

from __future__ import annotations

from typing import Final

import orjson

from .cursor import Cursor
from .grammar import BARE, NO_NUMBER, NUMBERS, SCALAR, SIGNED, WORDS
from .strings import is_closing_quote, read_string

_BRACKETS: Final = frozenset("[({")
_SQUARE: Final = str.maketrans("()", "[]")


def read_quoted(cursor: Cursor, in_object: bool) -> None:
    """Read the string whose opening quote is at the cursor."""
    string = read_string(cursor.text, cursor.at, in_object)
    cursor.put(string.content, string.is_closed)
    cursor.require(string.is_valid)
    cursor.at = string.stop


def read_scalar(cursor: Cursor) -> bool:
    """Read a number or a word such as ``true``; return False if there is none."""
    match = SCALAR.match(cursor.text, cursor.at)
    if match is None:
        return False
    word = match[1]
    cursor.at = match.end()
    if word in WORDS:
        cursor.require(word in ("null", "true", "false"))
        cursor.put(WORDS[word])
        return True
    cursor.require(word[0] != "+" and word[-1] not in "yNn")  # infinity and NaN
    is_integer = len(word) <= 18 and word.lstrip("+-").isdigit()
    cursor.put(int(word) if is_integer else float(word), cursor.at < len(cursor.text))
    return True


def read_numbers(cursor: Cursor) -> bool:
    """Read a run of valid numbers and flat lists of them into the open array at once; return False if there is none."""
    run = NUMBERS.match(cursor.text, cursor.at)
    if run is None or len(cursor.stack) >= cursor.max_depth:
        return False
    bracket = cursor.stack[-1]
    assert isinstance(bracket.value, list)
    words = run[0]
    cursor.require("(" not in words and ")" not in words)
    bracket.value += orjson.loads(f"[{words.translate(_SQUARE)}]")
    bracket.has_entries = True
    cursor.at = run.end()
    return True


def read_unquoted(cursor: Cursor) -> None:
    """Read a string that lacks its opening quote; its closing quote may still be there."""
    cursor.note_repair()
    signed = SIGNED.match(cursor.text, cursor.at)
    if signed:
        cursor.put(next(text for text in signed.groups() if text is not None))
        cursor.at = signed.end()
        return
    match = BARE.match(cursor.text, cursor.at)
    if match is None:
        cursor.skip_junk()
        return
    cursor.at = match.end()
    cursor.put(match[0].strip(), cursor.at < len(cursor.text))
    if cursor.text[cursor.at : cursor.at + 1] in ('"', "'") and is_closing_quote(cursor.text, cursor.at):
        cursor.at += 1


def skip_non_value(cursor: Cursor) -> None:
    """Skip what is no value in an array; a malformed number stays as text, with a bracket as one that is no vertex."""
    match = NO_NUMBER.match(cursor.text, cursor.at)
    if match is None:
        cursor.skip_junk()
        return
    cursor.note_repair()
    is_bracketed = not _BRACKETS.isdisjoint(match[0].rstrip())
    cursor.put([[match[0]]] if is_bracketed else match[0])
    cursor.at = max(match.end(1), match.end(2))
