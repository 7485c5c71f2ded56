"""Where one item ends and the next begins, and what is none."""

from __future__ import annotations

from typing import Any

from ..keys import IS_FIELD, IS_KNOWN, IS_LABEL, has_box, rank
from .cursor import Cursor, OpenBracket, Recovered
from .grammar import KEY


def begins_item(bracket: OpenBracket, key: str, key_rank: int) -> bool:
    """Tell whether a key begins the next item: a repeated field, a label after a field, or a field beside items.

    Parameters
    ----------
    bracket : OpenBracket
        The object in which the key stands.
    key : str
        The key.
    key_rank : int
        Its rank.
    """
    assert isinstance(bracket.value, Recovered)
    if key in bracket.value:
        return key_rank >= IS_FIELD or (key_rank == IS_LABEL and bracket.rank >= IS_FIELD)
    return key_rank >= IS_FIELD and bracket.rank < IS_KNOWN and any(map(_begins_with_box, bracket.value.values()))


def key_in_array(cursor: Cursor) -> str:
    """Return the key that stands where an array should go on; empty if there is none."""
    key = KEY.match(cursor.text, cursor.at)
    if key is None or not (cursor.char in "\"'" or rank(key[3])):
        return ""
    return key[1] or key[2] or key[3] or ""


def is_in_mask(stack: list[OpenBracket]) -> bool:
    """Tell whether the innermost object that is open waits for a mask."""
    around = next((held for held in reversed(stack) if isinstance(held.value, Recovered)), None)
    return around is not None and (rank(around.key) == IS_FIELD or around.key in ("outer", "holes"))


def is_dropped(stack: list[OpenBracket], value: Recovered, is_complete: bool) -> bool:
    """Tell whether a repaired object holds nothing of an item: a repeated label, or an empty stray bracket.

    Parameters
    ----------
    stack : list of OpenBracket
        The brackets around the object.
    value : Recovered
        The object.
    is_complete : bool
        Its closing bracket was read.
    """
    in_object = bool(stack) and isinstance(stack[-1].value, Recovered)
    is_stray = not value and (is_complete or not in_object)
    return value.is_repaired and (value.is_split or is_stray)


def _begins_with_box(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and has_box(value[0])
