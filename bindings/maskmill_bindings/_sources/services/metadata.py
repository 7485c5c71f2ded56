"""Read the key of a row, and what was sent along with its request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..row_json import escape_surrogates

HOLDERS: Final = frozenset(("metadata", "request"))
"""Fields that may hold what was sent along with a request."""


def has_metadata(row: dict[str, Any]) -> bool:
    """Return whether `find_metadata` may hold anything, which is cheap."""
    return not row.keys().isdisjoint(HOLDERS)


def find_metadata(row: dict[str, Any]) -> dict[str, Any]:
    """Return what was sent along with a request: its metadata, or its labels."""
    metadata, request = row.get("metadata"), row.get("request")
    if type(metadata) is not dict and type(request) is dict:
        metadata = request.get("labels")
    return metadata if type(metadata) is dict else {}


def read_key(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the first key that a row states under these names; empty where it states none."""
    for name in names:
        value = row.get(name)
        if type(value) is str and value:
            return escape_surrogates(value)
        if type(value) is int or (type(value) is float and value.is_integer()):
            return str(int(value))
    return ""
