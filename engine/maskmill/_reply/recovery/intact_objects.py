"""Objects without damage, in JSON or as Python writes them, read by the standard library's parser.

NaN and infinities are read for what they mean.
"""

from __future__ import annotations

import json
from typing import Any, Final

from . import python_literals
from .cursor import Recovered

_MOST_FAILURES: Final = 16


class SoundObjects:
    """A parser of single objects inside a longer text.

    >>> objects = SoundObjects()
    >>> objects.read('[{"score": NaN}]', 1), objects.odd
    (({'score': nan}, 15), True)

    Attributes
    ----------
    odd
        The last object held a constant that JSON lacks, or was Python's; those around it are marked as mended.
    """

    def __init__(self) -> None:
        self.odd = False
        self._fresh = False
        self._is_python = False
        self._failures = 0
        self._decoder = json.JSONDecoder(parse_constant=self._constant, object_pairs_hook=self._object)

    def read(self, text: str, at: int) -> tuple[dict[str, Any], int] | None:
        """The object whose bracket is ``text[at]``, and where it ends; None if it is damaged."""
        self.odd = self._fresh = self._is_python = False
        is_hopeful = self._failures < _MOST_FAILURES
        found = self._parse(text, at) if is_hopeful else None
        if found:
            return found
        self._failures += is_hopeful
        written = python_literals.dictionary(text, at)
        if written is None or (is_hopeful and not written.is_python):
            return None
        self.odd = self._is_python = written.is_python
        found = self._parse(written.json, 0)
        return (found[0], written.stop) if found else None

    def _parse(self, text: str, at: int) -> tuple[dict[str, Any], int] | None:
        try:
            found: tuple[dict[str, Any], int] = self._decoder.raw_decode(text, at)
        except (ValueError, RecursionError):  # damage, a number of thousands of digits, nesting past Python's stack
            return None
        return found

    def _constant(self, word: str) -> float:
        self.odd = self._fresh = True
        return float(word)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mended = self._fresh or self._is_python or (self.odd and any(_is_mended(value) for _, value in pairs))
        self._fresh = False
        found = Recovered() if mended else {}
        found.update(pairs)
        if len(found) < len(pairs):
            raise ValueError("a key for the second time: two items that lost their border")
        if isinstance(found, Recovered):
            found.mended = True
        return found


def _is_mended(value: Any) -> bool:
    return isinstance(value, Recovered) or (isinstance(value, list) and any(map(_is_mended, value)))
