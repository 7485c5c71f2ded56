"""Read the vertices of one ring: pairs, objects, points with further numbers, and one bad vertex among good ones."""

from __future__ import annotations

import math
import re
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np

from .._boxes import as_number
from .._reply import keys
from ..errors import excerpt
from ..status import Note
from .results import Points, PolygonPart
from .shape import NotAPolygon, PolygonShape

_NAMES: Final = (("x", "y"), ("cx", "cy"), ("px", "py"), ("xcoord", "ycoord"), ("col", "row"), ("column", "row"))
_HOLDERS: Final = frozenset(
    (
        *("point", "position", "pos", "coord", "coords", "coordinate", "coordinates", "location", "vertex", "xy", "pt"),
        *("point2d", "coord2d", "pixel"),
    )
)
_SEVERAL: Final = re.compile(r"[^\s,;][\s,;]+[^\s,;]")
_PLAIN: Final = {int, float}
_FLAGS: Final = 2
"""Flags of visibility and scores reach no further."""


class Vertex(NamedTuple):
    """The numbers of a point as written, and whether they have the names x and y."""

    numbers: list[Any]
    is_named: bool = False


def read_vertex(entry: Any) -> Vertex | None:
    """Return the vertex that an entry has the form of, whatever its numbers are; None if it is no point.

    >>> read_vertex({"x": 1, "y": 2}), read_vertex([[3, 4]]), read_vertex([1])
    (Vertex(numbers=[1, 2], is_named=True), Vertex(numbers=[3, 4], is_named=False), None)
    """
    if isinstance(entry, list):
        if len(entry) == 1 and isinstance(entry[0], (list, dict)):
            inner = read_vertex(entry[0])
            return inner if isinstance(entry[0], dict) or _is_pair(entry[0]) else None
        return Vertex(entry) if _is_pair(entry) else None
    return _named_vertex(entry) if isinstance(entry, dict) else None


def _is_pair(entry: Any) -> bool:
    is_short = isinstance(entry, list) and 2 <= len(entry) <= 3
    return is_short and not any(isinstance(v, (list, dict)) for v in entry) and _is_number(entry[:2])


def _is_number(values: list[Any]) -> bool:
    """Tell whether one of some values is a number: a point may have one that is not."""
    return any(as_number(v) is not None for v in values)


def _named_vertex(entry: dict[Any, Any]) -> Vertex | None:
    names = keys.fold_keys(entry)
    for x, y in _NAMES:
        if x in names and y in names:
            pair = [entry[names[x]], entry[names[y]]]
            return None if any(map(_is_several, pair)) else Vertex(pair, True)
    held = [entry[key] for name, key in names.items() if name in _HOLDERS]
    if len(held) != 1:
        return None
    if isinstance(held[0], dict):
        return _named_vertex(held[0])
    is_named = "xy" in names
    return Vertex(held[0], is_named) if _is_pair(held[0]) else None


def _is_several(value: Any) -> bool:
    """Tell whether a value is a list or an object, or a text of several words."""
    return isinstance(value, (list, dict)) or (isinstance(value, str) and _SEVERAL.search(value) is not None)


def read_ring(entries: list[Any]) -> PolygonShape | None:
    """Read the points of one ring; None if the entries are no points.

    >>> read_ring([[[0, 0], [9, 0], [9, 9]]]) is None, read_ring([[0, 0, 1], [9, 0, 1], [9, 9, 1]]).notes[0].code
    (True, 'numbers_dropped')

    Raises
    ------
    NotAPolygon
        They are points, of which too many are no pair of numbers.
    """
    plain = _plain_pairs(entries)
    if plain is not None:
        return PolygonShape((PolygonPart(plain),))
    if _has_flags_behind(entries):
        return _ring([Vertex(entry) for entry in entries])
    vertices = [read_vertex(entry) for entry in entries]
    others = [entry for entry, vertex in zip(entries, vertices, strict=True) if vertex is None]
    good = [vertex for vertex in vertices if vertex is not None]
    if not good or (others and not _may_drop(others, len(entries))):
        return None
    return _ring(good, len(others)) if len({vertex.is_named for vertex in good}) == 1 else _mixed(good, len(others))


def _plain_pairs(entries: list[Any]) -> Points | None:
    """Return pairs of finite numbers, which almost all rings are; None for anything else."""
    if not all(type(entry) is list and len(entry) == 2 for entry in entries):
        return None
    flat = list(chain.from_iterable(entries))
    if not set(map(type, flat)) <= _PLAIN:
        return None
    try:
        numbers = np.array(flat, dtype=np.float64)
    except OverflowError:
        return None
    return numbers.reshape(-1, 2) if np.isfinite(numbers).all() else None


def _has_flags_behind(entries: list[Any]) -> bool:
    """Tell whether lists of four or more are points with flags behind them: no pieces of a ring, which repeat nothing.

    From the third on, the numbers are the same in each list, or 2 at most, and the two before reach further.
    """
    width = len(entries[0]) if isinstance(entries[0], list) else 0
    if len(entries) < 3 or width < 4 or not all(isinstance(entry, list) and len(entry) == width for entry in entries):
        return False
    columns = [[as_number(v) for v in column] for column in zip(*entries, strict=True)]
    if any(v is None for column in columns for v in column):
        return False
    reach = max(abs(v) for column in columns[:2] for v in column if v is not None)
    return reach > _FLAGS and all(_is_flag(column) for column in columns[2:])


def _is_flag(column: list[Any]) -> bool:
    return len(set(column)) == 1 or _are_flags(column)


def _are_flags(column: list[Any]) -> bool:
    return all(v is not None and 0 <= v <= _FLAGS for v in column)


