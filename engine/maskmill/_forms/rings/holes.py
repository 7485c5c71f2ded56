"""Which rings are holes: by a flag, by a word for their role, or by the name of their key."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np

from ...status import Note
from ..results import Points, PolygonPart
from ..shape import Bounds, NotAPolygon, PolygonShape, too_many_vertices, unite

_FLAGS: Final = frozenset(
    (
        *(
            "ishole",
            "hole",
            "isinterior",
            "isinner",
            "isinnerring",
            "iscutout",
            "cutout",
            "isnegative",
            "subtract",
            "inner",
        ),
        *("interior", "exclude", "excluded", "isexcluded", "negative", "isinteriorring"),
    )
)
_OPPOSITES: Final = frozenset(
    ("isouter", "isexterior", "isouterring", "isexteriorring", "isshell", "outer", "exterior")
)
_ROLES: Final = frozenset(
    (
        *("type", "kind", "role", "ringtype", "polarity", "op", "operation", "mode", "sign", "shapetype", "parttype"),
        *("purpose", "ringrole", "polygontype", "class", "label", "name"),
    )
)
_WORDS: Final = frozenset(
    (
        *(
            "inner",
            "interior",
            "hole",
            "holes",
            "innerring",
            "interiorring",
            "cutout",
            "cut",
            "subtract",
            "minus",
            "negative",
        ),
        *(
            "exclude",
            "excluded",
            "exclusion",
            "void",
            "difference",
            "remove",
            "-",
            "subtractive",
            "inside",
            "neg",
            "-1",
        ),
    )
)
_HINT: Final = re.compile(r"hole|inner|interior|cut_?out|exclu|subtract|negativ|void", re.IGNORECASE)
_KEY: Final = re.compile(
    r"(?:inner|interior)?(?:holes?|inner|interiors?|cutouts?|exclu\w{1,6}|voids?)(?:ring|polygon)?s?\d*"
)
_TRUE: Final = (True, 1, "1", "true", "yes")
_FALSE: Final = (False, 0, "0", "false", "no", None)


def is_hole(entry: dict[str, Any], names: dict[str, str]) -> bool | None:
    """Tell whether an object says that its ring is a hole; None if a flag may mean that, and is not understood.

    >>> is_hole({"isHole": True}, {"ishole": "isHole"}), is_hole({"type": "outer"}, {"type": "type"})
    (True, False)
    """
    is_unsure = False
    for name, key in names.items():
        value = entry[key]
        word = value.strip().casefold() if isinstance(value, str) else value
        if isinstance(word, (list, dict)):
            continue
        if name in _FLAGS or name in _OPPOSITES:
            if word in _TRUE or word in _FALSE:
                if (word in _TRUE) == (name in _FLAGS):
                    return True
                continue
            is_unsure = True
        elif name in _ROLES and isinstance(word, str):
            if word.translate(_SPACES) in _WORDS:
                return True
            is_unsure = is_unsure or (len(word) < 40 and _HINT.search(word) is not None)
        elif _HINT.search(name):
            is_unsure = is_unsure or word not in _FALSE
    return None if is_unsure else False


_SPACES: Final = str.maketrans("", "", "_ ")


def names_hole(name: str) -> bool:
    """Tell whether the folded key of a ring says that it is a hole.

    >>> names_hole("hole2"), names_hole("part2")
    (True, False)
    """
    return _KEY.fullmatch(name) is not None


def cut(outer: PolygonShape, inner: PolygonShape, bounds: Bounds) -> PolygonShape:
    """Return parts with the rings of another shape as holes: of each part that a ring meets and does not cover.

    Parameters
    ----------
    outer, inner : PolygonShape
        The parts, and the holes.
    bounds : Bounds
        Parts times holes are bounded as vertices are.

    Raises
    ------
    NotAPolygon
        There are too many of them, or there is no part.
    """
    if not outer.parts:
        raise NotAPolygon("expected a ring around the holes, got holes alone")
    rings = [part.outer for part in inner.parts]
    if len(outer.parts) * len(rings) > bounds.max_vertices:
        raise too_many_vertices(bounds.max_vertices, len(outer.parts) * len(rings))
    held = [[ring for ring in rings if _lies_in(ring, part.outer)] for part in outer.parts]
    if len({id(ring) for inside in held for ring in inside}) < len(rings):
        held = [rings] * len(outer.parts)
    parts = tuple(PolygonPart(p.outer, (*p.holes, *inside)) for p, inside in zip(outer.parts, held, strict=True))
    return PolygonShape(parts, outer.has_named_axes, unite([outer, inner]).notes)


def _lies_in(ring: Points, outer: Points) -> bool:
    """Tell whether a ring's extent meets the other's and is no larger."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    outer_low, outer_high = outer.min(axis=0), outer.max(axis=0)
    is_near = bool((np.maximum(low, outer_low) < np.minimum(high, outer_high)).all())
    return is_near and float(np.prod(high - low)) <= float(np.prod(outer_high - outer_low))


def unsure_note() -> Note:
    """Return the note about a flag that may make a ring a hole, and was not understood."""
    return Note("hole_unsure", "a ring may be a hole, as a word beside it says, and was filled")
