"""Undo how programs print points: the names of arrays, of their numbers and of points."""

from __future__ import annotations

import re
from typing import Final

_ARRAY: Final = re.compile(r"\s*(?:\w{1,20}\.){0,3}(?:as|nd)?(?:array|tensor)\s*\(", re.IGNORECASE)
_OPTIONS: Final = re.compile(r"(?:\s*,\s*\w{1,20}\s*=\s*[\w.'\":<> ]{1,40}){0,4}\s*,?\s*\)\s*")
_NUMBER: Final = re.compile(r"\b(?:np|numpy|torch|jnp)\.\w{1,12}\(\s*([-+.\deE]{1,30})\s*\)")
_POINT: Final = re.compile(r"\b[A-Za-z_][\w.]{0,40}\((?=\s*x\s*=)")


def undo_prints(text: str) -> str:
    """Return a text without the names of arrays, numbers and points; any other text as it is.

    >>> undo_prints("array([[1, 2], [3, 4]], dtype=int32)"), undo_prints("[np.int64(1), Point(x=1, y=2)]")
    ('[[1, 2], [3, 4]]', '[1, (x=1, y=2)]')
    """
    if "(" not in text:
        return text
    array = _ARRAY.match(text)
    end = text.rfind("]") + 1
    if array is not None and array.end() < end and _OPTIONS.fullmatch(text, end):
        text = text[array.end() : end].strip()
    return _POINT.sub("(", _NUMBER.sub(r"\1", text))
