"""Fields of a response, which is an object of an SDK, its JSON, or its print."""

from __future__ import annotations

from typing import Any, Final

_PLAIN: Final = (str, bytes, bytearray, int, float, list, tuple, set, frozenset, type(None))

LEVELS: Final = 9
"""Levels of a response down to its text."""


def get_field(holder: Any, *names: str) -> Any:
    """Return the first of these fields that an object or mapping has.

    >>> get_field({"finishReason": "STOP"}, "finish_reason", "finishReason")
    'STOP'
    """
    for name in names:
        value = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
        if value is not None:
            return value
    return None


def is_record(value: Any) -> bool:
    """Tell whether a value has fields: a mapping, or an object of an SDK.

    >>> is_record({}), is_record("text"), is_record([])
    (True, False, False)
    """
    return not isinstance(value, _PLAIN)


def as_list(value: Any) -> list[Any]:
    """Return a list or tuple as a list, a single value as a list of one, None as an empty list.

    >>> as_list(("a", "b")), as_list("a"), as_list(None)
    (['a', 'b'], ['a'], [])
    """
    if isinstance(value, (list, tuple)):
        return list(value)
    return [] if value is None else [value]


def as_word(value: Any) -> str:
    """Return a reason, a role or a type as text: of an enumeration, the name.

    >>> as_word("STOP"), as_word(None)
    ('STOP', '')
    """
    name = getattr(value, "name", value)
    return name if isinstance(name, str) else "" if name is None else str(name)


def class_of(value: Any) -> str:
    """Return the class of an object, or of one that was printed; empty for plain JSON."""
    printed = getattr(value, "class_name", "")
    if isinstance(printed, str) and printed:
        return printed
    return "" if isinstance(value, dict) or not is_record(value) else type(value).__name__
