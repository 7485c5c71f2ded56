"""Find several rings in one text: between semicolons, bars, lines, or in separate brackets."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from ..._boxes import as_number
from ..polygon_text import split_numbers, split_points

_SIGNS: Final = re.compile(r"[;|]|\n\s*\n")
_GROUP: Final = re.compile(r"[\[({<]([^\[\](){}<>]*)[\])}>]")
_BETWEEN: Final = re.compile(r"[\s,;|\[\](){}<>]*+")
_NESTED: Final = re.compile(r"[\])]\s*[\])][\s,]*[\[(]\s*[\[(]")
_EDGES: Final = " ,;|\r\n\t"


def split_rings(text: str) -> list[Any] | None:
    r"""Return the rings of a text that shows where each ends; None if it shows no more than one.

    Lines alone may break one ring in several, so they give flat lists, which are joined where their ends meet.

    >>> split_rings("0,0 9,0 9,9; 20,20 29,20 29,29")
    [[['0', '0'], ['9', '0'], ['9', '9']], [['20', '20'], ['29', '20'], ['29', '29']]]
    >>> split_rings("0,0 9,0 9,9\n20,20 29,20 29,29"), split_rings("0,0; 9,0; 9,9")
    ([[0.0, 0.0, 9.0, 0.0, 9.0, 9.0], [20.0, 20.0, 29.0, 20.0, 29.0, 29.0]], None)
    """
    if not (text[:1].isdigit() or text[:1] in "-+.[({<"):
        return None
    rings = _between(_SIGNS.split(_NESTED.sub("]];[[", text)))
    if rings is not None:
        return rings
    rings = _between(text.split("\n")) if "\n" in text else None
    if rings is not None and not any(isinstance(ring, str) for ring in rings):
        return [_flat(ring) for ring in rings]
    return _in_brackets(text)


def _between(pieces: list[str]) -> list[Any] | None:
    """Return the rings of pieces of a text; with a piece that is none among several, that piece stays a text."""
    pieces = [bare for piece in pieces if (bare := piece.strip(_EDGES))]
    if len(pieces) < 2 or _ring(pieces[0]) is None:
        return None
    rings = [_ring(piece) for piece in pieces]
    if sum(ring is not None for ring in rings) < 2:
        return None
    return [piece if ring is None else ring for piece, ring in zip(pieces, rings, strict=True)]


def _in_brackets(text: str) -> list[Any] | None:
    """Return the rings whose numbers stand in separate brackets, several points in each."""
    first = _GROUP.search(text)
    if first is None or _ring(first[1]) is None:
        return None
    rings, place = [], 0
    for group in _GROUP.finditer(text):
        if not _BETWEEN.fullmatch(text, place, group.start()):
            return None
        rings.append(_ring(group[1]) or group[1])
        place = group.end()
    return rings if len(rings) > 1 and _BETWEEN.fullmatch(text, place) else None


def _ring(text: str) -> list[Any] | None:
    """Return the points of a text, or its flat coordinates, if they are three or more points."""
    if text[:2] == "[[":
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            value = None
        if isinstance(value, list) and len(value) > 2:
            return value
    points = split_points(text)
    if points is not None:
        return points if len(points) > 2 else None
    numbers = split_numbers(text)
    is_ring = numbers is not None and len(numbers) >= 6 and len(numbers) % 2 == 0
    return [list(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)] if numbers and is_ring else None


def _flat(ring: Any) -> Any:
    """Return points as flat coordinates, unless they have other numbers, too."""
    is_plain = isinstance(ring, list) and all(isinstance(point, list) and len(point) == 2 for point in ring)
    numbers = [as_number(v) for point in ring for v in point] if is_plain else [None]
    return ring if None in numbers else numbers
