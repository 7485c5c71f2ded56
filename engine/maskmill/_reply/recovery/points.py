"""Points of a polygon in which a bracket is missing, or stands where none belongs.

The numbers and their order stay what the model wrote. A list of points is mended only where nothing else can be meant:
two numbers after a closed point, before a closing bracket, are a point that lost its opening one; two numbers after an
opening bracket, before another one, are a point that lost its closing one; and a list of pairs alone may lack one
bracket anywhere, or both outer ones, or have one bracket too many. A closing one too many may end one ring and begin
another where there are points enough for two; then nothing decides.
"""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from ..keys import IS_FIELD, rank
from .cursor import Cursor, Recovered
from .grammar import POINTS

_SQUARE: Final = str.maketrans("()", "[]")
_NUMBER: Final = r"[+-]?[\d.]+(?:[eE][+-]?\d+)?"
_UNOPENED: Final = re.compile(rf"(?<=\])(\s*,\s*)({_NUMBER}\s*,\s*{_NUMBER}\s*\])")
_UNCLOSED: Final = re.compile(rf"(\[\s*{_NUMBER}\s*,\s*{_NUMBER})(\s*,?\s*)(?=\[)")
_TOKEN: Final = re.compile(rf"[\[\]]|{_NUMBER}")
_FEWEST: Final = 3
_LEVELS: Final = 3


def read_points(cursor: Cursor) -> bool:
    """Read the damaged points at the cursor as the value of a mask; return False if they are sound or not clear."""
    bracket = cursor.stack[-1]
    if cursor.char not in ("[", "(") or not isinstance(bracket.value, Recovered) or rank(bracket.key) != IS_FIELD:
        return False
    match = POINTS.match(cursor.text, cursor.at)
    if match is None:
        return False
    points = mend_points(match[0].translate(_SQUARE))
    if points is None:
        return False
    cursor.note_repair()
    cursor.put(points)
    cursor.at = match.end()
    return True


def mend_points(text: str) -> list[Any] | None:
    """Return the points of a text of brackets and numbers; None if it is sound or not clear.

    >>> mend_points("[[1,2],[3,4],5,6],[7,8]]")
    [[1, 2], [3, 4], [5, 6], [7, 8]]
    """
    if _parsed(text) is not None:
        return None
    points = _parsed(_UNCLOSED.sub(r"\1], ", _UNOPENED.sub(r"\1[\2", text)))
    if points is not None:
        return points if _are_points(points, _LEVELS) else None
    return None if _starts_sound(text) else _pairs(text)


def _parsed(text: str) -> list[Any] | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, list) else None


def _starts_sound(text: str) -> bool:
    """Tell whether a sound list stands first, with more brackets than it needs after it: those close what is around."""
    stop = _end_of_list(text)
    return 0 < stop < len(text) and set(text[stop:]) <= set("] \t\r\n,") and _parsed(text[:stop]) is not None


def _end_of_list(text: str) -> int:
    """Return the index after the bracket that closes the first one; 0 if there is none."""
    depth = 0
    for match in re.finditer(r"[\[\]]", text):
        depth += 1 if match[0] == "[" else -1
        if depth == 0:
            return match.end()
    return 0


def _are_points(value: list[Any], level: int) -> bool:
    """Tell whether a list is one of pairs, or one of such lists."""
    if level == 0 or not all(isinstance(entry, list) for entry in value):
        return False
    if all(len(entry) == 2 and _are_numbers(entry) for entry in value):
        return len(value) >= _FEWEST
    return all(_are_points(entry, level - 1) for entry in value)


def _are_numbers(entries: list[Any]) -> bool:
    return all(isinstance(entry, (int, float)) for entry in entries)


def _pairs(text: str) -> list[Any] | None:
    """Return the pairs of a list of pairs with one bracket too many or too few; None for any other text."""
    tokens = _TOKEN.findall(text)
    numbers = [token for token in tokens if token not in "[]"]
    if len(numbers) % 2 or len(numbers) < 2 * _FEWEST:
        return None
    points = [[*map(_number, numbers[i : i + 2])] for i in range(0, len(numbers), 2)]
    sound = ["["]
    for first, second in zip(numbers[::2], numbers[1::2], strict=True):
        sound += ["[", first, second, "]"]
    sound.append("]")
    return points if _differ_by_one(tokens, sound) and all(None not in point for point in points) else None


def _differ_by_one(tokens: list[str], sound: list[str]) -> bool:
    """Tell whether tokens lack one bracket of a sound list or both outer ones, or have one bracket more."""
    if tokens == sound[1:-1]:
        return True
    shorter, longer = sorted((tokens, sound), key=len)
    if len(longer) - len(shorter) != 1:
        return False
    place = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if shorter[place:] != longer[place + 1 :] or longer[place] not in "[]":
        return False
    return longer is sound or longer[place] == "[" or _ends_no_ring(tokens, place)


def _ends_no_ring(tokens: list[str], place: int) -> bool:
    """Tell whether the points before a closing bracket, or those after it, are too few for a separate ring."""
    points = [tokens[:place].count("]"), tokens[place + 1 : -1].count("]")]
    return min(points) < _FEWEST


def _number(token: str) -> int | float | None:
    """Return the number that a token means; None if it is none."""
    try:
        return int(token) if token.lstrip("+-").isdigit() and len(token) <= 18 else float(token)
    except ValueError:
        return None
