"""Read polygons written as text: numbers, points in brackets, SVG, WKT, or JSON in a text."""

from __future__ import annotations

import re
from typing import Any, Final

from .._boxes import as_number
from .geo import wkt
from .shape import Bounds, PolygonShape
from .svg import markup, path_data
from .text_forms import parse_json

_NUMERIC_TEXT: Final = re.compile(r"[-+\d\s.,;eE]+")
_SEPARATORS: Final = re.compile(r"[\s,;]+")
_WORD: Final = r"[-+]?(?:\d[\d.]*|\.\d+)(?:[eE][-+]?\d+)?|nan|null|none|-?inf(?:inity)?"
_POINT: Final = re.compile(
    rf"[(\[{{<]\s*({_WORD})\s*[,;\s]\s*({_WORD})(?:\s*[,;\s]\s*({_WORD}))?\s*[)\]}}>]", re.IGNORECASE
)
_NAMED: Final = re.compile(
    rf"[({{\[<]?\s*[\"']?x[\"']?\s*[:=]\s*({_WORD})[\s,;]+[\"']?y[\"']?\s*[:=]\s*({_WORD})\s*[)}}\]>]?",
    re.IGNORECASE,
)
_GROUPS: Final = (re.compile(r"\s*[;|\n]\s*"), re.compile(r"\s+"), re.compile(r"\s*,\s*"))
_WORDS: Final = re.compile(rf"(?:{_WORD})(?:[\s,]+(?:{_WORD}))*", re.IGNORECASE)


def read(text: str, bounds: Bounds) -> PolygonShape | list[Any] | dict[str, Any] | None:
    """Read a text: a shape where its form names the axes, points or parsed JSON to be read further, or None.

    >>> read("100,100 900,100 900,900", Bounds(99))
    [['100', '100'], ['900', '100'], ['900', '900']]

    Raises
    ------
    NotAPolygon
        It is SVG or WKT that gives no polygon.
    """
    text = text.strip()
    if not text:
        return None
    if path_data.is_path(text):
        return path_data.read(text, bounds)
    if wkt.is_wkt(text):
        return wkt.read(text, bounds)
    if markup.is_markup(text):
        return markup.read(text, bounds)
    return _parsed_json(text) or split_points(text) or split_numbers(text)


def is_geometry(text: str) -> bool:
    """Tell whether a text is SVG or well-known text.

    >>> is_geometry("M 0 0 L 9 0 L 9 9 Z"), is_geometry("POINT (1 2)"), is_geometry("1 2, 3 4")
    (True, True, False)
    """
    return path_data.is_path(text) or wkt.is_wkt(text) or markup.is_markup(text)


def may_hold_points(value: Any) -> bool:
    """Tell whether a value is a text long enough for three points.

    >>> may_hold_points("1,2 3,4 5,6"), may_hold_points("true"), may_hold_points(True)
    (True, False, False)
    """
    return isinstance(value, str) and sum(c.isdigit() for c in value) >= 6


def _parsed_json(text: str) -> Any:
    """Parse a JSON list or object; None for anything else."""
    return parse_json(text) if text[0] in "[{(" else None


def parse_numbers(text: str) -> list[float] | None:
    """Parse text of numbers alone, ``a,b,a,b`` or ``a b a b``; return None for any other text.

    >>> parse_numbers("1,2 3,4")
    [1.0, 2.0, 3.0, 4.0]
    """
    if not _NUMERIC_TEXT.fullmatch(text):
        return None
    words = [word for word in _SEPARATORS.split(text) if word]
    numbers = [n for word in words if (n := as_number(word)) is not None]
    return numbers if numbers and len(numbers) == len(words) else None


def split_numbers(text: str) -> list[float] | None:
    """Parse text of numbers, in brackets or without; None for any other text.

    >>> split_numbers("(1, 2)")
    [1.0, 2.0]
    """
    text = text.strip()
    if text[:1] in "([{<" and text[-1:] in ")]}>":
        text = text[1:-1]
    return parse_numbers(text)


def split_points(text: str) -> list[Any] | None:
    """Return the points of a text that shows where each begins and ends; None if it shows no points.

    >>> split_points("(1, 2) (3, 4)"), split_points("1 2, 3 4"), split_points("x: 1, y: 2")
    ([['1', '2'], ['3', '4']], [['1', '2'], ['3', '4']], [{'x': '1', 'y': '2'}])
    """
    return _named(text) or _bracketed(text) or _grouped(text)


def _named(text: str) -> list[dict[str, str]] | None:
    found = _between(_NAMED, text)
    return [{"x": match[1], "y": match[2]} for match in found] if found else None


def _bracketed(text: str) -> list[list[str]] | None:
    found = _between(_POINT, text)
    return [[word for word in match.groups() if word is not None] for match in found] if found else None


def _between(point: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Return the matches of a pattern if nothing but separators stands around them, else none."""
    matches, place = [], 0
    while place < len(text):
        match = point.match(text, place)
        if match is not None:
            matches.append(match)
            place = match.end()
            continue
        end = _end_of_separators(text, place)
        if end == place:
            return []
        place = end
    return matches


def _end_of_separators(text: str, place: int) -> int:
    """Return where separators end; an opening bracket that may begin a point is one separator at a time."""
    if text[place] in "([":
        return place + 1
    return next((i for i in range(place, len(text)) if text[i] not in " \t\r\n,;|>-→)]}"), len(text))


def _grouped(text: str) -> list[list[str]] | None:
    """Return the points between semicolons, lines, spaces or commas, if each holds two numbers or three."""
    for between in _GROUPS:
        groups = [group for group in between.split(text.strip(" ,;|\n\t\r")) if group]
        if len(groups) < 2:
            continue
        if not all(_WORDS.fullmatch(group) for group in groups):
            continue
        points = [[word for word in _SEPARATORS.split(group) if word] for group in groups]
        if all(2 <= len(point) <= 3 for point in points):
            return points
    return None
