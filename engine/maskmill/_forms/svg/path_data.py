"""Read SVG path data: every command, absolute and relative, in the compact spelling too.

Where the text ends within a command, the command is dropped and that is noted; any other fault gives no polygon.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from ...errors import excerpt
from ...status import Note
from ..results import Points
from ..shape import Bounds, NotAPolygon, PolygonShape, too_many_vertices
from . import curves, subpaths

_PATH: Final = re.compile(r"\s*[Mm][\s,]*[-+]?\.?\d[\sMmZzLlHhVvCcSsQqTtAaeE\d.,+-]*+")
_FOUR_NUMBERS: Final = re.compile(r"(?:[^\d]*+\d++){4}")
_COMMAND: Final = re.compile(r"[\s,]*+([MmZzLlHhVvCcSsQqTtAa])")
_NUMBER: Final = re.compile(r"[\s,]*+([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_FLAG: Final = re.compile(r"[\s,]*+([01])")
_SPACE: Final = re.compile(r"[\s,]*+")
_COUNTS: Final = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_LARGEST: Final = 1e9

Segment = tuple[str, list[float]]
"""A command in capitals, and its numbers made absolute: the end point last."""


def is_path(text: str) -> bool:
    """Tell whether a text is path data: a move first, and nothing but commands and numbers.

    >>> is_path("M10-20.5.3z"), is_path("M4 is a motorway")
    (True, False)
    """
    return _PATH.fullmatch(text) is not None and _FOUR_NUMBERS.match(text) is not None


def read(text: str, bounds: Bounds, rule: subpaths.FillRule = "nonzero") -> PolygonShape:
    """Read path data; curves become edges that stay within `curves.TOLERANCE` of them.

    >>> read("M0 0 h10 v10 z", Bounds(99)).parts[0].outer.tolist()
    [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]

    Parameters
    ----------
    text : str
        The data: the ``d`` of a path.
    bounds : Bounds
        The most vertices, and the size of the image, which says how fine curves must be.
    rule : {"nonzero", "evenodd"}
        Which points subpaths within each other fill.

    Raises
    ------
    NotAPolygon
        The data is faulty, or what it fills cannot be given as rings and holes.
    """
    rings, notes = read_rings(text, bounds)
    return PolygonShape(subpaths.to_parts(rings, rule), True, notes)


def read_rings(text: str, bounds: Bounds) -> tuple[list[Points], list[Note]]:
    """Return the rings of path data, (V, 2) each, and notes; see `read`."""
    paths, is_cut = _subpaths(text, bounds)
    tolerance = curves.tolerance(np.array([v for path in paths for s in path for v in _coordinates(s)]), bounds.size)
    notes = [Note("vertex_dropped", "dropped the last command of the path, which breaks off")] if is_cut else []
    return _flatten_all(paths, tolerance, bounds.max_vertices), notes


def _coordinates(segment: Segment) -> list[float]:
    command, numbers = segment
    return [abs(numbers[0]), abs(numbers[1]), *numbers[-2:]] if command == "A" else numbers


# Commands.


def _subpaths(text: str, bounds: Bounds) -> tuple[list[list[Segment]], bool]:
    """Return the segments of each subpath, and whether the text ends within a command."""
    paths: list[list[Segment]] = []
    place, command, count = 0, "", 0
    x = y = 0.0
    while (place := _skip(text, place)) < len(text):
        match = _COMMAND.match(text, place)
        if match is not None:
            command, place = match[1], match.end()
        elif command in "Zz":
            raise _fault(text, place)
        if not paths and command not in "Mm":
            raise _fault(text, place)
        numbers, end = _numbers(text, place, command.upper())
        if len(numbers) < _COUNTS[command.upper()]:
            if _skip(text, end) < len(text) or (not numbers and match is None):
                raise _fault(text, end)
            return _with_edges(paths), True
        place = end
        if command in "Zz":
            x, y = paths[-1][0][1] if paths else (x, y)
            command = "z"
            paths.append([("M", [x, y])])
            continue
        segment = _absolute(command, numbers, x, y)
        x, y = segment[1][-2:]
        if segment[0] == "M":
            paths.append([segment])
            command = "l" if command == "m" else "L"
        else:
            paths[-1].append(segment)
        count += 1
        if count > bounds.max_vertices:
            raise too_many_vertices(bounds.max_vertices, count)
    return _with_edges(paths), False


def _with_edges(paths: list[list[Segment]]) -> list[list[Segment]]:
    return [path for path in paths if len(path) > 1]


def _skip(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _fault(text: str, place: int) -> NotAPolygon:
    return NotAPolygon(f"expected SVG path data, got {excerpt(text[place:])} at character {place}")


def _numbers(text: str, place: int, command: str) -> tuple[list[float], int]:
    """Return the numbers of one command as far as they go, and where they end; the flags of an arc are one digit."""
    numbers: list[float] = []
    for index in range(_COUNTS[command]):
        match = (_FLAG if command == "A" and index in (3, 4) else _NUMBER).match(text, place)
        if match is None:
            break
        numbers.append(float(match[1]))
        place = match.end()
        if not abs(numbers[-1]) < _LARGEST:
            raise NotAPolygon(f"expected coordinates below {_LARGEST:g}, got {excerpt(match[1])} in the path")
    return numbers, place


def _absolute(command: str, numbers: list[float], x: float, y: float) -> Segment:
    """Return a command in capitals, lines of one coordinate as L, and its numbers made absolute."""
    kind, is_relative = command.upper(), command.islower()
    dx, dy = (x, y) if is_relative else (0.0, 0.0)
    if kind == "H":
        return "L", [numbers[0] + dx, y]
    if kind == "V":
        return "L", [x, numbers[0] + dy]
    if kind == "A":
        return kind, [*numbers[:5], numbers[5] + dx, numbers[6] + dy]
    return kind, [v + (dy if i % 2 else dx) for i, v in enumerate(numbers)]


# Points.


def _flatten_all(paths: list[list[Segment]], tolerance: float, max_vertices: int) -> list[Points]:
    """Return the vertices of each subpath."""
    rings: list[Points] = []
    left = max_vertices
    for path in paths:
        try:
            rings.append(_flatten(path, tolerance, left))
        except NotAPolygon:
            raise too_many_vertices(max_vertices, max_vertices + 1) from None
        left -= len(rings[-1])
    return rings


def _flatten(path: list[Segment], tolerance: float, max_vertices: int) -> Points:
    """Return the vertices of a subpath."""
    points, count = [np.array(path[0][1], np.float64).reshape(1, 2)], 1
    last, previous = path[0], path[0]
    for segment in path[1:]:
        start = np.array(last[1][-2:])
        piece = _points(segment, start, previous, tolerance, max_vertices - count)
        count += len(piece)
        if count > max_vertices:
            raise too_many_vertices(max_vertices, count)
        points.append(piece)
        previous = _with_control(segment, start, previous)
        last = segment
    return np.concatenate(points)


def _points(segment: Segment, start: Points, previous: Segment, tolerance: float, most: int) -> Points:
    """Return the vertices of one segment but its start."""
    kind, numbers = _with_control(segment, start, previous)
    if kind in ("M", "L"):
        return np.array(numbers, np.float64).reshape(1, 2)
    if kind == "A":
        return curves.arc(start, numbers, tolerance, most)
    return curves.bezier(np.vstack([start, np.array(numbers, np.float64).reshape(-1, 2)]), tolerance, most)


def _with_control(segment: Segment, start: Points, previous: Segment) -> Segment:
    """Return S as C and T as Q: their first control point mirrors the last one of the curve before."""
    kind, numbers = segment
    if kind not in ("S", "T"):
        return segment
    full = "C" if kind == "S" else "Q"
    mirrored = 2 * start - np.array(previous[1][-4:-2]) if previous[0] == full else start
    return full, [*mirrored.tolist(), *numbers]