def _may_drop(others: list[Any], count: int) -> bool:
    """Tell whether entries that are no points are few, and hold no points themselves."""
    if len(others) > tolerated(count):
        return False
    return not any(isinstance(v, (list, dict)) for v in others if isinstance(v, list) for v in v) and not any(
        isinstance(v, list) and len(v) >= 4 and len(v) % 2 == 0 for v in others
    )


def tolerated(count: int) -> int:
    """Return how many bad vertices among `count` are dropped: a tenth, and at least one."""
    return max(1, count // 10)


def _mixed(vertices: list[Vertex], dropped: int) -> PolygonShape:
    """Read the larger kind of named and unnamed vertices; the order of the others is not known."""
    named = [vertex for vertex in vertices if vertex.is_named]
    unnamed = [vertex for vertex in vertices if not vertex.is_named]
    larger, smaller = (named, unnamed) if len(named) > len(unnamed) else (unnamed, named)
    if len(larger) < 3 or len(smaller) > tolerated(len(vertices)):
        raise NotAPolygon("expected points of one kind, got lists and objects among each other")
    return _ring(larger, dropped + len(smaller))


def _ring(vertices: list[Vertex], dropped: int = 0) -> PolygonShape:
    """Return the ring of vertices of one kind, without those that are no two finite numbers."""
    notes = []
    pairs = [vertex.numbers for vertex in vertices]
    longer = [pair for pair in pairs if len(pair) > 2]
    if longer and (2 * len(longer) > len(pairs) or _are_flags([as_number(pair[2]) for pair in longer])):
        pairs, note = _without_extras(pairs)
        notes.append(note)
    ring, bad = _good_pairs(pairs)
    _refuse_unless_few(bad + dropped, len(ring), pairs)
    if bad + dropped:
        notes.append(_dropped_note(bad + dropped, len(ring)))
    return PolygonShape((PolygonPart(ring),), vertices[0].is_named, notes)


def _without_extras(points: list[list[Any]]) -> tuple[list[list[Any]], Note]:
    """Return two numbers of each point: the first two, unless the first is a number of the point or a flag."""
    columns = [[as_number(point[i]) if i < len(point) else None for point in points] for i in range(3)]
    if _counts_up(columns[0]) or _is_flag_before(columns):
        note = Note("numbers_dropped", "read the second and the third number of each point, and no others")
        return [point[1:3] for point in points], note
    note = Note("numbers_dropped", "read the first two numbers of each point, and no others")
    return [point[:2] for point in points], note


def _counts_up(column: list[Any]) -> bool:
    """Tell whether numbers are 0, 1, 2, … or 1, 2, 3, …: of more than three points."""
    return len(column) > 3 and column[0] in (0, 1) and all(v == column[0] + i for i, v in enumerate(column))


def _is_flag_before(columns: list[list[Any]]) -> bool:
    """Tell whether the first numbers are all small where each of the other two columns reaches further."""
    if any(v is None for column in columns for v in column):
        return False
    small, *others = ([abs(v) for v in column] for column in columns)
    return max(small) <= _FLAGS and all(max(column) > 5 * _FLAGS for column in others)


def read_flat(values: list[Any]) -> PolygonShape:
    """Read flat coordinates as pairs, or as triples where each third is a flag.

    >>> read_flat([0, 0, 9, 0, 9, 9]).parts[0].outer.tolist()
    [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0]]

    Raises
    ------
    NotAPolygon
        The count is odd, or too many are no numbers.
    """
    if _are_triples(values):
        return _ring([Vertex(values[i : i + 3]) for i in range(0, len(values), 3)])
    if len(values) % 2:
        raise NotAPolygon(f"expected an even number of coordinates, got {len(values)}")
    if set(map(type, values)) <= _PLAIN:
        plain = _plain_pairs([values[i : i + 2] for i in range(0, len(values), 2)])
        if plain is not None:
            return PolygonShape((PolygonPart(plain),))
    return _ring([Vertex(values[i : i + 2]) for i in range(0, len(values), 2)])


def _are_triples(values: list[Any]) -> bool:
    """Tell whether each third of nine numbers or more is 0, 1 or 2, and others are not: x, y, visibility."""
    if len(values) < 9 or len(values) % 3 or not all(v in (0, 1, 2) for v in values[2::3]):
        return False
    numbers = [as_float(v) for v in (*values[::3], *values[1::3])]
    return all(v is not None for v in numbers) and max(v or 0 for v in numbers) > 5 * _FLAGS


def _good_pairs(pairs: list[list[Any]]) -> tuple[Points, int]:
    """Return the pairs of two finite numbers, and how many others there are."""
    good = [[as_float(v) for v in pair] for pair in pairs if len(pair) == 2]
    kept = [pair for pair in good if None not in pair]
    return np.array(kept, dtype=np.float64).reshape(-1, 2), len(pairs) - len(kept)


def as_float(value: Any) -> float | None:
    """Return a number as a float, text read; None for anything else, and for what no finite float holds.

    >>> as_float("12.5"), as_float(10**400), as_float(None)
    (12.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        value = as_number(value)
    try:
        return None if value is None or not math.isfinite(value) else float(value)
    except OverflowError:
        return None


def _refuse_unless_few(bad: int, good: int, pairs: list[list[Any]]) -> None:
    if bad and (good < 3 or bad > tolerated(bad + good)):
        first = next((pair for pair in pairs if len(pair) != 2 or None in map(as_float, pair)), None)
        shown = "" if first is None else f", such as {excerpt(first)}"
        raise NotAPolygon(f"expected two finite numbers as each point, got {bad} of {bad + good} without them{shown}")


def _dropped_note(bad: int, good: int) -> Note:
    return Note("vertex_dropped", f"dropped {bad} of {bad + good} vertices, which were no two finite numbers")
