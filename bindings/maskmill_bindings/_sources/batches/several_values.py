"""Read texts that hold several values: one after the other, in a list with a fault, or printed by a program."""

from __future__ import annotations

import json
from typing import Any, Final

from maskmill._reply.prints import read_prints
from maskmill._reply.response import is_response
from maskmill._reply.source import to_json_types

from ..services.contents import is_item

_MAX_DEPTH: Final = 64
_BETWEEN: Final = " \t\r\n,\ufeff\x1e"


def read_values(text: str) -> list[Any]:
    r"""Return the values of a text that is nothing but JSON values, with or without commas; empty for any other.

    A list of rows that ends in a comma, or is not closed, is read as a list; one that breaks off in a row ends with
    a row that says so.

    >>> read_values('{"a": 1},\n{"b": 2}'), read_values('[{"a": "b"}, ]'), read_values("[1")
    ([{'a': 1}, {'b': 2}], [[{'a': 'b'}]], [])
    """
    values, rest = _decode_values(text)
    if not rest:
        return values
    stripped = text.strip(_BETWEEN)
    if values or not stripped.startswith("["):
        return []
    values, rest = _decode_values(stripped[1:])
    if not values or not all(type(value) is dict and not is_item(value) and _is_of_row(value) for value in values):
        return []
    if rest.strip(_BETWEEN) not in ("", "]"):
        values.append({"error": f"the list breaks off after {len(values)} rows"})
    return [values]


def read_printed(text: str) -> list[Any]:
    r"""Return the responses or rows that are printed in a text; empty where it holds anything else as well.

    >>> len(read_printed("candidates=[Candidate(index=0)] model_version='g'\ncandidates=[Candidate(index=0)]"))
    2
    """
    prints = read_prints(text)
    if prints is None or prints.has_gap or prints.is_cut or not prints.names_class:
        return []
    values = [to_json_types(value, _MAX_DEPTH) for value in prints.values]
    found = values[0] if len(values) == 1 and type(values[0]) is list else values
    is_several = len(found) > 1 and all(type(value) is dict and _is_of_row(value) for value in found)
    return found if is_several else []


def _is_of_row(value: dict[str, Any]) -> bool:
    """Return whether an object is a response or holds texts or objects, as a row does."""
    return is_response(value) or any(type(held) in (str, dict) for held in value.values())


def _decode_values(text: str) -> tuple[list[Any], str]:
    """Return the JSON values at the beginning of a text, and what follows them."""
    decoder = json.JSONDecoder()
    values: list[Any] = []
    at = _skip(text, 0)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return values, text[at:]
        values.append(value)
        at = _skip(text, at)
    return values, ""


def _skip(text: str, at: int) -> int:
    """Return where the next value begins."""
    end = len(text)
    while at < end and text[at] in _BETWEEN:
        at += 1
    return at
