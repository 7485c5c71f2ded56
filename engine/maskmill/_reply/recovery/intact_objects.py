"""Undamaged objects, in JSON or as Python writes them, read by the standard library's parser.

NaN and infinities are accepted.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from . import python_literals
from .cursor import Recovered

_MAX_FAILURES: Final = 16


class IntactObject(NamedTuple):
    """An object, the index after its closing brace, and whether it was valid JSON."""

    value: dict[str, Any]
    stop: int
    is_json: bool


class IntactObjects:
    """A parser of single objects inside a longer text.

    >>> IntactObjects().read('[{"score": NaN}]', 1)
    IntactObject(value={'score': nan}, stop=15, is_json=False)

    After a few failures it stops trying JSON, whose errors cost the length of the text, and tries Python alone.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._json = _Parser(is_python=False)
        self._python: _Parser | None = None  # few texts need it

    def read(self, text: str, at: int) -> IntactObject | None:
        """Return the object whose opening brace is ``text[at]``, or None if it is damaged."""
        tries_json = self._failures < _MAX_FAILURES
        intact = self._json.parse(text, at) if tries_json else None
        if intact:
            return intact
        self._failures += tries_json
        literal = python_literals.read_dictionary(text, at)
        if literal is None or (tries_json and not literal.is_python):
            return None
        intact = self._parser(literal.is_python).parse(literal.json, 0)
        return intact._replace(stop=literal.stop) if intact else None

    def _parser(self, is_python: bool) -> _Parser:
        if not is_python:
            return self._json
        self._python = self._python or _Parser(is_python=True)
        return self._python


class _Parser:
    """The standard library's JSON parser; objects with a constant that JSON lacks become `Recovered`.

    An object counts as repaired if Python wrote it, or if it or a value in it holds such a constant.
    """

    def __init__(self, is_python: bool) -> None:
        self._is_python = is_python
        self._has_constant = False  # in the whole text
        self._is_constant_pending = False  # read, and its object not yet closed
        self._decoder = json.JSONDecoder(parse_constant=self._constant, object_pairs_hook=self._object)

    def parse(self, text: str, at: int) -> IntactObject | None:
        self._has_constant = self._is_constant_pending = False
        try:
            value, stop = self._decoder.raw_decode(text, at)
        except (ValueError, RecursionError):  # damage, a number of thousands of digits, nesting past Python's stack
            return None
        return IntactObject(value, stop, not (self._is_python or self._has_constant))

    def _constant(self, word: str) -> float:
        self._has_constant = self._is_constant_pending = True
        return float(word)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        is_repaired = self._is_constant_pending or self._is_python
        is_repaired = is_repaired or (self._has_constant and any(_is_repaired(value) for _, value in pairs))
        self._is_constant_pending = False
        value = Recovered() if is_repaired else {}
        value.update(pairs)
        if len(value) < len(pairs):
            raise ValueError("a repeated key: two items that lost their border")
        if isinstance(value, Recovered):
            value.is_repaired = True
        return value


def _is_repaired(value: Any) -> bool:
    return isinstance(value, Recovered) or (isinstance(value, list) and any(map(_is_repaired, value)))
