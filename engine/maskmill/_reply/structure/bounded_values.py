"""Values in JSON's types, nested no deeper than a bound."""

from __future__ import annotations

import operator
from typing import Any

from ..recovery.cursor import TooDeep


def bounded_value(value: Any, depth: int, copies: dict[int, dict[str, Any]]) -> Any:
    """Return the value in JSON's types; nested deeper than `depth`, an empty `TooDeep`.

    >>> bounded_value([(1, 2)], 8, {}), bounded_value([[[1]]], 2, {})
    ([[1, 2]], [])

    Parameters
    ----------
    value : Any
        A value of an item.
    depth : int
        The levels of nesting that it may have.
    copies : dict of int to dict
        Receives each object in the value in JSON's types, by the id of the object.
    """
    level = [value]
    for _ in range(depth):
        level = [
            child
            for node in level
            if isinstance(node, (list, dict))
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (list, dict))
        ]
        if any(isinstance(child, TooDeep) for child in level):
            return TooDeep()
        if not level:
            return _in_json_types(value, copies)
    return TooDeep()


def _in_json_types(value: Any, copies: dict[int, dict[str, Any]]) -> Any:
    """Return the value in JSON's types; what has these already is shared and not copied, as items may be nested.

    Parameters
    ----------
    value : Any
        A value of an item.
    copies : dict of int to dict
        Receives each object in the value in JSON's types, by the id of the object.
    """
    if isinstance(value, (list, tuple)):
        if value and not isinstance(value[0], (list, dict, tuple)) and not any(map(_is_container, value)):
            return value if type(value) is list else list(value)
        entries = [_in_json_types(entry, copies) for entry in value]
        is_same = type(value) is list and all(map(operator.is_, entries, value))
        return value if is_same else entries
    if isinstance(value, dict):
        held = {str(key): _in_json_types(inner, copies) for key, inner in value.items()}
        is_same = type(value) is dict and all(map(operator.is_, held.values(), value.values()))
        copies[id(value)] = value if is_same and all(isinstance(key, str) for key in value) else held
        return copies[id(value)]
    return value


def _is_container(value: Any) -> bool:
    return isinstance(value, (list, dict, tuple))
